"""Presses of [Me too] under a draft, and of the search in one's own requests."""

from __future__ import annotations

from typing import assert_never

from aiogram import Router
from aiogram.types import CallbackQuery

from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.finding import Finding
from zavhoz_gateway.application.joining import Joining
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button
from zavhoz_telegram.callbacks import JoinPress, MineAction, MinePress


def mine_router(asking: Asking, finding: Finding, joining: Joining) -> Router:
    """The router of these presses."""
    router = Router(name="mine")
    router.callback_query.filter(PRIVATE)

    @router.callback_query(Button(JoinPress), own_chat)
    async def join(_: CallbackQuery, pressed: Pressed, callback_data: JoinPress) -> None:
        await joining.join(pressed, callback_data.request_id)

    @router.callback_query(Button(MinePress), own_chat)
    async def mine(_: CallbackQuery, pressed: Pressed, callback_data: MinePress) -> None:
        match callback_data.action:
            case MineAction.SEARCH:
                await asking.search(pressed)
            case MineAction.FOUND:
                await finding.turn(pressed, callback_data.page)
            case MineAction.CANCEL:
                await asking.stop_searching(pressed)
            case _:
                assert_never(callback_data.action)

    return router
