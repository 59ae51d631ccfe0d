"""When somebody's quiet hours are over, one summary is planned of all that was held."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Final
from uuid import UUID, uuid4

import structlog

from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_notifier import metrics
from zavhoz_notifier.domain.delivery import Delivery, summary
from zavhoz_notifier.store import Connection, deliveries, erasing, personal

_PEOPLE: Final = 100
_POLL_SECONDS: Final = 1.0
_log = structlog.get_logger("zavhoz.notifier")


class Summaries:
    """The component that lets go what is held, a hundred people at a time; `planned` wakes the sender.

    Several replicas share the work; whose hours are over is for the database's clock to say.
    """

    name = "summaries"

    def __init__(self, database: Database, planned: Callable[[], None]) -> None:
        self._database = database
        self._planned = planned

    async def run(self, stop: asyncio.Event) -> None:
        """Look each second until `stop`."""
        while not stop.is_set():
            with contextlib.suppress(DatabaseUnavailable):  # readiness says so; asked again
                while await self.let_go() == _PEOPLE:
                    pass
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _POLL_SECONDS)

    async def let_go(self) -> int:
        """Plan a summary for everybody whose hours are over, up to a hundred; returns for how many."""

        async def plan(connection: Connection) -> int:
            held = await personal.let_go(connection, _PEOPLE)
            gone = await erasing.among(connection, {one.person_id for one in held}) if held else set()
            summaries = [
                summary_of(list(things))
                for person_id, things in groupby(held, key=lambda one: one.person_id)
                if person_id not in gone
            ]
            await deliveries.plan(connection, summaries)
            return len(summaries)

        summaries = await self._database.run(plan)
        if summaries:
            metrics.SUMMARIES.inc(summaries)
            _log.info("quiet hours are over", people=summaries)
            self._planned()
        return summaries


def summary_of(held: list[personal.Held]) -> Delivery:
    """One summary of everything held for one person, in their newest chat and language; the newest request first."""
    last = held[-1]
    things: dict[UUID, list[str]] = {}
    for one in held:
        things[one.request_id] = [*things.pop(one.request_id, []), one.what]  # moved to the end
    newest_first: Iterable[tuple[UUID, list[str]]] = reversed(things.items())
    return summary(uuid4(), last.chat_id, last.language, last.person_id, list(newest_first))
