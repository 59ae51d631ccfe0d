"""Choosing a place, in the message of what it is chosen for: a draft, or the question what is to be changed.

Where somebody is in the choice is kept with the draft, or the question, so that another replica goes on with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

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


class Placed(Protocol):
    """What a place is chosen for, as it is at a press. Every method answers the press too."""

    @property
    def looking(self) -> Looking:
        """Where the person is in the choice."""
        ...

    async def look(self, looking: Looking) -> None:
        """Show what there is."""
        ...

    async def leave(self) -> None:
        """Choose no more: the place stays as it is."""
        ...

    async def take(self, place: str, code: str | None = None) -> None:
        """Have this place, empty for none."""
        ...


class Places(Protocol):
    """Finds what a place is chosen for."""

    async def pressed(self, pressed: Pressed) -> Placed | None:
        """That in whose message it was pressed; none, and the press is answered with why, when there is none now."""
        ...


class Placing:
    """What becomes of the buttons of the choice. Every method may be run again for the same press."""

    def __init__(self, places: Places, choices: Choices, chat: Chat, screens: Screens) -> None:
        self._places = places
        self._choices = choices
        self._chat = chat
        self._screens = screens

    async def look(self, pressed: Pressed, under: str | None = None) -> None:
        """Show what is right under a place; or, to begin with, the places used before and the roots."""
        if (placed := await self._places.pressed(pressed)) is not None:
            await placed.look(Looking(under=under))

    async def turn(self, pressed: Pressed, page: int) -> None:
        """Show another page of what is shown."""
        if (placed := await self._places.pressed(pressed)) is not None:
            await placed.look(replace(placed.looking, page=max(page, 1)))

    async def leave(self, pressed: Pressed) -> None:
        """Go back, the place as it is."""
        if (placed := await self._places.pressed(pressed)) is not None:
            await placed.leave()

    async def clear(self, pressed: Pressed) -> None:
        """Have no place."""
        if (placed := await self._places.pressed(pressed)) is not None:
            await placed.take("")

    async def choose(self, pressed: Pressed, code: str) -> None:
        """Take the place with this code."""
        placed = await self._places.pressed(pressed)
        if placed is None:
            return
        try:
            place = await self._choices.place(code)
        except Outage:
            metrics.READ_API_FAILURES.labels("place").inc()
            await self._alert(pressed, "place.away")
            return
        if place is None:
            await self._alert(pressed, "refusal.place_not_found")
            return
        await placed.take(place.path, place.code)

    async def take_words(self, pressed: Pressed) -> None:
        """Take what was typed for the place, as it is."""
        placed = await self._places.pressed(pressed)
        if placed is None:
            return
        words = placed.looking.query
        size = length(words)
        if not PLACE_MIN <= size <= PLACE_MAX:
            reason, limit = ("short", PLACE_MIN) if size < PLACE_MIN else ("long", PLACE_MAX)
            await self._alert(pressed, f"refusal.place_too_{reason}", limit=limit, length=size)
            return
        await placed.take(words)

    async def _alert(self, pressed: Pressed, key: str, **values: object) -> None:
        said = self._screens.words(key, pressed.language, **values)
        await self._chat.answer(pressed.query_id, said, alert=True)


class DraftPlaces:
    """The places of drafts."""

    def __init__(self, cards: DraftCards) -> None:
        self._cards = cards

    async def pressed(self, pressed: Pressed) -> Placed | None:
        """See `Places`."""
        draft = await self._cards.pressed(pressed)
        return None if draft is None else _PlacedDraft(self._cards, pressed, draft)


@dataclass(frozen=True, slots=True)
class _PlacedDraft:
    cards: DraftCards
    pressed: Pressed
    draft: Draft

    @property
    def looking(self) -> Looking:
        return self.draft.looking

    async def look(self, looking: Looking) -> None:
        await self._become(self.draft.asking(Asks.PLACE, looking))

    async def leave(self) -> None:
        await self._become(self.draft.asking(Asks.NOTHING))

    async def take(self, place: str, code: str | None = None) -> None:
        await self._become(self.draft.at(place, code))

    async def _become(self, draft: Draft) -> None:
        await self.cards.become(self.pressed, self.draft, draft)
