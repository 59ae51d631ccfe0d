"""The read API of places."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.places import CODE_PATTERN, Place, PlacePage, Places
from zavhoz_requests.application import placing
from zavhoz_requests.entrypoints.queries import As, Page

Words = Annotated[str, Query(max_length=200, description="words in any order, the beginning of one too")]
Code = Annotated[str, Path(pattern=CODE_PATTERN)]
Under = Annotated[str | None, Query(pattern=CODE_PATTERN, description="the code of a place")]


def add_places(router: APIRouter, database: Database) -> None:
    """Add the routes to the router of the read API."""

    @router.get("/places")
    async def places(as_: As, q: Words = "", under: Under = None, page: Page = 1) -> PlacePage:
        async with database.transaction() as connection:
            return await placing.page(connection, as_, q, under, page)

    @router.get("/places/recent")
    async def recent(as_: As) -> Places:
        async with database.transaction() as connection:
            return await placing.recent(connection, as_)

    @router.get("/places/by-code/{code}")
    async def by_code(code: Code) -> Place:
        async with database.transaction() as connection:
            return await placing.by_code(connection, code)
