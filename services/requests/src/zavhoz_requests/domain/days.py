"""Dates as a manager types them: `2026-01-01, 02.01.2026, 2026-01-03..2026-01-08`. Pure."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from typing import Final

from zavhoz_contracts.text import clean
from zavhoz_requests.domain.misread import DASH, Misread, Misreading

DAYS_MAX: Final = 1000
"""Dates in one text: the days off of eight years in Russia."""
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}"
# Phones make an ellipsis of two or three points.
_PIECE: Final = re.compile(
    rf"(?P<first>{_DATE})(?:\s*(?:\.{{2,3}}|…|{DASH})\s*(?P<last>{_DATE}))?(?=[\s,;]|$)|(?P<other>[^\s,;]+)"
)


def parse_days(text: str) -> frozenset[date] | Misread:
    """The dates, and ranges of dates with their last, that `text` means; or the first piece that is wrong.

    At most `DAYS_MAX`. No text is no dates.
    """
    days: set[date] = set()
    for found in _PIECE.finditer(clean(text)):
        read = _read(found)
        if isinstance(read, Misreading):
            return Misread.of(read, found[0])
        days.update(read)
        if len(days) > DAYS_MAX:
            return Misread.of(Misreading.TOO_MANY, found[0])
    return frozenset(days)


def format_days(days: AbstractSet[date]) -> str:
    """The one text for these dates, sorted; two or more in a row are a range; `parse_days` reads the same from it."""
    ranges: list[list[date]] = []
    for day in sorted(days):
        if ranges and day - ranges[-1][-1] == timedelta(days=1):
            ranges[-1][1:] = [day]
        else:
            ranges.append([day])
    return ", ".join("..".join(day.isoformat() for day in days) for days in ranges)


def _read(found: re.Match[str]) -> frozenset[date] | Misreading:
    """The dates of one piece."""
    if found["other"]:
        return Misreading.DATE
    try:
        first, last = (_date(typed or found["first"]) for typed in found.group("first", "last"))
    except ValueError:
        return Misreading.DATE
    if last < first:
        return Misreading.BACKWARDS
    # A range of thousands of years is not built up to see that it is too long.
    count = min((last - first).days, DAYS_MAX) + 1
    return frozenset(first + timedelta(days=more) for more in range(count))


def _date(typed: str) -> date:
    if "-" in typed:
        return date.fromisoformat(typed)
    day, month, year = map(int, typed.split("."))
    return date(year, month, day)
