"""The parts of a draft: how urgent, which words, which files; each can be changed until [Send]."""

from __future__ import annotations

from dataclasses import replace

from zavhoz_contracts.message import Priority
from zavhoz_gateway.application.draft_cards import DraftCards
from zavhoz_gateway.domain.draft import Asks
from zavhoz_gateway.domain.updates import Pressed


class Parts:
    """What becomes of the buttons of the parts. Every method may be run again for the same press."""

    def __init__(self, cards: DraftCards) -> None:
        self._cards = cards

    async def set_priority(self, pressed: Pressed, priority: Priority) -> None:
        """Choose how urgent it is."""
        draft = await self._cards.pressed(pressed)
        if draft is not None:
            await self._cards.become(pressed, draft, replace(draft, priority=priority))

    async def ask(self, pressed: Pressed, asks: Asks) -> None:
        """Have the card ask for other words, or show the files one by one; or nothing any more."""
        draft = await self._cards.pressed(pressed)
        if draft is not None:
            await self._cards.become(pressed, draft, draft.asking(asks))

    async def remove(self, pressed: Pressed, key: str) -> None:
        """Take a file out."""
        draft = await self._cards.pressed(pressed)
        if draft is not None:
            await self._cards.become(pressed, draft, draft.without(key))
