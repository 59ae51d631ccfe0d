"""Places: a tree of sites, buildings, floors, rooms and assets, as the read API shows it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

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


class ManagedPlace(Payload):
    """A place as managers see it. `inside`: how many there are in it, at any depth, that are not archived."""

    place_id: UUID
    code: str
    kind: PlaceKind
    name: str
    path: str
    parent: str | None = None
    archived: bool = False
    children: int = 0
    inside: int = 0


class ManagedPlaces(Payload):
    """One page of what is right in `place`, or of the topmost places somebody may look at, by pages as `PlacePage`.

    `up` is the code of what `place` is in, if this person may look at that. `archived` is how many archived ones are
    right in it; with `shows_archived` the page is of those. `may_change`: they may change the tree.
    """

    place: ManagedPlace | None = None
    up: str | None = None
    items: tuple[ManagedPlace, ...]
    page: Annotated[int, Field(ge=1)]
    pages: Annotated[int, Field(ge=1)]
    total: int
    archived: int = 0
    shows_archived: bool = False
    may_change: bool = False


IMPORT_BYTES_MAX: Final = 1 << 20
"""Of a table of places that is staged: about 15,000 places."""
IMPORT_LINES_SHOWN: Final = 20


class PlaceStep(StrEnum):
    """What loading a table does to one place. `UNCHANGED` is only counted."""

    ADDED = "added"
    RENAMED = "renamed"
    MOVED = "moved"
    CHANGED = "changed"  # its kind
    RESTORED = "restored"
    ARCHIVED = "archived"
    UNCHANGED = "unchanged"


class PlaceStepLine(Payload):
    """One thing that happens to a place: what it was (a name, a path or a kind), and what it becomes."""

    step: PlaceStep
    code: str
    before: str = ""
    after: str


class RowFault(StrEnum):
    """What may be wrong with a row of a table of places."""

    NOT_UTF8 = "not_utf8"
    NO_TABLE = "no_table"
    COLUMNS_MISSING = "columns_missing"
    COLUMNS_DIFFER = "columns_differ"
    CODE_WRONG = "code_wrong"
    CODE_TWICE = "code_twice"
    KIND_UNKNOWN = "kind_unknown"
    NAME_EMPTY = "name_empty"
    NAME_TOO_LONG = "name_too_long"
    PARENT_UNKNOWN = "parent_unknown"
    PARENT_NARROWER = "parent_narrower"
    IN_ITSELF = "in_itself"
    PATH_TOO_LONG = "path_too_long"


class WrongRow(Payload):
    """What is wrong with the row that ends at `line`; `values` are what a sentence about it names."""

    line: int
    fault: RowFault
    values: dict[str, str] = Field(default_factory=dict)


class PlaceImport(Payload):
    """What a table would change: counts of all, the first lines, and the `digest` of it.

    With `wrong` rows, of which the first are here and `wrong_total` there are, it cannot be loaded, and is not kept:
    there is no `import_id`.
    """

    import_id: UUID | None = None
    archive_missing: bool = False
    digest: str = ""
    counts: dict[PlaceStep, int] = Field(default_factory=dict)
    lines: tuple[PlaceStepLine, ...] = ()
    lines_total: int = 0
    wrong: tuple[WrongRow, ...] = ()
    wrong_total: int = 0


class ExportForm(StrEnum):
    """A table that loads again, for spreadsheet programs too; or a `Place` as JSON on each line."""

    CSV = "csv"
    LINES = "lines"
