"""One person's updates one after another; different people's at the same time, within a bound."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Generic, TypeVar

import structlog

from zavhoz_chassis.health import Health
from zavhoz_contracts.errors import Outage, Transient
from zavhoz_gateway import metrics

ItemT = TypeVar("ItemT")

CHECK: Final = "updates"
FIRST_DELAY, LAST_DELAY = 0.25, 5.0
"""Seconds between two attempts on one update: doubled each time."""
PATIENCE_SECONDS: Final = 60.0
"""After so long a transient failure makes us not ready, as an outage does at once."""
_log = structlog.get_logger("zavhoz.gateway")


@dataclass(frozen=True, slots=True)
class Backoff:
    """The delays between attempts, in seconds."""

    first: float = FIRST_DELAY
    last: float = LAST_DELAY

    def after(self, attempt: int, hint: float | None = None) -> float:
        """How long to wait after the `attempt`-th failure (from 1), or longer when the other side said so."""
        return max(min(self.first * 2.0 ** min(attempt - 1, 16), self.last), hint or 0.0)


class Lanes(Generic[ItemT]):
    """Each key has a lane of its own, in which an item that cannot be finished yet holds up those behind it.

    Within one process; between replicas `turns` keeps order.
    """

    def __init__(
        self,
        group: asyncio.TaskGroup,
        handle: Callable[[ItemT], Awaitable[None]],
        health: Health,
        *,
        at_once: int,
        backoff: Backoff = Backoff(),
    ) -> None:
        self._group = group
        self._handle = handle
        self._health = health
        self._slots = asyncio.Semaphore(at_once)
        self._backoff = backoff
        self._waiting: dict[Hashable, deque[ItemT]] = {}
        self._held: dict[Hashable, str] = {}
        self._stopping = asyncio.Event()
        health.set(CHECK, ok=True)

    def submit(self, key: Hashable, item: ItemT) -> None:
        """Handle the item after those submitted before it under the same key."""
        lane = self._waiting.get(key)
        if lane is not None:
            lane.append(item)
            return
        self._waiting[key] = deque([item])
        self._group.create_task(self._lane(key), name=f"lane {key}")

    def stop(self) -> None:
        """Finish the attempts under way and begin no others; the group ends when they have ended."""
        self._stopping.set()

    async def _lane(self, key: Hashable) -> None:
        lane = self._waiting[key]
        try:
            while lane and await self._finish(key, lane[0]):
                lane.popleft()
        finally:
            del self._waiting[key]
            self._release(key)

    async def _finish(self, key: Hashable, item: ItemT) -> bool:
        """Try until it is done; False when told to stop before."""
        begun, attempt = monotonic(), 0
        while True:
            async with self._slots:
                if self._stopping.is_set():
                    return False
                try:
                    await self._handle(item)
                except (Outage, Transient) as error:
                    failure: Outage | Transient = error
                else:
                    self._release(key)
                    return True
            attempt += 1
            metrics.UPDATE_RETRIES.labels(type(failure).__name__).inc()
            if attempt == 1:
                _log.warning("an update waits", error=f"{type(failure).__name__}: {failure}")
            if isinstance(failure, Outage) or monotonic() - begun > PATIENCE_SECONDS:
                self._hold(key, f"{type(failure).__name__}: {failure}")
            hint = failure.retry_after if isinstance(failure, Transient) else None
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), self._backoff.after(attempt, hint))

    def _hold(self, key: Hashable, why: str) -> None:
        self._held[key] = why
        self._health.set(CHECK, ok=False, detail=f"{len(self._held)} held: {why}"[:300])

    def _release(self, key: Hashable) -> None:
        if self._held.pop(key, None) is not None and not self._held:
            self._health.set(CHECK, ok=True)
