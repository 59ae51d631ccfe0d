"""Who people are and what they may become: from what Telegram says of them, and from the list of first managers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from zavhoz_contracts.message import DEFAULT_LANGUAGE, Actor, Role
from zavhoz_contracts.text import clean, shorten
from zavhoz_requests.domain.state import Person

_NAME_MAX: Final = 64
_NAMELESS: Final = "?"


@dataclass(frozen=True, slots=True)
class Registered:
    """Somebody became known."""

    person_id: UUID
    role: Role
    at: datetime


@dataclass(frozen=True, slots=True)
class RoleChanged:
    """Somebody may do more, or less, than before."""

    person_id: UUID
    role: Role
    previous: Role
    at: datetime


PersonEvent = Registered | RoleChanged


def language_of(code: str | None) -> str:
    """The language of a code of Telegram's, without its region (`ru` for `ru-RU`)."""
    return (code or DEFAULT_LANGUAGE).lower().split("-")[0]


def newcomer(person_id: UUID, actor: Actor, at: datetime) -> Person:
    """Someone who is not known yet, as Telegram describes them."""
    return Person(
        id=person_id,
        telegram_id=actor.telegram_id,
        name=_name(actor),
        username=actor.username,
        language=language_of(actor.language),
        language_chosen=False,
        role=Role.REQUESTER,
        active=True,
        reachable=True,
        seen_at=actor.seen_at,
        registered_at=at,
    )


def meet(
    person: Person, actor: Actor, at: datetime, *, may_become_manager: bool
) -> tuple[Person, tuple[PersonEvent, ...]]:
    """What a command's sender becomes by sending it: registered, described anew, reachable, one of the first managers.

    `may_become_manager`: they are listed as a first manager, and no manager from outside that list exists.
    """
    events: list[PersonEvent] = []
    role = Role.MANAGER if may_become_manager else person.role
    if person.version == 0:
        events.append(Registered(person.id, role, at))
    elif role is not person.role:
        events.append(RoleChanged(person.id, role, person.role, at))
    met = replace(person, role=role, reachable=True, version=person.version + len(events))
    if actor.seen_at > person.seen_at:
        met = replace(
            met,
            name=_name(actor),
            username=actor.username,
            language=person.language if person.language_chosen else language_of(actor.language),
            seen_at=actor.seen_at,
        )
    if replace(met, seen_at=person.seen_at) == person:
        return person, ()  # nothing but the time: not worth a write
    return met, tuple(events)


def _name(actor: Actor) -> str:
    return shorten(clean(actor.name), _NAME_MAX) or _NAMELESS
