"""What managers do to people: their roles, the parts of the places they are limited to, (de)activation. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from zavhoz_contracts import limits
from zavhoz_contracts.message import Role
from zavhoz_contracts.people.v1.commands import PersonCommand, SetActive, SetAreas, SetRole
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.people import ActiveChanged, AreasChanged, PersonEvent, RoleChanged
from zavhoz_requests.domain.permissions import STAFF, Right, has
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.state import Person


@dataclass(frozen=True, slots=True)
class Staffing:
    """What is decided by: `by` sends the command about `about`, none if there is nobody like that.

    `managers` are the active ones, `unlimited` those of them who are limited to no part of the places. `listed`: they
    become a manager again by their next message, for they are a first manager and there is none from outside the list.
    `places` are by code those that are named.
    """

    by: Person
    about: Person | None
    now: datetime
    managers: AbstractSet[UUID]
    unlimited: AbstractSet[UUID]
    places: Mapping[str, Place]
    listed: bool = False


Changed = tuple[Person, tuple[PersonEvent, ...]]
"""What becomes of a person, and what happened to them; nothing when they are so already."""


def change(command: PersonCommand, staffing: Staffing) -> Changed | Refusal:
    """What `command` does to somebody."""
    if not has(staffing.by, Right.MANAGE_PEOPLE):
        return Refusal(RefusalReason.NOT_ALLOWED)
    about = staffing.about
    if about is None or about.erased:
        return Refusal(RefusalReason.PERSON_NOT_FOUND)
    match command:
        case SetRole():
            return _role(about, command.role, staffing)
        case SetAreas():
            return _areas(about, command.areas, staffing)
        case SetActive():
            return _active(about, staffing, active=command.active)
        case _:
            raise TypeError(f"no decision about {type(command).__name__}")


def _role(about: Person, role: Role, staffing: Staffing) -> Changed | Refusal:
    if role is about.role:
        return about, ()
    if (hindered := _hindrance(about, staffing, manages=role is Role.MANAGER, limited=bool(about.areas))) is not None:
        return hindered
    if about.role is Role.MANAGER and staffing.listed:
        return Refusal(RefusalReason.LISTED_MANAGER, who=about.id)
    events: list[PersonEvent] = [RoleChanged(about.id, role, about.role, staffing.now, staffing.by.id)]
    areas = about.areas if role in STAFF else frozenset[str]()
    if areas != about.areas:
        events.append(AreasChanged(about.id, (), tuple(sorted(about.areas)), staffing.now, staffing.by.id))
    return replace(about, role=role, areas=areas, version=about.version + len(events)), tuple(events)


def _areas(about: Person, codes: tuple[str, ...], staffing: Staffing) -> Changed | Refusal:
    """Without those that are in another one of them. One that was archived meanwhile may stay, but none may come."""
    if about.role not in STAFF:
        return Refusal(RefusalReason.NOT_STAFF, who=about.id)
    named = {code: staffing.places.get(code) for code in codes}
    if any(place is None or (place.archived and place.code not in about.areas) for place in named.values()):
        return Refusal(RefusalReason.PLACE_NOT_FOUND)
    found = [place for place in named.values() if place is not None]
    areas = frozenset(place.code for place in found if not (place.within - {place.code}) & named.keys())
    if len(areas) > limits.AREAS_MAX:
        return Refusal(RefusalReason.TOO_MANY_AREAS, limit=limits.AREAS_MAX, size=len(areas))
    if areas == about.areas:
        return about, ()
    if (hindered := _hindrance(about, staffing, manages=about.role is Role.MANAGER, limited=bool(areas))) is not None:
        return hindered
    event = AreasChanged(about.id, tuple(sorted(areas)), tuple(sorted(about.areas)), staffing.now, staffing.by.id)
    return replace(about, areas=areas, version=about.version + 1), (event,)


def _active(about: Person, staffing: Staffing, *, active: bool) -> Changed | Refusal:
    if about.active is active:
        return about, ()
    if about.id == staffing.by.id:
        return Refusal(RefusalReason.NOT_YOURSELF)
    event = ActiveChanged(about.id, active, staffing.now, staffing.by.id)
    return replace(about, active=active, version=about.version + 1), (event,)


def _hindrance(about: Person, staffing: Staffing, *, manages: bool, limited: bool) -> Refusal | None:
    """Why somebody cannot go on as a manager or not, limited or not: there is always one who is limited to nothing."""
    if about.id in staffing.managers and not manages and not staffing.managers - {about.id}:
        return Refusal(RefusalReason.LAST_MANAGER)
    if about.id in staffing.unlimited and (not manages or limited) and not staffing.unlimited - {about.id}:
        return Refusal(RefusalReason.LAST_UNLIMITED_MANAGER)
    return None
