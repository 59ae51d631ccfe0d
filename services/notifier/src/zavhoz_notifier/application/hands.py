"""Who does what is due: so many at once, as soon as something was planned, or several together."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from zavhoz_notifier.domain.delivery import Delivery

_POLL_SECONDS: Final = 0.5


class Hands:
    """Takes deliveries of one sort and has each worked on, `at_once` of them at most.

    `claim` is asked for as many as there are hands free: when woken, and each half second at the latest. When nothing
    waits, neither for hands nor behind what is under way, then not again before `space_seconds` are over: what comes in
    a crowd is taken several at a time, at less cost for each. `behind`: when something is done, what waits behind it
    may go; else only whoever found no hands free is waiting.
    """

    def __init__(
        self,
        claim: Callable[[int], Awaitable[Sequence[Delivery]]],
        at_once: int,
        *,
        space_seconds: float = 0.0,
        behind: bool = False,
    ) -> None:
        self._claim = claim
        self._at_once = at_once
        self._space_seconds = space_seconds
        self._behind = behind
        self._wake = asyncio.Event()
        self._all_full = False
        self.under_way: dict[UUID, Delivery] = {}

    def wake(self) -> None:
        """Say that something was planned, or that it is time to stop."""
        self._wake.set()

    async def run(self, work: Callable[[Delivery], Awaitable[None]], stop: asyncio.Event) -> None:
        """Take and work until `stop`; then finish what is in hand. Whoever sets `stop` wakes, too."""
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                self._wake.clear()
                looked, free = time.monotonic(), self._at_once - len(self.under_way)
                taken = await self._claim(free) if free else ()
                self._all_full = len(taken) == free
                for delivery in taken:
                    if delivery.id in self.under_way:
                        continue  # its lease ended while nobody could renew it: whoever is at it goes on
                    self.under_way[delivery.id] = delivery
                    group.create_task(self._work_on(delivery, work), name=f"deliver {delivery.id}")
                waited_for = self._all_full or any(one.followed for one in self.under_way.values())
                await _wait(self._wake, _POLL_SECONDS)
                if not waited_for:
                    await _wait(stop, looked + self._space_seconds - time.monotonic())

    async def _work_on(self, delivery: Delivery, work: Callable[[Delivery], Awaitable[None]]) -> None:
        try:
            await work(delivery)
        finally:
            del self.under_way[delivery.id]
            if self._behind or self._all_full:
                self._wake.set()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    if seconds > 0:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
