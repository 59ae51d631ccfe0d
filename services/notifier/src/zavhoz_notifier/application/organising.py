"""What managers change about the categories and the settings: the answer, and the page as it is from then on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.managed import ManagedCategory, ManagedOrganisation
from zavhoz_contracts.categories.v1.commands import ChangeCategory
from zavhoz_contracts.message import Shows
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_notifier.application.pages import drawn, told
from zavhoz_notifier.application.words import refusal
from zavhoz_notifier.domain.delivery import Delivery
from zavhoz_telegram.organisation import again, draw_organisation
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.shelf import draw_category
from zavhoz_telegram.texts import Texts

ORGANISING: Final = frozenset({ChangeCategory.TYPE, SetSetting.TYPE})
"""The commands whose outcomes are answered here."""


class Reads(Protocol):
    """The read API, as far as these pages need it."""

    async def category(self, as_: str, category_id: UUID) -> ManagedCategory:
        """A category as a manager sees it."""
        ...

    async def organisation(self, as_: str) -> ManagedOrganisation:
        """The settings of the organisation, for a manager."""
        ...


class Organising:
    """Plans what is said of such an outcome."""

    def __init__(self, api: Reads, texts: Texts, time_zone: ZoneInfo) -> None:
        self._api = api
        self._texts = texts
        self._time_zone = time_zone

    async def answered(self, cause_id: UUID, outcome: CommandDone | CommandRefused) -> Sequence[Delivery]:
        """The page in its message, and why not, or that it is so now.

        Whoever typed something that will not do can type it again: then the page stays the question it was.
        """
        t, typed = self._texts.for_language(outcome.language), outcome.origin.callback_query_id is None
        if isinstance(outcome, CommandRefused):
            said = told(cause_id, outcome, refusal(outcome, t), rows=(again(t),), alert=True)
            return said if typed else [*said, *await self._page(cause_id, outcome)]
        text = t.plain("shelf.saved" if outcome.changed else "shelf.unchanged")
        return [*await self._page(cause_id, outcome), *told(cause_id, outcome, text)]

    async def _page(self, cause_id: UUID, outcome: CommandDone | CommandRefused) -> list[Delivery]:
        """The page as whoever changed it sees it; none when they may not, or there is no such category."""
        try:
            shown = await self._shown(outcome)
        except (NotFound, Forbidden):
            return []
        return [] if shown is None else drawn(cause_id, outcome, shown)

    async def _shown(self, outcome: CommandDone | CommandRefused) -> Screen | None:
        as_, now = str(outcome.person_id), datetime.now(UTC)
        if outcome.origin.shows is Shows.ORGANISATION:
            t = self._texts.for_language(outcome.language)
            return draw_organisation(await self._api.organisation(as_), t, now, self._time_zone)
        if outcome.about_id is None:
            return None
        shown = await self._api.category(as_, outcome.about_id)
        return draw_category(shown, self._texts, outcome.language, now, self._time_zone)
