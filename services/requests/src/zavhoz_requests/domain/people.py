"""Who people are and what they may become: from what Telegram says of them, and from the list of first managers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from zavhoz_contracts.message import DEFAULT_LANGUAGE, Actor, Role
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
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
    by: UUID | None = None


@dataclass(frozen=True, slots=True)
class AreasChanged:
    """Somebody of the staff is limited to these parts of the places, by code, and not to the previous ones."""

    person_id: UUID
    areas: tuple[str, ...]
    previous: tuple[str, ...]
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True)
class ActiveChanged:
    """Somebody may do nothing any more, or again what their role allows."""

    person_id: UUID
    active: bool
    at: datetime
    by: UUID


@dataclass(frozen=True, slots=True)
class Erased:
    """Somebody had themselves forgotten."""

    person_id: UUID
    at: datetime


PersonEvent = Registered | RoleChanged | AreasChanged | ActiveChanged | Erased

CONFIRM_WITHIN: Final = timedelta(minutes=15)
"""How long the last question before an erasure may be answered."""
_SEEN_AGAIN: Final = timedelta(minutes=10)
"""So exactly it is known when somebody was here last."""
_CLOCKS: Final = timedelta(minutes=1)
"""So far apart the clocks of two machines may be."""


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
    if replace(met, seen_at=person.seen_at) == person and met.seen_at - person.seen_at < _SEEN_AGAIN:
        return person, ()  # nothing but the time: not worth a write
    return met, tuple(events)


def speaking(person: Person, language: str) -> Person:
    """The person, spoken to in the language that they chose."""
    return replace(person, language=language, language_chosen=True)


def hindrance_to_erase(
    person: Person, confirmed_for: UUID, asked_at: datetime, at: datetime, *, other_manager: bool
) -> RefusalReason | None:
    """Why this person cannot be erased now; none when they can.

    `confirmed_for` is whom the question that was answered had been asked, at `asked_at`. `other_manager`: there is
    another active manager.
    """
    if confirmed_for != person.id or not -_CLOCKS <= at - asked_at <= CONFIRM_WITHIN:
        return RefusalReason.NOT_CONFIRMED
    if person.role is Role.MANAGER and not other_manager:
        return RefusalReason.LAST_MANAGER
    return None


def erased(person: Person, at: datetime) -> tuple[Person, Erased]:
    """What is left of a person: an id that means nobody."""
    nobody = Person(
        id=person.id,
        telegram_id=0,
        name="",
        username=None,
        language="",
        language_chosen=False,
        role=Role.REQUESTER,
        active=False,
        reachable=False,
        seen_at=at,
        registered_at=at,
        version=person.version + 1,
        erased=True,
    )
    return nobody, Erased(person.id, at)


def _name(actor: Actor) -> str:
    return shorten(clean(actor.name), _NAME_MAX) or _NAMELESS
