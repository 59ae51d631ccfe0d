"""Places: a tree of sites, buildings, floors, rooms and assets, as the read API shows it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, RootModel

from zavhoz_contracts.message import Payload

CODE_PATTERN: Final = r"^[A-Za-z0-9_-]{1,59}$"
"""What a place's code looks like: with `loc_` before it, what a deep link can carry, 64 characters.

https://core.telegram.org/bots/features#deep-linking
"""
SEPARATOR: Final = " › "
"""Between the names of a path."""
PAGE_SIZE: Final = 8


class PlaceKind(StrEnum):
    """What a place is, from the widest to the narrowest: a place is never in a narrower one."""

    SITE = "site"
    BUILDING = "building"
    FLOOR = "floor"
    ROOM = "room"
    ASSET = "asset"


class Place(Payload):
    """One place. `path` are the names from the root to it, `children` how many places are right under it."""

    code: str
    kind: PlaceKind
    name: str
    path: str
    parent: str | None = None
    children: int = 0


class PlacePage(Payload):
    """One page of places. Pages count from 1; when one beyond the last is asked for, this is the last.

    `under` is the place whose children these are, none for roots and for what was found by words.
    """

    items: tuple[Place, ...]
    page: Annotated[int, Field(ge=1)]
    pages: Annotated[int, Field(ge=1)]
    total: int
    under: Place | None = None


class Places(RootModel[tuple[Place, ...]]):
    """Places in an order."""
