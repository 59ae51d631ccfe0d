"""Looking for requests by words: among one's own, and among those of others that are the same as a draft."""

from __future__ import annotations

import math
import re
from typing import Final

from zavhoz_contracts.api import v1
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.text import clean
from zavhoz_requests.application.listing import line
from zavhoz_requests.domain.likeness import likeness
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, people, searching
from zavhoz_requests.store.places import searchable

_NUMBER: Final = re.compile(r"(#?)\s*([0-9]{1,9})")
_WORDS_MAX: Final = 8
"""So many words of a question count."""


async def mine(connection: Connection, person: Person, q: str, number: int, size: int) -> v1.RequestPage:
    """Page `number` of what this person filed or joined and the question fits, or its last page; newest first.

    `#118` asks for that number alone, `118` for that number or the word. A word of letters may be mistyped.
    """
    asked = searchable(clean(q))
    named = _NUMBER.fullmatch(asked)
    words = () if named and named[1] else tuple(re.findall(r"\w+", asked))[:_WORDS_MAX]
    if not words and not named:
        return v1.RequestPage(items=(), page=1, pages=1, total=0)
    rows, total = await searching.own(connection, person.id, words, int(named[2]) if named else None, number, size)
    known = await people.many(connection, {row.assignee_id for row in rows})
    pages = max(1, math.ceil(total / size))
    items = tuple(line(row, known) for row in rows)
    return v1.RequestPage(items=items, page=min(number, pages), pages=pages, total=total)


async def similar(connection: Connection, person: Person, text: str, place: str | None) -> v1.SimilarRequests:
    """What is not closed, is not this person's in any way, and may be what their draft is about.

    What they are shown of it, number, title and place, is what everybody in the building may hear.
    """
    here = None if place is None else place_id(place)
    rows = await searching.alike(connection, person.id, searchable(clean(text)), here)
    likely = [(likeness(row.said, row.theirs, row.same, row.typed, same_place=row.same_place), row) for row in rows]
    found = sorted(((much, row) for much, row in likely if much), key=lambda one: (-one[0], -one[1].number))
    return v1.SimilarRequests(
        tuple(
            v1.SimilarRequest(**line(row, {}).model_dump(), joined=row.joined, same_place=row.same_place)
            for _, row in found[: v1.SIMILAR_MOST]
        )
    )
