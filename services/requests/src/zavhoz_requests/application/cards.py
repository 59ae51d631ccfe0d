"""Cards: requests with everything that is drawn of them, many at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from zavhoz_contracts.api import v1
from zavhoz_contracts.requests.v1 import events
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.application.categorising import category_view
from zavhoz_requests.application.reading import Denied, active, attachment_view, brief, comment_view, visible
from zavhoz_requests.domain.lifecycle import allowed_actions
from zavhoz_requests.domain.permissions import may_read_notes
from zavhoz_requests.domain.state import Category, Person, Request
from zavhoz_requests.store import Connection, categories, people, requests, texts

_STEPS: Final = {
    events.RequestCreated.TYPE: v1.Step.CREATED,
    events.RequestTaken.TYPE: v1.Step.TAKEN,
    events.RequestAssigned.TYPE: v1.Step.ASSIGNED,
    events.RequestHeld.TYPE: v1.Step.HELD,
    events.RequestResumed.TYPE: v1.Step.RESUMED,
    events.RequestCompleted.TYPE: v1.Step.COMPLETED,
    events.RequestConfirmed.TYPE: v1.Step.CONFIRMED,
    events.RequestRejected.TYPE: v1.Step.REJECTED,
    events.RequestReopened.TYPE: v1.Step.REOPENED,
    events.RequestCancelled.TYPE: v1.Step.CANCELLED,
    events.RequestMerged.TYPE: v1.Step.MERGED,
    events.RequestAbsorbed.TYPE: v1.Step.ABSORBED,
}
_COMMENTS: Final = 5
"""As many of the last comments are on a card."""
_NOTES: Final = 3
"""And of the notes."""


@dataclass(frozen=True, slots=True)
class _Material:
    """What cards are made of beside the requests, all but `reasons` and `known` by request."""

    steps: Mapping[UUID, Sequence[Any]]
    comments: Mapping[UUID, tuple[Sequence[Any], int]]
    notes: Mapping[UUID, tuple[Sequence[Any], int]]
    attachments: Mapping[UUID, Sequence[Any]]
    reasons: Mapping[UUID, str]
    known: Mapping[UUID, Person]
    others: Mapping[UUID, int]
    categories: Mapping[UUID, Category]


async def card(connection: Connection, request_id: UUID, person: Person) -> v1.Card:
    """A request as one person sees it.

    Raises:
        Denied: `not_found`, or `forbidden`.
    """
    request = visible(await requests.by_id(connection, request_id), person)
    return _card(request, person, await _material(connection, [(request, person)], {person.id: person}))


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
    material = await _material(connection, [one for one in seen if not isinstance(one, str)], viewers)
    return [
        v1.CardAnswer(denied=one) if isinstance(one, str) else v1.CardAnswer(card=_card(*one, material)) for one in seen
    ]


async def _material(
    connection: Connection, seen: Collection[tuple[Request, Person]], known: Mapping[UUID, Person]
) -> _Material:
    shown = {request.id: request for request, _ in seen}
    ids = list(shown)
    noted = {request.id for request, person in seen if may_read_notes(request, person)}
    steps = await requests.steps_of(connection, ids, _STEPS)
    comments = await texts.last(connection, ids, texts.COMMENT, _COMMENTS)
    notes = await texts.last(connection, noted, texts.NOTE, _NOTES) if noted else {}
    concerned = {person_id for one in shown.values() for person_id in (one.requester_id, one.assignee_id)}
    concerned |= {id for rows in steps.values() for row in rows for id in (row.actor_id, row.assignee_id)}
    concerned |= {row.author_id for of in (comments, notes) for rows, _ in of.values() for row in rows}
    filed = {one.category_id for one in shown.values() if one.category_id}
    merged = {one.merged_into for one in shown.values() if one.merged_into}
    return _Material(
        steps,
        comments,
        notes,
        await requests.attachments_of(connection, ids),
        await texts.bodies(connection, [id for request in shown.values() for id in _reasons(request)]),
        {**known, **(await people.many(connection, concerned - known.keys()))},
        await requests.numbers_of(connection, merged) if merged else {},
        await categories.many(connection, filed) if filed else {},
    )


def _reasons(request: Request) -> list[UUID]:
    typed = (request.rejection_text_id, request.reopening_text_id, request.hold_text_id, request.completion_text_id)
    return [id for id in typed if id]


def _card(request: Request, person: Person, of: _Material) -> v1.Card:
    comments, total = of.comments.get(request.id, ((), 0))
    notes, notes_total = of.notes.get(request.id, ((), 0)) if may_read_notes(request, person) else ((), 0)
    held = request.status is Status.ON_HOLD
    category = of.categories.get(request.category_id) if request.category_id else None
    return v1.Card(
        request_id=request.id,
        number=request.number,
        version=request.version,
        status=request.status,
        priority=request.priority,
        title=request.title,
        description=request.description,
        place=request.place,
        category=None if category is None else category_view(category),
        answers=tuple(v1.Answer(question=question, text=text) for question, text in request.answers),
        requester=brief(request.requester_id, of.known),
        assignee=brief(request.assignee_id, of.known) if request.assignee_id else None,
        rejection=of.reasons.get(request.rejection_text_id) if request.rejection_text_id else None,
        reopening=of.reasons.get(request.reopening_text_id) or None if request.reopening_text_id else None,
        hold=of.reasons.get(request.hold_text_id) if held and request.hold_text_id else None,
        held_until=request.held_until if held else None,
        completion=of.reasons.get(request.completion_text_id) or None if request.completion_text_id else None,
        merged_into=of.others.get(request.merged_into) if request.merged_into else None,
        react_by=request.deadlines.react_by,
        due_at=request.due_at,
        confirms_at=request.confirms_at,
        confirmed=request.confirmed_at is not None,
        rating=request.rating,
        timeline=tuple(
            v1.TimelineEntry(
                step=_STEPS[row.type],
                at=row.occurred_at,
                by=brief(row.actor_id, of.known) if row.actor_id else None,
                assignee=brief(row.assignee_id, of.known) if row.assignee_id else None,
                other=row.other,
            )
            for row in of.steps.get(request.id, ())
            if row.version <= request.version
        ),
        attachments=tuple(attachment_view(row) for row in of.attachments.get(request.id, ())),
        comments=tuple(comment_view(row, of.known) for row in comments),
        comments_total=total,
        notes=tuple(comment_view(row, of.known) for row in notes),
        notes_total=notes_total,
        joined=len(request.watchers),
        watching=person.id in request.watchers,
        allowed_actions=allowed_actions(request, person, datetime.now(UTC)),
    )
