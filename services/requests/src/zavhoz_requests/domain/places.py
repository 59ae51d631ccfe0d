"""The tree of places: rows of a file, what is wrong with them, and what they change. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.places import CODE_PATTERN, SEPARATOR, PlaceKind, PlaceStep, PlaceStepLine, RowFault, WrongRow
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.limits import PLACE_MAX
from zavhoz_contracts.text import clean, length

_CODE: Final = re.compile(CODE_PATTERN)
_WIDTH: Final = {kind: width for width, kind in enumerate(PlaceKind)}
PATH_MAX: Final = 400
"""Code points of a whole path: it is repeated in every event and on every card."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its `code`, which never changes. `parent` is the code of the place it is in, none for a root.

    `within` are the codes of the place itself and of all that it is in. `version` counts what happened to it.
    """

    code: str
    parent: str | None
    kind: PlaceKind
    name: str
    path: str
    archived_at: datetime | None = None
    within: frozenset[str] = frozenset()
    version: int = field(default=0, compare=False)

    @property
    def id(self) -> UUID:
        """The id in the database."""
        return place_id(self.code)

    @property
    def archived(self) -> bool:
        """Whether nobody is offered it any more."""
        return self.archived_at is not None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file as it was read; `line` is where it ends."""

    line: int
    code: str
    parent: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What loading a file does: the places to be written, and what happens to which of them, in the file's order."""

    written: tuple[Place, ...]
    steps: tuple[PlaceStepLine, ...]
    counts: Mapping[PlaceStep, int]

    @property
    def digest(self) -> str:
        """16 hexadecimal digits of all that changes; what stays as it is makes no difference."""
        steps = [step.model_dump(mode="json") for step in self.steps]
        places = [[one.code, one.parent, one.kind, one.name, one.path, one.archived] for one in self.written]
        return hashlib.sha256(json.dumps([sorted(steps, key=str), sorted(places)]).encode()).hexdigest()[:16]


def plan(
    rows: Sequence[Row], known: Mapping[str, Place], now: datetime, *, archive_missing: bool
) -> Changes | list[WrongRow]:
    """What `rows` change in the places that are `known`, by code; or all that is wrong, and then nothing changes.

    Places that are not in the file stay, or are archived with `archive_missing`. One that is in the file is there
    again if it was archived.
    """
    kept = {} if archive_missing else {code: place for code, place in known.items() if not place.archived}
    given: dict[str, tuple[Row, Place]] = {}
    wrong: list[WrongRow] = []
    for row in rows:
        read = _read(row, given)
        if isinstance(read, WrongRow):
            wrong.append(read)
        else:
            given[read.code] = row, read
    tree = kept | {code: place for code, (_, place) in given.items()}
    unreadable = {row.code.strip() for row in rows} - given.keys()
    for row, place in given.values():
        if (problem := _misplaced(place, tree, unreadable)) is not None:
            wrong.append(_wrong(row, *problem))
    if wrong:
        return sorted(wrong, key=lambda one: one.line)
    tree = {code: placed(place, tree) for code, place in tree.items()}
    for code, (row, _) in given.items():
        if len(tree[code].path) > PATH_MAX:
            wrong.append(_wrong(row, RowFault.PATH_TOO_LONG, {"code": code, "limit": str(PATH_MAX)}))
    return wrong or _changes(tree, known, now)


def _wrong(row: Row, fault: RowFault, values: Mapping[str, str] | None = None) -> WrongRow:
    return WrongRow(line=row.line, fault=fault, values=dict(values or {}))


def _read(row: Row, given: Mapping[str, tuple[Row, Place]]) -> Place | WrongRow:
    code, parent, name = row.code.strip(), row.parent.strip() or None, one_line(row.name)
    kind = row.kind.strip().lower()
    if not is_code(code):
        return _wrong(row, RowFault.CODE_WRONG, {"code": code})
    if code in given:
        return _wrong(row, RowFault.CODE_TWICE, {"code": code, "first": str(given[code][0].line)})
    if kind not in _WIDTH:
        return _wrong(row, RowFault.KIND_UNKNOWN, {"kind": row.kind.strip()})
    if not name:
        return _wrong(row, RowFault.NAME_EMPTY)
    if length(name) > PLACE_MAX:
        return _wrong(row, RowFault.NAME_TOO_LONG, {"length": str(length(name)), "limit": str(PLACE_MAX)})
    return Place(code, parent, PlaceKind(kind), name, path="")


def one_line(name: str) -> str:
    """A name as it is kept."""
    return " ".join(clean(name).split())


def is_code(code: str) -> bool:
    """Whether a place can have this code."""
    return _CODE.fullmatch(code) is not None


def fits(kind: PlaceKind, parent: PlaceKind) -> bool:
    """Whether a place of one kind may be in one of the other: it is not wider."""
    return _WIDTH[parent] <= _WIDTH[kind]


def _misplaced(
    place: Place, tree: Mapping[str, Place], unreadable: Iterable[str]
) -> tuple[RowFault, dict[str, str]] | None:
    """What is wrong with where a place is; nothing if its parent is wrong itself, which is said there."""
    if place.parent is None or place.parent in unreadable:
        return None
    parent = tree.get(place.parent)
    if parent is None:
        return RowFault.PARENT_UNKNOWN, {"parent": place.parent}
    if not fits(place.kind, parent.kind):
        return RowFault.PARENT_NARROWER, {"kind": place.kind, "parent_kind": parent.kind, "parent": parent.code}
    seen = {place.code: None}
    above: Place | None = parent
    while above is not None:
        if above.code in seen:
            return RowFault.IN_ITSELF, {"code": place.code, "circle": " ← ".join([*seen, above.code])}
        seen[above.code] = None
        above = tree.get(above.parent or "")
    return None


def placed(place: Place, tree: Mapping[str, Place]) -> Place:
    """The place with what it is in."""
    line = [place]
    while (parent := line[-1].parent) is not None:
        line.append(tree[parent])
    path = SEPARATOR.join(one.name for one in reversed(line))
    return replace(place, path=path, within=frozenset(one.code for one in line))


def _changes(tree: Mapping[str, Place], known: Mapping[str, Place], now: datetime) -> Changes:
    gone = {code: place for code, place in known.items() if code not in tree and not place.archived}
    written = [place for code, place in tree.items() if known.get(code) != place]
    steps = [step for place in written for step in _steps(place, known.get(place.code))]
    steps += [PlaceStepLine(step=PlaceStep.ARCHIVED, code=code, after=place.path) for code, place in gone.items()]
    counts = dict.fromkeys(PlaceStep, 0)
    for step in steps:
        counts[step.step] += 1
    counts[PlaceStep.UNCHANGED] = len(tree) - len(written)
    written += [replace(place, archived_at=now) for place in gone.values()]
    return Changes(tuple(following(place, known) for place in written), tuple(steps), counts)


def following(place: Place, known: Mapping[str, Place]) -> Place:
    """The place in its next version."""
    before = known.get(place.code)
    return replace(place, version=1 if before is None else before.version + 1)


def _steps(place: Place, before: Place | None) -> list[PlaceStepLine]:
    """What happens to a place; nothing is said of one that only follows the place it is in."""

    def step(step: PlaceStep, after: str, before: str = "") -> PlaceStepLine:
        return PlaceStepLine(step=step, code=place.code, before=before, after=after)

    if before is None:
        return [step(PlaceStep.ADDED, place.path)]
    steps = []
    if before.archived:
        steps.append(step(PlaceStep.RESTORED, place.path))
    if before.name != place.name:
        steps.append(step(PlaceStep.RENAMED, place.name, before.name))
    if before.parent != place.parent:
        steps.append(step(PlaceStep.MOVED, place.path, before.path))
    if before.kind is not place.kind:
        steps.append(step(PlaceStep.CHANGED, place.kind, before.kind))
    return steps
