"""Questions about work on a request: what each asks, and what becomes of the message that answers it."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from zavhoz_contracts.text import length
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.screens import Screen, Screens


class Answers(Protocol):
    """Knows one kind of question."""

    async def screen(self, pressed: Pressed, request_id: UUID, seen_version: int) -> Screen:
        """The question."""
        ...

    async def answer(self, said: Said, content: Content, question: Question) -> bool:
        """Act on a message; False when the question waits on, of which the person knows the reason."""
        ...


class Wording:
    """What is wrong with an answer is said at once, while the question still waits for another one."""

    def __init__(self, chat: Chat, screens: Screens) -> None:
        self._chat = chat
        self._screens = screens

    async def words(
        self, said: Said, content: Content, question: Question, least: int, most: int, *, files: bool = False
    ) -> str | None:
        """The words, from `least` to `most` characters; none when they will not do. With `files` a file needs none."""
        if content.file is not None and not files:
            await self.say(said, question, "working.words_only")
            return None
        words = content.text or content.place
        size = length(words)
        if size < least and not (files and content.file is not None and not words):
            await self.say(said, question, "working.too_short", limit=least)
            return None
        if size > most:
            await self.say(said, question, "working.too_long", limit=most, length=size)
            return None
        return words

    async def say(self, said: Said, question: Question, key: str, **values: object) -> None:
        """Say something about what is asked."""
        await self._chat.send(said.chat_id, self._screens.about(question.number, key, said.language, **values))
