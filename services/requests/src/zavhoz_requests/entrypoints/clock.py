"""What happens because its time has come."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

import structlog
from prometheus_client import Counter

from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_chassis.health import Health
from zavhoz_requests.application.confirming import AT_ONCE, confirm_due

_SECONDS: Final = 1.0
_CONFIRMED: Final = Counter("zavhoz_requests_confirmed_in_time", "Completed requests that confirmed themselves")
_log = structlog.get_logger("zavhoz.requests")


class Confirmations:
    """The component that has requests confirm themselves, within a second of their time; any number may run.

    Each takes what no other has locked, so that none waits for another.
    """

    name = "clock"

    def __init__(self, database: Database, health: Health) -> None:
        self._database = database
        self._health = health
        health.declare(self.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Look each second until `stop`, and at once again while there is more."""
        while not stop.is_set():
            try:
                confirmed = await self._database.run(confirm_due)
                self._health.set(self.name, ok=True)
            except DatabaseUnavailable as error:
                confirmed = 0
                self._health.set(self.name, ok=False, detail=str(error))
            if confirmed:
                _CONFIRMED.inc(confirmed)
                _log.info("confirmed in time", requests=confirmed)
            if confirmed < AT_ONCE:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _SECONDS)
