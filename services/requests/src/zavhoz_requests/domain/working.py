"""Who works on a request, and when not: assigned, put on hold, gone on with."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from zavhoz_contracts import limits
from zavhoz_contracts.requests.v1.commands import HoldRequest
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean
from zavhoz_requests.domain.contents import wrong_reason
from zavhoz_requests.domain.deadlines import at_work, paused
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.hindrance import hindrance
from zavhoz_requests.domain.permissions import STAFF, inside
from zavhoz_requests.domain.state import Assigned, Held, Request, Resumed
from zavhoz_requests.domain.terms import Terms

_FURTHEST: Final = timedelta(days=limits.HOLD_DAYS_MAX)


def assign(request: Request | None, context: Context) -> Decision:
    """Have somebody of the staff work on it, in whose part of the places it is."""
    hindered = hindrance(Action.ASSIGN, request, context)
    if hindered is not None or request is None:
        return hindered or ()
    assignee = context.assignee
    if assignee is None or not assignee.active or assignee.role not in STAFF:
        return Refusal(RefusalReason.ASSIGNEE_NOT_STAFF)
    if not inside(assignee, request):
        return Refusal(RefusalReason.ASSIGNEE_ELSEWHERE)
    if request.status is Status.IN_PROGRESS and request.assignee_id == assignee.id:
        return ()
    by, at = context.person.id, context.now
    deadlines = at_work(request.deadlines, at, context.terms)
    return (Assigned(request.id, by, at, assignee.id, request.assignee_id, deadlines),)


def hold(command: HoldRequest, request: Request | None, context: Context) -> Decision:
    """Stop the work for a while."""
    hindered = hindrance(Action.HOLD, request, context)
    if hindered is not None or request is None:
        return hindered or ()
    reason = clean(command.reason)
    if (wrong := wrong_reason(reason)) is not None:
        return wrong
    until = None if command.until is None else _until(command.until, context)
    if isinstance(until, Refusal):
        return until
    by, at = context.person.id, context.now
    return (Held(request.id, by, at, context.text_id, reason, until, paused(request.deadlines, at, context.terms)),)


def _until(day: date, context: Context) -> datetime | Refusal:
    """When that day begins for the organisation."""
    begins = context.terms.begins(day)
    if begins <= context.now:
        return Refusal(RefusalReason.HOLD_DAY_PAST)
    if begins - context.now > _FURTHEST:
        return Refusal(RefusalReason.HOLD_DAY_TOO_FAR, limit=limits.HOLD_DAYS_MAX)
    return begins


def resume(request: Request | None, context: Context) -> Decision:
    """Go on with it."""
    hindered = hindrance(Action.RESUME, request, context)
    if hindered is not None or request is None:
        return hindered or ()
    return (_resumed(request, context.person.id, context.now, context.terms),)


def _resumed(request: Request, by: UUID | None, at: datetime, terms: Terms) -> Resumed:
    return Resumed(request.id, by, at, request.assignee_id, at_work(request.deadlines, at, terms))


def resume_in_time(request: Request, now: datetime, terms: Terms) -> tuple[Resumed, ...]:
    """What becomes of a request on hold when its time has come: none while it has not."""
    due = request.held_until is not None and request.held_until <= now
    if request.status is not Status.ON_HOLD or not due:
        return ()
    return (_resumed(request, None, now, terms),)
