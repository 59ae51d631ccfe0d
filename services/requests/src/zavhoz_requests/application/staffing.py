"""People as managers read of them."""

from __future__ import annotations

import math
from uuid import UUID

from zavhoz_contracts.api import people as v1
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.text import clean
from zavhoz_requests.application.placing import place_view
from zavhoz_requests.application.reading import Denied, visible
from zavhoz_requests.domain.lifecycle import rules
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, places, requests, staff

_WORDS_MAX = 4


async def page(
    connection: Connection, person: Person, view: v1.PeopleView, q: str, number: int, size: int
) -> v1.PersonPage:
    """A page of people by name, those whose names have all the words of `q`.

    Raises:
        Denied: `forbidden`.
    """
    _demand(person, Right.MANAGE_PEOPLE)
    words = clean(q).lower().removeprefix("@").split()[:_WORDS_MAX]
    rows, total = await staff.page(connection, view, words, number, size)
    pages = max(1, math.ceil(total / size))
    items = tuple(
        v1.PersonLine(
            person_id=row.id,
            name=row.name,
            username=row.username,
            role=row.role,
            active=row.active,
            reachable=row.reachable,
            areas=row.areas,
        )
        for row in rows
    )
    return v1.PersonPage(items=items, page=min(number, pages), pages=pages, total=total)


async def profile(connection: Connection, person: Person, about: UUID) -> v1.Profile:
    """Somebody, with what they have to do.

    Raises:
        Denied: `forbidden`, or `not_found`.
    """
    _demand(person, Right.MANAGE_PEOPLE)
    row = await staff.profile(connection, about)
    if row is None:
        raise Denied("not_found")
    return v1.Profile(
        person_id=row.id,
        name=row.name,
        username=row.username,
        role=row.role,
        active=row.active,
        reachable=row.reachable,
        areas=tuple(place_view(one) for one in await places.shown(connection, row.areas)),
        in_work=row.in_work,
        on_hold=row.on_hold,
        filed=row.filed,
        seen_at=row.seen_at,
        registered_at=row.registered_at,
    )


async def candidates(connection: Connection, person: Person, request_id: UUID) -> v1.Staff:
    """Whom a request can be given to, by who may do that, those with the least work first.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    request = visible(await requests.by_id(connection, request_id), person)
    if not any(rule.permits(person, request) for rule in rules(Action.ASSIGN)):
        raise Denied("forbidden")
    return v1.Staff(
        tuple(
            v1.StaffMember(
                person_id=row.id,
                name=row.name,
                role=row.role,
                reachable=row.reachable,
                in_work=row.in_work,
                on_hold=row.on_hold,
                seen_at=row.seen_at,
            )
            for row in await staff.working(connection, request.within)
        )
    )


def _demand(person: Person, right: Right) -> None:
    if not has(person, right):
        raise Denied("forbidden")
