"""The places of the read API as the gateway asks for them on behalf of managers."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from aiohttp import web

from zavhoz_contracts.api.places import ManagedPlace, ManagedPlaces, PlaceImport, PlaceKind, PlaceStep, PlaceStepLine
from zavhoz_contracts.api.v1 import Problem
from zavhoz_contracts.identity import place_id

DIGEST = "0123456789abcdef"


def place(code: str, path: str, kind: PlaceKind = PlaceKind.ROOM, **fields: Any) -> ManagedPlace:
    """A place."""
    name = path.rpartition(" › ")[2]
    return ManagedPlace(place_id=place_id(code), code=code, kind=kind, name=name, path=path, **fields)


def page(of: ManagedPlace | None, *items: ManagedPlace, **fields: Any) -> ManagedPlaces:
    """A page of what is in a place."""
    given = {"page": 1, "pages": 1, "total": len(items), "may_change": True, **fields}
    return ManagedPlaces(place=of, items=items, **given)


class TreeDouble:
    """Answers with `pages` by code, none for what is topmost; a `status` but 200 is answered to all, with its `code`.

    Each table is answered with `preview`.
    """

    def __init__(self) -> None:
        self.pages: dict[str | None, ManagedPlaces] = {}
        self.status, self.code = 200, "forbidden"
        self.tables: list[bytes] = []
        self.asked: list[dict[str, str]] = []
        added = PlaceStepLine(step=PlaceStep.ADDED, code="x", after="Школа › <b>")
        self.preview = PlaceImport(
            import_id=uuid4(), digest=DIGEST, counts={PlaceStep.ADDED: 1}, lines=(added,), lines_total=1
        )

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/v1/places/managed", self._managed)
        app.router.add_post("/v1/places/imports", self._stage)
        app.router.add_get("/v1/places/imports/{id}", self._staged)

    async def _managed(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        if self.status != 200:
            return self._no(self.status, self.code)
        by_id = {str(one.place.place_id): code for code, one in self.pages.items() if one.place is not None}
        code = request.query.get("code") or by_id.get(request.query.get("id", ""))
        found = self.pages.get(code)
        return self._no(404, "not_found") if found is None else self._yes(found)

    async def _stage(self, request: web.Request) -> web.Response:
        if self.status != 200:
            return self._no(self.status, self.code)
        self.tables.append(await request.read())
        return self._yes(self.preview)

    async def _staged(self, request: web.Request) -> web.Response:
        if self.status != 200 or request.match_info["id"] != str(self.preview.import_id):
            return self._no(404 if self.status == 200 else self.status, self.code)
        missing = request.query["archive_missing"] == "1"
        return self._yes(self.preview.model_copy(update={"archive_missing": missing}))

    @staticmethod
    def _yes(model: Any) -> web.Response:
        return web.Response(text=model.model_dump_json(), content_type="application/json")

    @staticmethod
    def _no(status: int, code: str) -> web.Response:
        problem = Problem(status=status, code=code).model_dump_json()
        return web.Response(text=problem, status=status, content_type="application/json")
