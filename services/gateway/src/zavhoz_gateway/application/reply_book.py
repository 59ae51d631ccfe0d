"""/replies: the canned replies for who may change them, page by page."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.api.replies import Reply
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.ports import Chat, RepliesApi
from zavhoz_gateway.application.reply_reads import read_replies, reply_of
from zavhoz_gateway.application.reply_texts import ReplyTexts
from zavhoz_gateway.domain.question import Question, WantedReply
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.reply_screens import ReplyScreens
from zavhoz_gateway.screens import Screen
from zavhoz_telegram.managed_callbacks import ReplyPress
from zavhoz_telegram.replies import Shelf

_NONE: Final = UUID(int=0)


class ReplyBook:
    """Shows the pages, and asks for texts. What is typed is for `ReplyTexts`."""

    def __init__(
        self,
        asking: Asking,
        texts: ReplyTexts,
        asked: Asked,
        api: RepliesApi,
        chat: Chat,
        screens: ReplyScreens,
    ) -> None:
        self._asking = asking
        self._texts = texts
        self._asked = asked
        self._api = api
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
        """Have a reply ready no more."""
        if await self._spoken(pressed, press):
            await self._texts.remove(pressed, press)
            await self._asking.pressed_instead(pressed)

    async def _ask(self, pressed: Pressed, reply: Reply | None, shelf: Shelf) -> None:
        """Turn the message pressed into the question; one that waits in this chat is given up."""
        await self._asking.withdraw(pressed)
        wanted = WantedReply(shelf.language, shelf.at, None if reply is None else reply.reply_id)
        about = pressed.chat_id, pressed.message_id, pressed.message_id
        if await self._asked.keep(pressed, Question(_NONE, 0, *about, reply=wanted)):
            await self._draw(pressed, self._screens.asks(reply, shelf, pressed.language))

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
        """Show a page in the message pressed, where no text is waited for from then on."""
        await self._asking.pressed_instead(pressed)
        await self._draw(pressed, screen)

    async def _draw(self, pressed: Pressed, screen: Screen) -> None:
        if not await self._chat.edit(pressed.chat_id, pressed.message_id, screen):
            await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
