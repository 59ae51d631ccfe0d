"""Keeps the check `storage` true, also while nobody stores or reads anything."""

from __future__ import annotations

import asyncio
import contextlib

from zavhoz_chassis.health import Health
from zavhoz_files.storage import ObjectStorage, StorageUnavailable


class StorageWatch:
    """The component that asks the store every `every` seconds; an answer that takes longer than `patience` is none."""

    name = "storage"

    def __init__(self, storage: ObjectStorage, health: Health, *, every: float = 2.0, patience: float = 5.0) -> None:
        self._storage = storage
        self._health = health
        self._every = every
        self._patience = patience

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until `stop`."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(self._patience):
                    await self._storage.check()
                self._health.set(self.name, ok=True)
            except TimeoutError:
                self._health.set(self.name, ok=False, detail=f"no answer in {self._patience} s")
            except StorageUnavailable as error:
                self._health.set(self.name, ok=False, detail=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every)
