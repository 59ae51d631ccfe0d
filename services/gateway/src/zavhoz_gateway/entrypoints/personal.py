"""/settings, /mydata, and the buttons of the settings; [Mute] under cards."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from zavhoz_gateway.application.personal import Personal
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.entrypoints.routing import Button, Matches
from zavhoz_telegram.callbacks import ErasePress, MutePress, SettingsPress


async def _own_chat(query: CallbackQuery) -> bool:
    """Whether it was pressed in the presser's own chat: settings are shown nowhere else."""
    return query.message is not None and query.message.chat.id == query.from_user.id


def personal_router(personal: Personal) -> Router:
    """The router to be asked before those of messages and presses, which answer whatever they do not know."""
    router = Router(name="personal")
    router.message.filter(Matches(F.chat.type == "private"))
    router.callback_query.filter(Matches(F.message.chat.type == "private"))

    @router.message(Command("settings"))
    async def settings(_: Message, said: Said) -> None:
        await personal.open(said)

    @router.message(Command("mydata"))
    async def mydata(_: Message, said: Said) -> None:
        await personal.send_data(said)

    @router.callback_query(Button(SettingsPress), _own_chat)
    async def press(_: CallbackQuery, pressed: Pressed, callback_data: SettingsPress) -> None:
        await personal.press(pressed, callback_data.act, callback_data.value)

    @router.callback_query(Button(ErasePress), _own_chat)
    async def erase(_: CallbackQuery, pressed: Pressed, callback_data: ErasePress) -> None:
        await personal.erase(pressed, callback_data)

    @router.callback_query(Button(MutePress), _own_chat)
    async def mute(_: CallbackQuery, pressed: Pressed, callback_data: MutePress) -> None:
        await personal.mute(pressed, callback_data)

    return router
