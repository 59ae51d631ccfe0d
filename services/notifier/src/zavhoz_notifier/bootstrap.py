"""The composition root of the notifier."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from zavhoz_chassis.database import Database
from zavhoz_chassis.health import Health
from zavhoz_chassis.outgoing import client_session
from zavhoz_chassis.process import Component, Process
from zavhoz_chassis.watch import Watch
from zavhoz_contracts.api.client import RequestsApi
from zavhoz_contracts.registry import Queue
from zavhoz_messaging.consumer import Consumer, Pace
from zavhoz_messaging.publisher import Publisher, publishing
from zavhoz_messaging.relay import EventsSource, Relay
from zavhoz_messaging.topology import WorkQueue
from zavhoz_messaging.watchdog import Watchdog
from zavhoz_notifier.application.digests import Digests
from zavhoz_notifier.application.documents import Documents
from zavhoz_notifier.application.exporting import Exporting
from zavhoz_notifier.application.group_saying import GroupSaying
from zavhoz_notifier.application.place_files import PlaceFiles
from zavhoz_notifier.application.planning import Planner
from zavhoz_notifier.application.reads import Reads
from zavhoz_notifier.application.recording import Recorder
from zavhoz_notifier.application.saying import Saying
from zavhoz_notifier.application.sending import Sender
from zavhoz_notifier.application.summaries import Summaries
from zavhoz_notifier.application.topics import Topics
from zavhoz_notifier.messenger import BotMessenger
from zavhoz_notifier.settings import ROLES, Settings
from zavhoz_notifier.store.limiter import CHECK, Limiter
from zavhoz_telegram.client import open_bot
from zavhoz_telegram.texts import Texts

SOURCE: Final = "/zavhoz/notifier"
_QUEUES: Final = (Queue.NOTIFIER_PRIVATE, Queue.NOTIFIER_COMMANDS, Queue.NOTIFIER_EVENTS)
_PACE: Final = Pace(group=100, prefetch=200)
_PACE_OF_EVENTS: Final = replace(_PACE, space_seconds=0.2)
"""Outcomes and openings are waited for by whoever pressed; what others are told of may wait for company."""
_REDIS_SECONDS: Final = 1.0


@contextlib.asynccontextmanager
async def bootstrap(
    settings: Settings, *, roles: frozenset[str] = frozenset(ROLES), health: Health | None = None
) -> AsyncIterator[Process]:
    """Build one process of the service with these roles; what it opened is closed afterwards."""
    health = health or Health()
    amqp_url = settings.amqp_url.get_secret_value()
    texts = Texts.load()
    async with contextlib.AsyncExitStack() as stack:
        database = Database(
            settings.database_url("notifier"), pool_size=settings.postgres_pool_size, name="zavhoz-notifier"
        )
        stack.push_async_callback(database.close)
        session = await stack.enter_async_context(client_session())
        api = RequestsApi(session, settings.requests_api_url.get_secret_value(), settings.api_token.get_secret_value())
        bot = await stack.enter_async_context(
            open_bot(settings.bot_token.get_secret_value(), settings.telegram_api_url.get_secret_value())
        )
        redis = Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
            # Once more, for a connection that went stale; the client's own ten would be seconds of silence each time.
            retry=Retry(NoBackoff(), 1),
        )
        stack.push_async_callback(redis.aclose)
        limiter = Limiter(
            redis,
            settings.bot_id,
            overall=settings.send_rate,
            chat=settings.chat_rate,
            group=settings.group_rate,
            on_health=health.set,
        )
        recorder = Recorder(database)
        place_files = PlaceFiles(api, bot, texts, settings.time_zone)
        messenger, reads = BotMessenger(bot), Reads(api)
        topics = Topics(database, recorder, messenger, limiter, api, texts)
        in_groups = GroupSaying(
            messenger, limiter, recorder, topics, reads.group_card, texts, settings.time_zone, health
        )
        saying = Saying(
            messenger,
            limiter,
            recorder,
            reads.card,
            api.album,
            Documents(Exporting(database, api, texts, settings.time_zone), place_files).file,
            texts,
            settings.time_zone,
            health,
            in_groups.show,
        )
        sender = Sender(database, recorder, saying, limiter, health, settings.lease_seconds)
        components: list[Component] = [Watch("postgres", database.check, health)]
        if roles & {"consumer", "relay"}:
            health.declare(Publisher.name)
            publisher = await stack.enter_async_context(publishing(amqp_url, "notifier", health.set))
            if "consumer" in roles:
                planner = Planner(database, api, texts, settings.time_zone, place_files, sender.wake)
                alone = asyncio.Lock()
                consumers: list[Consumer] = []
                for queue in _QUEUES:
                    health.declare(queue.value)
                    consumers.append(
                        Consumer(
                            amqp_url,
                            WorkQueue(queue),
                            planner.handle,
                            publisher,
                            pace=_PACE_OF_EVENTS if queue is Queue.NOTIFIER_EVENTS else _PACE,
                            on_health=health.set,
                            alone=alone,
                        )
                    )
                watchdog = Watchdog(
                    consumers, amqp_url, settings.management_url, on_health=health.set, on_life=health.live
                )
                components += [watchdog, *consumers]
            if "relay" in roles:
                health.declare(Relay.name)
                components.append(Relay(database.engine, publisher, [EventsSource(SOURCE)], on_health=health.set))
        if "sender" in roles:
            components.insert(1, Watch(CHECK, limiter.check, health))
            last = len(components) - ("relay" in roles)
            digests = Digests(database, api, texts, settings.time_zone, sender.wake)
            components[last:last] = [Summaries(database, sender.wake), digests, sender]
        yield Process(components, (), health)
