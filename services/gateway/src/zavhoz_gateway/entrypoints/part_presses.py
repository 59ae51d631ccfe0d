"""Presses under a draft that change a part of it, and those of the choice of a place."""

from __future__ import annotations

from typing import assert_never

from aiogram import Router
from aiogram.types import CallbackQuery

from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.parts import Parts
from zavhoz_gateway.application.placing import Placing
from zavhoz_gateway.domain.draft import Asks
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button, number_in
from zavhoz_telegram.callbacks import MovePress, PartAction, PartPress, PlaceAction, PlacePress


def part_router(parts: Parts, placing: Placing, moving: Placing, asking: Asking) -> Router:
    """The router of these presses. What is asked about a draft is asked instead of a question that waits.

    The place of a draft is chosen by `placing`, that of a request by `moving`.
    """
    router = Router(name="parts")
    router.callback_query.filter(PRIVATE)

    @router.callback_query(Button(PartPress), own_chat)
    async def part(_: CallbackQuery, pressed: Pressed, callback_data: PartPress) -> None:
        if callback_data.action is PartAction.TEXT:
            await asking.withdraw(pressed)
        await _change(parts, pressed, callback_data)

    @router.callback_query(Button(PlacePress), own_chat)
    async def place(_: CallbackQuery, pressed: Pressed, callback_data: PlacePress) -> None:
        if callback_data.action is PlaceAction.PICK:
            await asking.withdraw(pressed)
        await choose(placing, pressed, callback_data)

    @router.callback_query(Button(MovePress), own_chat)
    async def move(_: CallbackQuery, pressed: Pressed, callback_data: MovePress) -> None:
        await choose(moving, pressed, callback_data)

    return router


async def _change(parts: Parts, pressed: Pressed, press: PartPress) -> None:
    match press.action:
        case PartAction.TEXT:
            await parts.ask(pressed, Asks.TEXT)
        case PartAction.FILES:
            await parts.ask(pressed, Asks.FILES)
        case PartAction.REMOVE:
            await parts.remove(pressed, press.file)
        case PartAction.BACK:
            await parts.ask(pressed, Asks.NOTHING)
        case _:
            assert_never(press.action)


async def choose(placing: Placing, pressed: Pressed, press: PlacePress) -> None:
    """A press of the choice of a place, whatever it is chosen for."""
    match press.action:
        case PlaceAction.PICK:
            await placing.look(pressed)
        case PlaceAction.OPEN:
            await placing.look(pressed, press.value or None)
        case PlaceAction.CHOOSE:
            await placing.choose(pressed, press.value)
        case PlaceAction.TURN:
            await placing.turn(pressed, number_in(press.value))
        case PlaceAction.WORDS:
            await placing.take_words(pressed)
        case PlaceAction.CLEAR:
            await placing.clear(pressed)
        case PlaceAction.BACK:
            await placing.leave(pressed)
        case _:
            assert_never(press.action)
