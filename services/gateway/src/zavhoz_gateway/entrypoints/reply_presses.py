"""/replies and the buttons of its pages; [Canned replies] under questions."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from zavhoz_gateway.application.reply_book import ReplyBook
from zavhoz_gateway.application.replying import Replying
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button, Matches, number_in
from zavhoz_telegram.callbacks import CannedAction, CannedPress
from zavhoz_telegram.managed_callbacks import ReplyAction, ReplyPress
from zavhoz_telegram.replies import LAST_PAGE

_PAGE = (F.page >= 1) & (F.page <= LAST_PAGE)


def reply_router(book: ReplyBook, replying: Replying) -> Router:
    """The router to be asked before those of messages and presses, which answer whatever they do not know."""
    router = Router(name="replies")
    router.message.filter(Matches(F.chat.type == "private"))
    router.callback_query.filter(PRIVATE)

    @router.message(Command("replies"))
    async def replies(_: Message, said: Said) -> None:
        await book.open(said)

    @router.callback_query(Button(ReplyPress, _PAGE), own_chat)
    async def manage(_: CallbackQuery, pressed: Pressed, callback_data: ReplyPress) -> None:
        await _manage(book, pressed, callback_data)

    @router.callback_query(Button(CannedPress), own_chat)
    async def canned(_: CallbackQuery, pressed: Pressed, callback_data: CannedPress) -> None:
        match callback_data.action:
            case CannedAction.SHOW:
                await replying.show(pressed, callback_data.language, number_in(callback_data.value))
            case CannedAction.SAY:
                await replying.say(pressed, callback_data.language, _id(callback_data.value))
            case CannedAction.BACK:
                await replying.back(pressed)
            case _:
                assert_never(callback_data.action)

    return router


async def _manage(book: ReplyBook, pressed: Pressed, press: ReplyPress) -> None:
    match press.action:
        case ReplyAction.LIST:
            await book.turn(pressed, press)
        case ReplyAction.ADD:
            await book.ask_new(pressed, press)
        case ReplyAction.OPEN:
            await book.show(pressed, press)
        case ReplyAction.CHANGE:
            await book.ask(pressed, press)
        case ReplyAction.ASK:
            await book.make_sure(pressed, press)
        case ReplyAction.REMOVE:
            await book.remove(pressed, press)
        case _:
            assert_never(press.action)


def _id(value: str) -> UUID:
    """The id that a button says; a forged one is nobody's."""
    try:
        return UUID(value)
    except ValueError:
        return UUID(int=0)
