"""Places as managers see them: level by level, as a file, and what a table of them would change."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID, uuid5

from zavhoz_chassis import clock
from zavhoz_contracts.api import places as v1
from zavhoz_contracts.identity import place_id
from zavhoz_requests.application.exporting import export, in_order
from zavhoz_requests.application.loading import read
from zavhoz_requests.application.reading import Denied
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.places import Changes, Place, Row, plan
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, managed_places, place_imports, places

_IMPORTS: Final = UUID("8c1b1f0e-9d0a-5c7e-8f43-0d0b8e6f2a51")


async def managed(
    connection: Connection, viewer: Person, id: UUID | None, page: int, *, archived: bool
) -> v1.ManagedPlaces:
    """What is right in a place, or topmost: the parts that somebody is limited to, else the roots.

    Raises:
        Denied: `forbidden`, also outside of what they are limited to; `not_found`.
    """
    _may(viewer, Right.READ_PLACES)
    place = None if id is None else await managed_places.one(connection, id)
    if id is not None and place is None:
        raise Denied("not_found")
    if place is not None and not _inside(viewer, place.lineage):
        raise Denied("forbidden")
    only = {place_id(code) for code in viewer.areas}
    rows, total, gone = await managed_places.level(connection, id, only, page, v1.PAGE_SIZE, archived=archived)
    pages = max(1, math.ceil(total / v1.PAGE_SIZE))
    return v1.ManagedPlaces(
        place=None if place is None else _view(place),
        up=place.parent if place is not None and _inside(viewer, {*place.lineage} - {place.code}) else None,
        items=tuple(map(_view, rows)),
        page=min(page, pages),
        pages=pages,
        total=total,
        archived=gone,
        shows_archived=archived,
        may_change=has(viewer, Right.MANAGE_PLACES),
    )


async def exported(connection: Connection, viewer: Person, under: str | None, form: v1.ExportForm) -> bytes:
    """What somebody may look at, or of that what is under a place and that itself, without what is archived.

    Raises:
        Denied: `forbidden`, also outside of what they are limited to; `not_found`, for an archived place too.
    """
    _may(viewer, Right.READ_PLACES)
    tree = await places.every(connection)
    if under is not None:
        above = tree.get(under)
        if above is None or above.archived:
            raise Denied("not_found")
        if not _inside(viewer, above.within):
            raise Denied("forbidden")
    wanted = [
        place for place in tree.values() if _inside(viewer, place.within) and (under is None or under in place.within)
    ]
    if form is v1.ExportForm.CSV:
        return export(wanted, bom=True)
    return b"".join(_line(place) for place in in_order(wanted))


async def stage(connection: Connection, viewer: Person, content: bytes) -> v1.PlaceImport:
    """What a table would change; kept for a day, unless something is wrong with it. Nothing changes.

    Raises:
        Denied: `forbidden`.
    """
    _may(viewer, Right.MANAGE_PLACES)
    rows, wrong = read(content)
    preview = await _preview(connection, rows, wrong, archive_missing=False)
    if preview.wrong_total:
        return preview
    id = uuid5(_IMPORTS, f"{viewer.id}:{hashlib.sha256(content).hexdigest()}")
    await place_imports.put(connection, id, content, viewer.id)
    return preview.model_copy(update={"import_id": id})


async def staged(connection: Connection, viewer: Person, id: UUID, *, archive_missing: bool) -> v1.PlaceImport:
    """What a table that is kept would change now.

    Raises:
        Denied: `forbidden`; `not_found`, if it is not kept, or was staged by somebody else.
    """
    _may(viewer, Right.MANAGE_PLACES)
    by, content = (await place_imports.get(connection, [id])).get(id, (None, b""))
    if by != viewer.id:
        raise Denied("not_found")
    rows, wrong = read(content)
    preview = await _preview(connection, rows, wrong, archive_missing=archive_missing)
    return preview.model_copy(update={"import_id": id})


async def _preview(
    connection: Connection, rows: list[Row], wrong: list[v1.WrongRow], *, archive_missing: bool
) -> v1.PlaceImport:
    now, tree = await clock.now(connection), await places.every(connection)
    planned = plan(rows, tree, now, archive_missing=archive_missing)
    if wrong or not isinstance(planned, Changes):
        found = [*wrong, *(planned if isinstance(planned, list) else ())]
        found.sort(key=lambda one: one.line)
        return v1.PlaceImport(
            archive_missing=archive_missing, wrong=tuple(found[: v1.IMPORT_LINES_SHOWN]), wrong_total=len(found)
        )
    return v1.PlaceImport(
        archive_missing=archive_missing,
        digest=planned.digest,
        counts={step: count for step, count in planned.counts.items() if count},
        lines=planned.steps[: v1.IMPORT_LINES_SHOWN],
        lines_total=len(planned.steps),
    )


def _may(viewer: Person, right: Right) -> None:
    if not has(viewer, right):
        raise Denied("forbidden")


def _inside(viewer: Person, lineage: Collection[str]) -> bool:
    return not viewer.areas or not viewer.areas.isdisjoint(lineage)


def _view(row: Any) -> v1.ManagedPlace:
    return v1.ManagedPlace(
        place_id=row.id,
        code=row.code,
        kind=row.kind,
        name=row.name,
        path=row.path,
        parent=row.parent,
        archived=row.archived,
        children=row.children,
        inside=row.inside,
    )


def _line(place: Place) -> bytes:
    told = v1.Place(code=place.code, kind=place.kind, name=place.name, path=place.path, parent=place.parent)
    return told.model_dump_json().encode() + b"\n"
