"""What becomes of a request by what happened to it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never
from uuid import UUID

from zavhoz_contracts.identity import place_id
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.domain.state import (
    Attached,
    Cancelled,
    Commented,
    CommentEdited,
    Completed,
    Confirmed,
    Created,
    Edited,
    Joined,
    Left,
    Rejected,
    Reopened,
    Request,
    RequestEvent,
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
            due_at=event.due_at,
            place=event.place,
            place_id=_place_id(event.place_code),
        )
    if request is None:
        raise ValueError(f"{type(event).__name__} of a request that was never created")
    after = replace(request, version=request.version + 1, updated_at=event.at)
    match event:
        case Attached() | Commented() | CommentEdited():
            return after
        case Taken():
            return replace(after, status=Status.IN_PROGRESS, assignee_id=event.by)
        case Completed():
            return replace(after, status=Status.COMPLETED, closed_by=event.by, confirms_at=event.confirms_at)
        case Rejected():
            return replace(after, status=Status.REJECTED, closed_by=event.by, rejection_text_id=event.text_id)
        case Confirmed():
            return replace(after, confirmed_at=event.at, rating=event.rating)
        case Reopened():
            return _as_new(after, event)
        case Cancelled():
            return replace(after, status=Status.CANCELLED, closed_by=event.by)
        case Edited():
            return _edited(after, event)
        case Joined():
            return replace(after, watchers=request.watchers | {event.by})
        case Left():
            return replace(after, watchers=request.watchers - {event.by})
        case _:
            assert_never(event)


def _edited(request: Request, event: Edited) -> Request:
    request = replace(
        request, title=event.title, description=event.description, priority=event.priority, due_at=event.due_at
    )
    if event.place is None:
        return request
    return replace(request, place=event.place, place_id=_place_id(event.place_code))


def _place_id(code: str | None) -> UUID | None:
    return None if code is None else place_id(code)


def _as_new(request: Request, event: Reopened) -> Request:
    return replace(
        request,
        status=Status.OPEN,
        assignee_id=None,
        closed_by=None,
        rejection_text_id=None,
        reopening_text_id=event.text_id,
        due_at=event.due_at,
        confirms_at=None,
        confirmed_at=None,
        rating=None,
    )
