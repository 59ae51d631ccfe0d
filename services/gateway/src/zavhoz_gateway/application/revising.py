"""Edited messages: what was said about a request is said in other words. Of all others nothing becomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.errors import Outage, Transient
from zavhoz_contracts.requests.v1.commands import EditComment
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway import metrics
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat, QuestionStore, ReadApi, StoreUnavailable
from zavhoz_gateway.domain.updates import Content, Replied, Said
from zavhoz_gateway.screens import Screens

_PATIENCE_SECONDS: Final = 5.0
"""For so long after an edit its comment may still be on its way to the requests service."""


class NotSaidYet(Transient):
    """The comment that was edited is most likely still on its way."""


class Revising:
    """Finds the comment that a message became by the id of its command, so that nothing has to be remembered.

    Whether it may still be changed is decided by the requests service.
    """

    def __init__(
        self, questions: QuestionStore, api: ReadApi, commands: Commands, chat: Chat, screens: Screens
    ) -> None:
        self._questions = questions
        self._api = api
        self._commands = commands
        self._chat = chat
        self._screens = screens

    async def revise(self, said: Said, content: Content, replied: Replied | None) -> None:
        """Take an edit over, if the message was a comment.

        Raises:
            NotSaidYet: it should be one, and is not there yet.
        """
        comment_id = self._commands.id_of(replace(said, edited=0))
        try:
            comment = await self._api.comment_by_command(comment_id, f"tg:{said.actor.telegram_id}")
        except (Forbidden, InvalidQuery):
            return
        except NotFound:
            await self._not_there(said, replied)
            return
        except Outage:
            metrics.READ_API_FAILURES.labels("comment").inc()
            if await self._was_to_be_one(said, replied):
                await self._chat.send(said.chat_id, self._screens.line("comment.unavailable", said.language))
            return
        if content.text == comment.text:
            return
        command = EditComment(
            request_id=comment.request_id,
            actor=said.actor,
            origin=said.origin(),
            comment_id=comment_id,
            text=content.text,
        )
        await self._commands.publish(said, command, subject=f"request/{comment.request_id}")

    async def _not_there(self, said: Said, replied: Replied | None) -> None:
        if not await self._was_to_be_one(said, replied):
            return
        if abs(datetime.now(UTC).timestamp() - said.edited) < _PATIENCE_SECONDS:  # whichever clock is ahead
            raise NotSaidYet("an edit came before its comment")
        number = None if replied is None else replied.number
        await self._chat.send(said.chat_id, self._screens.not_revised(number, said.language))

    async def _was_to_be_one(self, said: Said, replied: Replied | None) -> bool:
        """Whether the message was meant for a comment: a reply, or the answer to [Comment]."""
        if replied is not None:
            return replied.asks in (None, Action.COMMENT)
        try:
            question = await self._questions.get(said.chat_id)
        except StoreUnavailable:
            return False
        return question is not None and question.action is Action.COMMENT and question.answered_by == said.message_id
