"""The decider: what a command does to a request. Pure."""

from __future__ import annotations

from zavhoz_contracts.requests.v1.commands import (
    AssignRequest,
    AttachToRequest,
    CancelRequest,
    CommentRequest,
    CompleteRequest,
    ConfirmRequest,
    CreateRequest,
    EditComment,
    EditRequest,
    HoldRequest,
    JoinRequest,
    LeaveRequest,
    MergeRequest,
    NoteRequest,
    RejectRequest,
    ReopenRequest,
    RequestCommand,
    ResumeRequest,
    TakeRequest,
)
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_requests.domain import filing, steps, talking, watching, working
from zavhoz_requests.domain.alarms import catch_up
from zavhoz_requests.domain.decision import Context, Decision, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.state import Request


def decide(command: RequestCommand, request: Request | None, context: Context) -> Decision:
    """What `command` does to `request` (none: there is no such request).

    What time and other terms have brought about before, and nobody has noticed yet, comes first: it would be lost with
    what is changed.
    """
    if not context.person.active:
        return Refusal(RefusalReason.DEACTIVATED)
    unnoticed = () if request is None else catch_up(request, context.now, context.terms)
    for event in unnoticed:
        request = evolve(request, event)
    decision = _decide(command, request, context)
    return decision if isinstance(decision, Refusal) or not decision else (*unnoticed, *decision)


def _decide(command: RequestCommand, request: Request | None, context: Context) -> Decision:  # noqa: C901
    match command:
        case CreateRequest():
            return filing.create(command, context) if request is None else ()
        case EditRequest():
            return filing.edit(command, request, context)
        case TakeRequest():
            return steps.take(request, context)
        case AssignRequest():
            return working.assign(request, context)
        case HoldRequest():
            return working.hold(command, request, context)
        case ResumeRequest():
            return working.resume(request, context)
        case CompleteRequest():
            return steps.complete(command, request, context)
        case RejectRequest():
            return steps.reject(command, request, context)
        case ConfirmRequest():
            return steps.confirm(command, request, context)
        case ReopenRequest():
            return steps.reopen(command, request, context)
        case CancelRequest():
            return steps.cancel(command, request, context)
        case MergeRequest():
            return steps.merge(request, context)
        case NoteRequest():
            return talking.note(command, request, context)
        case CommentRequest():
            return talking.comment(command, request, context)
        case EditComment():
            return talking.edit(command, request, context)
        case AttachToRequest():
            return talking.attach(command, request, context)
        case JoinRequest():
            return watching.join(command, request, context)
        case LeaveRequest():
            return watching.leave(command, request, context)
        case _:
            raise TypeError(f"no decision about {type(command).__name__}")
