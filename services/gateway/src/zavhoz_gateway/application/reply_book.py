"""/replies: the canned replies for who may change them; each change is a command, whose outcome draws the list."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

import structlog

from zavhoz_contracts.api.replies import Reply
from zavhoz_contracts.identity import reply_id_of_message
from zavhoz_contracts.limits import COMMENT_MAX, REASON_MIN
from zavhoz_contracts.message import Origin, Shows
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_gateway.application.answering import Wording
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat, QuestionStore, RepliesApi, StoreUnavailable
from zavhoz_gateway.application.reply_reads import read_replies, reply_of
from zavhoz_gateway.domain.question import Question, WantedReply
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.reply_screens import ReplyScreens
from zavhoz_gateway.screens import Screen
from zavhoz_telegram.callbacks import ReplyAction, ReplyPress
from zavhoz_telegram.replies import LAST_PAGE, Shelf

_NONE: Final = UUID(int=0)
_SUBJECT: Final = "reply"
_log = structlog.get_logger("zavhoz.gateway")


class ReplyBook:
    """Shows the pages, asks for texts, and publishes what was pressed or typed."""

    def __init__(
        self,
        api: RepliesApi,
        questions: QuestionStore,
        commands: Commands,
        wording: Wording,
        chat: Chat,
        screens: ReplyScreens,
    ) -> None:
        self._api = api
        self._questions = questions
        self._commands = commands
        self._wording = wording
        self._chat = chat
        self._screens = screens

    async def open(self, said: Said) -> None:
        """The replies in the language of who asks, as a new message."""
        language = self._screens.language(said.language)
        found = await read_replies(self._api, said.actor, language, managed=True)
        if isinstance(found, str):
            await self._chat.send(said.chat_id, self._screens.line(found, said.language))
            return
        await self._chat.send(said.chat_id, self._screens.replies(Shelf(found, language), said.language))

    async def turn(self, pressed: Pressed, press: ReplyPress) -> None:
        """A page of the list, in the message pressed."""
        if (shelf := await self._shelf(pressed, press)) is not None:
            await self._show(pressed, self._screens.replies(shelf, pressed.language))

    async def show(self, pressed: Pressed, press: ReplyPress) -> None:
        """The page of a reply."""
        if (found := await self._found(pressed, press)) is not None:
            await self._show(pressed, self._screens.reply(*found, pressed.language))

    async def make_sure(self, pressed: Pressed, press: ReplyPress) -> None:
        """Ask whether a reply is to be removed."""
        if (found := await self._found(pressed, press)) is not None:
            await self._show(pressed, self._screens.sure(*found, pressed.language))

    async def ask_new(self, pressed: Pressed, press: ReplyPress) -> None:
        """Ask for the text of another reply, which will be the last one of the list."""
        if (shelf := await self._shelf(pressed, press)) is not None:
            await self._ask(pressed, None, shelf)

    async def ask(self, pressed: Pressed, press: ReplyPress) -> None:
        """Ask for another text of a reply."""
        if (found := await self._found(pressed, press)) is not None:
            await self._ask(pressed, *found)

    async def remove(self, pressed: Pressed, press: ReplyPress) -> None:
        """Have a reply ready no more. The outcome answers the press, and draws the list."""
        if not await self._spoken(pressed, press):
            return
        origin = _drawing(pressed.origin(pressed.message_id), press.language, press.page)
        await self._publish(pressed, origin, press.reply_id, press.language, None)

    async def answer(self, said: Said, content: Content, question: Question, wanted: WantedReply) -> bool:
        """Take a text; False when the question waits on, of which the manager knows the reason."""
        text = await self._wording.words(said, content, question, REASON_MIN, COMMENT_MAX)
        if text is None:
            return False
        if wanted.reply_id is None:
            reply_id = reply_id_of_message(self._commands.bot_id, said.chat_id, said.message_id)
            page = LAST_PAGE
        else:
            reply_id, page = wanted.reply_id, wanted.page
        origin = _drawing(said.origin(question.message_id), wanted.language, page)
        await self._publish(said, origin, reply_id, wanted.language, text)
        try:
            await self._questions.put(replace(question, answered_by=said.message_id))
        except StoreUnavailable:
            _log.warning("an answered question could not be closed", chat_id=said.chat_id)
        return True

    def closed(self, wanted: WantedReply, language: str) -> Screen:
        """What is left of a question that was given up."""
        return self._screens.over(wanted, language)

    async def _ask(self, pressed: Pressed, reply: Reply | None, shelf: Shelf) -> None:
        """Turn the message pressed into the question; one that waited was given up by the caller."""
        wanted = WantedReply(shelf.language, shelf.at, None if reply is None else reply.reply_id)
        about = pressed.chat_id, pressed.message_id, pressed.message_id
        try:
            await self._questions.put(Question(_NONE, 0, *about, reply=wanted))
        except StoreUnavailable:
            await self._alert(pressed, "question.unavailable")
            return
        await self._show(pressed, self._screens.asks(reply, shelf, pressed.language))

    async def _publish(
        self, cause: Said | Pressed, origin: Origin, reply_id: UUID, language: str, text: str | None
    ) -> None:
        command = ChangeReply(actor=cause.actor, origin=origin, reply_id=reply_id, language=language, text=text)
        await self._commands.publish(cause, command, subject=_SUBJECT)

    async def _found(self, pressed: Pressed, press: ReplyPress) -> tuple[Reply, Shelf] | None:
        """The reply and its list; none, and the press is answered with why. For one that is gone the list is shown."""
        if (shelf := await self._shelf(pressed, press)) is None:
            return None
        reply = reply_of(shelf.replies, press.reply_id)
        if reply is None:
            await self._chat.edit(pressed.chat_id, pressed.message_id, self._screens.replies(shelf, pressed.language))
            await self._alert(pressed, "replies.gone")
            return None
        return reply, shelf

    async def _shelf(self, pressed: Pressed, press: ReplyPress) -> Shelf | None:
        """The replies in the language that the button says; none, and the press is answered with why."""
        if not await self._spoken(pressed, press):
            return None
        found = await read_replies(self._api, pressed.actor, press.language, managed=True)
        if isinstance(found, str):
            await self._alert(pressed, found)
            return None
        return Shelf(found, press.language, press.page)

    async def _spoken(self, pressed: Pressed, press: ReplyPress) -> bool:
        """Whether there are texts in this language; else the button is none of ours."""
        spoken = press.language in self._screens.languages
        if not spoken:
            await self._alert(pressed, "chat.outdated")
        return spoken

    async def _show(self, pressed: Pressed, screen: Screen) -> None:
        if not await self._chat.edit(pressed.chat_id, pressed.message_id, screen):
            await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)


def _drawing(origin: Origin, language: str, page: int) -> Origin:
    """The same origin, whose message is to show this page of the list."""
    view = ReplyPress(action=ReplyAction.LIST, language=language, page=page).pack()
    return origin.model_copy(update={"shows": Shows.REPLIES, "view": view})
