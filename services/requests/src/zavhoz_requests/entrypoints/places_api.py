"""The read API of places."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.places import (
    CODE_PATTERN,
    IMPORT_BYTES_MAX,
    ExportForm,
    ManagedPlaces,
    Place,
    PlaceImport,
    PlacePage,
    Places,
)
from zavhoz_contracts.identity import place_id
from zavhoz_requests.application import managing_places, placing, reading
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

    _add_managed(router, database)
    _add_imports(router, database)


def _add_managed(router: APIRouter, database: Database) -> None:
    """What managers look through."""

    @router.get("/places/managed")
    async def managed(
        as_: As, code: Under = None, id: UUID | None = None, page: Page = 1, *, archived: bool = False
    ) -> ManagedPlaces:
        wanted = id if code is None else place_id(code)
        async with database.transaction() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await managing_places.managed(connection, viewer, wanted, page, archived=archived)

    @router.get("/places/export", response_class=Response)
    async def export(as_: As, under: Under = None, form: ExportForm = ExportForm.CSV) -> Response:
        async with database.transaction() as connection:
            viewer = await reading.active_viewer(connection, as_)
            file = await managing_places.exported(connection, viewer, under, form)
        return Response(file, media_type="text/csv" if form is ExportForm.CSV else "application/jsonl")


def _add_imports(router: APIRouter, database: Database) -> None:
    """Tables of places that wait for a yes: the only thing that anybody gives to this API. It changes no place."""

    @router.post("/places/imports")
    async def stage(as_: As, request: Request) -> PlaceImport:
        content = await _body(request)
        async with database.transaction() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await managing_places.stage(connection, viewer, content)

    @router.get("/places/imports/{import_id}")
    async def staged(import_id: UUID, as_: As, *, archive_missing: bool = False) -> PlaceImport:
        async with database.transaction() as connection:
            viewer = await reading.active_viewer(connection, as_)
            return await managing_places.staged(connection, viewer, import_id, archive_missing=archive_missing)


async def _body(request: Request) -> bytes:
    """The whole body, as far as it is no longer than a table may be.

    Raises:
        Denied: `too_large`.
    """
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > IMPORT_BYTES_MAX:
            raise reading.Denied("too_large")
    return bytes(content)
