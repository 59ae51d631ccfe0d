"""Looking for requests by words: among one's own, among all of the queue and the archive, and for those of others that
are the same as a draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api import v1
from zavhoz_contracts.api.filters import Filters
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.text import clean
from zavhoz_requests.application.filtering import narrow
from zavhoz_requests.application.listing import demand_queue, line, page
from zavhoz_requests.application.reading import Denied, visible
from zavhoz_requests.application.sought import understand
from zavhoz_requests.domain.lifecycle import rules
from zavhoz_requests.domain.likeness import likeness
from zavhoz_requests.domain.state import Person, Request
from zavhoz_requests.store import Connection, requests, searching
from zavhoz_requests.store.places import searchable

_NOTHING = v1.RequestPage(items=(), page=1, pages=1, total=0)


async def mine(connection: Connection, person: Person, q: str, number: int, size: int) -> v1.RequestPage:
    """Page `number` of what this person filed or joined and the question fits, or its last page; newest first."""
    sought = await understand(connection, q)
    if sought is None:
        return _NOTHING
    return await page(connection, await searching.own(connection, person.id, sought, number, size), number, size)


async def everything(
    connection: Connection, person: Person, q: str, filters: Filters, zone: ZoneInfo, number: int, size: int
) -> v1.RequestPage:
    """The same among all that this person may see as one of the staff, narrowed by the filters.

    Raises:
        Denied: `forbidden`, for who is no technician and no manager.
    """
    demand_queue(person)
    sought = await understand(connection, q)
    if sought is None:
        return _NOTHING
    narrowed = await narrow(connection, person, filters, zone)
    return await page(connection, await searching.found(connection, sought, narrowed, number, size), number, size)


async def similar(connection: Connection, person: Person, text: str, place: str | None) -> v1.SimilarRequests:
    """What is not closed, is not this person's in any way, and may be what their draft is about.

    What they are shown of it, number, title and place, is what everybody in the building may hear.
    """
    here = None if place is None else place_id(place)
    return _most_alike(_likely(await searching.alike(connection, person.id, searchable(clean(text)), here)))


async def duplicates(connection: Connection, person: Person, request_id: UUID) -> v1.SimilarRequests:
    """What is not closed and may be the same as a request, as far as this person may merge it into that.

    Raises:
        Denied: `not_found`, or `forbidden`: they may not merge it into any.
    """
    request = visible(await requests.by_id(connection, request_id), person)
    if not _may_merge(person, request):
        raise Denied("forbidden")
    said = searchable(clean(f"{request.title} {request.description}"))
    likely = _likely(await searching.duplicates(connection, request.id, said, request.place_id))
    found = await requests.many(connection, {row.id for row in likely})
    return _most_alike([row for row in likely if row.id in found and _may_merge(person, found[row.id])])


def _may_merge(person: Person, request: Request) -> bool:
    return any(rule.permits(person, request) for rule in rules(Action.MERGE))


def _likely(rows: Sequence[Any]) -> list[Any]:
    """Those that are alike, the most alike first."""
    likely = [(likeness(row.said, row.theirs, row.same, row.typed, same_place=row.same_place), row) for row in rows]
    return [row for much, row in sorted(likely, key=lambda one: (-one[0], -one[1].number)) if much]


def _most_alike(rows: Sequence[Any]) -> v1.SimilarRequests:
    return v1.SimilarRequests(
        tuple(
            v1.SimilarRequest(**line(row, {}, overdue=False).model_dump(), joined=row.joined, same_place=row.same_place)
            for row in rows[: v1.SIMILAR_MOST]
        )
    )
