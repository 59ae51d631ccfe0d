"""Choosing the place of a draft, in the message of the draft itself.

Where somebody is in the choice is kept with the draft, so that another replica goes on with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from zavhoz_contracts.errors import Outage
from zavhoz_contracts.limits import PLACE_MAX, PLACE_MIN
from zavhoz_contracts.text import length
from zavhoz_gateway import metrics
from zavhoz_gateway.application.choices import Choices
from zavhoz_gateway.application.draft_cards import DraftCards
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.draft import Asks, Draft, Looking
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.screens import Screens


class Placing:
    """What becomes of the buttons of the choice. Every method may be run again for the same press."""

    def __init__(self, cards: DraftCards, choices: Choices, chat: Chat, screens: Screens) -> None:
        self._cards = cards
        self._choices = choices
        self._chat = chat
        self._screens = screens

    async def look(self, pressed: Pressed, under: str | None = None) -> None:
        """Show what is right under a place; or, to begin with, the places used before and the roots."""
        await self._change(pressed, lambda draft: draft.asking(Asks.PLACE, Looking(under=under)))

    async def turn(self, pressed: Pressed, page: int) -> None:
        """Show another page of what is shown."""
        await self._change(pressed, lambda draft: draft.asking(Asks.PLACE, replace(draft.looking, page=max(page, 1))))

    async def leave(self, pressed: Pressed) -> None:
        """Go back to the draft, its place as it is."""
        await self._change(pressed, lambda draft: draft.asking(Asks.NOTHING))

    async def clear(self, pressed: Pressed) -> None:
        """Have no place."""
        await self._change(pressed, lambda draft: draft.at(""))

    async def choose(self, pressed: Pressed, code: str) -> None:
        """Take the place with this code."""
        draft = await self._cards.pressed(pressed)
        if draft is None:
            return
        try:
            place = await self._choices.place(code)
        except Outage:
            metrics.READ_API_FAILURES.labels("place").inc()
            await self._cards.alert(pressed, "place.away")
            return
        if place is None:
            await self._cards.alert(pressed, "refusal.place_not_found")
            return
        await self._cards.become(pressed, draft, draft.at(place.path, place.code))

    async def take_words(self, pressed: Pressed) -> None:
        """Take what was typed for the place, as it is."""
        draft = await self._cards.pressed(pressed)
        if draft is None:
            return
        words = draft.looking.query
        if not PLACE_MIN <= length(words) <= PLACE_MAX:
            reason, limit = ("short", PLACE_MIN) if length(words) < PLACE_MIN else ("long", PLACE_MAX)
            key = f"refusal.place_too_{reason}"
            said = self._screens.words(key, pressed.language, limit=limit, length=length(words))
            await self._chat.answer(pressed.query_id, said, alert=True)
            return
        await self._cards.become(pressed, draft, draft.at(words))

    async def _change(self, pressed: Pressed, change: Callable[[Draft], Draft]) -> None:
        draft = await self._cards.pressed(pressed)
        if draft is not None:
            await self._cards.become(pressed, draft, change(draft))
