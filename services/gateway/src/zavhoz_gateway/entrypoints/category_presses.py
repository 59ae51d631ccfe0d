"""Presses about the category of a draft, and of a request that is filed."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from aiogram import Router
from aiogram.types import CallbackQuery

from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.resorting import Resorting
from zavhoz_gateway.application.sorting import Sorting
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button, number_in
from zavhoz_telegram.callbacks import CategoryAction, CategoryPress, RecategoryPress

_NO_ID = UUID(int=0)


def category_router(sorting: Sorting, resorting: Resorting, asking: Asking) -> Router:
    """The router of these presses."""
    router = Router(name="categories")
    router.callback_query.filter(PRIVATE)

    @router.callback_query(Button(CategoryPress), own_chat)
    async def sort(_: CallbackQuery, pressed: Pressed, callback_data: CategoryPress) -> None:
        # What is typed next is an answer, to nobody else's question.
        await asking.withdraw(pressed)
        await _sort(sorting, pressed, callback_data)

    @router.callback_query(Button(RecategoryPress), own_chat)
    async def resort(_: CallbackQuery, pressed: Pressed, callback_data: RecategoryPress) -> None:
        match callback_data.action:
            case CategoryAction.PICK | CategoryAction.TURN:
                await resorting.look(pressed, number_in(callback_data.value))
            case CategoryAction.CHOOSE:
                await resorting.choose(pressed, _id(callback_data.value))
            case CategoryAction.CLEAR:
                await resorting.choose(pressed, None)
            case CategoryAction.BACK:
                await resorting.leave(pressed)
            case CategoryAction.ANSWER | CategoryAction.SKIP | CategoryAction.DROP:  # nothing is asked any more
                await asking.outdated(pressed)
            case _:
                assert_never(callback_data.action)

    return router


async def _sort(sorting: Sorting, pressed: Pressed, press: CategoryPress) -> None:
    match press.action:
        case CategoryAction.PICK | CategoryAction.TURN:
            await sorting.look(pressed, number_in(press.value))
        case CategoryAction.CHOOSE:
            await sorting.choose(pressed, _id(press.value))
        case CategoryAction.CLEAR:
            await sorting.clear(pressed)
        case CategoryAction.BACK:
            await sorting.leave(pressed)
        case CategoryAction.ANSWER:
            await sorting.ask(pressed)
        case CategoryAction.SKIP:
            await sorting.ask(pressed, number_in(press.value, 0) + 1)
        case CategoryAction.DROP:
            await sorting.drop(pressed, number_in(press.value, 0))
        case _:
            assert_never(press.action)


def _id(value: str) -> UUID:
    """The id that a button carries; one that is none is that of nothing."""
    try:
        return UUID(value)
    except ValueError:
        return _NO_ID
