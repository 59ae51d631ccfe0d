"""What happened in the domain, as the messages that the contracts promise."""

from __future__ import annotations

from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from zavhoz_contracts.categories.v1.events import CategoryChanged
from zavhoz_contracts.files.v1.events import AddedFile, AttachmentAdded
from zavhoz_contracts.message import Message
from zavhoz_contracts.organisation.v1.events import SettingChanged
from zavhoz_contracts.people.v1 import events as people
from zavhoz_contracts.places.v1.events import PlaceChanged, PlaceState
from zavhoz_contracts.replies.v1.events import ReplyChanged
from zavhoz_contracts.requests.v1 import events as requests
from zavhoz_requests.domain.categories import CategoryChange
from zavhoz_requests.domain.clocks import Level
from zavhoz_requests.domain.organisation import SettingChosen
from zavhoz_requests.domain.people import ActiveChanged, AreasChanged, Erased, PersonEvent, Registered, RoleChanged
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.replies import ReplyChange
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
    RequestEvent,
    Rescheduled,
    Resumed,
    Taken,
)

SOURCE = "/zavhoz/requests"
ORGANISATION_ID: Final = UUID("0b9a2f5e-4f0d-5c53-9d43-2c7a7b6f3a10")
"""The aggregate of what is chosen for everybody: there is but one."""
_ALARMS: Final = {
    Level.WARNING: requests.RequestWarned,
    Level.BREACH: requests.RequestBreached,
    Level.ESCALATION: requests.RequestEscalated,
}


def request_message(event: RequestEvent, number: int) -> Message:  # noqa: C901
    """The public event for what happened to a request: no description, no typed words, no names."""
    common = {"request_id": event.request_id, "number": number, "actor_id": event.by, "occurred_at": event.at}
    match event:
        case Created():
            return requests.RequestCreated(
                **common,
                title=event.title,
                priority=event.priority,
                requester_id=event.by,
                attachments=event.attachments,
                category_id=event.category_id,
                react_by=event.deadlines.react_by,
                due_at=event.deadlines.due_at,
                place=event.place,
                place_code=event.place_code,
            )
        case Attached():
            return AttachmentAdded(
                request_id=event.request_id,
                attachment=AddedFile.model_validate(event.attachment.model_dump()),
                uploader_id=event.by,
                alone=event.alone,
                occurred_at=event.at,
            )
        case Taken():
            return requests.RequestTaken(**common, assignee_id=event.by, due_at=event.deadlines.due_at)
        case Completed():
            return requests.RequestCompleted(
                **common, confirms_at=event.confirms_at, text_id=event.text_id, attachments=event.attachments
            )
        case Assigned():
            return requests.RequestAssigned(
                **common,
                assignee_id=event.assignee_id,
                former_assignee_id=event.former_id,
                due_at=event.deadlines.due_at,
            )
        case Held():
            return requests.RequestHeld(**common, text_id=event.text_id, until=event.until)
        case Resumed():
            return requests.RequestResumed(**common, assignee_id=event.assignee_id, due_at=event.deadlines.due_at)
        case Merged():
            return requests.RequestMerged(**common, into_id=event.into_id, into_number=event.into_number)
        case Absorbed():
            return requests.RequestAbsorbed(
                **common,
                duplicate_id=event.duplicate_id,
                duplicate_number=event.duplicate_number,
                joined=event.joined,
            )
        case Alarmed():
            return _ALARMS[event.level](
                **common,
                clock=event.clock,
                run=event.deadlines.runs,
                due_at=event.due_at,
                priority=event.priority,
                assignee_id=event.assignee_id,
            )
        case Rescheduled():
            deadlines = event.deadlines
            return requests.RequestRescheduled(**common, react_by=deadlines.react_by, due_at=deadlines.due_at)
        case Noted():
            return requests.RequestNoted(**common, text_id=event.text_id)
        case Rejected():
            return requests.RequestRejected(**common, text_id=event.text_id)
        case Confirmed():
            return requests.RequestConfirmed(**common, rating=event.rating)
        case Reopened():
            return requests.RequestReopened(
                **common,
                text_id=event.text_id,
                attachments=event.attachments,
                assignee_id=event.assignee_id,
                react_by=event.deadlines.react_by,
                due_at=event.deadlines.due_at,
            )
        case Cancelled():
            return requests.RequestCancelled(**common)
        case Edited():
            return requests.RequestEdited(
                **common,
                title=event.title,
                priority=event.priority,
                former_title=event.former_title,
                former_priority=event.former_priority,
                category_id=event.category_id,
                former_category_id=event.former_category_id,
                react_by=event.deadlines.react_by,
                due_at=event.deadlines.due_at,
                place=event.place,
                place_code=event.place_code,
                former_place=event.former_place,
            )
        case Commented():
            return requests.RequestCommented(**common, text_id=event.text_id, attachments=event.attachments)
        case CommentEdited():
            return requests.RequestCommentEdited(**common, text_id=event.text_id)
        case Joined():
            return requests.RequestJoined(**common, person_id=event.by)
        case Left():
            return requests.RequestLeft(**common, person_id=event.by)
        case _:
            assert_never(event)


def person_message(event: PersonEvent) -> Message:
    """The public event for what happened to a person: a random id and a role."""
    match event:
        case Registered():
            return people.PersonRegistered(person_id=event.person_id, role=event.role, occurred_at=event.at)
        case RoleChanged():
            return people.PersonRoleChanged(
                person_id=event.person_id,
                role=event.role,
                previous=event.previous,
                actor_id=event.by,
                occurred_at=event.at,
            )
        case AreasChanged():
            return people.PersonAreasChanged(
                person_id=event.person_id,
                areas=event.areas,
                previous=event.previous,
                actor_id=event.by,
                occurred_at=event.at,
            )
        case ActiveChanged():
            kind = people.PersonActivated if event.active else people.PersonDeactivated
            return kind(person_id=event.person_id, actor_id=event.by, occurred_at=event.at)
        case Erased():
            return people.PersonErased(person_id=event.person_id, occurred_at=event.at)
        case _:
            assert_never(event)


def category_message(change: CategoryChange) -> Message:
    """The public event for what was changed about a category."""
    return CategoryChanged(
        category_id=change.category_id,
        field=change.field,
        value=change.value,
        previous=change.previous,
        language=change.language,
        actor_id=change.by,
        occurred_at=change.at,
    )


def place_message(place: Place, before: Place | None, at: datetime, by: UUID | None) -> Message:
    """The public event for what became of a place."""
    return PlaceChanged(
        place_id=place.id,
        code=place.code,
        kind=place.kind,
        name=place.name,
        path=place.path,
        parent=place.parent,
        archived=place.archived,
        previous=None if before is None else _state(before),
        actor_id=by,
        occurred_at=at,
    )


def _state(place: Place) -> PlaceState:
    return PlaceState(kind=place.kind, name=place.name, path=place.path, parent=place.parent, archived=place.archived)


def reply_message(change: ReplyChange) -> Message:
    """The public event for what was changed about a canned reply."""
    return ReplyChanged(
        reply_id=change.reply_id,
        language=change.language,
        text=change.text,
        previous=change.previous,
        actor_id=change.by,
        occurred_at=change.at,
    )


def setting_message(chosen: SettingChosen) -> Message:
    """The public event for what was chosen for everybody."""
    return SettingChanged(
        setting=chosen.setting,
        value=chosen.value,
        previous=chosen.previous,
        actor_id=chosen.by,
        occurred_at=chosen.at,
    )


def request_subject(request_id: UUID) -> str:
    """The CloudEvents subject of a request."""
    return f"request/{request_id}"
