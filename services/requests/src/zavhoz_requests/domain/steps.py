"""The steps of a request's life: taken, completed, refused; confirmed, opened again, withdrawn."""

from __future__ import annotations

from datetime import datetime

from zavhoz_contracts.requests.v1.commands import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    RejectRequest,
    ReopenRequest,
    TakeRequest,
)
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.text import clean
from zavhoz_requests.domain.contents import further, wrong_reason
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.hindrance import hindrance
from zavhoz_requests.domain.state import Attached, Cancelled, Completed, Confirmed, Rejected, Reopened, Request, Taken


def take(command: TakeRequest, request: Request | None, context: Context) -> Decision:
    """Work on it oneself."""
    hindered = hindrance(Action.TAKE, request, context)
    taken = Taken(command.request_id, context.person.id, context.now)
    return (taken,) if hindered is None else hindered


def complete(command: CompleteRequest, request: Request | None, context: Context) -> Decision:
    """Say that the work is done."""
    hindered = hindrance(Action.COMPLETE, request, context)
    now = context.now
    completed = Completed(command.request_id, context.person.id, now, now + context.terms.confirmation)
    return (completed,) if hindered is None else hindered


def reject(command: RejectRequest, request: Request | None, context: Context) -> Decision:
    """Refuse to do the work."""
    hindered = hindrance(Action.REJECT, request, context)
    if hindered is not None:
        return hindered
    reason = clean(command.reason)
    if (wrong := wrong_reason(reason)) is not None:
        return wrong
    return (Rejected(command.request_id, context.person.id, context.now, context.text_id, reason),)


def confirm(command: ConfirmRequest, request: Request | None, context: Context) -> Decision:
    """Say that it is fixed, and how well."""
    hindered = hindrance(Action.CONFIRM, request, context)
    confirmed = Confirmed(command.request_id, context.person.id, context.now, command.rating)
    return (confirmed,) if hindered is None else hindered


def confirm_in_time(request: Request, now: datetime) -> tuple[Confirmed, ...]:
    """What becomes of a completed request of which nobody said anything: none while somebody may."""
    due = request.confirms_at is not None and request.confirms_at <= now
    if request.status is not Status.COMPLETED or request.confirmed_at is not None or not due:
        return ()
    return (Confirmed(request.id, None, now),)


def reopen(command: ReopenRequest, request: Request | None, context: Context) -> Decision:
    """Say what is still wrong: from then on it is as new, with all that was said."""
    hindered = hindrance(Action.REOPEN, request, context)
    if hindered is not None or request is None:
        return hindered or ()
    reason, files = clean(command.reason), further(command.attachments, context)
    if isinstance(files, Refusal):
        return files
    if (wrong := wrong_reason(reason, files=bool(files))) is not None:
        return wrong
    by, at, due_at = context.person.id, context.now, context.terms.due(request.priority, context.now)
    return (
        Reopened(request.id, by, at, context.text_id, reason, len(files), due_at, request.assignee_id),
        *(Attached(request.id, by, at, file) for file in files),
    )


def cancel(command: CancelRequest, request: Request | None, context: Context) -> Decision:
    """Withdraw it before anybody has taken it."""
    hindered = hindrance(Action.CANCEL, request, context)
    cancelled = Cancelled(command.request_id, context.person.id, context.now)
    return (cancelled,) if hindered is None else hindered
