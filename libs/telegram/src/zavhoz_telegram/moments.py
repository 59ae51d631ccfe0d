"""Moments as people say them, in a time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from zavhoz_telegram.texts import Translator


def in_words(moment: datetime, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    """When something was: today 14:05, yesterday 09:10, 12 Nov 18:00; with the year when it is another."""
    return _said(lambda day: f"time.{day}", moment, now, t, time_zone)


def until(moment: datetime, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    """Until when something is to be: today until 18:00, tomorrow until 09:10, until 12 Nov 18:00."""
    return _said(lambda day: f"until.{day}", moment, now, t, time_zone)


def day(moment: datetime, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    """The day of a moment: 12 Nov; with the year when it is another."""
    local, today = moment.astimezone(time_zone), now.astimezone(time_zone).date()
    return _day(local, today, t)


def _day(local: datetime, today: date, t: Translator) -> str:
    pattern = "d MMM" if local.year == today.year else "d MMM y"
    return format_date(local.date(), pattern, locale=t.language)


def _said(key: Callable[[str], str], moment: datetime, now: datetime, t: Translator, time_zone: ZoneInfo) -> str:
    local, today = moment.astimezone(time_zone), now.astimezone(time_zone).date()
    time = format_time(local.time(), "HH:mm", locale=t.language)
    days = {today: "today", today - timedelta(days=1): "yesterday", today + timedelta(days=1): "tomorrow"}
    near = days.get(local.date())
    if near is not None and t.has(key(near)):
        return t.plain(key(near), time=time)
    return t.plain(key("other"), date=_day(local, today, t), time=time)
