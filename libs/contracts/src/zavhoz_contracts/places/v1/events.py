"""What happened to places."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.message import Message, Moment, Payload


class PlaceState(Payload):
    """A place at one time. `path` are the names from the root to it; `parent` is the code of what it is in."""

    kind: PlaceKind
    name: str
    path: str
    parent: str | None = None
    archived: bool = False


class PlaceChanged(PlaceState, Message):
    """A place was added (`previous` is none), or is another one than before; its code never changes.

    When a place is renamed or moved, all that is in it has another path, and each has an event of its own. `actor_id`
    is none for what an operator loaded.
    """

    TYPE: ClassVar[str] = "zavhoz.place.changed.v1"

    place_id: UUID
    code: str
    previous: PlaceState | None = None
    actor_id: UUID | None = None
    occurred_at: Moment
