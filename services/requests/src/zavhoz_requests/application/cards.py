"""Cards: requests with everything that is drawn of them, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from zavhoz_contracts.api import v1
from zavhoz_contracts.requests.v1.events import (
    RequestCancelled,
    RequestCompleted,
    RequestConfirmed,
    RequestCreated,
    RequestRejected,
    RequestReopened,
    RequestTaken,
)
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.application.reading import Denied, active, attachment_view, brief, comment_view, visible
from zavhoz_requests.domain.lifecycle import UNFINISHED, allowed_actions
from zavhoz_requests.domain.state import Person, Request
from zavhoz_requests.store import Connection, people, requests, texts

_REACHED = {
    RequestCreated.TYPE: Status.OPEN,
    RequestTaken.TYPE: Status.IN_PROGRESS,
    RequestCompleted.TYPE: Status.COMPLETED,
    RequestConfirmed.TYPE: Status.COMPLETED,
    RequestRejected.TYPE: Status.REJECTED,
    RequestReopened.TYPE: Status.OPEN,
    RequestCancelled.TYPE: Status.CANCELLED,
}
_COMMENTS = 5
"""As many of the last comments are on a card."""


@dataclass(frozen=True, slots=True)
class _Material:
    """What cards are made of beside the requests, all but `reasons` and `known` by request."""

    steps: Mapping[UUID, Sequence[Any]]
    comments: Mapping[UUID, tuple[Sequence[Any], int]]
    attachments: Mapping[UUID, Sequence[Any]]
    reasons: Mapping[UUID, str]
    known: Mapping[UUID, Person]


async def card(connection: Connection, request_id: UUID, person: Person) -> v1.Card:
    """A request as one person sees it.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    request = visible(await requests.by_id(connection, request_id), person)
    return _card(request, person, await _material(connection, [request], {person.id: person}))


async def cards(connection: Connection, asked: Sequence[tuple[UUID, UUID]]) -> list[v1.CardAnswer]:
    """For each pair of a request and a person, in the same order: the request as they see it, or why they do not."""
    viewers = await people.many(connection, {person_id for _, person_id in asked})
    found = await requests.many(connection, {request_id for request_id, _ in asked})
    seen: list[tuple[Request, Person] | str] = []
    for request_id, person_id in asked:
        try:
            person = active(viewers.get(person_id))
            seen.append((visible(found.get(request_id), person), person))
        except Denied as denied:
            seen.append(denied.code)
    shown = {one[0].id: one[0] for one in seen if not isinstance(one, str)}
    material = await _material(connection, shown.values(), viewers)
    return [
        v1.CardAnswer(denied=one) if isinstance(one, str) else v1.CardAnswer(card=_card(*one, material)) for one in seen
    ]


async def _material(connection: Connection, shown: Collection[Request], known: Mapping[UUID, Person]) -> _Material:
    ids = [request.id for request in shown]
    steps = await requests.steps_of(connection, ids, _REACHED)
    comments = await texts.last_comments(connection, ids, _COMMENTS)
    concerned = {person_id for request in shown for person_id in (request.requester_id, request.assignee_id)}
    concerned |= {row.actor_id for rows in steps.values() for row in rows}
    concerned |= {row.author_id for rows, _ in comments.values() for row in rows}
    unknown = concerned - known.keys()
    return _Material(
        steps,
        comments,
        await requests.attachments_of(connection, ids),
        await texts.bodies(connection, [id for request in shown for id in _reasons(request)]),
        {**known, **(await people.many(connection, unknown))},
    )


def _reasons(request: Request) -> list[UUID]:
    return [id for id in (request.rejection_text_id, request.reopening_text_id) if id]


def _card(request: Request, person: Person, of: _Material) -> v1.Card:
    comments, total = of.comments.get(request.id, ((), 0))
    return v1.Card(
        request_id=request.id,
        number=request.number,
        version=request.version,
        status=request.status,
        priority=request.priority,
        title=request.title,
        description=request.description,
        place=request.place,
        requester=brief(request.requester_id, of.known),
        assignee=brief(request.assignee_id, of.known) if request.assignee_id else None,
        rejection=of.reasons.get(request.rejection_text_id) if request.rejection_text_id else None,
        reopening=of.reasons.get(request.reopening_text_id) or None if request.reopening_text_id else None,
        due_at=request.due_at if request.status in UNFINISHED else None,
        confirms_at=request.confirms_at,
        confirmed=request.confirmed_at is not None,
        rating=request.rating,
        timeline=tuple(
            v1.TimelineEntry(
                status=_REACHED[row.type],
                at=row.occurred_at,
                by=brief(row.actor_id, of.known) if row.actor_id else None,
                confirmed=row.type == RequestConfirmed.TYPE,
            )
            for row in of.steps.get(request.id, ())
            if row.version <= request.version
        ),
        attachments=tuple(attachment_view(row) for row in of.attachments.get(request.id, ())),
        comments=tuple(comment_view(row, of.known) for row in comments),
        comments_total=total,
        joined=len(request.watchers),
        watching=person.id in request.watchers,
        allowed_actions=allowed_actions(request, person, datetime.now(UTC)),
    )
