"""What managers ask about places: to change the tree, and to have it as a file."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.api.places import CODE_PATTERN, PlaceKind
from zavhoz_contracts.message import Actor, Message, Origin

_TYPED: Final = 4096
"""What fits into one message of Telegram's."""


class PlacesCommand(Message):
    """A change of the tree of places, decided by the requests service."""

    actor: Actor
    origin: Origin


class AddPlace(PlacesCommand):
    """Add a place to another one, by that one's code, or as a root. Without a `code` one is made from the name."""

    TYPE: ClassVar[str] = "zavhoz.place.add.v1"

    parent: str | None = Field(default=None, pattern=CODE_PATTERN)
    kind: PlaceKind
    name: str = Field(max_length=_TYPED)
    code: str | None = Field(default=None, max_length=_TYPED)


class RenamePlace(PlacesCommand):
    """Give a place another name. Its code stays."""

    TYPE: ClassVar[str] = "zavhoz.place.rename.v1"

    code: str = Field(pattern=CODE_PATTERN)
    name: str = Field(max_length=_TYPED)


class ArchivePlace(PlacesCommand):
    """Archive a place with all that is in it; or restore it, with what was archived together with it."""

    TYPE: ClassVar[str] = "zavhoz.place.archive.v1"

    code: str = Field(pattern=CODE_PATTERN)
    archived: bool


class ApplyPlaces(PlacesCommand):
    """Load a file that is staged, if that still changes what was shown: what `digest` is of."""

    TYPE: ClassVar[str] = "zavhoz.places.apply.v1"

    import_id: UUID
    archive_missing: bool = False
    digest: str = Field(max_length=64)


class PlaceFileCommand(Message):
    """A file about places, for the notifier to send: of what is `under` a place and that itself, or of everything.

    Everything is what the actor may look at.
    """

    actor: Actor
    origin: Origin
    under: str | None = Field(default=None, pattern=CODE_PATTERN)


class ExportPlaces(PlaceFileCommand):
    """Send the tree as a table that loads again."""

    TYPE: ClassVar[str] = "zavhoz.places.export.v1"


class SendPlaceSheet(PlaceFileCommand):
    """Send a sheet of QR codes."""

    TYPE: ClassVar[str] = "zavhoz.places.sheet.v1"
