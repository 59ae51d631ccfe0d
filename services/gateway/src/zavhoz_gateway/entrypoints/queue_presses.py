"""Presses under the queue and the archive, their filters, and the search in them."""

from __future__ import annotations

from aiogram import F, Router
from aiogram.types import CallbackQuery

from zavhoz_contracts.api.v1 import View
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.finding import Finding
from zavhoz_gateway.application.narrowing import Narrow
from zavhoz_gateway.application.placing import Placing
from zavhoz_gateway.application.queue import VIEWS, Queue
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.entrypoints.part_presses import choose
from zavhoz_gateway.entrypoints.presses import PRIVATE, own_chat
from zavhoz_gateway.entrypoints.routing import Button, number_in
from zavhoz_telegram.callbacks import FiledPress, FilterPlacePress, ListPress, QueueAct, QueuePress


def queue_router(queue: Queue, narrow: Narrow, placing: Placing, asking: Asking, finding: Finding) -> Router:
    """The router of these presses."""
    router = Router(name="queue")
    router.callback_query.filter(PRIVATE)

    @router.callback_query(Button(ListPress, F.view.in_(VIEWS)), own_chat)
    async def turn(_: CallbackQuery, pressed: Pressed, callback_data: ListPress) -> None:
        await queue.turn(pressed, callback_data.view, callback_data.page)

    @router.callback_query(Button(FilterPlacePress), own_chat)
    async def place(_: CallbackQuery, pressed: Pressed, callback_data: FilterPlacePress) -> None:
        await choose(placing, pressed, callback_data)

    @router.callback_query(Button(FiledPress), own_chat)
    async def filed(_: CallbackQuery, pressed: Pressed, callback_data: FiledPress) -> None:
        if await narrow.filed_by(pressed, callback_data.person_id):
            await queue.turn(pressed, View.QUEUE, 0)

    @router.callback_query(Button(QueuePress, F.view.in_(VIEWS)), own_chat)
    async def press(_: CallbackQuery, pressed: Pressed, callback_data: QueuePress) -> None:
        await _press(narrow, asking, finding, pressed, callback_data)

    return router


async def _press(narrow: Narrow, asking: Asking, finding: Finding, pressed: Pressed, press: QueuePress) -> None:
    match press.act:
        case QueueAct.FILTERS:
            await narrow.show(pressed, press.view)
        case QueueAct.PEOPLE:
            await narrow.people(pressed, press.view, number_in(press.value))
        case QueueAct.CATEGORIES:
            await narrow.categories(pressed, press.view, number_in(press.value))
        case QueueAct.SEARCH:
            await asking.search(pressed, everywhere=True)
        case QueueAct.FOUND:
            await finding.turn(pressed, number_in(press.value))
        case QueueAct.CANCEL:
            await asking.stop_searching(pressed)
        case act:
            await narrow.choose(pressed, press.view, act, press.value)
