"""Calendars and moments for the laws of business time: whatever hours, near the nights in which clocks change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from zavhoz_requests.domain.calendar import BusinessCalendar
from zavhoz_requests.domain.hours import DAY, Hours, Intervals, parse_hours
from zavhoz_requests.domain.misread import Misread

CHANGES: Final = {
    "Europe/Berlin": (date(2026, 3, 29), date(2026, 10, 25)),
    "America/New_York": (date(2026, 3, 8), date(2026, 11, 1)),
    "Australia/Lord_Howe": (date(2026, 4, 5), date(2026, 10, 4)),  # by half an hour
    "Asia/Tehran": (date(2022, 3, 22), date(2022, 9, 22)),  # at midnight
    "Africa/Cairo": (date(2026, 4, 24), date(2026, 10, 30)),  # at midnight
    "Europe/Moscow": (date(2011, 3, 27), date(2014, 10, 26), date(2026, 1, 9)),
    "Pacific/Apia": (date(2011, 12, 30),),  # there was no such day
    "America/St_Johns": (date(2010, 3, 14), date(2010, 11, 7)),  # a minute after midnight: back to the day before
    "Asia/Kathmandu": (date(2026, 6, 1),),  # 5:45 from UTC
    "UTC": (date(2026, 2, 28),),
}


@dataclass(frozen=True)
class Near:
    """A calendar, and the day that is awkward in its zone."""

    calendar: BusinessCalendar
    day: date

    def at(self, offset: timedelta) -> datetime:
        """A moment so far from the noon, in UTC, of that day."""
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC) + offset


def _paired(edges: Sequence[int]) -> Intervals:
    edges = sorted(edges)
    return tuple(zip(edges[::2], edges[1::2], strict=False))


def week(typed: str) -> Hours:
    """Hours that are typed right."""
    hours = parse_hours(typed)
    assert not isinstance(hours, Misread), hours
    return hours


def calendar(zone: str, typed: str, *, holidays: Sequence[str] = (), working: Sequence[str] = ()) -> BusinessCalendar:
    """A calendar as it would be typed."""
    return BusinessCalendar(
        ZoneInfo(zone),
        week(typed),
        frozenset(map(date.fromisoformat, holidays)),
        frozenset(map(date.fromisoformat, working)),
    )


_EDGES: Final = st.integers(0, DAY // 15).map(lambda quarter: quarter * 15) | st.integers(0, DAY)
_USUAL: Final = st.sampled_from([(), ((540, 1080),), ((0, DAY),)])
DAYS: Final = _USUAL | st.lists(_EDGES, max_size=6, unique=True).map(_paired)
# A quarter of an hour a week at least, so that no due time is ten years away.
WEEKS: Final = st.lists(DAYS, min_size=7, max_size=7).filter(
    lambda days: sum(closes - opens for day in days for opens, closes in day) >= 15
)


@st.composite
def nearby(draw: st.DrawFn) -> Near:
    """Any calendar that is not switched off."""
    zone = draw(st.sampled_from(list(CHANGES)))
    day = draw(st.sampled_from(CHANGES[zone]))
    around = st.frozensets(st.integers(-5, 5).map(lambda days: day + timedelta(days=days)), max_size=3)
    return Near(BusinessCalendar(ZoneInfo(zone), tuple(draw(WEEKS)), draw(around), draw(around)), day)


OFFSETS: Final = st.integers(-72 * 60, 72 * 60).map(lambda minutes: timedelta(minutes=minutes)) | st.timedeltas(
    timedelta(days=-3), timedelta(days=3)
)
WORKED: Final = st.integers(1, 100 * 60).map(lambda minutes: timedelta(minutes=minutes)) | st.timedeltas(
    timedelta(microseconds=1), timedelta(hours=100)
)
