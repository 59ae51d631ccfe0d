"""Opening hours as a manager types them: `mon-fri 09:00-18:00, sat 10:00-14:00`, in English or Russian. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from zavhoz_contracts.text import clean
from zavhoz_requests.domain.misread import DASH, Misread, Misreading

DAY: Final = 1440
"""Minutes of a day, on the wall clock."""
Interval = tuple[int, int]
"""From and until, in minutes since midnight, 0 to 1440."""
Intervals = tuple[Interval, ...]
"""When a day is open: sorted, apart; none: it is closed."""
Week = tuple[Intervals, ...]
"""Seven days, the first is Monday."""
Hours = Week | None
"""None: open at any time, and on holidays too."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES: Final = (
    DAYS,
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
    ("пн", "вт", "ср", "чт", "пт", "сб", "вс"),
    ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"),
)
_NUMBER: Final = {name: number for names in _NAMES for number, name in enumerate(names)}
ANY_TIME: Final = "24/7"
_ANY_TIME: Final = (ANY_TIME, "круглосуточно")
# A day may end in a point or a colon: `Пн.-пт.: 9-18`. Whether it is a day, or a time of one, is seen when it is read.
_PIECE: Final = re.compile(
    rf"""(?: (?P<whole> 24/7 | круглосуточно )
           | (?P<opens> [0-9]{{1,2}} ([:.][0-9]{{2}})? ) \s*{DASH}\s* (?P<closes> [0-9]{{1,2}} ([:.][0-9]{{2}})? )
           | (?P<first> [^\W\d_]+ ) \.? ( \s*{DASH}\s* (?P<last> [^\W\d_]+ ) \.? )? :?
         ) (?= [\s,;] | $ )
       | (?P<other> [^\s,;]+ )""",
    re.VERBOSE | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Days, or hours, and how they were typed."""

    typed: str
    days: tuple[int, ...] = ()
    hours: Interval = (0, DAY)


def parse_hours(text: str) -> Hours | Misread:
    """The hours that `text` means, or the first piece that is wrong.

    Days, or ranges of days, come before their hours: `пн-ср, пт 9-13 14-18; сб 10:00–14:00`. At the end of hours 00:00
    is 24:00; those of a night are written for two days. `24/7` and `круглосуточно` alone mean any time; after days, all
    day. Hours that touch become one interval.
    """
    text = clean(text)
    if text.casefold() in _ANY_TIME:
        return None
    pieces = _pieces(text)
    if isinstance(pieces, Misread):
        return pieces
    if not pieces:
        return Misread(Misreading.EMPTY)
    if not pieces[0].days:
        return Misread.of(Misreading.NO_DAY, pieces[0].typed)
    if pieces[-1].days:
        return Misread.of(Misreading.NO_HOURS, pieces[-1].typed)
    return _week(pieces)


def format_hours(hours: Hours) -> str:
    """The one text for these hours, with short English names of days; `parse_hours` reads the same from it."""
    if hours is None:
        return ANY_TIME
    groups = []
    for intervals, group in groupby(range(len(DAYS)), key=lambda day: hours[day]):
        days = [DAYS[day] for day in group]
        if intervals:
            named = days[0] if len(days) == 1 else f"{days[0]}-{days[-1]}"
            groups.append(" ".join([named, *(f"{_clock(opens)}-{_clock(closes)}" for opens, closes in intervals)]))
    return ", ".join(groups)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _pieces(text: str) -> list[_Piece] | Misread:
    pieces = []
    for found in _PIECE.finditer(text):
        read = _read(found)
        if isinstance(read, Misreading):
            return Misread.of(read, found[0])
        pieces.append(read)
    return pieces


def _read(found: re.Match[str]) -> _Piece | Misreading:
    if found["other"]:
        return Misreading.UNKNOWN
    if found["whole"]:
        return _Piece(found[0])
    if found["first"]:
        first, last = (_NUMBER.get((name or found["first"]).casefold()) for name in found.group("first", "last"))
        if first is None or last is None:
            return Misreading.UNKNOWN
        # From Saturday to Tuesday is over Sunday.
        return _Piece(found[0], tuple((first + more) % 7 for more in range((last - first) % 7 + 1)))
    opens, closes = _minutes(found["opens"]), _minutes(found["closes"])
    if opens is None or closes is None:
        return Misreading.TIME
    hours = (opens, closes or DAY)
    return _Piece(found[0], hours=hours) if hours[0] < hours[1] else Misreading.BACKWARDS


def _minutes(typed: str) -> int | None:
    hour, _, minute = typed.replace(".", ":").partition(":")
    minutes = int(hour) * 60 + int(minute or 0)
    return minutes if int(minute or 0) < 60 and minutes <= DAY else None


def _week(pieces: Iterable[_Piece]) -> Week | Misread:
    week: list[list[Interval]] = [[] for _ in DAYS]
    days: frozenset[int] = frozenset()
    for named, group in groupby(pieces, key=lambda piece: bool(piece.days)):
        if named:
            days = frozenset(day for piece in group for day in piece.days)
            continue
        for piece in group:
            opens, closes = piece.hours
            for day in sorted(days):
                if any(opens < until and since < closes for since, until in week[day]):
                    return Misread.of(Misreading.OVERLAP, f"{DAYS[day]} {piece.typed}")
                week[day].append(piece.hours)
    return tuple(_joined(intervals) for intervals in week)


def _joined(intervals: Iterable[Interval]) -> Intervals:
    """Sorted; those that touch are one."""
    joined: list[Interval] = []
    for opens, closes in sorted(intervals):
        since = joined.pop()[0] if joined and joined[-1][1] == opens else opens
        joined.append((since, closes))
    return tuple(joined)
