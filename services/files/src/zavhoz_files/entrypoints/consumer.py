"""From the queue to the store: several files at once, each settled in a transaction of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

from prometheus_client import Counter

from zavhoz_chassis.database import Database
from zavhoz_contracts.files.v1.events import AttachmentAdded
from zavhoz_contracts.people.v1.events import PersonErased
from zavhoz_files.application.erasing import Erasing
from zavhoz_files.application.intake import Intake, Kept
from zavhoz_files.store import attachments, orphans
from zavhoz_messaging import inbox
from zavhoz_messaging.delivery import Delivery
from zavhoz_messaging.failpoints import Point, reached

AT_ONCE: Final = 4
_ATTACHMENTS = Counter("zavhoz_attachments", "Attachments by what became of them", ["result"])


class AttachmentHandler:
    """Handles `zavhoz.attachment.added.v1` and `zavhoz.person.erased.v1`; `committed` is called after each file that is
    settled.
    """

    def __init__(self, database: Database, intake: Intake, erasing: Erasing, committed: Callable[[], None]) -> None:
        self._database = database
        self._intake = intake
        self._erasing = erasing
        self._committed = committed

    async def __call__(self, deliveries: Sequence[Delivery]) -> None:
        """Take in a group, a few files at a time. One that fails does not keep the others from being settled."""
        envelopes = [delivery.envelope for delivery in deliveries]
        async with self._database.transaction() as connection:
            done = await attachments.settled(connection, [envelope.id for envelope in envelopes])
        failures: list[Exception] = []
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(delivery: Delivery) -> None:
            async with slots:
                try:
                    await self._settle(delivery)
                except Exception as error:  # noqa: BLE001  # raised below, when the others are through
                    failures.append(error)

        async with asyncio.TaskGroup() as group:
            for delivery in deliveries:
                if delivery.envelope.id not in done:
                    group.create_task(one(delivery))
        if failures:
            raise failures[0]

    async def _settle(self, delivery: Delivery) -> None:
        envelope: Any = delivery.envelope
        if isinstance(envelope.data, PersonErased):
            await self._erasing.erase(envelope.data.person_id)
            await self._database.run(lambda connection: inbox.claim(connection, [(envelope.id, envelope.type)]))
            return
        added: AttachmentAdded = envelope.data

        async def begin(key: str) -> None:
            id = added.attachment.attachment_id
            await self._database.run(lambda connection: orphans.begin(connection, id, key))

        result = await self._intake.take(added, delivery.attempt, begin)
        theirs = await self._database.run(lambda connection: attachments.settle(connection, envelope, result))
        if not theirs and isinstance(result, Kept):
            await self._erasing.drop(result.key)
        await reached(Point.SETTLED)
        _ATTACHMENTS.labels("stored" if isinstance(result, Kept) else result.reason.value).inc()
        self._committed()
