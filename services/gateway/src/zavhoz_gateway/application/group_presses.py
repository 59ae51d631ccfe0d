"""Buttons under cards in staff groups: done as whoever presses; what needs words is asked in their own chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.v1 import Card
from zavhoz_contracts.cards.v1.commands import OpenCard
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway import metrics
from zavhoz_gateway.application.cards import Cards
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.screens import Screen, Screens
from zavhoz_telegram.errors import Unreachable

_AT_ONCE: Final = frozenset({Action.TAKE, Action.RESUME})
"""Needs no words: the outcome answers."""


class CardApi(Protocol):
    """Of the read API, cards."""

    async def card(self, request_id: UUID, as_: str) -> Card:
        """One request as this person sees it."""
        ...


class Reach(Protocol):
    """Whether somebody can be written to."""

    async def reaches(self, chat_id: int) -> bool:
        """Whether the bot may write there."""
        ...


class AsideChat:
    """A chat in which a press that would be answered silently is told where to look: it was made in another one."""

    def __init__(self, chat: Chat, said: str) -> None:
        self._chat = chat
        self._said = said

    async def send(self, chat_id: int, screen: Screen) -> int:
        """Send a new message; returns its id."""
        return await self._chat.send(chat_id, screen)

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> bool:
        """Draw a message anew; False when there is no such message any more."""
        return await self._chat.edit(chat_id, message_id, screen)

    async def answer(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a press."""
        await self._chat.answer(query_id, text or self._said, alert=alert)


class GroupPresses:
    """What becomes of a press on a card in a group. `cards` says what becomes of one in a private chat, given that."""

    def __init__(
        self,
        commands: Commands,
        cards: Callable[[Chat], Cards],
        api: CardApi,
        chat: Chat,
        reach: Reach,
        screens: Screens,
    ) -> None:
        self._commands = commands
        self._cards = cards
        self._api = api
        self._chat = chat
        self._reach = reach
        self._screens = screens

    async def act(self, pressed: Pressed, action: Action, request_id: UUID, seen_version: int) -> None:
        """Do it; or ask what it needs in the presser's own chat, if they may do it at all."""
        if action in _AT_ONCE:
            await self._cards(self._chat).act(pressed, action, request_id, seen_version)
            return
        if not await self._may(pressed, action, request_id):
            await self._alert(pressed, "refusal.not_allowed")
            return
        aside = AsideChat(self._chat, self._screens.words("group.asked_aside", pressed.language))
        try:
            await self._cards(aside).act(_in_own_chat(pressed), action, request_id, seen_version)
        except Unreachable:
            await self._alert(pressed, "group.no_chat")

    async def open(self, pressed: Pressed, request_id: UUID) -> None:
        """Show the whole card in the presser's own chat."""
        if not await self._reach.reaches(pressed.actor.telegram_id):
            await self._alert(pressed, "group.no_chat")
            return
        data = OpenCard(request_id=request_id, actor=pressed.actor, origin=_in_own_chat(pressed).origin())
        await self._commands.publish(pressed, data, subject=f"request/{request_id}")

    async def outdated(self, pressed: Pressed) -> None:
        """Answer a button that nobody of us drew so."""
        await self._alert(pressed, "chat.outdated")

    async def _may(self, pressed: Pressed, action: Action, request_id: UUID) -> bool:
        """Whether it is worth asking: everybody sees the buttons in a group. Decided it is when the command comes."""
        try:
            card = await self._api.card(request_id, f"tg:{pressed.actor.telegram_id}")
        except (NotFound, Forbidden):
            return False
        except Outage:
            metrics.READ_API_FAILURES.labels("card").inc()
            return True
        return action in card.allowed_actions

    async def _alert(self, pressed: Pressed, key: str) -> None:
        about = "" if pressed.number is None else f"#{pressed.number}: "
        await self._chat.answer(pressed.query_id, about + self._screens.words(key, pressed.language), alert=True)


def _in_own_chat(pressed: Pressed) -> Pressed:
    """As if it had been pressed in the presser's own chat, under none of its messages."""
    return replace(pressed, chat_id=pressed.actor.telegram_id, message_id=0)
