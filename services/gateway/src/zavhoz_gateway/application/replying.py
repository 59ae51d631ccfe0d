"""[Canned replies] under a question: they are shown in its message, and a press says one as if it had been typed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.ports import Chat, RepliesApi
from zavhoz_gateway.application.reply_reads import read_replies, reply_of
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.reply_screens import ReplyScreens
from zavhoz_gateway.screens import CANNED
from zavhoz_telegram.replies import Shelf

_FIRST: Final = 1


class Replying:
    """What becomes of these buttons. Who may use the replies is for the requests service to say."""

    def __init__(self, asking: Asking, asked: Asked, api: RepliesApi, chat: Chat, screens: ReplyScreens) -> None:
        self._asking = asking
        self._asked = asked
        self._api = api
        self._chat = chat
        self._screens = screens

    async def show(self, pressed: Pressed, language: str, page: int) -> None:
        """A page of the replies in a language, from 1, below the question."""
        if (question := await self._waiting(pressed, language)) is None:
            return
        found = await read_replies(self._api, pressed.actor, language)
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        screen = self._screens.canned(question, Shelf(found, language, page), pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)

    async def back(self, pressed: Pressed) -> None:
        """The question alone again."""
        if (question := await self._waiting(pressed)) is None:
            return
        screen = self._screens.question(question, pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)

    async def say(self, pressed: Pressed, language: str, reply_id: UUID) -> None:
        """Answer the question with a reply; one that is gone is told of, and the others are shown."""
        if (question := await self._waiting(pressed, language)) is None:
            return
        found = await read_replies(self._api, pressed.actor, language)
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        reply = reply_of(found, reply_id)
        if reply is not None:
            await self._asking.answer_by_press(pressed, question, reply.text)
            return
        screen = self._screens.canned(question, Shelf(found, language, _FIRST), pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._alert(pressed, "canned.gone")

    async def _waiting(self, pressed: Pressed, language: str | None = None) -> Question | None:
        """The question that waits in the message pressed; none, and the press is answered with why."""
        if language is not None and language not in self._screens.languages:
            await self._alert(pressed, "chat.outdated")
            return None
        by = pressed.as_said().message_id
        question = await self._asked.find(
            pressed,
            lambda it: it.heard == by or (it.message_id == pressed.message_id and it.awaits(by) and _of_words(it)),
        )
        if question is not None and question.heard == by:  # handled again: until when is asked for already
            await self._chat.answer(pressed.query_id)
            return None
        return question

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)


def _of_words(question: Question) -> bool:
    """Whether a reply can answer it: it asks for words about a request, and not until when it is on hold."""
    about_none = question.searches or any(
        one is not None for one in (question.reply, question.limits, question.place, question.many)
    )
    return question.action in CANNED and not about_none and not question.reason
