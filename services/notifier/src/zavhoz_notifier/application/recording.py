"""What became of deliveries is written down: of many at a time, and through a short absence of the database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_notifier.application.batching import Batched
from zavhoz_notifier.domain.delivery import Ended
from zavhoz_notifier.store import Connection, cards, deliveries, erasing

_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0)
_TOGETHER: Final = 200
Record = Callable[[Connection], Awaitable[None]]


class Recorder:
    """Writes to the notifier's database what nobody else knows."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ended = Batched(self._write_ended, _TOGETHER)
        self._kept = Batched(self._write_kept, _TOGETHER)

    async def ended(self, end: Ended) -> None:
        """Record how a delivery ended; those that end at the same time share a transaction. Raises as `write`."""
        await _patiently(lambda: self._ended.get(end))

    async def write(self, record: Record) -> None:
        """Record anything else.

        Raises:
            DatabaseUnavailable: it was a long absence.
        """
        await _patiently(lambda: self._database.run(record))

    async def keep(self, delivery_id: UUID, content: Mapping[str, Any]) -> None:
        """Remember what is about to be said, so that it can be said again.

        Raises:
            DatabaseUnavailable: it is not remembered, so it must not be said.
        """
        await self._kept.get((delivery_id, json.dumps(content)))

    async def _write_ended(self, ended: Sequence[Ended]) -> Mapping[Ended, None]:
        shown = [one.shown for one in ended if one.shown is not None]

        async def write(connection: Connection) -> None:
            await erasing.among(connection, ())  # so that what we write down is seen by whoever erases a person
            await cards.put_live_cards(connection, shown)
            await deliveries.finish(connection, ended)

        if shown:
            await self._database.run(write)
        else:
            async with self._database.statements() as connection:
                await deliveries.finish(connection, ended)
        return {}

    async def _write_kept(self, kept: Sequence[tuple[UUID, str]]) -> Mapping[tuple[UUID, str], None]:
        await self._database.run(lambda connection: deliveries.keep_contents(connection, kept))
        return {}


async def _patiently(write: Callable[[], Awaitable[object]]) -> None:
    for seconds in _SECONDS:
        try:
            await write()
        except DatabaseUnavailable:
            await asyncio.sleep(seconds)
        else:
            return
    await write()
