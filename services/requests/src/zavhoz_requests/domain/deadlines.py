"""When a request is to be taken and to be completed, and when somebody is to be told that time runs out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Clock
from zavhoz_requests.domain.clocks import Level, Running, start
from zavhoz_requests.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The clocks of a request: `reaction` until somebody takes it, `resolution` until it is completed.

    `react_by` and `due_at` are when those are over, none while one does not run; `alarm_at` is when the next level of
    either is to be raised. `runs` counts how often they were started, `terms` is the version of the terms by
    which they are allowed what they are: it stays when they are only paused, resumed or raised by others.
    """

    reaction: Running | None = None
    resolution: Running | None = None
    react_by: datetime | None = None
    due_at: datetime | None = None
    alarm_at: datetime | None = None
    runs: int = 0
    terms: int = 0


def begun(priority: Priority, at: datetime, terms: Terms, runs: int = 0) -> Deadlines:
    """Both clocks begin to run, after they ran so often before."""
    run = runs + 1
    reaction, resolution = start(terms.reaction[priority], at, run), start(terms.resolution[priority], at, run)
    return _timed(reaction, resolution, run, terms, terms.version)


def at_work(deadlines: Deadlines, at: datetime, terms: Terms) -> Deadlines:
    """Somebody works on it: the reaction is over, and the resolution goes on."""
    resolution = deadlines.resolution
    return _timed(None, resolution and resolution.resume(at), deadlines.runs, terms, deadlines.terms)


def paused(deadlines: Deadlines, at: datetime, terms: Terms) -> Deadlines:
    """Nobody works on it for a while."""
    resolution = deadlines.resolution
    return _timed(None, resolution and resolution.pause(at, terms.calendar), deadlines.runs, terms, deadlines.terms)


def ended(deadlines: Deadlines) -> Deadlines:
    """It is closed."""
    return Deadlines(runs=deadlines.runs)


def allowed(deadlines: Deadlines, priority: Priority, terms: Terms) -> Deadlines:
    """As much time as this priority and these terms allow; what was raised stays raised."""
    reaction, resolution = deadlines.reaction, deadlines.resolution
    return _timed(
        reaction and reaction.reallow(terms.reaction[priority]),
        resolution and resolution.reallow(terms.resolution[priority]),
        deadlines.runs,
        terms,
        terms.version,
    )


def raised(deadlines: Deadlines, now: datetime, terms: Terms) -> tuple[tuple[Clock, Level, datetime, Deadlines], ...]:
    """The levels whose time has come: of which clock, when that was or is over, and the clocks once it is raised."""
    found: list[tuple[Clock, Level, datetime, Deadlines]] = []
    while deadlines.alarm_at is not None and deadlines.alarm_at <= now:
        clock, running, level = _first(deadlines, terms)
        rung = Running(running.allowed, running.spent, running.since, running.run, running.raised | {level})
        over = running.due(terms.calendar)
        reaction = rung if clock is Clock.REACTION else deadlines.reaction
        resolution = rung if clock is Clock.RESOLUTION else deadlines.resolution
        deadlines = _timed(reaction, resolution, deadlines.runs, terms, deadlines.terms)
        found.append((clock, level, over or now, deadlines))
    return tuple(found)


def _first(deadlines: Deadlines, terms: Terms) -> tuple[Clock, Running, Level]:
    """The clock whose next level is to be raised first."""
    clocks = ((Clock.REACTION, deadlines.reaction), (Clock.RESOLUTION, deadlines.resolution))
    alarms = [
        (alarm[1], clock, running, alarm[0])
        for clock, running in clocks
        if running is not None and (alarm := running.next_alarm(terms.calendar)) is not None
    ]
    _, clock, running, level = min(alarms, key=lambda one: one[0])
    return clock, running, level


def _timed(reaction: Running | None, resolution: Running | None, runs: int, terms: Terms, allowed_by: int) -> Deadlines:
    calendar = terms.calendar
    alarms = [
        alarm[1]
        for running in (reaction, resolution)
        if running is not None and (alarm := running.next_alarm(calendar)) is not None
    ]
    return Deadlines(
        reaction=reaction,
        resolution=resolution,
        react_by=reaction.due(calendar) if reaction else None,
        due_at=resolution.due(calendar) if resolution else None,
        alarm_at=min(alarms, default=None),
        runs=runs,
        terms=allowed_by,
    )
