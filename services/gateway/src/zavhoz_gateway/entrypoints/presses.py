"""Presses of buttons in private chats. Data that cannot be read is forged, or of a version long gone."""

from __future__ import annotations

from typing import Final, assert_never

from aiogram import F, Router
from aiogram.types import CallbackQuery

from zavhoz_contracts.limits import RATING_MAX, RATING_MIN
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.cards import Cards
from zavhoz_gateway.application.filing import Filing
from zavhoz_gateway.application.lists import Lists
from zavhoz_gateway.application.parts import Parts
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.entrypoints.routing import Button, Matches
from zavhoz_gateway.screens import Screens
from zavhoz_telegram.callbacks import (
    DraftAction,
    DraftPress,
    ListPress,
    OpenLine,
    OpenNotice,
    PhotosPress,
    PriorityPress,
    QuestionPress,
    RatePress,
    RequestPress,
    SurePress,
)

_VERSION_MAX: Final = 2**31 - 1
VERSION: Final = (F.version >= 0) & (F.version <= _VERSION_MAX)
PRIVATE: Final = Matches(F.message.chat.type == "private")


def card_router(cards: Cards, asking: Asking) -> Router:
    """Presses under cards, notices and lines of lists. The handlers are given `pressed` by the middleware."""
    router = Router(name="cards")
    router.callback_query.filter(PRIVATE)

    @router.callback_query(Button(RequestPress, VERSION))
    async def request(_: CallbackQuery, pressed: Pressed, callback_data: RequestPress) -> None:
        await cards.act(pressed, callback_data.action, callback_data.request_id, callback_data.version)

    @router.callback_query(Button(RatePress, VERSION & (F.rating >= RATING_MIN) & (F.rating <= RATING_MAX)))
    async def rate(_: CallbackQuery, pressed: Pressed, callback_data: RatePress) -> None:
        await cards.rate(pressed, callback_data.rating, callback_data.request_id, callback_data.version)

    @router.callback_query(Button(SurePress, VERSION & (F.action == Action.CANCEL)))
    async def sure(_: CallbackQuery, pressed: Pressed, callback_data: SurePress) -> None:
        await cards.withdraw(pressed, callback_data.request_id, callback_data.version)

    @router.callback_query(Button(SurePress, VERSION & (F.action == Action.COMPLETE)))
    async def without_words(_: CallbackQuery, pressed: Pressed, callback_data: SurePress) -> None:
        await cards.complete(pressed, callback_data.request_id, callback_data.version)

    @router.callback_query(Button(PriorityPress, VERSION))
    async def priority(_: CallbackQuery, pressed: Pressed, callback_data: PriorityPress) -> None:
        await asking.prioritise(pressed, callback_data.priority, callback_data.request_id, callback_data.version)

    @router.callback_query(Button(OpenLine))
    async def line(_: CallbackQuery, pressed: Pressed, callback_data: OpenLine) -> None:
        await cards.open_line(pressed, callback_data.request_id)

    @router.callback_query(Button(PhotosPress))
    async def photos(_: CallbackQuery, pressed: Pressed, callback_data: PhotosPress) -> None:
        await cards.photos(pressed, callback_data.request_id)

    @router.callback_query(Button(OpenNotice))
    async def notice(_: CallbackQuery, pressed: Pressed, callback_data: OpenNotice) -> None:
        await cards.open_notice(pressed, callback_data.request_id)

    return router


async def own_chat(query: CallbackQuery) -> bool:
    """Whether it was pressed in the presser's own chat, where drafts, questions and lists belong to them."""
    return query.message is not None and query.message.chat.id == query.from_user.id


def screen_router(filing: Filing, parts: Parts, asking: Asking, lists: Lists, chat: Chat, screens: Screens) -> Router:
    """Presses under drafts, questions and lists; the last one to be asked, it answers whatever nobody knows."""
    router = Router(name="screens")
    router.callback_query.filter(PRIVATE)

    @router.callback_query(Button(DraftPress), own_chat)
    async def draft(_: CallbackQuery, pressed: Pressed, callback_data: DraftPress) -> None:
        match callback_data.action:
            case DraftAction.SEND:
                await filing.send(pressed)
            case DraftAction.DISCARD:
                await filing.discard(pressed)
            case DraftAction.HIGH | DraftAction.MEDIUM | DraftAction.LOW:
                await parts.set_priority(pressed, Priority(callback_data.action.value))
            case _:
                assert_never(callback_data.action)

    @router.callback_query(Button(ListPress), own_chat)
    async def turn(_: CallbackQuery, pressed: Pressed, callback_data: ListPress) -> None:
        await lists.turn(pressed, callback_data.view, callback_data.page)

    @router.callback_query(Button(QuestionPress), own_chat)
    async def question(_: CallbackQuery, pressed: Pressed, callback_data: QuestionPress) -> None:
        await asking.cancel(pressed, callback_data.action)

    @router.callback_query()
    async def outdated(_: CallbackQuery, pressed: Pressed) -> None:
        await chat.answer(pressed.query_id, screens.words("chat.outdated", pressed.language), alert=True)

    return router
