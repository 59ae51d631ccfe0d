"""Presses of the questions about work: who is to do it, until when it stops, what it is the same as."""

from __future__ import annotations

from typing import Final

from aiogram import F, Router
from aiogram.types import CallbackQuery

from zavhoz_gateway.application.assigning import Assigning
from zavhoz_gateway.application.holding import Holding
from zavhoz_gateway.application.merging import Merging
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.entrypoints.presses import PRIVATE, VERSION, own_chat
from zavhoz_gateway.entrypoints.routing import Button
from zavhoz_telegram.callbacks import AssignPress, HoldPress, MergePress, StaffPress

_NUMBER_MAX: Final = 2**31 - 1


def work_router(assigning: Assigning, holding: Holding, merging: Merging) -> Router:
    """The router of these presses."""
    router = Router(name="work")
    router.callback_query.filter(PRIVATE)

    @router.callback_query(Button(AssignPress, VERSION), own_chat)
    async def assign(_: CallbackQuery, pressed: Pressed, callback_data: AssignPress) -> None:
        await assigning.assign(pressed, callback_data)

    @router.callback_query(Button(StaffPress, VERSION), own_chat)
    async def staff(_: CallbackQuery, pressed: Pressed, callback_data: StaffPress) -> None:
        await assigning.turn(pressed, callback_data.request_id, callback_data.version, callback_data.page)

    @router.callback_query(Button(HoldPress), own_chat)
    async def hold(_: CallbackQuery, pressed: Pressed, callback_data: HoldPress) -> None:
        await holding.press(pressed, callback_data.days)

    @router.callback_query(Button(MergePress, VERSION & (F.into >= 1) & (F.into <= _NUMBER_MAX)), own_chat)
    async def merge(_: CallbackQuery, pressed: Pressed, callback_data: MergePress) -> None:
        await merging.press(pressed, callback_data)

    return router
