"""/categories and /organisation, and the buttons of their pages."""

from __future__ import annotations

from typing import Final, assert_never
from uuid import UUID

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message

from zavhoz_contracts.categories.v1.commands import CategoryField
from zavhoz_gateway.application.arranging import Arranging
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.shelving import Shelving
from zavhoz_gateway.application.wanting import Wanting
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button, Matches, number_in
from zavhoz_telegram.managed_callbacks import AgainPress, OrganisationAction, OrganisationPress, ShelfAction, ShelfPress

_NOBODY: Final = UUID(int=0)
_YES: Final = "yes"


def managed_router(asking: Asking, shelving: Shelving, arranging: Arranging, wanting: Wanting) -> Router:
    """The router to be asked before those of messages and presses, which answer whatever they do not know."""
    router = Router(name="managed")
    router.message.filter(Matches(F.chat.type == "private"))
    router.callback_query.filter(PRIVATE)

    @router.message(Command("categories"))
    async def categories(_: Message, said: Said) -> None:
        await shelving.open(said)

    @router.message(Command("organisation"))
    async def organisation(_: Message, said: Said) -> None:
        await arranging.open(said)

    @router.callback_query(Button(ShelfPress), own_chat)
    async def shelf(_: CallbackQuery, pressed: Pressed, callback_data: ShelfPress) -> None:
        await asking.withdraw(pressed)
        await _shelve(shelving, pressed, callback_data)

    @router.callback_query(Button(OrganisationPress), own_chat)
    async def arrange(_: CallbackQuery, pressed: Pressed, callback_data: OrganisationPress) -> None:
        await asking.withdraw(pressed)
        await _arrange(arranging, pressed, callback_data)

    @router.callback_query(Button(AgainPress), own_chat)
    async def again(_: CallbackQuery, pressed: Pressed) -> None:
        wanted = await wanting.last(pressed)
        if wanted is None:
            return
        await asking.withdraw(pressed)
        if wanted.setting is not None:
            await arranging.ask(pressed, wanted.setting)
        else:
            await shelving.ask_again(pressed, wanted)

    return router


async def _arrange(arranging: Arranging, pressed: Pressed, press: OrganisationPress) -> None:
    match press.action:
        case OrganisationAction.OPEN:
            await arranging.show(pressed)
        case OrganisationAction.ASK:
            await arranging.ask(pressed, press.setting)
        case OrganisationAction.DEFAULT:
            await arranging.default(pressed, press.setting)
        case _:
            assert_never(press.action)


async def _shelve(shelving: Shelving, pressed: Pressed, press: ShelfPress) -> None:  # noqa: C901
    # A table of the buttons.
    id, value = press.category_id, press.value
    match press.action:
        case ShelfAction.LIST:
            await shelving.turn(pressed, number_in(value))
        case ShelfAction.NEW:
            await shelving.ask_new(pressed)
        case ShelfAction.OPEN:
            await shelving.show(pressed, id)
        case ShelfAction.NAME:
            await shelving.ask(pressed, id, CategoryField.NAME, value)
        case ShelfAction.QUESTIONS:
            await shelving.ask(pressed, id, CategoryField.QUESTIONS, value)
        case ShelfAction.NO_QUESTIONS:
            await shelving.forget_questions(pressed, id, value)
        case ShelfAction.PRIORITIES:
            await shelving.choose_priority(pressed, id)
        case ShelfAction.PRIORITISE:
            await shelving.prioritise(pressed, id, value)
        case ShelfAction.STAFF:
            await shelving.choose_assignee(pressed, id, number_in(value))
        case ShelfAction.GIVE:
            given = None if press.person_id == _NOBODY else str(press.person_id)
            await shelving.change(pressed, id, CategoryField.ASSIGNEE, given)
        case ShelfAction.ARCHIVE:
            await shelving.change(pressed, id, CategoryField.ARCHIVED, _YES)
        case ShelfAction.RESTORE:
            await shelving.change(pressed, id, CategoryField.ARCHIVED, None)
        case _:
            assert_never(press.action)
