"""Quiet hours: whole hours of the organisation's day in which somebody is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Self
from zoneinfo import ZoneInfo

HOURS: Final = 24


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From the full hour `start` to the full hour `end`, over midnight where the end is before the start."""

    start: int
    end: int

    @classmethod
    def read(cls, start: int, end: int) -> Self | None:
        """These hours; none where they are no two different hours of a day."""
        possible = 0 <= start < HOURS and 0 <= end < HOURS and start != end
        return cls(start, end) if possible else None

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When they end, in UTC, if it is quiet at `now` in `zone`; else none.

        The end is an hour of the wall clock: when the clocks change it is as far away as it is there.
        """
        local = now.astimezone(zone)
        over_midnight = self.start > self.end
        late, early = local.hour >= self.start, local.hour < self.end
        if not (late or early if over_midnight else late and early):
            return None
        day = local.date() + timedelta(days=1) if over_midnight and late else local.date()
        end = datetime.combine(day, time(self.end), tzinfo=zone).astimezone(UTC)
        # An end that comes twice, when the clocks are put back, is the one that is still to come.
        return end if end > now else end + timedelta(hours=1)
