"""What is not said now: nothing to who was erased, not what somebody muted, and in quiet hours only what is urgent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from zavhoz_chassis import clock
from zavhoz_notifier.domain.delivery import Delivery
from zavhoz_notifier.domain.quiet import QuietHours
from zavhoz_notifier.store import Connection, erasing, personal


class Quieting:
    """Holds back planned deliveries; quiet hours are hours of the day in `zone`."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    async def said_now(self, connection: Connection, planned: Sequence[Delivery]) -> list[Delivery]:
        """Those that are to be said at once, in order; what is held is written down in this transaction."""
        people = {one.person_id for one in planned if one.person_id is not None}
        if not people:
            return list(planned)
        gone = await erasing.among(connection, people)
        there = [one for one in planned if one.person_id not in gone]
        asked_for = {(one.person_id, one.request_id) for one in there if one.told is not None}
        pairs = [(person_id, request_id) for person_id, request_id in asked_for if person_id and request_id]
        if not pairs:
            return there
        muted = await personal.muted(connection, pairs)
        quiet = await personal.quiet_hours(connection, {person_id for person_id, _ in pairs})
        now = await clock.now(connection) if quiet else None
        said: list[Delivery] = []
        held: list[tuple[Delivery, str, datetime]] = []
        for one in there:
            if one.told is None:
                said.append(one)
            elif (one.person_id, one.request_id) in muted and not one.told.insist:
                continue
            elif (until := self._until(one, quiet, now)) is not None:
                held.append((one, one.told.what, until))
            else:
                said.append(one)
        await personal.hold(connection, held)
        return said

    def _until(self, one: Delivery, quiet: dict[UUID, QuietHours], now: datetime | None) -> datetime | None:
        """Until when it is held, if it is."""
        if now is None or one.told is None or one.told.high or one.person_id not in quiet or one.request_id is None:
            return None
        return quiet[one.person_id].until(now, self._zone)
