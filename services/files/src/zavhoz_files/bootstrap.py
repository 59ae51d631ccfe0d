"""The composition root of the files service."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from zavhoz_chassis.database import Database, DatabaseWatch
from zavhoz_chassis.health import Health
from zavhoz_chassis.outgoing import client_session
from zavhoz_chassis.process import Process
from zavhoz_contracts.registry import Queue
from zavhoz_files.application.intake import Intake
from zavhoz_files.entrypoints.consumer import AttachmentHandler
from zavhoz_files.settings import ROLES, Settings
from zavhoz_files.storage import ObjectStorage
from zavhoz_files.telegram import TelegramDownloads
from zavhoz_messaging.consumer import Consumer, Pace
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.relay import EventsSource, Relay
from zavhoz_messaging.topology import WorkQueue
from zavhoz_telegram.client import open_bot

SOURCE: Final = "/zavhoz/files"
_PACE: Final = Pace(group=8, prefetch=8)


@contextlib.asynccontextmanager
async def bootstrap(
    settings: Settings, *, roles: frozenset[str] = frozenset(ROLES), health: Health | None = None
) -> AsyncIterator[Process]:
    """Build one process of the service; what it opened is closed afterwards. It has one role only."""
    del roles
    health = health or Health()
    amqp_url = settings.amqp_url.get_secret_value()
    api_url = settings.telegram_api_url.get_secret_value()
    async with contextlib.AsyncExitStack() as stack:
        database = Database(settings.database_url("files"), pool_size=settings.postgres_pool_size, name="zavhoz-files")
        stack.push_async_callback(database.close)
        for name in ("postgres", "publisher", Queue.FILES_EVENTS.value, Relay.name, "storage"):
            health.declare(name)
        session = await stack.enter_async_context(client_session())
        bot = await stack.enter_async_context(open_bot(settings.bot_token.get_secret_value(), api_url))
        storage = ObjectStorage.from_url(settings.storage_url)
        await storage.check()
        health.set("storage", ok=True)
        # On its way a file lies under a name of our own making; a crash leaves it to the system's temporary folder.
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="zavhoz-files-", ignore_cleanup_errors=True))
        downloads = TelegramDownloads(bot, session, settings.max_file_bytes)
        publisher = await stack.enter_async_context(publishing(amqp_url, "publisher", health.set))
        relay = Relay(database.engine, publisher, [EventsSource(SOURCE)], on_health=health.set)
        handler = AttachmentHandler(database, Intake(downloads, storage, Path(folder)), relay.wake)
        queue = WorkQueue(Queue.FILES_EVENTS)
        consumer = Consumer(amqp_url, queue, handler, publisher, pace=_PACE, on_health=health.set)
        yield Process([consumer, relay, DatabaseWatch(database, health)], (), health)
