"""Another category for a request that is filed, chosen in the message of the question what is to be changed."""

from __future__ import annotations

from uuid import UUID

from zavhoz_contracts.requests.v1.commands import EditRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.catalogue import Catalogue, CategoriesAway
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.screens import Screens


class Resorting:
    """What is chosen becomes a command, and the message the card. Meanwhile words typed are the request's new words."""

    def __init__(self, asked: Asked, commands: Commands, catalogue: Catalogue, chat: Chat, screens: Screens) -> None:
        self._asked = asked
        self._commands = commands
        self._catalogue = catalogue
        self._chat = chat
        self._screens = screens

    async def look(self, pressed: Pressed, page: int = 1) -> None:
        """Show a page of the categories, from 1."""
        question = await self._edited(pressed)
        if question is None:
            return
        try:
            categories = await self._catalogue.read(pressed.actor)
        except CategoriesAway:
            await self._alert(pressed, "category.away")
            return
        screen = self._screens.resorting(question.number, categories, page, pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)

    async def leave(self, pressed: Pressed) -> None:
        """Show the question again, the category as it is."""
        question = await self._edited(pressed)
        if question is None:
            return
        about = question.request_id, question.seen_version, question.number
        screen = self._screens.question(question.action, *about, pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)

    async def choose(self, pressed: Pressed, category_id: UUID | None) -> None:
        """Have this category, or none. The outcome answers the press."""
        question = await self._edited(pressed)
        if question is None:
            return
        command = EditRequest(
            request_id=question.request_id,
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            seen_version=question.seen_version,
            category=category_id or "",
        )
        await self._commands.publish(pressed, command, subject=f"request/{question.request_id}")
        await self._asked.answered(question, question.heard)

    async def _edited(self, pressed: Pressed) -> Question | None:
        return await self._asked.find(pressed, lambda it: it.waits_in(pressed.message_id) and it.action is Action.EDIT)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
