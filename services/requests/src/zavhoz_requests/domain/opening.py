"""What local opening hours are on the clock of the world: open time in UTC, to be measured quickly. Pure.

Open is each moment at which a wall clock in the zone shows an open hour of its date. So an hour that the clocks skip is
not open, one that they repeat is open twice, and a day that a zone leaves out has no hours at all.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from zavhoz_requests.domain.hours import Intervals

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH_DAY: Final = EPOCH.toordinal()
_DAY: Final = 86_400
_SECOND: Final = 1_000_000
SPAN: Final = 32 * _DAY * _SECOND
"""Microseconds of a stretch: about a month, so that a due time needs one or two of them."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The open intervals of one `SPAN`, in order, in microseconds since 1970.

    `starts` is where each begins; `before` how much open time of the stretch is before it, and, at the end, in all.
    """

    starts: tuple[int, ...]
    before: tuple[int, ...]

    @property
    def total(self) -> int:
        """Open time in all."""
        return self.before[-1]

    def until(self, moment: int) -> int:
        """Open time of this stretch before `moment`."""
        latest = bisect_right(self.starts, moment) - 1
        if latest < 0:
            return 0
        return min(self.before[latest] + moment - self.starts[latest], self.before[latest + 1])

    def reached(self, worked: int) -> int:
        """The first moment before which there is so much open time of this stretch: from 1 to `total`."""
        within = bisect_left(self.before, worked) - 1
        return self.starts[within] + worked - self.before[within]


def stretch(zone: ZoneInfo, opening: Callable[[date], Intervals], number: int) -> Stretch:
    """The stretch that begins `number` spans after 1970, of a place in `zone` whose hours on a date are `opening`."""
    starts, before = [], [0]
    first = number * SPAN // _SECOND
    for begin, end, offset in _offsets(zone, first, first + SPAN // _SECOND):
        for opens, closes in _local(opening, begin + offset, end + offset):
            starts.append((opens - offset) * _SECOND)
            before.append(before[-1] + (closes - opens) * _SECOND)
    return Stretch(tuple(starts), tuple(before))


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = (EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    return (offset or timedelta()) // timedelta(seconds=1)


def _offsets(zone: ZoneInfo, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The parts of a time in which the offset from UTC stays the same: from, until, offset; all in seconds.

    Looked for from day to day: no zone of the tz database has ever changed its offset twice within two days.
    """
    offset = _offset(zone, begin)
    for day in range(begin, end, _DAY):
        after = _offset(zone, day + _DAY)
        if after != offset:
            changes = _change(zone, day, after)
            yield begin, changes, offset
            begin, offset = changes, after
    yield begin, end, offset


def _change(zone: ZoneInfo, day: int, after: int) -> int:
    """The second since when the offset is `after`, within the day that begins at the second `day`."""
    return bisect_left(range(day, day + _DAY), True, key=lambda second: _offset(zone, second) == after) + day


def _local(opening: Callable[[date], Intervals], begin: int, end: int) -> Iterator[tuple[int, int]]:
    """The open intervals between two readings of the wall clock, in seconds as if it were UTC."""
    for day in range(begin // _DAY, (end - 1) // _DAY + 1):
        for opens, closes in opening(date.fromordinal(_EPOCH_DAY + day)):
            since, until = max(day * _DAY + opens * 60, begin), min(day * _DAY + closes * 60, end)
            if since < until:
                yield since, until
