"""What managers choose for the whole organisation: what they type, read, and the terms that come of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID
from zlib import crc32

from zavhoz_contracts.message import Priority
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_contracts.text import clean
from zavhoz_requests.domain.calendar import BusinessCalendar
from zavhoz_requests.domain.days import format_days, parse_days
from zavhoz_requests.domain.hours import format_hours, parse_hours
from zavhoz_requests.domain.misread import Misread, Misreading
from zavhoz_requests.domain.terms import Terms

REACTIONS: Final = MappingProxyType(
    {
        Priority.HIGH: Setting.REACTION_HIGH,
        Priority.MEDIUM: Setting.REACTION_MEDIUM,
        Priority.LOW: Setting.REACTION_LOW,
    }
)
RESOLUTIONS: Final = MappingProxyType(
    {
        Priority.HIGH: Setting.RESOLUTION_HIGH,
        Priority.MEDIUM: Setting.RESOLUTION_MEDIUM,
        Priority.LOW: Setting.RESOLUTION_LOW,
    }
)
_TIMES: Final = frozenset({*REACTIONS.values(), *RESOLUTIONS.values()})
_NUMBERS: Final = MappingProxyType({Setting.CONFIRMATION_DAYS: (1, 90), Setting.OPEN_LIMIT: (1, 10_000)})
"""The least and the most of those that are numbers."""
TIME_MIN, TIME_MAX = 5, 365 * 24 * 60
"""Minutes that may be allowed."""
_TIME: Final = re.compile(
    r"(?:(\d{1,6})\s*(?:h|hours?|ч|час|часа|часов)\.?)?\s*(?:(\d{1,7})\s*(?:m|min|minutes?|м|мин|минут[аы]?)\.?)?"
)


@dataclass(frozen=True, slots=True)
class SettingChosen:
    """A manager chose something else; none: what it is by default."""

    setting: Setting
    value: str | None
    previous: str | None
    at: datetime
    by: UUID


def read(setting: Setting, typed: str) -> str | Misread:
    """What a manager typed, as it is kept; or what of it cannot be read."""
    words = clean(typed)
    if setting is Setting.HOURS:
        hours = parse_hours(words)
        return hours if isinstance(hours, Misread) else format_hours(hours)
    if setting in (Setting.HOLIDAYS, Setting.WORKING_DAYS):
        days = parse_days(words)
        return days if isinstance(days, Misread) else format_days(days)
    if setting in _TIMES:
        return _minutes(words)
    least, most = _NUMBERS[setting]
    if not (words.isascii() and words.isdecimal() and least <= int(words[:9]) <= most):
        return Misread.of(Misreading.NUMBER, words)
    return str(int(words))


def most(setting: Setting) -> int | None:
    """The most that may be chosen, of what is a number."""
    return _NUMBERS[setting][1] if setting in _NUMBERS else None


def defaults(base: Terms) -> dict[Setting, str]:
    """What holds where nothing is chosen, each as it would be kept if it were."""
    calendar = base.calendar
    times = {REACTIONS[one]: base.reaction[one] for one in Priority}
    times |= {RESOLUTIONS[one]: base.resolution[one] for one in Priority}
    return {
        Setting.HOURS: format_hours(calendar.hours),
        Setting.HOLIDAYS: format_days(calendar.holidays),
        Setting.WORKING_DAYS: format_days(calendar.working),
        **{setting: str(time // timedelta(minutes=1)) for setting, time in times.items()},
        Setting.CONFIRMATION_DAYS: str(base.confirmation.days),
        Setting.OPEN_LIMIT: str(base.open_limit),
    }


def _minutes(words: str) -> str | Misread:
    """`4h`, `1 h 30 min`, `90 мин`; a bare number is hours."""
    found = _TIME.fullmatch(words.lower() if not words.isdecimal() else f"{words[:6]} h")
    if found is None or not any(found.groups()):
        return Misread.of(Misreading.DURATION, words)
    minutes = int(found[1] or 0) * 60 + int(found[2] or 0)
    return str(minutes) if TIME_MIN <= minutes <= TIME_MAX else Misread.of(Misreading.DURATION, words)


def terms_of(base: Terms, chosen: Mapping[str, str]) -> Terms:
    """The terms that hold when this was chosen, and the rest is as in `base`."""
    values = {setting: chosen[setting.value] for setting in Setting if setting.value in chosen}
    calendar = base.calendar
    if values.keys() & {Setting.HOURS, Setting.HOLIDAYS, Setting.WORKING_DAYS}:
        hours, holidays, working = (
            values.get(setting, "") for setting in (Setting.HOURS, Setting.HOLIDAYS, Setting.WORKING_DAYS)
        )
        found = BusinessCalendar.read(base.zone.key, hours or "24/7", holidays, working)
        calendar = base.calendar if isinstance(found, Misread) else found
    terms = replace(
        base,
        confirmation=timedelta(days=int(values.get(Setting.CONFIRMATION_DAYS, base.confirmation.days))),
        open_limit=int(values.get(Setting.OPEN_LIMIT, base.open_limit)),
        reaction=_allowed(base.reaction, REACTIONS, values),
        resolution=_allowed(base.resolution, RESOLUTIONS, values),
        calendar=calendar,
    )
    return replace(terms, version=_version(terms, values))


def _allowed(
    base: Mapping[Priority, timedelta], named: Mapping[Priority, Setting], values: Mapping[Setting, str]
) -> Mapping[Priority, timedelta]:
    return MappingProxyType(
        {
            priority: timedelta(minutes=int(values[setting])) if setting in values else base[priority]
            for priority, setting in named.items()
        }
    )


def _version(terms: Terms, values: Mapping[Setting, str]) -> int:
    """The same number for the same times, in any process; another one for others (but one in four thousand million)."""
    calendar = [values.get(setting, "") for setting in (Setting.HOURS, Setting.HOLIDAYS, Setting.WORKING_DAYS)]
    times = [f"{terms.reaction[one]} {terms.resolution[one]}" for one in Priority]
    return crc32("\n".join([terms.zone.key, *calendar, *times]).encode()) - 2**31
