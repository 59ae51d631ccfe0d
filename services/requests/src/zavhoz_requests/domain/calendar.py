"""Business time: how much of it passes between two moments, and when so much of it has passed. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, Self
from zoneinfo import ZoneInfo

from zavhoz_contracts.text import clean
from zavhoz_requests.domain.days import parse_days
from zavhoz_requests.domain.hours import DAY, Hours, Intervals, parse_hours
from zavhoz_requests.domain.misread import Misread, Misreading
from zavhoz_requests.domain.opening import EPOCH, MICROSECOND, SPAN, Stretch, stretch

HORIZON: Final = timedelta(days=3653)
"""Ten years: `BusinessCalendar.add` gives no moment that is further away."""


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """When a place is open: `hours` on the wall clock of `zone`, none if time simply passes (then no day is special).

    On `holidays` it is closed. On `working` days it is open in spite of its weekday or a holiday, with the hours that
    most open weekdays have, of equals those of the earlier weekday: Russia moves its days off in that way.

    Raises ValueError for hours that are not seven sorted days of 0 to 1440 minutes, or have not a minute in the week.
    """

    zone: ZoneInfo
    hours: Hours
    holidays: frozenset[date] = frozenset()
    working: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.hours is None:
            return
        if len(self.hours) != 7:
            raise ValueError(f"a week has 7 days: {len(self.hours)} are given")
        for intervals in self.hours:
            edges = [edge for interval in intervals for edge in interval]
            apart = all(opens < closes for opens, closes in intervals)
            if not apart or any(a > b for a, b in pairwise([0, *edges, DAY])):
                raise ValueError(f"the intervals of a day are sorted minutes from 0 to {DAY}, apart: not {intervals}")
        if not any(self.hours):
            raise ValueError("a calendar needs an open hour in the week: nothing would ever be due")

    @classmethod
    def always(cls) -> Self:
        """Time simply passes: the calendar is switched off."""
        return cls(ZoneInfo("UTC"), None)

    @classmethod
    def read(cls, zone: str, hours: str, holidays: str = "", working: str = "") -> Self | Misread:
        """The calendar that settings describe (see `parse_hours` and `parse_days`), or what of them is wrong."""
        if isinstance(week := parse_hours(hours), Misread):
            return week
        if isinstance(closed := parse_days(holidays), Misread):
            return closed
        if isinstance(opened := parse_days(working), Misread):
            return opened
        try:
            place = ZoneInfo(clean(zone))
        except (KeyError, ValueError, OSError):  # there is none; it is no name at all; it is a folder, says the system
            return Misread.of(Misreading.ZONE, zone)
        return cls(place, week, closed, opened)

    def is_open(self, moment: datetime) -> bool:
        """Whether business time passes at that moment."""
        local = _aware(moment).astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        return self.hours is None or any(opens <= minute < closes for opens, closes in self.opening(local.date()))

    def opening(self, day: date) -> Intervals:
        """The hours of a date, in minutes of the wall clock."""
        if self.hours is None:
            return ((0, DAY),)
        if day in self.working:
            return Counter(filter(None, self.hours)).most_common(1)[0][0]
        return () if day in self.holidays else self.hours[day.weekday()]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Business time from `start` until `end`; none if that is not later."""
        begin, until = _number(start), _number(end)
        if until <= begin:
            return timedelta()
        if self.hours is None:
            return (until - begin) * MICROSECOND
        first, last = begin // SPAN, until // SPAN
        whole = sum(_stretch(self, number).total for number in range(first, last))
        return (whole + _stretch(self, last).until(until) - _stretch(self, first).until(begin)) * MICROSECOND

    def add(self, start: datetime, worked: timedelta) -> datetime:
        """The first moment by which `worked` has passed since `start`, in UTC; `start` itself for no time at all.

        So what ends with the last open minute of a day is due when the place closes, not when it opens again. A
        negative `worked` goes back, to the first moment since which so much had passed by `start`.

        Never further from `start` than `HORIZON`: with so few hours, or so many holidays, the calendar is a mistake,
        and a request can be filed all the same.
        """
        begin, wanted = _number(start), worked // MICROSECOND
        horizon = HORIZON // MICROSECOND
        if self.hours is None or wanted == 0:
            return _moment(begin + max(-horizon, min(wanted, horizon)))
        number, earliest, latest = begin // SPAN, begin - horizon, begin + horizon
        left = _stretch(self, number).until(begin) + wanted
        while left > (total := _stretch(self, number).total):
            left, number = left - total, number + 1
            if number * SPAN > latest:
                return _moment(latest)
        while left <= 0:
            number -= 1
            if (number + 1) * SPAN < earliest:
                return _moment(earliest)
            left += _stretch(self, number).total
        return _moment(max(earliest, min(_stretch(self, number).reached(left), latest)))


@lru_cache(maxsize=512)  # there are few calendars, and most of what is due is due about now
def _stretch(calendar: BusinessCalendar, number: int) -> Stretch:
    return stretch(calendar.zone, calendar.opening, number)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a moment needs its time zone: {moment}")
    return moment


def _number(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (_aware(moment) - EPOCH) // MICROSECOND


def _moment(number: int) -> datetime:
    return EPOCH + number * MICROSECOND
