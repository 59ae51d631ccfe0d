"""The read API, as far as it looks for requests by words."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.places import CODE_PATTERN
from zavhoz_contracts.api.v1 import RequestPage, SimilarRequests
from zavhoz_requests.application import reading, searching
from zavhoz_requests.entrypoints.queries import As, Narrowing, Page, Size

Sought = Annotated[str, Query(min_length=1, max_length=200, description="words, or #number")]
Said = Annotated[str, Query(max_length=1000, description="what a draft says")]
Where = Annotated[str | None, Query(pattern=CODE_PATTERN, description="the code of its place")]


def add_searching(router: APIRouter, database: Database, zone: ZoneInfo) -> None:
    """Add the routes to the router of the read API."""

    @router.get("/requests/mine")
    async def mine(as_: As, q: Sought, page: Page = 1, size: Size = 8) -> RequestPage:
        async with database.transaction() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await searching.mine(connection, viewer, q, page, size)

    @router.get("/requests/search")
    async def search(as_: As, q: Sought, filters: Narrowing, page: Page = 1, size: Size = 8) -> RequestPage:
        async with database.transaction() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await searching.everything(connection, viewer, q, filters, zone, page, size)

    @router.get("/requests/similar")
    async def similar(as_: As, text: Said = "", place: Where = None) -> SimilarRequests:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await searching.similar(connection, viewer, text, place)

    @router.get("/requests/{request_id}/duplicates")
    async def duplicates(request_id: UUID, as_: As) -> SimilarRequests:
        async with database.statements() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await searching.duplicates(connection, viewer, request_id)
