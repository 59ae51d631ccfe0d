"""/people, and the buttons of the lists of people, of profiles, and of the choice of a place for somebody."""

from __future__ import annotations

from typing import assert_never

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.directory import Directory
from zavhoz_gateway.application.limiting import Limiting
from zavhoz_gateway.application.managing import Managing
from zavhoz_gateway.application.placing import Placing
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.entrypoints.part_presses import choose
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button, Matches
from zavhoz_telegram.managed_callbacks import AreaPress, PeopleAction, PeoplePress, ProfileAction, ProfilePress


def people_router(
    asking: Asking, directory: Directory, managing: Managing, limiting: Limiting, placing: Placing
) -> Router:
    """The router to be asked before that of messages. `placing` chooses the places that `limiting` is for."""
    router = Router(name="people")
    router.message.filter(Matches(F.chat.type == "private"))
    router.callback_query.filter(PRIVATE)

    @router.message(Command("people"))
    async def people(_: Message, said: Said) -> None:
        await directory.open(said)

    @router.callback_query(Button(PeoplePress), own_chat)
    async def listed(_: CallbackQuery, pressed: Pressed, callback_data: PeoplePress) -> None:
        await _list(asking, directory, pressed, callback_data)

    @router.callback_query(Button(ProfilePress), own_chat)
    async def profile(_: CallbackQuery, pressed: Pressed, callback_data: ProfilePress) -> None:
        if callback_data.action is ProfileAction.ADD:
            await asking.withdraw(pressed)
        await _change(managing, limiting, pressed, callback_data)

    @router.callback_query(Button(AreaPress), own_chat)
    async def area(_: CallbackQuery, pressed: Pressed, callback_data: AreaPress) -> None:
        await choose(placing, pressed, callback_data)

    return router


async def _list(asking: Asking, directory: Directory, pressed: Pressed, press: PeoplePress) -> None:
    match press.action:
        case PeopleAction.SHOW:
            await directory.turn(pressed, press.view, press.page)
        case PeopleAction.FOUND:
            await directory.turn_found(pressed, press.page)
        case PeopleAction.BACK:
            await directory.back(pressed)
        case PeopleAction.SEARCH:
            await asking.search(pressed, people=True)
        case PeopleAction.CANCEL:
            await asking.stop_searching(pressed, people=True)
        case _:
            assert_never(press.action)


async def _change(managing: Managing, limiting: Limiting, pressed: Pressed, press: ProfilePress) -> None:
    match press.action:
        case ProfileAction.OPEN:
            await managing.open(pressed, press.person_id)
        case ProfileAction.ASK:
            await managing.ask(pressed, press.person_id, press.value)
        case ProfileAction.SET:
            await managing.set(pressed, press.person_id, press.value)
        case ProfileAction.AREAS:
            await limiting.show(pressed, press.person_id)
        case ProfileAction.ADD:
            await limiting.add(pressed, press.person_id)
        case ProfileAction.REMOVE:
            await limiting.remove(pressed, press.person_id, press.value)
        case ProfileAction.EVERYWHERE:
            await limiting.everywhere(pressed, press.person_id)
        case _:
            assert_never(press.action)
