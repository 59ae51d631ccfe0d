"""Who has the same trouble joins a request instead of filing another, and may leave it again."""

from __future__ import annotations

from zavhoz_contracts.requests.v1.commands import JoinRequest, LeaveRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.hindrance import hindrance
from zavhoz_requests.domain.state import Joined, Left, Request


def join(command: JoinRequest, request: Request | None, context: Context) -> Decision:
    """Have this too. Who filed it or works on it hears of it anyway."""
    me = context.person.id
    if request is not None and me in request.watchers:
        return ()
    if request is not None and me in (request.requester_id, request.assignee_id):
        return Refusal(RefusalReason.OWN_REQUEST)
    hindered = hindrance(Action.JOIN, request, context)
    return (Joined(command.request_id, me, context.now),) if hindered is None else hindered


def leave(command: LeaveRequest, request: Request | None, context: Context) -> Decision:
    """Hear of it no more."""
    me = context.person.id
    if request is not None and me not in request.watchers:
        return ()
    hindered = hindrance(Action.LEAVE, request, context)
    return (Left(command.request_id, me, context.now),) if hindered is None else hindered
