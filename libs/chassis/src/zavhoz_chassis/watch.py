"""Keeps a check of readiness true, also while nobody uses what is checked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from zavhoz_chassis.health import Health
from zavhoz_contracts.errors import Outage


class Watch:
    """The component that keeps the check `name` true: asks every `every` seconds.

    `ask` raises an Outage when the answer is bad; one that takes longer than `patience` seconds is none.
    """

    def __init__(
        self,
        name: str,
        ask: Callable[[], Awaitable[None]],
        health: Health,
        *,
        every: float = 2.0,
        patience: float = 5.0,
    ) -> None:
        self.name = name
        self._ask = ask
        self._health = health
        self._every = every
        self._patience = patience
        health.declare(name)

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until `stop`."""
        while not stop.is_set():
            try:
                async with asyncio.timeout(self._patience):
                    await self._ask()
                self._health.set(self.name, ok=True)
            except TimeoutError:
                self._health.set(self.name, ok=False, detail=f"no answer in {self._patience} s")
            except Outage as error:
                self._health.set(self.name, ok=False, detail=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every)
