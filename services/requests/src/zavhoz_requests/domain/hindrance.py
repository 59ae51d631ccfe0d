"""Why an action cannot be done to a request: from the table of the lifecycle, in words of the reasons for refusals."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_requests.domain.decision import Context, Refusal
from zavhoz_requests.domain.lifecycle import UNFINISHED, rules
from zavhoz_requests.domain.state import Request

_ALREADY: Final = {
    Status.IN_PROGRESS: RefusalReason.ALREADY_TAKEN,
    Status.COMPLETED: RefusalReason.ALREADY_COMPLETED,
    Status.REJECTED: RefusalReason.ALREADY_REJECTED,
    Status.CANCELLED: RefusalReason.ALREADY_CANCELLED,
    Status.MERGED: RefusalReason.ALREADY_MERGED,
    Status.OPEN: RefusalReason.NOT_TAKEN,
    Status.ON_HOLD: RefusalReason.ON_HOLD,
}
_AFTERWARDS: Final = {Action.CONFIRM, Action.REOPEN}
_CLOSED: Final = frozenset(Status) - UNFINISHED


def hindrance(action: Action, request: Request | None, context: Context) -> Refusal | tuple[()] | None:
    """Why the action cannot be done, no events when this person has done it already, or none when it can be done."""
    if request is None:
        return Refusal(RefusalReason.NOT_FOUND)
    permitted = [row for row in rules(action) if row.permits(context.person, request)]
    if not permitted:
        return Refusal(RefusalReason.NOT_ALLOWED)
    if any(row.applies(request, context.now) for row in permitted):
        return None
    who = request.closed_by or request.assignee_id
    if request.status is permitted[0].target and who == context.person.id and action not in _AFTERWARDS:
        return ()
    if action is Action.RESUME and request.status not in _CLOSED:
        return Refusal(RefusalReason.NOT_ON_HOLD)
    if action in _AFTERWARDS and request.status not in _CLOSED:
        return Refusal(RefusalReason.NOT_COMPLETED)
    if action in _AFTERWARDS and request.status is Status.COMPLETED:
        late = action is Action.REOPEN
        return Refusal(RefusalReason.REOPENED_TOO_LATE if late else RefusalReason.ALREADY_CONFIRMED)
    return Refusal(_ALREADY[request.status], who=who)
