"""The composition root of the gateway."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from aiogram import Dispatcher
from aiohttp import ClientSession

from zavhoz_chassis.health import Health
from zavhoz_chassis.process import Process
from zavhoz_contracts.api.client import RequestsApi
from zavhoz_gateway.application.cancelling import Cancelling
from zavhoz_gateway.application.cards import Cards
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.filing import Filing
from zavhoz_gateway.application.lists import Lists
from zavhoz_gateway.application.people import People
from zavhoz_gateway.application.ports import Bus
from zavhoz_gateway.application.rejecting import Rejecting
from zavhoz_gateway.bot_api import BotChat, BotUpdates
from zavhoz_gateway.entrypoints.aside import aside_router
from zavhoz_gateway.entrypoints.handling import Handling
from zavhoz_gateway.entrypoints.messages import message_router
from zavhoz_gateway.entrypoints.polling import Poller
from zavhoz_gateway.entrypoints.presses import card_router, screen_router
from zavhoz_gateway.entrypoints.routing import RoutingBot
from zavhoz_gateway.entrypoints.who import Who
from zavhoz_gateway.screens import Screens
from zavhoz_gateway.settings import ROLES, Settings
from zavhoz_gateway.store.connection import RedisStore, redis_store
from zavhoz_gateway.store.drafts import Drafts
from zavhoz_gateway.store.questions import Questions
from zavhoz_gateway.store.rates import FilingRate
from zavhoz_gateway.store.seen import SeenUpdates
from zavhoz_messaging.publisher import publishing
from zavhoz_telegram.client import open_bot
from zavhoz_telegram.texts import Texts


@contextlib.asynccontextmanager
async def bootstrap(
    settings: Settings, *, roles: frozenset[str] = frozenset(ROLES), health: Health | None = None
) -> AsyncIterator[Process]:
    """Build the process; what it opened is closed afterwards."""
    health = health or Health()
    for check in ("publisher", "redis"):
        health.declare(check)
    async with contextlib.AsyncExitStack() as stack:
        token = settings.bot_token.get_secret_value()
        bot = await stack.enter_async_context(open_bot(token, settings.telegram_api_url.get_secret_value()))
        routing = RoutingBot(token, bot)
        session = await stack.enter_async_context(ClientSession())
        redis = await stack.enter_async_context(
            redis_store(settings.redis_url.get_secret_value(), health, settings.bot_id)
        )
        publisher = await stack.enter_async_context(
            publishing(
                settings.amqp_url.get_secret_value(), "publisher", health.set, patience=settings.publish_patience
            )
        )
        api = RequestsApi(session, settings.requests_api_url.get_secret_value(), settings.api_token.get_secret_value())
        texts = Texts.load()
        screens = Screens(texts, settings.help_contacts)
        chat = BotChat(bot)
        handling = Handling(
            routing, dispatcher(settings, publisher, api, redis, chat, screens), SeenUpdates(redis), chat, screens
        )
        poller = Poller(
            BotUpdates(bot, routing, texts),
            handling.handle,
            health,
            poll_seconds=settings.poll_seconds,
            people_at_once=settings.people_at_once,
        )
        yield Process([poller, redis] if "polling" in roles else [redis], health=health)


def dispatcher(
    settings: Settings, bus: Bus, api: RequestsApi, redis: RedisStore, chat: BotChat, screens: Screens
) -> Dispatcher:
    """Everything that reads updates, wired to everything that acts on them."""
    commands = Commands(bus, settings.bot_id)
    rate = FilingRate(redis, limit=settings.filing_limit, seconds=settings.filing_seconds)
    filing = Filing(Drafts(redis), rate, commands, chat, screens)
    rejecting = Rejecting(Questions(redis), commands, chat, screens)
    lists = Lists(api, chat, screens)
    who = Who(People(api), commands, chat, screens)
    routers = (
        aside_router(Cancelling(rejecting, filing, chat, screens), chat, screens),
        message_router(commands, filing, rejecting, lists, chat, screens),
        card_router(Cards(commands, rejecting)),
        screen_router(filing, rejecting, lists, chat, screens),
    )
    root = Dispatcher(disable_fsm=True)
    for router in routers:
        # Inside the router's own filter: who is not in a private chat is not asked about.
        router.message.middleware(who)
        router.callback_query.middleware(who)
    root.include_routers(*routers)
    return root
