"""Long polling with an offset that moves only after the work is durable.

aiogram's own polling moves the offset while handlers run; after a crash what they had in hand would be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import structlog

from zavhoz_chassis.health import Health
from zavhoz_contracts.errors import Permanent, Transient, ZavhozError
from zavhoz_gateway import metrics
from zavhoz_gateway.entrypoints.lanes import Backoff, Lanes
from zavhoz_gateway.entrypoints.reading import Fetched
from zavhoz_gateway.entrypoints.window import Window
from zavhoz_telegram.errors import PollingConflict

CHECK: Final = "telegram"
BATCH: Final = 100
"""How many updates Telegram gives at once, and so how many there are in hand at most."""
_QUICK_LOOK, _SLOW_LOOK = 0.05, 1.0
"""Seconds between two looks for other people's updates while one person's is in hand."""
_CONFIRM_SECONDS: Final = 5.0
_POLL_BACKOFF: Final = Backoff(first=1.0, last=30.0)
_LANE_BACKOFF: Final = Backoff()
_log = structlog.get_logger("zavhoz.gateway")


class Source(Protocol):
    """Telegram, as far as polling needs it. Every method raises the classes of `zavhoz_contracts.errors`."""

    async def prepare(self) -> None:
        """What must be done once before the first fetch."""
        ...

    async def fetch(self, offset: int | None, *, timeout: int, limit: int) -> Sequence[Fetched]:
        """getUpdates: forgets what is below `offset`, waits up to `timeout` seconds for something to give."""
        ...


class Poller:
    """Fetches updates and has them handled, person by person. One process at a time may (`single`).

    `conflict` is true from the moment when Telegram says that another polls too (409), or that a webhook is set, until
    a call that waited for updates was not disturbed.
    """

    def __init__(
        self,
        source: Source,
        handle: Callable[[Fetched], Awaitable[None]],
        health: Health,
        *,
        poll_seconds: int,
        people_at_once: int,
        backoff: Backoff = _POLL_BACKOFF,
        lane_backoff: Backoff = _LANE_BACKOFF,
    ) -> None:
        self._source = source
        self._handle = handle
        self._health = health
        self._poll_seconds = poll_seconds
        self._people_at_once = people_at_once
        self._backoff = backoff
        self._lane_backoff = lane_backoff
        self._window = Window()
        self._answered = False
        self.conflict = False
        health.declare(CHECK)

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until `stop`; then finish what is being handled. `confirm` tells Telegram how far that was."""
        self._window, self._answered, self.conflict = Window(), False, False
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group, self._one, self._health, at_once=self._people_at_once, backoff=self._lane_backoff)
            await self._until(stop, lanes)
            lanes.stop()
        metrics.UPDATES_IN_HAND.dec(self._window.unfinished)  # they stay with Telegram

    async def _until(self, stop: asyncio.Event, lanes: Lanes[Fetched]) -> None:
        loop = asyncio.get_running_loop()

        async def end() -> None:
            await stop.wait()
            limit.reschedule(loop.time())

        try:
            async with asyncio.timeout(None) as limit, asyncio.TaskGroup() as group:
                group.create_task(end(), name="end of polling")
                await self._poll(lanes)
        except TimeoutError:
            if not limit.expired():
                raise

    async def _poll(self, lanes: Lanes[Fetched]) -> None:
        failures, pause, prepared = 0, _QUICK_LOOK, False
        while True:
            try:
                if not prepared:
                    await self._source.prepare()
                    prepared = True
                fresh = await self._fetch(lanes)
            except ZavhozError as error:
                failures += 1
                if isinstance(error, PollingConflict):
                    self.conflict, prepared = True, False  # it may be a webhook that somebody has set
                await self._wait_after(error, failures)
                continue
            failures = 0
            if not self.conflict:
                self._health.set(CHECK, ok=True)
            pause = _QUICK_LOOK if fresh else min(pause * 2, _SLOW_LOOK)
            # Whatever is unfinished is given again at once by every call: look for others now and then only.
            await self._window.settle(pause)

    async def _fetch(self, lanes: Lanes[Fetched]) -> int:
        """One getUpdates; returns how many of the updates are new to us."""
        offset = self._window.offset()
        # After a start or a failure the first answer is wanted at once: readiness waits for it.
        timeout = 0 if self._window.busy or not self._answered else self._poll_seconds
        batch = await self._source.fetch(offset, timeout=timeout, limit=BATCH)
        self._answered = True
        self.conflict = self.conflict and timeout < self._poll_seconds  # a quick call does not show it
        # From here to the end nothing waits: what was fetched is in its lane, or was never fetched.
        self._window.acknowledge(offset)
        fresh = [fetched for fetched in batch if self._window.admit(fetched.update_id)]
        metrics.UPDATES_IN_HAND.inc(len(fresh))
        for fetched in fresh:
            lanes.submit(fetched.person, fetched)
        return len(fresh)

    async def _one(self, fetched: Fetched) -> None:
        await self._handle(fetched)
        self._window.finish(fetched.update_id)
        metrics.UPDATES_IN_HAND.dec()

    async def _wait_after(self, error: ZavhozError, failures: int) -> None:
        self._answered = False
        reason = error.reason if isinstance(error, Permanent) else type(error).__name__
        metrics.POLLING_FAILURES.labels(reason).inc()
        # Logged by `Health`, once for each time that it begins.
        self._health.set(CHECK, ok=False, detail=f"{type(error).__name__}: {error}"[:300])
        hint = error.retry_after if isinstance(error, Transient) else None
        await asyncio.sleep(self._backoff.after(failures, hint))

    async def confirm(self) -> None:
        """Make Telegram forget what is finished, so that it is not given to the next process."""
        offset = self._window.offset()
        if offset is None:
            return
        try:
            async with asyncio.timeout(_CONFIRM_SECONDS):
                await self._source.fetch(offset, timeout=0, limit=1)
        except (ZavhozError, TimeoutError) as error:
            # The marks in Redis make the redelivery harmless.
            _log.warning("the last offset was not confirmed", error=f"{type(error).__name__}: {error}")
