"""The composition root of the files service."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Final

from aiohttp import ClientSession
from fastapi import APIRouter

from zavhoz_chassis.database import Database
from zavhoz_chassis.health import Health
from zavhoz_chassis.outgoing import client_session
from zavhoz_chassis.process import Component, Process
from zavhoz_chassis.watch import Watch
from zavhoz_contracts.api.client import RequestsApi
from zavhoz_contracts.registry import Queue
from zavhoz_files.application.erasing import Erasing
from zavhoz_files.application.intake import Intake
from zavhoz_files.application.links import Links
from zavhoz_files.entrypoints.api import make_router
from zavhoz_files.entrypoints.consumer import AttachmentHandler
from zavhoz_files.entrypoints.sweeper import Sweeper
from zavhoz_files.reencoding import Reencoder
from zavhoz_files.settings import ROLES, Settings
from zavhoz_files.storage import ObjectStorage
from zavhoz_files.telegram import TelegramDownloads
from zavhoz_files.workfolder import work_folder
from zavhoz_messaging.consumer import Consumer, Pace
from zavhoz_messaging.publisher import Publisher, publishing
from zavhoz_messaging.relay import EventsSource, Relay
from zavhoz_messaging.topology import WorkQueue
from zavhoz_messaging.watchdog import Watchdog
from zavhoz_telegram.client import open_bot

SOURCE: Final = "/zavhoz/files"
_PACE: Final = Pace(group=8, prefetch=8)


@contextlib.asynccontextmanager
async def bootstrap(
    settings: Settings, *, roles: frozenset[str] = frozenset(ROLES), health: Health | None = None
) -> AsyncIterator[Process]:
    """Build one process of the service with these roles; what it opened is closed afterwards."""
    health = health or Health()
    amqp_url = settings.amqp_url.get_secret_value()
    async with contextlib.AsyncExitStack() as stack:
        database = Database(settings.database_url("files"), pool_size=settings.postgres_pool_size, name="zavhoz-files")
        stack.push_async_callback(database.close)
        storage = ObjectStorage.from_settings(settings)
        session = await stack.enter_async_context(client_session())
        components: list[Component] = [
            Watch("storage", storage.check, health),
            Watch("postgres", database.check, health),
        ]
        routers: list[APIRouter] = []
        if "worker" in roles:
            for name in (Publisher.name, Queue.FILES_EVENTS.value, Relay.name):
                health.declare(name)
            api_url = settings.telegram_api_url.get_secret_value()
            bot = await stack.enter_async_context(open_bot(settings.bot_token.get_secret_value(), api_url))
            downloads = TelegramDownloads(bot, session, settings.max_file_bytes)
            reencoder = Reencoder(settings.max_image_pixels, settings.max_file_bytes)
            folder = stack.enter_context(work_folder())
            publisher = await stack.enter_async_context(publishing(amqp_url, "files", health.set))
            relay = Relay(database.engine, publisher, [EventsSource(SOURCE)], on_health=health.set)
            erasing = Erasing(database, storage, settings.orphan_grace)
            handler = AttachmentHandler(database, Intake(downloads, reencoder, storage, folder), erasing, relay.wake)
            queue = WorkQueue(Queue.FILES_EVENTS)
            consumer = Consumer(amqp_url, queue, handler, publisher, pace=_PACE, on_health=health.set)
            watchdog = Watchdog(
                [consumer], amqp_url, settings.management_url, on_health=health.set, on_life=health.live
            )
            components += [watchdog, consumer, relay]
        if "sweeper" in roles:
            every, grace = settings.sweep_every_seconds, settings.orphan_grace
            components.append(Sweeper(database, storage, every=every, grace=grace))
        if "api" in roles:
            routers.append(make_router(database, storage, _links(settings, session), settings.api_tokens))
        yield Process(components, tuple(routers), health)


def _links(settings: Settings, session: ClientSession) -> Links:
    """Checked at start (`Settings.missing`): the role api has all of them."""
    if settings.requests_api_url is None or settings.api_token is None or settings.files_public_url is None:
        raise AssertionError(f"the role api misses {settings.missing(frozenset({'api'}))}")
    authority = RequestsApi(
        session, settings.requests_api_url.get_secret_value(), settings.api_token.get_secret_value()
    )
    keys = [key.get_secret_value().encode() for key in settings.files_link_key]
    return Links(authority, keys, settings.files_public_url.get_secret_value(), settings.files_link_seconds)
