"""The steps of a request's life: taken, completed, refused; confirmed, opened again, withdrawn; the same as another."""

from __future__ import annotations

from datetime import datetime

from zavhoz_contracts.requests.v1.commands import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    RejectRequest,
    ReopenRequest,
)
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean
from zavhoz_requests.domain.contents import further, wrong_reason
from zavhoz_requests.domain.deadlines import at_work, begun
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.hindrance import hindrance
from zavhoz_requests.domain.lifecycle import UNFINISHED, rules
from zavhoz_requests.domain.state import (
    Absorbed,
    Attached,
    Cancelled,
    Completed,
    Confirmed,
    Merged,
    Rejected,
    Reopened,
    Request,
    Taken,
)
from zavhoz_requests.domain.terms import Terms


def take(request: Request | None, context: Context) -> Decision:
    """Work on it oneself."""
    hindered = hindrance(Action.TAKE, request, context)
    if hindered is not None or request is None:
        return hindered or ()
    deadlines = at_work(request.deadlines, context.now, context.terms)
    return (Taken(request.id, context.person.id, context.now, deadlines),)


def complete(command: CompleteRequest, request: Request | None, context: Context) -> Decision:
    """Say that the work is done, and what was done, if that is to be said."""
    hindered = hindrance(Action.COMPLETE, request, context)
    if hindered is not None:
        return hindered
    note, files = clean(command.note), further(command.attachments, context)
    if isinstance(files, Refusal):
        return files
    if note and (wrong := wrong_reason(note)) is not None:
        return wrong
    request_id, by, now = command.request_id, context.person.id, context.now
    text_id = context.text_id if note else None
    return (
        Completed(request_id, by, now, now + context.terms.confirmation, text_id, note, len(files)),
        *(Attached(request_id, by, now, file) for file in files),
    )


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


def confirm_in_time(request: Request, now: datetime, _: Terms) -> tuple[Confirmed, ...]:
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
    by, at = context.person.id, context.now
    deadlines = begun(request.priority, at, context.terms, request.deadlines.runs)
    return (
        Reopened(request.id, by, at, context.text_id, reason, len(files), deadlines, request.assignee_id),
        *(Attached(request.id, by, at, file) for file in files),
    )


def cancel(command: CancelRequest, request: Request | None, context: Context) -> Decision:
    """Withdraw it before anybody has taken it."""
    hindered = hindrance(Action.CANCEL, request, context)
    cancelled = Cancelled(command.request_id, context.person.id, context.now)
    return (cancelled,) if hindered is None else hindered


def merge(request: Request | None, context: Context) -> Decision:
    """Let another one that is not closed go on for it: who filed or joined this one has joined that one."""
    hindered = hindrance(Action.MERGE, request, context)
    if hindered is not None or request is None:
        return hindered or ()
    target = context.target
    if target is None or not any(rule.permits(context.person, target) for rule in rules(Action.MERGE)):
        return Refusal(RefusalReason.MERGE_NOT_FOUND)
    if target.id == request.id:
        return Refusal(RefusalReason.MERGE_ITSELF)
    if target.status not in UNFINISHED:
        return Refusal(RefusalReason.MERGE_CLOSED)
    there = target.watchers | {target.requester_id, target.assignee_id}
    joined = tuple(sorted((request.watchers | {request.requester_id}) - there))
    by, at = context.person.id, context.now
    return (
        Merged(request.id, by, at, target.id, target.number),
        Absorbed(target.id, by, at, request.id, request.number, joined),
    )
