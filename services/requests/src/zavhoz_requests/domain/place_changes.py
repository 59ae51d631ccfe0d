"""What managers change about the tree of places, one place at a time or a whole file at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from zavhoz_contracts.limits import PLACE_MAX
from zavhoz_contracts.places.v1.commands import AddPlace, ApplyPlaces, ArchivePlace, PlacesCommand, RenamePlace
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import length
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.place_codes import code_of
from zavhoz_requests.domain.places import (
    PATH_MAX,
    Changes,
    Place,
    Row,
    fits,
    following,
    is_code,
    one_line,
    placed,
    plan,
)
from zavhoz_requests.domain.state import Person


@dataclass(frozen=True, slots=True)
class Grounds:
    """What is decided by: who changes the tree when, all places there are or were, and the files that this person has
    staged, by import.
    """

    by: Person
    now: datetime
    tree: Mapping[str, Place]
    staged: Mapping[UUID, Sequence[Row]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """The places to be written, none when it is so already; and the code of the one that it is about."""

    written: tuple[Place, ...] = ()
    code: str | None = None


def change(command: PlacesCommand, grounds: Grounds) -> Changed | Refusal:
    """What `command` does to the tree."""
    if not has(grounds.by, Right.MANAGE_PLACES):
        return Refusal(RefusalReason.NOT_ALLOWED)
    match command:
        case AddPlace():
            return _added(command, grounds)
        case RenamePlace():
            return _renamed(command, grounds)
        case ArchivePlace():
            return _restored(command, grounds) if not command.archived else _archived(command, grounds)
        case ApplyPlaces():
            return _applied(command, grounds)
        case _:
            raise TypeError(f"no decision about {type(command).__name__}")


def _added(command: AddPlace, grounds: Grounds) -> Changed | Refusal:
    tree, name = grounds.tree, one_line(command.name)
    if (refusal := _misnamed(name)) is not None:
        return refusal
    if command.parent is not None:
        parent = tree.get(command.parent)
        if parent is None or parent.archived:
            return Refusal(RefusalReason.PLACE_GONE)
        if not fits(command.kind, parent.kind):
            return Refusal(RefusalReason.PLACE_KIND_WRONG)
    code = code_of(name, command.kind, tree) if command.code is None else command.code.strip()
    if not is_code(code):
        return Refusal(RefusalReason.PLACE_CODE_WRONG)
    if code in tree:
        return Refusal(RefusalReason.PLACE_CODE_TAKEN)
    return _become([Place(code, command.parent, command.kind, name, path="")], code, grounds)


def _renamed(command: RenamePlace, grounds: Grounds) -> Changed | Refusal:
    place, name = grounds.tree.get(command.code), one_line(command.name)
    if place is None or place.archived:
        return Refusal(RefusalReason.PLACE_GONE)
    if (refusal := _misnamed(name)) is not None:
        return refusal
    return _become([replace(place, name=name), *_in(place, grounds, None)], command.code, grounds)


def _archived(command: ArchivePlace, grounds: Grounds) -> Changed | Refusal:
    place = grounds.tree.get(command.code)
    if place is None:
        return Refusal(RefusalReason.PLACE_GONE)
    gone = () if place.archived else (place, *_in(place, grounds, None))
    written = (following(replace(one, archived_at=grounds.now), grounds.tree) for one in gone)
    return Changed(tuple(written), command.code)


def _restored(command: ArchivePlace, grounds: Grounds) -> Changed | Refusal:
    """With all that was archived together with it."""
    place = grounds.tree.get(command.code)
    if place is None:
        return Refusal(RefusalReason.PLACE_GONE)
    if not place.archived:
        return Changed(code=command.code)
    parent = None if place.parent is None else grounds.tree[place.parent]
    if parent is not None and parent.archived:
        return Refusal(RefusalReason.PLACE_PARENT_ARCHIVED)
    if parent is not None and not fits(place.kind, parent.kind):
        return Refusal(RefusalReason.PLACE_KIND_WRONG)
    back = [place, *_in(place, grounds, place.archived_at)]
    return _become([replace(one, archived_at=None) for one in back], command.code, grounds)


def _applied(command: ApplyPlaces, grounds: Grounds) -> Changed | Refusal:
    rows = grounds.staged.get(command.import_id)
    if rows is None:
        return Refusal(RefusalReason.IMPORT_GONE)
    planned = plan(rows, grounds.tree, grounds.now, archive_missing=command.archive_missing)
    if not isinstance(planned, Changes) or planned.digest != command.digest:
        return Refusal(RefusalReason.PLACES_CHANGED)
    return Changed(planned.written)


def _misnamed(name: str) -> Refusal | None:
    if not name:
        return Refusal(RefusalReason.PLACE_NAME_EMPTY)
    if length(name) > PLACE_MAX:
        return Refusal(RefusalReason.PLACE_NAME_TOO_LONG, limit=PLACE_MAX, size=length(name))
    return None


def _in(place: Place, grounds: Grounds, archived_at: datetime | None) -> Iterable[Place]:
    """What is in a place, but for itself: what is there, or was archived at that time."""
    others = (one for one in grounds.tree.values() if one.code != place.code)
    return [one for one in others if place.code in one.within and one.archived_at == archived_at]


def _become(changed: Sequence[Place], code: str, grounds: Grounds) -> Changed | Refusal:
    """These places in the tree; none of their paths may be too long."""
    tree = {**grounds.tree, **{one.code: one for one in changed}}
    after = [placed(one, tree) for one in changed]
    if any(len(one.path) > PATH_MAX for one in after):
        return Refusal(RefusalReason.PLACE_PATH_TOO_LONG, limit=PATH_MAX)
    written = (following(one, grounds.tree) for one in after if grounds.tree.get(one.code) != one)
    return Changed(tuple(written), code)
