"""What is typed for a page of a manager: asked for on the page, published as it is, and drawn there by its outcome."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

from zavhoz_contracts.categories.v1.commands import ChangeCategory
from zavhoz_contracts.message import Message, Shows
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.question import Question, Wanted
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.managed_screens import ManagedScreens, Screen

_NONE: Final = UUID(int=0)


class Wanting:
    """Asks, and publishes. Whether it can be so is decided where it is kept."""

    def __init__(self, asked: Asked, commands: Commands, chat: Chat, screens: ManagedScreens) -> None:
        self._asked = asked
        self._commands = commands
        self._chat = chat
        self._screens = screens

    async def ask(self, pressed: Pressed, wanted: Wanted, screen: Screen) -> None:
        """Turn the message pressed into the question; a former one was withdrawn by the caller."""
        asked = Question(_NONE, 0, pressed.chat_id, pressed.message_id, pressed.message_id, wants=wanted)
        if await self._asked.keep(pressed, asked):
            await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
            await self._chat.answer(pressed.query_id)

    async def answer(self, said: Said, content: Content, question: Question) -> bool:
        """Publish what was typed; False for what is no words, or for nobody."""
        words, wanted = content.text or content.place, question.wants
        if wanted is None or content.file is not None or not words:
            return False
        await self._commands.publish(said, self._command(said, question, wanted, words), subject=_subject(wanted))
        await self._asked.answered(question, said.message_id)
        return True

    def _command(self, said: Said, question: Question, wanted: Wanted, words: str) -> Message:
        shows = Shows.CATEGORY if wanted.setting is None else Shows.ORGANISATION
        origin = said.origin(question.message_id).model_copy(update={"shows": shows})
        if wanted.setting is not None:
            return SetSetting(actor=said.actor, origin=origin, setting=wanted.setting, value=words)
        return ChangeCategory(
            actor=said.actor,
            origin=origin,
            category_id=wanted.category_id or uuid5(self._commands.id_of(said), "category"),
            field=wanted.field,
            value=words,
            language=wanted.language,
        )

    async def last(self, pressed: Pressed) -> Wanted | None:
        """What was wanted last in this chat, answered or not; none, and the press is answered with why."""
        question = await self._asked.find(pressed, lambda it: it.wants is not None)
        return None if question is None else question.wants

    def closed(self, wanted: Wanted, language: str) -> Screen:
        """What is left of a question that was given up."""
        return self._screens.over(wanted, language)


def _subject(wanted: Wanted) -> str:
    return "category" if wanted.setting is None else "organisation"
