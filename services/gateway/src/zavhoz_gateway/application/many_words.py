"""Words for many requests at once: what was done, or why they are refused; asked for, and then to be confirmed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from zavhoz_contracts.limits import REASON_MAX, REASON_MIN
from zavhoz_contracts.requests.v1.bulk import BulkAction
from zavhoz_gateway.application.answering import Wording
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.ports import Chat, SelectionStore, StoreUnavailable
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.selection import Plan, Selection
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.many_screens import ManyScreens
from zavhoz_telegram.screens import Screen

_NONE: Final = UUID(int=0)


class ManyWords:
    """Asks in the message pressed, and has what was typed confirmed below it."""

    def __init__(
        self, asked: Asked, selections: SelectionStore, wording: Wording, chat: Chat, screens: ManyScreens
    ) -> None:
        self._asked = asked
        self._selections = selections
        self._wording = wording
        self._chat = chat
        self._screens = screens

    async def ask(self, pressed: Pressed, selection: Selection, action: BulkAction) -> None:
        """Turn the message pressed into the question; a former one was withdrawn by the caller."""
        where = pressed.message_id
        if await self._asked.keep(pressed, Question(_NONE, 0, pressed.chat_id, where, where, many=action)):
            await self._chat.edit(pressed.chat_id, where, self._screens.asks(selection, action, pressed.language))
            await self._chat.answer(pressed.query_id)

    async def answer(self, said: Said, content: Content, question: Question, action: BulkAction) -> None:
        """Take the words and ask whether it is meant; else the question waits on, and the manager knows the reason."""
        words = await self._wording.words(said, content, question, REASON_MIN, REASON_MAX)
        if words is None:
            return
        try:
            selection = await self._selections.get(said.chat_id)
            if selection is None or selection.message_id != question.message_id:
                if selection is None or selection.heard != said.message_id:  # else it was handled before
                    await self._chat.send(said.chat_id, self._screens.over("many.over", said.language))
            else:
                await self._confirm(said, replace(selection, plan=Plan(action, words=words), heard=said.message_id))
        except StoreUnavailable:
            await self._chat.send(said.chat_id, self._screens.over("many.away", said.language))
            return
        await self._asked.answered(question, said.message_id)
        closed = self._screens.line("many.answered", said.language)
        await self._chat.edit(question.chat_id, question.message_id, closed)

    def closed(self, language: str) -> Screen:
        """What is left of a question that was given up."""
        return self._screens.over("many.cancelled", language)

    async def _confirm(self, said: Said, selection: Selection) -> None:
        """The confirmation is a new message, from then on that of the selection."""
        if selection.plan is None:
            return
        sure = self._screens.sure(selection, selection.plan, said.language)
        sent = await self._chat.send(said.chat_id, sure)
        await self._selections.put(said.chat_id, replace(selection, message_id=sent))
