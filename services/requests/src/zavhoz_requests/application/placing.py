"""Places as people choose them: page by page, by words, or the ones they have been to."""

from __future__ import annotations

import math
from typing import Any, Final

from zavhoz_contracts.api import places as v1
from zavhoz_contracts.text import clean
from zavhoz_requests.application.reading import Denied, active, viewer
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, places

_RECENT: Final = 5
_WORDS_MAX: Final = 8


async def page(connection: Connection, as_: str, q: str, under: str | None, number: int) -> v1.PlacePage:
    """A page of places: those that have all the words of `q`, or without words those right under `under`, or roots.

    Raises:
        Denied: `not_found`, there is no place `under`; `deactivated`.
    """
    await _chooser(connection, as_)
    above = None if under is None else await by_code(connection, under)
    words = places.searchable(clean(q)).split()[:_WORDS_MAX]
    if words:
        rows, total = await places.found(connection, words, under, number, v1.PAGE_SIZE)
        above = None
    else:
        rows, total = await places.under(connection, under, number, v1.PAGE_SIZE)
    pages = max(1, math.ceil(total / v1.PAGE_SIZE))
    return v1.PlacePage(
        items=tuple(place_view(row) for row in rows), page=min(number, pages), pages=pages, total=total, under=above
    )


async def recent(connection: Connection, as_: str) -> v1.Places:
    """The places that this person filed requests for, newest first; none for who is not known yet.

    Raises:
        Denied: `deactivated`.
    """
    person = await _chooser(connection, as_)
    rows = [] if person is None else await places.recent(connection, person.id, _RECENT)
    return v1.Places(tuple(place_view(row) for row in rows))


async def by_code(connection: Connection, code: str) -> v1.Place:
    """The place with this code.

    Raises:
        Denied: `not_found`, for an archived one too.
    """
    row = await places.one(connection, code)
    if row is None:
        raise Denied("not_found")
    return place_view(row)


async def _chooser(connection: Connection, as_: str) -> Person | None:
    """Who chooses. Somebody may do so while they are still being registered, by the message that brought them."""
    try:
        return active(await viewer(connection, as_))
    except Denied as denied:
        if denied.code == "not_found":
            return None
        raise


def place_view(row: Any) -> v1.Place:
    """A place as the API shows it."""
    return v1.Place(
        code=row.code, kind=row.kind, name=row.name, path=row.path, parent=row.parent, children=row.children
    )
