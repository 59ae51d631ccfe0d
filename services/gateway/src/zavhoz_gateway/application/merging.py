"""[Merge]: which request is the same, and whether that is meant, for it cannot be undone."""

from __future__ import annotations

import contextlib
import re
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.v1 import Card, RequestLine, SimilarRequest
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_contracts.requests.v1.commands import MergeRequest
from zavhoz_gateway import metrics
from zavhoz_gateway.application.answering import Wording
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat, MergeApi, QuestionStore, StoreUnavailable
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.screens import Screen, Screens
from zavhoz_telegram.callbacks import MergePress

_NUMBER: Final = re.compile(r"#?\s*([0-9]{1,9})")


class Merging:
    """Asks for a number, typed or chosen, then whether it is meant. Whether it may be done is decided elsewhere."""

    def __init__(
        self,
        questions: QuestionStore,
        api: MergeApi,
        commands: Commands,
        wording: Wording,
        chat: Chat,
        screens: Screens,
    ) -> None:
        self._questions = questions
        self._api = api
        self._commands = commands
        self._wording = wording
        self._chat = chat
        self._screens = screens

    async def screen(self, pressed: Pressed, request_id: UUID, seen_version: int) -> Screen:
        """See `zavhoz_gateway.application.answering.Answers`."""
        likely = await self._likely(pressed.actor, request_id)
        return self._screens.merging(likely, request_id, seen_version, pressed.number, pressed.language)

    async def answer(self, said: Said, content: Content, question: Question) -> bool:
        """See `zavhoz_gateway.application.answering.Answers`."""
        typed = None if content.file is not None else _NUMBER.fullmatch(content.text)
        if typed is None:
            await self._wording.say(said, question, "merge.no_number")
            return False
        both = await self._both(said.actor, question.request_id, int(typed[1]))
        if isinstance(both, str):
            await self._wording.say(said, question, both)
            return False
        await self._chat.send(said.chat_id, self._screens.merge_sure(*both, question.seen_version, said.language))
        return True

    async def press(self, pressed: Pressed, press: MergePress) -> None:
        """A request was chosen, or the presser is sure."""
        if press.sure:
            await self._merge(pressed, press)
            return
        both = await self._both(pressed.actor, press.request_id, press.into)
        if isinstance(both, str):
            await self._chat.answer(pressed.query_id, self._screens.words(both, pressed.language), alert=True)
            return
        with contextlib.suppress(StoreUnavailable):  # then a number typed next still counts as well
            question = await self._questions.get(pressed.chat_id)
            if question is not None and question.message_id == pressed.message_id:
                await self._questions.remove(pressed.chat_id)
        sure = self._screens.merge_sure(*both, press.version, pressed.language)
        if not await self._chat.edit(pressed.chat_id, pressed.message_id, sure):
            await self._chat.send(pressed.chat_id, sure)
        await self._chat.answer(pressed.query_id)

    async def _merge(self, pressed: Pressed, press: MergePress) -> None:
        command = MergeRequest(
            request_id=press.request_id,
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            seen_version=press.version,
            into=press.into,
        )
        await self._commands.publish(pressed, command, subject=f"request/{press.request_id}")

    async def _likely(self, actor: Actor, request_id: UUID) -> tuple[SimilarRequest, ...]:
        """An offer: without it a number can be typed as ever."""
        try:
            return await self._api.duplicates(f"tg:{actor.telegram_id}", request_id)
        except (NotFound, Forbidden, InvalidQuery):
            return ()
        except Outage:
            metrics.READ_API_FAILURES.labels("duplicates").inc()
            return ()

    async def _both(self, actor: Actor, request_id: UUID, into: int) -> tuple[Card, RequestLine] | str:
        """The two requests, or the key of the sentence that says why they cannot be shown."""
        as_ = f"tg:{actor.telegram_id}"
        try:
            one = await self._api.card(request_id, as_)
        except (NotFound, Forbidden):
            return "refusal.not_allowed"
        except Outage:
            metrics.READ_API_FAILURES.labels("card").inc()
            return "merge.away"
        if one.number == into:
            return "refusal.merge_itself"
        try:
            return one, await self._api.by_number(into, as_)
        except (NotFound, Forbidden, InvalidQuery):
            return "refusal.merge_not_found"
        except Outage:
            metrics.READ_API_FAILURES.labels("number").inc()
            return "merge.away"
