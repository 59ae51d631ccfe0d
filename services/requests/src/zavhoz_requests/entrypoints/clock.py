"""What happens because its time has come."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Final

import structlog
from prometheus_client import Counter

from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_chassis.health import Health
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.application.timely import ALL, AT_ONCE

_SECONDS: Final = 1.0
_IN_TIME: Final = Counter(
    "zavhoz_requests_in_time",
    "What happened to requests because its time had come: confirmed, resumed, rescheduled, alarmed",
    ["what"],
)
_log = structlog.get_logger("zavhoz.requests")


class InTime:
    """The component that does what is due within a second of its time; any number may run.

    Each takes what no other has locked, so that none waits for another.
    """

    name = "clock"

    def __init__(self, database: Database, organisation: Organisation, health: Health) -> None:
        self._database = database
        self._organisation = organisation
        self._health = health
        health.declare(self.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Look each second until `stop`, and at once again while there is more."""
        while not stop.is_set():
            most = 0
            try:
                for timely in ALL:
                    settle = partial(timely.settle, organisation=self._organisation)
                    settled = await self._database.run(settle)
                    most = max(most, settled)
                    self._health.set(self.name, ok=True)
                    if settled:
                        _IN_TIME.labels(timely.what).inc(settled)
                        _log.info(f"{timely.what} in time", requests=settled)
            except DatabaseUnavailable as error:
                self._health.set(self.name, ok=False, detail=str(error))
            if most < AT_ONCE:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _SECONDS)
