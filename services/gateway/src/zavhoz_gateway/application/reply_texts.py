"""What managers type, or take away, in /replies: each a command, whose outcome draws the list."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.identity import reply_id_of_message
from zavhoz_contracts.limits import COMMENT_MAX, REASON_MIN
from zavhoz_contracts.message import Origin, Shows
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_gateway.application.answering import Wording
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.domain.question import Question, WantedReply
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.reply_screens import ReplyScreens
from zavhoz_gateway.screens import Screen
from zavhoz_telegram.managed_callbacks import ReplyAction, ReplyPress
from zavhoz_telegram.replies import LAST_PAGE

_SUBJECT: Final = "reply"


class ReplyTexts:
    """Publishes. Whether there may be such a reply is for the requests service to say."""

    def __init__(self, asked: Asked, commands: Commands, wording: Wording, screens: ReplyScreens) -> None:
        self._asked = asked
        self._commands = commands
        self._wording = wording
        self._screens = screens

    async def answer(self, said: Said, content: Content, question: Question, wanted: WantedReply) -> None:
        """Take a text; else the question waits on, and the manager knows the reason. A new reply is the last one."""
        text = await self._wording.words(said, content, question, REASON_MIN, COMMENT_MAX)
        if text is None:
            return
        reply_id, page = wanted.reply_id, wanted.page
        if reply_id is None:
            reply_id, page = reply_id_of_message(self._commands.bot_id, said.chat_id, said.message_id), LAST_PAGE
        origin = _drawing(said.origin(question.message_id), wanted.language, page)
        await self._publish(said, origin, reply_id, wanted.language, text)
        await self._asked.answered(question, said.message_id)

    async def remove(self, pressed: Pressed, press: ReplyPress) -> None:
        """Have a reply ready no more. The outcome answers the press, too."""
        origin = _drawing(pressed.origin(pressed.message_id), press.language, press.page)
        await self._publish(pressed, origin, press.reply_id, press.language, None)

    def closed(self, wanted: WantedReply, language: str) -> Screen:
        """What is left of a question that was given up."""
        return self._screens.over(wanted, language)

    async def _publish(
        self, cause: Said | Pressed, origin: Origin, reply_id: UUID, language: str, text: str | None
    ) -> None:
        command = ChangeReply(actor=cause.actor, origin=origin, reply_id=reply_id, language=language, text=text)
        await self._commands.publish(cause, command, subject=_SUBJECT)


def _drawing(origin: Origin, language: str, page: int) -> Origin:
    """The same origin, whose message is to show this page of the list."""
    view = ReplyPress(action=ReplyAction.LIST, language=language, page=page).pack()
    return origin.model_copy(update={"shows": Shows.REPLIES, "view": view})
