"""The question of a chat, as what is pressed or typed there finds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from zavhoz_gateway.application.ports import Chat, QuestionStore, StoreUnavailable
from zavhoz_gateway.domain.draft import Looking
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Pressed, Replied, Said
from zavhoz_gateway.screens import Screens

_log = structlog.get_logger("zavhoz.gateway")


class Asked:
    """Remembers and finds questions; why that cannot be is said to whoever pressed or typed."""

    def __init__(self, questions: QuestionStore, chat: Chat, screens: Screens) -> None:
        self._questions = questions
        self._chat = chat
        self._screens = screens

    async def find(
        self, pressed: Pressed, this: Callable[[Question], bool], over: str = "question.over"
    ) -> Question | None:
        """The chat's question, if it is `this`; none, and the press is answered with why, in the words `over`."""
        try:
            question = await self._questions.get(pressed.chat_id)
        except StoreUnavailable:
            await self._alert(pressed, "question.unavailable")
            return None
        if question is None or not this(question):
            await self._alert(pressed, over)
            return None
        return question

    async def keep(self, pressed: Pressed, question: Question) -> bool:
        """Remember a question, or where somebody is in it; False, and the press is answered with why not."""
        try:
            await self._questions.put(question)
        except StoreUnavailable:
            await self._alert(pressed, "question.unavailable")
            return False
        return True

    async def waiting(self, said: Said, replied: Replied | None) -> Question | None:
        """The question that this message may be the answer to; none while that cannot be known."""
        try:
            question = await self._questions.get(said.chat_id)
        except StoreUnavailable:
            return None
        if question is None or not question.awaits(said.message_id):
            return None
        return question if replied is None or replied.message_id == question.message_id else None

    async def look_for(self, said: Said, words: str, question: Question) -> Question | None:
        """The question, once it is remembered that these words are looked for in it; none, and the person knows why."""
        found = replace(question, looking=Looking(query=" ".join(words.split())), heard=said.message_id)
        try:
            await self._questions.put(found)
        except StoreUnavailable:
            await self._chat.send(said.chat_id, self._screens.line("question.unavailable", said.language))
            return None
        return found

    async def answered(self, question: Question, by: int) -> None:
        """What is typed after the message `by` is something else. Kept, for what is pressed or delivered twice."""
        try:
            await self._questions.put(replace(question, answered_by=by, looking=None))
        except StoreUnavailable:
            _log.warning("an answered question could not be closed", chat_id=question.chat_id)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
