"""The places of the read API as the notifier asks for them."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from zavhoz_contracts.api.places import ManagedPlace, ManagedPlaces, Place, PlaceKind
from zavhoz_contracts.identity import place_id

TABLE = b"code;parent;kind;name\nschool;;site;School\n"


def room(code: str, name: str = "Кабинет", **fields: Any) -> ManagedPlace:
    """A room."""
    path = f"Школа › {name}"
    return ManagedPlace(place_id=place_id(code), code=code, kind=PlaceKind.ROOM, name=name, path=path, **fields)


def shown(place: ManagedPlace | None, *items: ManagedPlace) -> ManagedPlaces:
    """A page of what is in a place."""
    return ManagedPlaces(place=place, items=items, page=1, pages=1, total=len(items), may_change=True)


class TreeDesk:
    """Answers with `pages` by code, none for what is topmost; with `denied` every answer is that.

    A file holds `places`, or `TABLE`.
    """

    def __init__(self) -> None:
        self.pages: dict[str | None, ManagedPlaces] = {None: shown(None, room("r1"))}
        self.places: list[Place] = []
        self.denied: str | None = None

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/v1/places/managed", self._managed)
        app.router.add_get("/v1/places/export", self._export)

    async def _managed(self, request: web.Request) -> web.Response:
        self._may()
        page = self.pages[request.query.get("code")]
        return web.Response(text=page.model_dump_json(), content_type="application/json")

    async def _export(self, request: web.Request) -> web.Response:
        self._may()
        if request.query["form"] == "csv":
            return web.Response(body=TABLE)
        return web.Response(text="".join(f"{one.model_dump_json()}\n" for one in self.places))

    def _may(self) -> None:
        if self.denied is not None:
            raise PermissionError(self.denied)
