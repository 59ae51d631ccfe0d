"""Whom an update comes from: their language, and whether they may do anything at all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final
from uuid import UUID

import structlog

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import DEFAULT_LANGUAGE, Actor, Role
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import LanguageStore, PersonApi, StoreUnavailable

_log = structlog.get_logger("zavhoz.gateway")
_KNOWN_SECONDS: Final = 60.0
_UNAVAILABLE_SECONDS: Final = 2.0
_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Profile:
    """What the gateway needs to know of somebody. `known` is false for who is to be registered (again)."""

    language: str
    active: bool = True
    known: bool = True
    person_id: UUID | None = None
    role: Role = Role.REQUESTER


class People:
    """Asks the read API, and remembers the answer for a minute.

    While the API is away people are taken at Telegram's word, and registered again: that is done without effect.
    """

    def __init__(self, api: PersonApi, languages: LanguageStore, clock: Callable[[], float] = monotonic) -> None:
        self._api = api
        self._languages = languages
        self._clock = clock
        self._cache: OrderedDict[int, tuple[float, Profile]] = OrderedDict()

    async def profile(self, actor: Actor) -> Profile:
        """What is known of the actor, spoken to in the language that they chose, be it just now."""
        profile = await self._profile(actor)
        try:
            chosen = await self._languages.get(actor.telegram_id)
        except StoreUnavailable:
            return profile
        return profile if chosen is None else replace(profile, language=chosen)

    async def chose(self, actor: Actor, language: str) -> None:
        """Say which language somebody chose: what is known elsewhere is from before."""
        self.forget(actor)
        try:
            await self._languages.put(actor.telegram_id, language)
        except StoreUnavailable:
            _log.warning("a language that was chosen is seen a minute later")

    def forget(self, actor: Actor) -> None:
        """Ask anew at their next update."""
        self._cache.pop(actor.telegram_id, None)

    async def _profile(self, actor: Actor) -> Profile:
        if (remembered := self._remembered(actor)) is not None:
            return remembered
        seconds, language = _KNOWN_SECONDS, actor.language or DEFAULT_LANGUAGE
        try:
            person = await self._api.person(f"tg:{actor.telegram_id}")
        except NotFound:
            # Not remembered before the registration is with the broker: see `registered`.
            return Profile(language, known=False)
        except Forbidden:
            profile = Profile(language, active=False)
        except Outage:
            metrics.READ_API_FAILURES.labels("person").inc()
            seconds = _UNAVAILABLE_SECONDS
            profile = Profile(language, known=False)
        else:
            # Registered again, who could not be reached is known to be back; asked about soon whether that is done.
            # So is who is deactivated: activated again, they are told so, and write at once.
            seconds = _KNOWN_SECONDS if person.reachable and person.active else _UNAVAILABLE_SECONDS
            known, who = person.reachable, person.person_id
            profile = Profile(person.language, active=person.active, known=known, person_id=who, role=person.role)
        self._remember(actor.telegram_id, profile, seconds)
        return profile

    def registered(self, actor: Actor, profile: Profile) -> None:
        """Say that somebody who was not known is being registered, so that their next message does not do it again.

        For a short while: what role they have is known only then.
        """
        if self._remembered(actor) is None:
            self._remember(actor.telegram_id, Profile(profile.language), _UNAVAILABLE_SECONDS)

    def _remembered(self, actor: Actor) -> Profile | None:
        until, profile = self._cache.get(actor.telegram_id, (0.0, None))
        return profile if until > self._clock() else None

    def _remember(self, telegram_id: int, profile: Profile, seconds: float) -> None:
        self._cache[telegram_id] = (self._clock() + seconds, profile)
        self._cache.move_to_end(telegram_id)
        if len(self._cache) > _REMEMBERED:
            self._cache.popitem(last=False)
