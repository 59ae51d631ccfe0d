"""The decider: what a command does to a request, and what becomes of the request. Both pure."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from zavhoz_contracts import limits
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.message import Attachment
from zavhoz_contracts.requests.v1.commands import (
    AttachToRequest,
    CommentRequest,
    CompleteRequest,
    CreateRequest,
    RejectRequest,
    RequestCommand,
    TakeRequest,
)
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_contracts.text import clean, length, shorten
from zavhoz_requests.domain.lifecycle import rule
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.state import (
    Attached,
    Commented,
    Completed,
    Created,
    Person,
    Rejected,
    Request,
    RequestEvent,
    Taken,
)


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision needs besides the command and the state. `text_id` is for words that are kept apart.

    `attached` are the ids of the request's attachments, for commands that bring more; `places` are by code
    those that commands name.
    """

    person: Person
    now: datetime
    text_id: UUID
    attached: AbstractSet[UUID] = frozenset()
    places: Mapping[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing changes, for this reason. `who` was first; `limit` and `size` are for reasons about size."""

    reason: RefusalReason
    who: UUID | None = None
    limit: int | None = None
    size: int | None = None


Decision = tuple[RequestEvent, ...] | Refusal
"""Events in order; none when there is nothing left to do."""

_ALREADY: Final = {
    Status.IN_PROGRESS: RefusalReason.ALREADY_TAKEN,
    Status.COMPLETED: RefusalReason.ALREADY_COMPLETED,
    Status.REJECTED: RefusalReason.ALREADY_REJECTED,
    Status.OPEN: RefusalReason.NOT_TAKEN,
}


def decide(command: RequestCommand, request: Request | None, context: Context) -> Decision:
    """What `command` does to `request` (none: there is no such request)."""
    if not context.person.active:
        return Refusal(RefusalReason.DEACTIVATED)
    match command:
        case CreateRequest():
            return _create(command, context) if request is None else ()
        case TakeRequest():
            hindrance = _hindrance(Action.TAKE, request, context)
            taken = Taken(command.request_id, context.person.id, context.now)
            return (taken,) if hindrance is None else hindrance
        case CompleteRequest():
            hindrance = _hindrance(Action.COMPLETE, request, context)
            completed = Completed(command.request_id, context.person.id, context.now)
            return (completed,) if hindrance is None else hindrance
        case RejectRequest():
            return _reject(command, request, context)
        case CommentRequest():
            return _comment(command, request, context)
        case AttachToRequest():
            return _attach(command, request, context)
        case _:
            raise TypeError(f"no decision about {type(command).__name__}")


def _hindrance(action: Action, request: Request | None, context: Context) -> Refusal | tuple[()] | None:
    """Why the action cannot be done, no events when this person has done it already, or none when it can be done."""
    if request is None:
        return Refusal(RefusalReason.NOT_FOUND)
    row = rule(action)
    if not row.permits(context.person, request):
        return Refusal(RefusalReason.NOT_ALLOWED)
    if request.status in row.sources:
        return None
    who = request.closed_by or request.assignee_id
    if request.status is row.target and who == context.person.id:
        return ()
    return Refusal(_ALREADY[request.status], who=who)


def _create(command: CreateRequest, context: Context) -> Decision:
    description = clean(command.description)
    attachments = _distinct(command.attachments)
    size = length(description)
    if size == 0 and not attachments:
        return Refusal(RefusalReason.EMPTY)
    if size > limits.DESCRIPTION_MAX:
        return Refusal(RefusalReason.DESCRIPTION_TOO_LONG, limit=limits.DESCRIPTION_MAX, size=size)
    if size < limits.DESCRIPTION_MIN and not attachments:
        return Refusal(RefusalReason.DESCRIPTION_TOO_SHORT, limit=limits.DESCRIPTION_MIN, size=size)
    if len(attachments) > limits.ATTACHMENTS_MAX:
        return Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=limits.ATTACHMENTS_MAX, size=len(attachments))
    title = clean(command.title or "").replace("\n", " ") or title_from(description)
    if length(title) > limits.TITLE_MAX:
        return Refusal(RefusalReason.TITLE_TOO_LONG, limit=limits.TITLE_MAX, size=length(title))
    if length(title) < limits.TITLE_MIN:
        return Refusal(RefusalReason.TITLE_TOO_SHORT, limit=limits.TITLE_MIN, size=length(title))
    place = _place(command, context)
    if isinstance(place, Refusal):
        return place
    by, at, request_id = context.person.id, context.now, command.request_id
    return (
        Created(request_id, by, at, title, description, command.priority, len(attachments), place, command.place_code),
        *(Attached(request_id, by, at, attachment) for attachment in attachments),
    )


def _place(command: CreateRequest, context: Context) -> str | Refusal:
    """The path of the place it names, or the person's own words for it; empty when it was not said."""
    if command.place_code is not None:
        place = context.places.get(command.place_code)
        return Refusal(RefusalReason.PLACE_NOT_FOUND) if place is None or place.archived else place.path
    words = " ".join(clean(command.place or "").split())
    size = length(words)
    if 0 < size < limits.PLACE_MIN:
        return Refusal(RefusalReason.PLACE_TOO_SHORT, limit=limits.PLACE_MIN, size=size)
    if size > limits.PLACE_MAX:
        return Refusal(RefusalReason.PLACE_TOO_LONG, limit=limits.PLACE_MAX, size=size)
    return words


def _reject(command: RejectRequest, request: Request | None, context: Context) -> Decision:
    hindrance = _hindrance(Action.REJECT, request, context)
    if hindrance is not None:
        return hindrance
    reason = clean(command.reason)
    size = length(reason)
    if size < limits.REASON_MIN:
        return Refusal(RefusalReason.REASON_TOO_SHORT, limit=limits.REASON_MIN, size=size)
    if size > limits.REASON_MAX:
        return Refusal(RefusalReason.REASON_TOO_LONG, limit=limits.REASON_MAX, size=size)
    return (Rejected(command.request_id, context.person.id, context.now, context.text_id, reason),)


def _comment(command: CommentRequest, request: Request | None, context: Context) -> Decision:
    hindrance = _hindrance(Action.COMMENT, request, context)
    if hindrance is not None:
        return hindrance
    words = clean(command.text)
    size = length(words)
    if size == 0 and not command.attachments:
        return Refusal(RefusalReason.COMMENT_EMPTY)
    if size > limits.COMMENT_MAX:
        return Refusal(RefusalReason.COMMENT_TOO_LONG, limit=limits.COMMENT_MAX, size=size)
    files = _further(command.attachments, context)
    if isinstance(files, Refusal):
        return files
    if not words and not files:
        return ()  # nothing but files that are there already
    by, at, request_id = context.person.id, context.now, command.request_id
    return (
        Commented(request_id, by, at, context.text_id, words, len(files)),
        *(Attached(request_id, by, at, file) for file in files),
    )


def _attach(command: AttachToRequest, request: Request | None, context: Context) -> Decision:
    hindrance = _hindrance(Action.COMMENT, request, context)
    if hindrance is not None:
        return hindrance
    files = _further(command.attachments, context)
    if isinstance(files, Refusal):
        return files
    return tuple(Attached(command.request_id, context.person.id, context.now, file, alone=True) for file in files)


def _further(attachments: tuple[Attachment, ...], context: Context) -> tuple[Attachment, ...] | Refusal:
    """Those files that the request does not have yet, or why there are too many."""
    files = tuple(file for file in _distinct(attachments) if file.attachment_id not in context.attached)
    if len(files) > limits.ATTACHMENTS_MAX:
        return Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=limits.ATTACHMENTS_MAX, size=len(files))
    total = len(context.attached) + len(files)
    if files and total > limits.ATTACHMENTS_IN_ALL_MAX:
        return Refusal(RefusalReason.TOO_MANY_ATTACHMENTS, limit=limits.ATTACHMENTS_IN_ALL_MAX, size=total)
    return files


def title_from(description: str) -> str:
    """The first line that makes a title, cut at a word; when it is too short to be one, the words of all lines."""
    first = description.split("\n", 1)[0].strip()
    words = first if length(first) >= limits.TITLE_MIN else " ".join(description.split())
    return shorten(words, limits.TITLE_MAX)


def _distinct(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """Each file once, under a name that can be stored."""
    named = (
        attachment.model_copy(update={"file_name": clean(attachment.file_name or "") or None})
        for attachment in attachments
    )
    return tuple({attachment.attachment_id: attachment for attachment in named}.values())


def evolve(request: Request | None, event: RequestEvent) -> Request:
    """The request after `event`. Its version counts its events."""
    if isinstance(event, Created):
        return Request(
            id=event.request_id,
            version=1,
            status=Status.OPEN,
            priority=event.priority,
            title=event.title,
            description=event.description,
            requester_id=event.by,
            created_at=event.at,
            updated_at=event.at,
            place=event.place,
            place_id=None if event.place_code is None else place_id(event.place_code),
        )
    if request is None:
        raise ValueError(f"{type(event).__name__} of a request that was never created")
    after = replace(request, version=request.version + 1, updated_at=event.at)
    match event:
        case Attached() | Commented():
            return after
        case Taken():
            return replace(after, status=Status.IN_PROGRESS, assignee_id=event.by)
        case Completed():
            return replace(after, status=Status.COMPLETED, closed_by=event.by)
        case Rejected():
            return replace(after, status=Status.REJECTED, closed_by=event.by, rejection_text_id=event.text_id)
        case _:
            assert_never(event)
