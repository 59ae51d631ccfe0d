"""What becomes of a request by what happened to it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never
from uuid import UUID

from zavhoz_contracts.identity import place_id
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.domain.deadlines import Deadlines, ended
from zavhoz_requests.domain.state import (
    Absorbed,
    Alarmed,
    Assigned,
    Attached,
    Cancelled,
    Commented,
    CommentEdited,
    Completed,
    Confirmed,
    Created,
    Edited,
    Held,
    Joined,
    Left,
    Merged,
    Noted,
    Rejected,
    Reopened,
    Request,
    RequestEvent,
    Rescheduled,
    Resumed,
    Taken,
)


def evolve(request: Request | None, event: RequestEvent) -> Request:  # noqa: C901  # one case for each event
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
            deadlines=event.deadlines,
            place=event.place,
            place_id=_place_id(event.place_code),
            within=event.within,
            category_id=event.category_id,
            answers=event.answers,
        )
    if request is None:
        raise ValueError(f"{type(event).__name__} of a request that was never created")
    after = replace(request, version=request.version + 1, updated_at=event.at)
    match event:
        case Attached() | Commented() | CommentEdited() | Noted():
            return after
        case Taken():
            return _at_work(after, event.by, event.deadlines)
        case Assigned() | Resumed():
            return _at_work(after, event.assignee_id, event.deadlines)
        case Held():
            held = replace(after, status=Status.ON_HOLD, deadlines=event.deadlines)
            return replace(held, hold_text_id=event.text_id, held_until=event.until)
        case Alarmed() | Rescheduled():
            return replace(after, deadlines=event.deadlines)
        case Completed():
            completed = replace(_closed(after, Status.COMPLETED, event.by), confirms_at=event.confirms_at)
            return replace(completed, completion_text_id=event.text_id)
        case Merged():
            return replace(_closed(after, Status.MERGED, event.by), merged_into=event.into_id)
        case Absorbed():
            return replace(after, watchers=request.watchers | set(event.joined))
        case Rejected():
            return replace(_closed(after, Status.REJECTED, event.by), rejection_text_id=event.text_id)
        case Confirmed():
            return replace(after, confirmed_at=event.at, rating=event.rating)
        case Reopened():
            return _as_new(after, event)
        case Cancelled():
            return _closed(after, Status.CANCELLED, event.by)
        case Edited():
            return _edited(after, event)
        case Joined():
            return replace(after, watchers=request.watchers | {event.by})
        case Left():
            return replace(after, watchers=request.watchers - {event.by})
        case _:
            assert_never(event)


def _at_work(request: Request, assignee_id: UUID | None, deadlines: Deadlines) -> Request:
    """Somebody works on it, and it is on hold no more."""
    working = replace(request, status=Status.IN_PROGRESS, assignee_id=assignee_id, deadlines=deadlines)
    return replace(working, hold_text_id=None, held_until=None)


def _closed(request: Request, status: Status, by: UUID) -> Request:
    """Nothing is waited for any more."""
    over = ended(request.deadlines)
    return replace(request, status=status, closed_by=by, closed_at=request.updated_at, deadlines=over)


def _edited(request: Request, event: Edited) -> Request:
    request = replace(
        request,
        title=event.title,
        description=event.description,
        priority=event.priority,
        deadlines=event.deadlines,
        category_id=event.category_id,
    )
    if event.place is None:
        return request
    return replace(request, place=event.place, place_id=_place_id(event.place_code), within=event.within)


def _place_id(code: str | None) -> UUID | None:
    return None if code is None else place_id(code)


def _as_new(request: Request, event: Reopened) -> Request:
    return replace(
        request,
        status=Status.OPEN,
        assignee_id=None,
        closed_by=None,
        closed_at=None,
        rejection_text_id=None,
        completion_text_id=None,
        hold_text_id=None,
        held_until=None,
        reopening_text_id=event.text_id,
        deadlines=event.deadlines,
        confirms_at=None,
        confirmed_at=None,
        rating=None,
    )
