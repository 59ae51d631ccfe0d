"""Removes what a crash has left: objects that nobody names, writes that were broken off, folders of dead processes."""

from __future__ import annotations

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Counter, Gauge

from zavhoz_chassis.database import Database
from zavhoz_contracts.errors import Outage
from zavhoz_files.storage import ObjectStorage
from zavhoz_files.store import orphans
from zavhoz_files.workfolder import remove_abandoned

_SWEPT: Final = Counter("zavhoz_swept", "What the sweeper removed, by kind", ["kind"])
_LOOKED_AT: Final = Counter("zavhoz_sweep_objects", "Objects that the sweeper has looked at")
_LAST: Final = Gauge("zavhoz_sweep_last_success_seconds", "When a sweep last came to its end, in Unix time")
_log = structlog.get_logger("zavhoz.files.sweeper")


class Sweeper:
    """The component that looks through the whole store every `every` seconds, a page of 1000 objects at a time.

    Nothing younger than `grace` is touched, by the store's clock; several sweepers at once are harmless.
    """

    name = "sweeper"

    def __init__(self, database: Database, storage: ObjectStorage, *, every: float, grace: timedelta) -> None:
        self._database = database
        self._storage = storage
        self._every = every
        self._grace = grace

    async def run(self, stop: asyncio.Event) -> None:
        """Sweep until `stop`, which ends a sweep between two objects. While store or database is away, wait."""
        while not stop.is_set():
            try:
                await self.sweep(stop)
            except Outage as error:
                _log.warning("the sweep broke off", error=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every)

    async def sweep(self, stop: asyncio.Event) -> int:
        """Look through everything once; returns how many objects were removed.

        Raises:
            Outage: the store or the database went away.
        """
        removed = 0
        async for page in self._storage.pages():
            _LOOKED_AT.inc(len(page))
            before = datetime.now(UTC) - self._grace
            old = [one.key for one in page if one.written < before]
            async with self._database.transaction() as connection:
                suspects = await orphans.unnamed(connection, old, self._grace) if old else []
            for key in suspects:
                if stop.is_set():
                    return removed
                removed += await self._remove(key)
        _SWEPT.labels("unfinished").inc(await self._storage.remove_unfinished(self._grace))
        _SWEPT.labels("folder").inc(await asyncio.to_thread(remove_abandoned))
        async with self._database.transaction() as connection:
            await orphans.forget(connection, self._grace)
        _LAST.set(time.time())
        return removed

    async def _remove(self, key: str) -> bool:
        async with orphans.still_unnamed(self._database, key, self._grace) as unnamed:
            if unnamed:
                await self._storage.delete(key)
                _SWEPT.labels("object").inc()
                _log.info("removed an object that nobody names", key=key)
        return unnamed
