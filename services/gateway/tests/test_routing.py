"""What aiogram's routers are given: a bot that knows who it is and says nothing, and presses by their kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiogram import Dispatcher, F, Router
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.filters import Command
from aiogram.types import CallbackQuery, Message, Update

from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.entrypoints.aside import aside_router
from zavhoz_gateway.entrypoints.messages import message_router
from zavhoz_gateway.entrypoints.part_presses import part_router
from zavhoz_gateway.entrypoints.presses import card_router, screen_router
from zavhoz_gateway.entrypoints.queue_presses import queue_router
from zavhoz_gateway.entrypoints.routing import Button, RoutingBot, number_in
from zavhoz_telegram.callbacks import OpenLine, RequestPress

ANNA = {"id": 7, "is_bot": False, "first_name": "Anna"}
CHAT = {"id": 7, "type": "private"}
REQUEST = UUID(int=1)


class Asked:
    """Our client, as far as getMe goes."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def call(self, method: str) -> dict[str, Any]:
        """Answer getMe."""
        self.calls.append(method)
        return {"id": 1, "is_bot": True, "first_name": "Zavhoz", "username": "zavhoz_bot"}


def routing(asked: Asked) -> RoutingBot:
    return RoutingBot("1:token", asked)  # type: ignore[arg-type]


def press(bot: RoutingBot, data: str | None) -> Update:
    query = {"id": "1", "from": ANNA, "chat_instance": "1", "data": data}
    return Update.model_validate({"update_id": 1, "callback_query": query}, context={"bot": bot})


def text(bot: RoutingBot, words: str) -> Update:
    message = {"message_id": 1, "date": datetime.now(UTC), "chat": CHAT, "from": ANNA, "text": words}
    return Update.model_validate({"update_id": 1, "message": message}, context={"bot": bot})


async def test_a_command_may_name_the_bot() -> None:
    asked, dispatcher, heard = Asked(), Dispatcher(), list[str]()
    bot = routing(asked)

    @dispatcher.message(Command("my"))
    async def my(message: Message) -> None:
        heard.append(message.text or "")

    for words in ("/my", "/my@zavhoz_bot", "/my@zavhoz_bot", "/my@another_bot"):
        await dispatcher.feed_update(bot, text(bot, words))
    assert heard == ["/my", "/my@zavhoz_bot", "/my@zavhoz_bot"]
    assert asked.calls == ["getMe"]


async def test_nothing_is_said_past_our_client() -> None:
    message = text(routing(Asked()), "hello").message
    assert message is not None
    with pytest.raises(NotImplementedError, match="SendMessage"):
        await message.answer("hello")


@pytest.mark.parametrize(
    ("data", "given"),
    [
        (RequestPress(action=Action.TAKE, request_id=REQUEST, version=3).pack(), True),
        (RequestPress(action=Action.TAKE, request_id=REQUEST, version=4).pack(), False),
        (OpenLine(request_id=REQUEST).pack(), False),
        ("r:take:nobody:3", False),
        ("", False),
        (None, False),
    ],
)
async def test_a_press_reaches_the_handler_of_its_kind(data: str | None, given: bool) -> None:
    bot, router, got = routing(Asked()), Router(), list[RequestPress]()

    @router.callback_query(Button(RequestPress, F.version == 3))
    async def take(_: CallbackQuery, callback_data: RequestPress) -> None:
        got.append(callback_data)

    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    answer = await dispatcher.feed_update(bot, press(bot, data))
    assert (answer is not UNHANDLED) == bool(got) == given


@pytest.mark.parametrize(
    ("said", "pages", "places"),
    [("7", 7, 7), ("99999", 99999, 99999), ("0", 1, 0), ("", 1, 0), ("-1", 1, 0), ("100000", 1, 0), ("٣", 1, 0)],
)
def test_a_number_may_be_forged(said: str, pages: int, places: int) -> None:
    assert (number_in(said), number_in(said, 0)) == (pages, places)


def test_nothing_is_decided_in_a_thread() -> None:
    absent: Any = None  # what the handlers would work with
    routers = [
        aside_router(absent, absent, absent),
        message_router(absent, absent, absent, absent, absent, absent, absent, absent, absent, absent),
        queue_router(absent, absent, absent, absent, absent),
        card_router(absent, absent),
        part_router(absent, absent, absent, absent),
        screen_router(absent, absent, absent, absent, absent, absent),
    ]
    observers = [observer for router in routers for observer in (router.message, router.callback_query)]
    filters = [
        one
        for observer in observers
        for handler in (observer._handler, *observer.handlers)  # which has the observer's own filters
        for one in handler.filters or ()
    ]
    handlers = [handler for observer in observers for handler in observer.handlers]
    assert len(filters) > 10
    assert [one.callback for one in (*filters, *handlers) if not one.awaitable] == []
