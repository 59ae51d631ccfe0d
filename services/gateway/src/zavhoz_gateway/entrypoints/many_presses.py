"""Presses of what is done to many requests at once."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from aiogram import Router
from aiogram.types import CallbackQuery

from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.bulk import BulkAction
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.many import Many
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button, number_in
from zavhoz_telegram.managed_callbacks import ManyAct, ManyPress


def many_router(asking: Asking, many: Many) -> Router:
    """The router of these presses. Whatever is pressed, a question that waits is given up."""
    router = Router(name="many")
    router.callback_query.filter(PRIVATE)

    @router.callback_query(Button(ManyPress), own_chat)
    async def press(_: CallbackQuery, pressed: Pressed, callback_data: ManyPress) -> None:
        await asking.withdraw(pressed)
        try:
            await _act(many, pressed, callback_data)
        except Forged:
            await asking.outdated(pressed)

    return router


class Forged(ValueError):
    """Nobody of us drew this button so."""


async def _act(many: Many, pressed: Pressed, press: ManyPress) -> None:  # noqa: C901
    # A table of the buttons.
    match press.act:
        case ManyAct.CHOOSE:
            await many.choose(pressed)
        case ManyAct.BACK:
            await many.back(pressed)
        case ManyAct.STAFF:
            await many.staff(pressed, number_in(press.value))
        case ManyAct.ASSIGN:
            await many.assign(pressed, _id(press.value))
        case ManyAct.PRIORITISE:
            await many.prioritise(pressed, _priority(press.value))
        case ManyAct.COMPLETE:
            await many.ask(pressed, BulkAction.COMPLETE)
        case ManyAct.REJECT:
            await many.ask(pressed, BulkAction.REJECT)
        case ManyAct.WORDLESS:
            await many.wordless(pressed)
        case ManyAct.DO:
            await many.do(pressed)
        case ManyAct.CANCEL:
            await many.cancel(pressed)
        case _:
            assert_never(press.act)


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError as error:
        raise Forged(value) from error


def _priority(value: str) -> Priority:
    try:
        return Priority(value)
    except ValueError as error:
        raise Forged(value) from error
