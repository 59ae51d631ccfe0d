"""[Reject] asks for its reason, and the next text is the answer."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import structlog

from zavhoz_contracts.requests.v1.commands import RejectRequest
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat, QuestionStore, StoreUnavailable
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screens

_log = structlog.get_logger("zavhoz.gateway")


class Rejecting:
    """The conversation between the press on [Reject] and the command."""

    def __init__(self, questions: QuestionStore, commands: Commands, chat: Chat, screens: Screens) -> None:
        self._questions = questions
        self._commands = commands
        self._chat = chat
        self._screens = screens

    async def ask(self, pressed: Pressed, request_id: UUID, seen_version: int) -> None:
        """Ask for the reason. Whether this person may reject is decided when the command comes."""
        try:
            former = await self._questions.get(pressed.chat_id)
        except StoreUnavailable:
            await self._alert(pressed, "question.unavailable")
            return
        if former is not None and former.answered_by is None:
            await self._close(former.chat_id, former.message_id, "question.cancelled", pressed.language)
        message_id = await self._chat.send(pressed.chat_id, self._screens.question(request_id, pressed.language))
        question = Question(request_id, seen_version, pressed.chat_id, message_id, card_message_id=pressed.message_id)
        try:
            await self._questions.put(question)
        except StoreUnavailable:
            await self._close(pressed.chat_id, message_id, "question.cancelled", pressed.language)
            await self._alert(pressed, "question.unavailable")
            return
        await self._chat.answer(pressed.query_id)

    async def answer(self, said: Said, text: str) -> bool:
        """Take a text for the reason, if one is waited for; False when none is."""
        try:
            question = await self._questions.get(said.chat_id)
        except StoreUnavailable:
            return False
        if question is None or not question.awaits(said.message_id):
            return False
        command = RejectRequest(
            request_id=question.request_id,
            actor=said.actor,
            origin=said.origin(question.card_message_id),
            seen_version=question.seen_version,
            reason=text,
        )
        await self._commands.publish(said, command, subject=f"request/{question.request_id}")
        try:
            await self._questions.put(replace(question, answered_by=said.message_id))
        except StoreUnavailable:
            _log.warning("an answered question could not be closed", chat_id=said.chat_id)
        await self._close(said.chat_id, question.message_id, "question.answered", said.language)
        return True

    async def cancel(self, pressed: Pressed) -> None:
        """Give up the question under whose message [Cancel] was pressed."""
        try:
            question = await self._questions.get(pressed.chat_id)
            if question is not None and question.message_id == pressed.message_id and question.answered_by is None:
                await self._questions.remove(pressed.chat_id)
        except StoreUnavailable:
            await self._alert(pressed, "question.unavailable")
            return
        await self._close(pressed.chat_id, pressed.message_id, "question.cancelled", pressed.language)
        await self._chat.answer(pressed.query_id)

    async def give_up(self, said: Said) -> bool:
        """Give up the question that waits in this chat, and say so; False when none does.

        Raises:
            StoreUnavailable: the memory is away.
        """
        question = await self._questions.get(said.chat_id)
        if question is None or question.answered_by is not None:
            return False
        # Said first: after a crash in between it is still there to be given up again.
        await self._close(said.chat_id, question.message_id, "question.cancelled", said.language)
        await self._chat.send(said.chat_id, self._screens.line("cancel.question", said.language))
        await self._questions.remove(said.chat_id)
        return True

    async def _close(self, chat_id: int, message_id: int, key: str, language: str) -> None:
        await self._chat.edit(chat_id, message_id, self._screens.line(key, language))

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
