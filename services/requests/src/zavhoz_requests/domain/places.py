"""The tree of places: rows of a file, what is wrong with them, and what they change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.places import CODE_PATTERN, SEPARATOR, PlaceKind
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

    `within` are the codes of the place itself and of all that it is in.
    """

    code: str
    parent: str | None
    kind: PlaceKind
    name: str
    path: str
    archived: bool = False
    within: frozenset[str] = frozenset()

    @property
    def id(self) -> UUID:
        """The id in the database."""
        return place_id(self.code)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file as it was read; `line` is where it ends."""

    line: int
    code: str
    parent: str
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with the row at `line`."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What loading a file does: the places to be written, and what happens to them in words, one line each."""

    written: tuple[Place, ...]
    report: tuple[str, ...]
    counts: Mapping[str, int]


def plan(rows: Sequence[Row], known: Mapping[str, Place], *, archive_missing: bool) -> Changes | list[Wrong]:
    """What `rows` change in the places that are `known`, by code; or all that is wrong, and then nothing changes.

    Places that are not in the file stay, or are archived with `archive_missing`. One that is in the file is there
    again if it was archived.
    """
    kept = {} if archive_missing else {code: place for code, place in known.items() if not place.archived}
    given: dict[str, tuple[Row, Place]] = {}
    wrong: list[Wrong] = []
    for row in rows:
        read = _read(row, given)
        if isinstance(read, Wrong):
            wrong.append(read)
        else:
            given[read.code] = row, read
    tree = kept | {code: place for code, (_, place) in given.items()}
    unreadable = {row.code.strip() for row in rows} - given.keys()
    for row, place in given.values():
        if (problem := _misplaced(place, tree, unreadable)) is not None:
            wrong.append(Wrong(row.line, problem))
    if wrong:
        return sorted(wrong, key=lambda one: one.line)
    tree = {code: _placed(place, tree) for code, place in tree.items()}
    for code, (row, _) in given.items():
        if len(tree[code].path) > PATH_MAX:
            wrong.append(Wrong(row.line, f"the names from the root to {code} make more than {PATH_MAX} characters"))
    return wrong or _changes(tree, known)


def _read(row: Row, given: Mapping[str, tuple[Row, Place]]) -> Place | Wrong:
    code, parent, name = row.code.strip(), row.parent.strip() or None, " ".join(clean(row.name).split())
    if not _CODE.fullmatch(code):
        return Wrong(row.line, f"code {code!r}: 1 to 59 of A-Z, a-z, 0-9, _ and - are needed")
    if code in given:
        return Wrong(row.line, f"code {code} is on line {given[code][0].line} already")
    if row.kind.strip().lower() not in _WIDTH:
        return Wrong(row.line, f"kind {row.kind.strip()!r}: one of {', '.join(PlaceKind)} is needed")
    if not name:
        return Wrong(row.line, "the name is empty")
    if length(name) > PLACE_MAX:
        return Wrong(row.line, f"the name has {length(name)} characters, at most {PLACE_MAX} are allowed")
    return Place(code, parent, PlaceKind(row.kind.strip().lower()), name, path="")


def _misplaced(place: Place, tree: Mapping[str, Place], unreadable: Iterable[str]) -> str | None:
    """What is wrong with where a place is; nothing if its parent is wrong itself, which is said there."""
    if place.parent is None or place.parent in unreadable:
        return None
    parent = tree.get(place.parent)
    if parent is None:
        return f"parent {place.parent!r} is neither in this file nor among the places there are"
    if _WIDTH[parent.kind] > _WIDTH[place.kind]:
        return f"a {place.kind} cannot be in a {parent.kind} ({parent.code})"
    seen = {place.code}
    above: Place | None = parent
    while above is not None:
        if above.code in seen:
            return f"{place.code} is in itself: {' in '.join([*seen, above.code])}"
        seen.add(above.code)
        above = tree.get(above.parent or "")
    return None


def _placed(place: Place, tree: Mapping[str, Place]) -> Place:
    """The place with what it is in."""
    line = [place]
    while (parent := line[-1].parent) is not None:
        line.append(tree[parent])
    path = SEPARATOR.join(one.name for one in reversed(line))
    return replace(place, path=path, within=frozenset(one.code for one in line))


def _changes(tree: Mapping[str, Place], known: Mapping[str, Place]) -> Changes:
    gone = {code: place for code, place in known.items() if code not in tree and not place.archived}
    written = [place for code, place in tree.items() if known.get(code) != place]
    told = [line for place in written for line in _told(place, known.get(place.code))]
    told += [("archived", f"{code}  {place.path}") for code, place in gone.items()]
    counts = dict.fromkeys(("added", "renamed", "moved", "changed", "restored", "archived", "unchanged"), 0)
    for what, _ in told:
        counts[what] += 1
    counts["unchanged"] = len(tree) - len(written)
    archived = [replace(place, archived=True) for place in gone.values()]
    return Changes((*written, *archived), tuple(f"{what}: {words}" for what, words in told), counts)


def _told(place: Place, before: Place | None) -> list[tuple[str, str]]:
    """What happens to a place in words; nothing is said of one that only follows the place it is in."""
    if before is None:
        return [("added", f"{place.code}  {place.path}")]
    told = []
    if before.archived:
        told.append(("restored", f"{place.code}  {place.path}"))
    if before.name != place.name:
        told.append(("renamed", f"{place.code}  {before.name} -> {place.name}"))
    if before.parent != place.parent:
        told.append(("moved", f"{place.code}  {before.path} -> {place.path}"))
    if before.kind is not place.kind:
        told.append(("changed", f"{place.code}  {before.kind} -> {place.kind}"))
    return told
