"""How things stand, told to managers every day at their hour."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import structlog

from zavhoz_chassis import clock
from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.digest import Digest
from zavhoz_contracts.api.v1 import AudienceMember
from zavhoz_contracts.errors import Outage
from zavhoz_notifier import metrics
from zavhoz_notifier.domain.delivery import Delivery, notice
from zavhoz_notifier.store import Connection, deliveries, digests, personal
from zavhoz_telegram.digest import draw_digest
from zavhoz_telegram.texts import Texts

USUAL_HOUR: Final = 9
_LATE_HOURS: Final = 3
"""After an absence it is still told within so many hours, and then no more: it would be the next day's news."""
_POLL_SECONDS: Final = 20.0
_log = structlog.get_logger("zavhoz.notifier")


class Reads(Protocol):
    """The read API, as far as it says how things stand."""

    async def managers(self) -> tuple[AudienceMember, ...]:
        """Every active manager."""
        ...

    async def digest(self, as_: str) -> Digest:
        """How things stand where this manager is."""
        ...


class Digests:
    """The component that tells it; hours are hours of the day in `zone`, `planned` wakes the sender.

    Several replicas may run: who is told is claimed in the transaction that plans it.
    """

    name = "digests"

    def __init__(
        self, database: Database, api: Reads, texts: Texts, zone: ZoneInfo, planned: Callable[[], None]
    ) -> None:
        self._database = database
        self._api = api
        self._texts = texts
        self._zone = zone
        self._planned = planned

    async def run(self, stop: asyncio.Event) -> None:
        """Look three times a minute until `stop`."""
        while not stop.is_set():
            # An absence is said by readiness; an API that is older than we are knows no managers. It is asked again.
            with contextlib.suppress(DatabaseUnavailable, Outage, NotFound):
                await self.tell()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _POLL_SECONDS)

    async def tell(self) -> int:
        """Tell everybody whose hour has come and who was not told today; returns how many were told something."""
        managers = await self._api.managers()
        async with self._database.transaction() as connection:
            now = await clock.now(connection)
            waiting = await self._waiting(connection, managers, now)
        drawn = {one.person_id: planned for one in waiting if (planned := await self._drawn(one, now)) is not None}

        async def plan(connection: Connection) -> int:
            people = [one.person_id for one in waiting]
            claimed = await digests.claim(connection, people, now.astimezone(self._zone).date())
            return await deliveries.plan(connection, [drawn[id] for id in people if id in claimed and id in drawn])

        told = await self._database.run(plan) if waiting else 0
        if told:
            metrics.DIGESTS.inc(told)
            _log.info("how things stand is told", people=told)
            self._planned()
        return told

    async def _waiting(
        self, connection: Connection, managers: Sequence[AudienceMember], now: datetime
    ) -> list[AudienceMember]:
        local = now.astimezone(self._zone)
        people = [one.person_id for one in managers if one.reachable]
        hours = await digests.hours(connection, people)
        told = await digests.told(connection, people, local.date())
        quiet = await personal.quiet_hours(connection, people)

        def waits(one: AudienceMember) -> bool:
            hour = hours.get(one.person_id, USUAL_HOUR)
            mine = quiet.get(one.person_id)
            in_time = hour != digests.NEVER and hour <= local.hour < hour + _LATE_HOURS
            return in_time and (mine is None or mine.until(now, self._zone) is None)

        return [one for one in managers if one.person_id in set(people) - told and waits(one)]

    async def _drawn(self, manager: AudienceMember, now: datetime) -> Delivery | None:
        """What this manager is told; nothing when nothing is waited for and nothing happened."""
        try:
            digest = await self._api.digest(str(manager.person_id))
        except (NotFound, Forbidden):  # a manager no more
            return None
        if not (digest.filed or digest.closed or digest.waiting or digest.in_work or digest.on_hold):
            return None
        screen = draw_digest(digest, self._texts.for_language(manager.language), self._zone, now)
        rows = [[list(button) for button in row] for row in screen.rows]
        cause_id = uuid5(manager.person_id, f"digest:{now.astimezone(self._zone).date()}")
        person_id: UUID = manager.person_id
        return notice(cause_id, manager.chat_id, manager.language, screen.text, person_id=person_id, rows=rows)
