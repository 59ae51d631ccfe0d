"""What may be said and pressed at any time, whatever else is under way: /cancel, /help and its topics."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from zavhoz_gateway.application.cancelling import Cancelling
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.entrypoints.routing import Button, Matches
from zavhoz_gateway.screens import Screens
from zavhoz_telegram.callbacks import HelpPress


def aside_router(cancelling: Cancelling, chat: Chat, screens: Screens) -> Router:
    """The router to be asked before those of messages and presses, which answer whatever they do not know."""
    router = Router(name="aside")
    router.message.filter(Matches(F.chat.type == "private"))
    router.callback_query.filter(Matches(F.message.chat.type == "private"))

    @router.message(Command("cancel"))
    async def cancel(_: Message, said: Said) -> None:
        await cancelling.cancel(said)

    @router.message(Command("help"))
    async def help(_: Message, said: Said) -> None:
        await chat.send(said.chat_id, screens.help(None, said.language))

    @router.callback_query(Button(HelpPress))
    async def topic(_: CallbackQuery, pressed: Pressed, callback_data: HelpPress) -> None:
        screen = screens.help(callback_data.topic, pressed.language)
        if not await chat.edit(pressed.chat_id, pressed.message_id, screen):
            await chat.send(pressed.chat_id, screen)
        await chat.answer(pressed.query_id)

    return router
