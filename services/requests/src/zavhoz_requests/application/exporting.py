"""The tree of places as a CSV file, which loads again and changes nothing."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator

from zavhoz_requests.application.cells import guarded
from zavhoz_requests.application.loading import COLUMNS
from zavhoz_requests.domain.places import Place
from zavhoz_requests.store.places import sortable


def export(places: Iterable[Place], *, delimiter: str = ";", bom: bool = False) -> bytes:
    """A table of the places that are not archived, in UTF-8: each after the one it is in, as people count.

    With `bom` there is a byte order mark, by which Excel knows UTF-8. Loading accepts `;` and `,` as `delimiter`.
    """
    file = io.StringIO()
    table = csv.writer(file, delimiter=delimiter, lineterminator="\n")
    table.writerow(COLUMNS)
    for place in _in_order(places):
        table.writerow(guarded(cell) for cell in (place.code, place.parent or "", place.kind.value, place.name))
    return file.getvalue().encode("utf-8-sig" if bom else "utf-8")


def _in_order(places: Iterable[Place]) -> Iterator[Place]:
    under: dict[str | None, list[Place]] = defaultdict(list)
    for place in places:
        if not place.archived:
            under[place.parent].append(place)
    waiting = _backwards(under[None])
    while waiting:
        place = waiting.pop()
        yield place
        waiting += _backwards(under[place.code])


def _backwards(places: list[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (sortable(place.name), place.code), reverse=True)
