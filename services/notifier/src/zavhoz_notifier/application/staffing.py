"""What managers do to people: the press is answered with the profile as it is then; whom it concerns hears of it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.people import Profile
from zavhoz_contracts.api.places import Place
from zavhoz_contracts.api.v1 import Person
from zavhoz_contracts.message import Role, Shows
from zavhoz_contracts.people.v1.commands import SetActive, SetAreas, SetRole
from zavhoz_contracts.people.v1.events import (
    PersonActivated,
    PersonAreasChanged,
    PersonDeactivated,
    PersonRoleChanged,
)
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_notifier.application.pages import drawn, told
from zavhoz_notifier.application.words import done_toast, refusal
from zavhoz_notifier.domain.audience import STALE_AFTER
from zavhoz_notifier.domain.delivery import Delivery, Placement, card, menu, notice
from zavhoz_notifier.store import cards
from zavhoz_telegram.profiles import draw_areas, draw_profile, places_in_words
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.texts import Texts, Translator

PersonChanged = PersonRoleChanged | PersonAreasChanged | PersonDeactivated | PersonActivated
MANAGING: Final = frozenset({SetRole.TYPE, SetAreas.TYPE, SetActive.TYPE})
"""The commands whose outcomes are answered here."""
_REDRAWN: Final = 200
"""So many live cards are drawn anew at once; the others when their requests change."""


class Reads(Protocol):
    """The read API, as far as people need it."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...

    async def profile(self, as_: str, person_id: UUID) -> Profile:
        """Somebody as a manager sees them."""
        ...

    async def place(self, code: str) -> Place:
        """The place with this code, unless it is archived."""
        ...


class Staffing:
    """Plans what is said of changes of people."""

    def __init__(self, database: Database, api: Reads, texts: Texts, time_zone: ZoneInfo) -> None:
        self._database = database
        self._api = api
        self._texts = texts
        self._time_zone = time_zone

    async def answered(self, cause_id: UUID, outcome: CommandDone | CommandRefused) -> Sequence[Delivery]:
        """A toast, or an alert that says why not; and the message pressed as it is from now on.

        For who may not see it, the message stays as it is, unless they have just made less of themselves.
        """
        t = self._texts.for_language(outcome.language)
        shown = await self._shown(outcome, t)
        if isinstance(outcome, CommandRefused):
            said = told(cause_id, outcome, refusal(outcome, t), alert=True)
            return said if shown is None else [*said, *drawn(cause_id, outcome, shown)]
        toast = done_toast(outcome, t) if outcome.changed else t.plain("people.unchanged")
        shown = shown or Screen(t("people.denied"))
        return [*told(cause_id, outcome, toast), *drawn(cause_id, outcome, shown)]

    async def happened(self, cause_id: UUID, event: PersonChanged) -> Sequence[Delivery]:
        """A sentence to whom it concerns, unless they did it themselves; and their live cards, drawn anew.

        A deactivated person has the menu of everybody, and hears nothing after that sentence.
        """
        try:
            person = await self._api.person(str(event.person_id))
        except (NotFound, Forbidden):  # erased meanwhile
            return ()
        t = self._texts.for_language(person.language)
        planned: list[Delivery] = []
        by_others = event.actor_id != person.person_id and datetime.now(UTC) - event.occurred_at < STALE_AFTER
        if by_others and person.reachable and (said := await self._sentence(event, person, t)) is not None:
            planned.append(notice(cause_id, person.telegram_id, person.language, said, person_id=person.person_id))
        if not person.active:
            return [*planned, menu(cause_id, person.telegram_id, person.language, person.person_id, [])]
        return [*planned, *await self._live_cards(cause_id, person)]

    async def _sentence(self, event: PersonChanged, person: Person, t: Translator) -> str | None:
        """What they are told; none when it is not so any more, or is told by another event."""
        match event:
            case PersonDeactivated() if not person.active:
                return t("people.told_deactivated")
            case _ if not person.active:
                return None
            case PersonActivated():
                return t("people.told_activated", role=t.plain(f"role.{person.role.value}"))
            case PersonRoleChanged() if event.role is person.role:
                return t(f"people.told_role.{person.role.value}")
            case PersonAreasChanged() if person.role is not Role.REQUESTER:
                return await self._where(event.areas, t)
            case _:
                return None

    async def _where(self, codes: Sequence[str], t: Translator) -> str:
        if not codes:
            return t("people.told_everywhere")
        paths: list[str] = []
        for code in codes:
            with contextlib.suppress(NotFound):
                paths.append((await self._api.place(code)).path)
        return f"{t('people.told_limited')}\n{places_in_words(paths or list(codes), t)}"

    async def _live_cards(self, cause_id: UUID, person: Person) -> list[Delivery]:
        """Drawn anew: with the buttons of who they are now, or hidden where they may see no more."""
        async with self._database.statements() as connection:
            request_ids = await cards.of_person(connection, person.person_id, _REDRAWN)
        about = person.telegram_id, person.language, person.person_id
        return [card(cause_id, *about, request_id, Placement.LIVE) for request_id in request_ids]

    async def _shown(self, outcome: CommandDone | CommandRefused, t: Translator) -> Screen | None:
        """The profile, or its places, as whoever pressed may see it; none when they may not."""
        if outcome.about_id is None:
            return None
        try:
            profile = await self._api.profile(str(outcome.person_id), outcome.about_id)
        except (NotFound, Forbidden):
            return None
        if outcome.origin.shows is Shows.AREAS and profile.role is not Role.REQUESTER:
            return draw_areas(profile, t)
        return draw_profile(profile, datetime.now(UTC), t, self._time_zone)
