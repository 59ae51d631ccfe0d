"""The composition root of the requests service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from fastapi import APIRouter

from zavhoz_chassis.database import Database
from zavhoz_chassis.health import Health
from zavhoz_chassis.process import Component, Process
from zavhoz_chassis.watch import Watch
from zavhoz_contracts.registry import Queue
from zavhoz_messaging.consumer import Consumer, Pace
from zavhoz_messaging.publisher import Publisher, publishing
from zavhoz_messaging.relay import EventsSource, Relay
from zavhoz_messaging.topology import WorkQueue
from zavhoz_messaging.watchdog import Watchdog
from zavhoz_requests.application import foreign_events
from zavhoz_requests.application.commands import Clock, CommandHandler, as_it_comes
from zavhoz_requests.application.group import Settled
from zavhoz_requests.application.messages import SOURCE
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.entrypoints.api import make_router
from zavhoz_requests.entrypoints.clock import InTime
from zavhoz_requests.entrypoints.consumer import in_one_transaction, tell
from zavhoz_requests.settings import ROLES, Settings
from zavhoz_requests.store.outcomes import OutcomesSource


@contextlib.asynccontextmanager
async def bootstrap(
    settings: Settings,
    *,
    roles: frozenset[str] = frozenset(ROLES),
    health: Health | None = None,
    clock: Clock = as_it_comes,
) -> AsyncIterator[Process]:
    """Build one process of the service with these roles; what it opened is closed afterwards.

    `clock` says when a command is decided: as it comes, or for a history that is made up, when it says it was given.
    """
    health = health or Health()
    amqp_url = settings.amqp_url.get_secret_value()
    async with contextlib.AsyncExitStack() as stack:
        database = Database(
            settings.database_url("requests"), pool_size=settings.postgres_pool_size, name="zavhoz-requests"
        )
        stack.push_async_callback(database.close)
        components: list[Component] = [Watch("postgres", database.check, health)]
        routers: list[APIRouter] = []
        if roles & {"worker", "relay"}:
            health.declare(Publisher.name)
            publisher = await stack.enter_async_context(publishing(amqp_url, "requests", health.set))
            relay = Relay(database.engine, publisher, [OutcomesSource(), EventsSource(SOURCE)], on_health=health.set)
            if "worker" in roles:

                def committed(settled: list[Settled]) -> None:
                    relay.wake()
                    tell(settled)

                commands = CommandHandler(settings.admin_user_id, clock, Organisation(settings.terms))
                pace = Pace(settings.group_size, max(settings.prefetch, settings.group_size))
                alone = asyncio.Lock()
                consumers: list[Consumer] = []
                for queue, handler in (
                    (Queue.REQUESTS_COMMANDS, in_one_transaction(database, commands.handle, committed)),
                    (Queue.REQUESTS_EVENTS, in_one_transaction(database, foreign_events.note)),
                ):
                    health.declare(queue.value)
                    consumers.append(
                        Consumer(
                            amqp_url, WorkQueue(queue), handler, publisher, pace=pace, on_health=health.set, alone=alone
                        )
                    )
                watchdog = Watchdog(
                    consumers, amqp_url, settings.management_url, on_health=health.set, on_life=health.live
                )
                components += [watchdog, *consumers]
            if "relay" in roles:
                health.declare(relay.name)
                components.append(relay)
        if "clock" in roles:
            components.append(InTime(database, Organisation(settings.terms), health))
        if "api" in roles:
            organisation = Organisation(settings.terms)
            routers.append(make_router(database, settings.api_tokens, organisation, settings.time_zone))
        yield Process(components, tuple(routers), health)
