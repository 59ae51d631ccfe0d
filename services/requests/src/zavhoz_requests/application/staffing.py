"""People as managers read of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from zavhoz_contracts.api import people as v1
from zavhoz_contracts.people.v1.events import (
    PersonActivated,
    PersonAreasChanged,
    PersonDeactivated,
    PersonRoleChanged,
)
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.text import clean
from zavhoz_requests.application.placing import place_view
from zavhoz_requests.application.reading import Denied, brief, visible
from zavhoz_requests.domain.lifecycle import rules
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, people, places, requests, staff

_WORDS_MAX = 4
_AREAS: Final = PersonAreasChanged.TYPE
_CHANGE: Final = {
    PersonRoleChanged.TYPE: v1.Change.ROLE,
    _AREAS: v1.Change.AREAS,
    PersonDeactivated.TYPE: v1.Change.DEACTIVATED,
    PersonActivated.TYPE: v1.Change.ACTIVATED,
}


async def page(
    connection: Connection, person: Person, view: v1.PeopleView, q: str, number: int, size: int
) -> v1.PersonPage:
    """A page of people by name, those whose names have all the words of `q`.

    Raises:
        Denied: `forbidden`.
    """
    _demand(person, Right.MANAGE_PEOPLE)
    words = [word.removeprefix("@") for word in places.searchable(clean(q)).split()][:_WORDS_MAX]
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
        yourself=row.id == person.id,
        history=await _history(connection, about),
    )


async def _history(connection: Connection, about: UUID) -> tuple[v1.PersonChange, ...]:
    """What managers did to somebody last: by whom, and which places these were, as they are called now."""
    rows = await staff.history(connection, about, v1.HISTORY_MOST)
    managers = {UUID(row.data["actor_id"]) for row in rows if row.data["actor_id"]}
    known = await people.many(connection, managers)
    codes = {code for row in rows for name in ("areas", "previous") if row.type == _AREAS for code in row.data[name]}
    paths = {row.code: row.path for row in await places.shown(connection, codes)}
    return tuple(_change(row, known, paths) for row in rows)


def _change(row: Any, known: Mapping[UUID, Person], paths: Mapping[str, str]) -> v1.PersonChange:
    by = brief(UUID(row.data["actor_id"]), known) if row.data["actor_id"] else None
    common: dict[str, Any] = {"change": _CHANGE[row.type], "at": row.occurred_at, "by": by}
    match row.type:
        case PersonRoleChanged.TYPE:
            return v1.PersonChange(**common, role=row.data["role"], previous=row.data["previous"])
        case PersonAreasChanged.TYPE:
            areas, previous = (tuple(paths.get(one, one) for one in row.data[name]) for name in ("areas", "previous"))
            return v1.PersonChange(**common, areas=areas, previous_areas=previous)
        case _:
            return v1.PersonChange(**common)


async def candidates(connection: Connection, person: Person, request_id: UUID) -> v1.Staff:
    """Whom a request can be given to, by who may do that, those with the least work first.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    request = visible(await requests.by_id(connection, request_id), person)
    if not any(rule.permits(person, request) for rule in rules(Action.ASSIGN)):
        raise Denied("forbidden")
    return _staff(await staff.working(connection, request.within))


async def everybody(connection: Connection, person: Person) -> v1.Staff:
    """Whom requests can be given to where this person is, those with the least work first.

    Raises:
        Denied: `forbidden`.
    """
    _demand(person, Right.READ_STAFF)
    return _staff(await staff.working_beside(connection, person.areas))


def _staff(rows: Sequence[Any]) -> v1.Staff:
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
            for row in rows
        )
    )


def _demand(person: Person, right: Right) -> None:
    if not has(person, right):
        raise Denied("forbidden")
