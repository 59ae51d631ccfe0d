"""What time brings about for a request that is waited for: alarms, and other times when other terms hold. Pure."""

from __future__ import annotations

from datetime import datetime

from zavhoz_requests.domain.deadlines import allowed, raised
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.lifecycle import UNFINISHED
from zavhoz_requests.domain.state import Alarmed, Request, Rescheduled
from zavhoz_requests.domain.terms import Terms


def catch_up(request: Request, now: datetime, terms: Terms) -> tuple[Rescheduled | Alarmed, ...]:
    """What nobody has noticed yet by `now`: other terms, and then the alarms whose time has come by those."""
    rescheduled = reschedule(request, now, terms)
    for event in rescheduled:
        request = evolve(request, event)
    return (*rescheduled, *_raised(request, now, terms))


def _raised(request: Request, now: datetime, terms: Terms) -> tuple[Alarmed, ...]:
    """The alarms in order, each once in a run of its clock."""
    return tuple(
        Alarmed(request.id, None, now, clock, level, due_at, request.priority, request.assignee_id, deadlines)
        for clock, level, due_at, deadlines in raised(request.deadlines, now, terms)
    )


def reschedule(request: Request, now: datetime, terms: Terms) -> tuple[Rescheduled, ...]:
    """What other terms make of the times of a request that is not closed."""
    deadlines = request.deadlines
    if request.status not in UNFINISHED or deadlines.terms == terms.version:
        return ()
    return (Rescheduled(request.id, None, now, allowed(deadlines, request.priority, terms)),)
