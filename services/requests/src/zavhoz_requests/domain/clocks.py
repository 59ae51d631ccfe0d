"""The two clocks of a request: how long until somebody takes it, and until it is done. Pure.

Both run in the business time of whatever calendar is given: when that changes, so does what they say.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from zavhoz_requests.domain.calendar import BusinessCalendar


class Level(StrEnum):
    """What is raised as time runs out, in this order, each once in a run of a clock."""

    WARNING = "warning"
    BREACH = "breach"
    ESCALATION = "escalation"

    @property
    def percent(self) -> int:
        """Of the time allowed, so much is used up then."""
        return _PERCENT[self]


_PERCENT: Final = {Level.WARNING: 80, Level.BREACH: 100, Level.ESCALATION: 125}


@dataclass(frozen=True, slots=True)
class Stopped:
    """A clock whose work is done, `spent` of the time `allowed` after it was started."""

    allowed: timedelta
    spent: timedelta
    run: int
    raised: frozenset[Level]

    @property
    def kept(self) -> bool:
        """Whether it was done in time."""
        return self.spent <= self.allowed


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs since `since`, or is paused if that is none; until then it had used up `spent`.

    All durations are business time; `allowed` is more than nothing. `run` counts, from 1, how often the clock of this
    request was started; `raised` are the levels that were raised in this run.
    """

    allowed: timedelta
    spent: timedelta
    since: datetime | None
    run: int
    raised: frozenset[Level] = frozenset()

    def used(self, now: datetime, calendar: BusinessCalendar) -> timedelta:
        """The business time used up by `now`."""
        return self.spent if self.since is None else self.spent + calendar.between(self.since, now)

    def pause(self, at: datetime, calendar: BusinessCalendar) -> Running:
        """It waits; nothing changes if it does so already.

        What is due by then is to be raised first, or it is raised only when the clock runs again.
        """
        return replace(self, spent=self.used(at, calendar), since=None)

    def resume(self, at: datetime) -> Running:
        """It runs again; nothing changes if it does so already."""
        return replace(self, since=at) if self.since is None else self

    def stop(self, at: datetime, calendar: BusinessCalendar) -> Stopped:
        """The work is done. What is due by then is to be raised first, or it never is."""
        return Stopped(self.allowed, self.used(at, calendar), self.run, self.raised)

    def reallow(self, allowed: timedelta) -> Running:
        """Another time is allowed, for another priority or other settings; what was raised is not raised again."""
        return replace(self, allowed=allowed)

    def due(self, calendar: BusinessCalendar) -> datetime | None:
        """When the time allowed is used up, in UTC; none while it is paused."""
        return self.at_level(Level.BREACH, calendar)

    def at_level(self, level: Level, calendar: BusinessCalendar) -> datetime | None:
        """When the share of a level is used up, in UTC, whether it was raised or not; none while it is paused.

        This may be past, and even before `since`: what was late before a pause is as late after it.
        """
        if self.since is None:
            return None
        return calendar.add(self.since, self.allowed * level.percent // 100 - self.spent)

    def next_alarm(self, calendar: BusinessCalendar) -> tuple[Level, datetime] | None:
        """The next level to be raised and when, which may be past; none while it is paused, or when all were."""
        for level in Level:
            if level not in self.raised and (at := self.at_level(level, calendar)) is not None:
                return level, at
        return None

    def raise_due(self, now: datetime, calendar: BusinessCalendar) -> tuple[Running, tuple[Level, ...]]:
        """The levels whose time has come by `now` and that were not raised in this run, in order, now raised."""
        levels: tuple[Level, ...] = ()
        clock = self
        while (alarm := clock.next_alarm(calendar)) is not None and alarm[1] <= now:
            levels += (alarm[0],)
            clock = replace(clock, raised=clock.raised | {alarm[0]})
        return clock, levels


def start(allowed: timedelta, at: datetime, run: int = 1) -> Running:
    """A clock that begins to run."""
    return Running(allowed, timedelta(), at, run)
