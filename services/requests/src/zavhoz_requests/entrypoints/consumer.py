"""From the queues to the application: one transaction a group."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis.database import Database
from zavhoz_contracts.envelope import Envelope
from zavhoz_messaging.consumer import Handler
from zavhoz_messaging.delivery import Delivery

GroupWork = Callable[[AsyncConnection, Sequence[Envelope[Any]]], Awaitable[None]]


def in_one_transaction(database: Database, work: GroupWork, committed: Callable[[], None]) -> Handler:
    """A handler that does a group's work in one transaction and says when it is committed."""

    async def handle(deliveries: Sequence[Delivery]) -> None:
        envelopes = [delivery.envelope for delivery in deliveries]
        await database.run(lambda connection: work(connection, envelopes))
        committed()

    return handle
