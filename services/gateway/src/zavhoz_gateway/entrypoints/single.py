"""Exactly one process polls: a renewed lease for the bot. The others stand by, ready to take over."""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic
from typing import Final

import structlog

from zavhoz_chassis.health import Health
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import Leases, StoreUnavailable
from zavhoz_gateway.entrypoints.polling import CHECK, Poller

LOOK_SECONDS: Final = 0.5
"""Between two looks of a standby whether it may poll."""
_log = structlog.get_logger("zavhoz.gateway")


class SinglePoller:
    """Polls while it holds the lease.

    Without Redis who polls goes on, and who stands by goes on standing by; who has never reached Redis polls after the
    time of a lease. If Telegram says then that another polls, that one is left alone until Redis is back.
    """

    name = "polling"

    def __init__(self, poller: Poller, leases: Leases, health: Health) -> None:
        self._poller = poller
        self._seconds = leases.seconds
        self._lease = leases.lease("poller")
        self._health = health
        self._began = monotonic()
        self._reached = False

    async def run(self, stop: asyncio.Event) -> None:
        """Poll or stand by until `stop`; then finish what is in hand, and let another poll at once."""
        standing_by = False
        while not stop.is_set():
            if await self._may_poll():
                standing_by = False
                await self._poll(stop)
            elif not standing_by:
                standing_by = True
                _log.info("standing by")
                self._health.set(CHECK, ok=True)
            await _pause(stop, LOOK_SECONDS)

    async def _may_poll(self) -> bool:
        try:
            taken = await self._lease.take()
        except StoreUnavailable:
            # A holder that we know nothing of may be alive: wait until its lease would have ended.
            return not self._reached and monotonic() - self._began > self._seconds
        self._reached = True
        return taken

    async def _poll(self, stop: asyncio.Event) -> None:
        _log.info("polling")
        leave = asyncio.Event()
        with metrics.POLLS.track_inprogress():
            async with asyncio.TaskGroup() as group:
                group.create_task(self._poller.run(leave), name="poller")
                ours = await self._hold(stop)
                leave.set()
        if ours:
            await self._poller.confirm()
            with contextlib.suppress(StoreUnavailable):
                await self._lease.release()

    async def _hold(self, stop: asyncio.Event) -> bool:
        """Hold the lease until `stop`; returns False as soon as another process is to poll."""
        while not stop.is_set():
            await _pause(stop, self._seconds / 3)
            try:
                # Not renewed, but to be had: it ended, in an outage of Redis for example, and nobody took it.
                if await self._lease.renew() or await self._lease.take():
                    self._reached = True
                    continue
            except StoreUnavailable:
                if not self._poller.conflict:
                    continue
                self._reached = True  # by the process that polls: it is to be waited for
            metrics.LEASES_LOST.labels("poller").inc()
            _log.warning("another process is to poll")
            return False
        return True


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
