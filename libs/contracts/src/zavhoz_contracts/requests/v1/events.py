"""What happened to a request. Public: no names, no chat ids, no typed words but title and place (see `text_id`)."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.limits import RATING_MAX, RATING_MIN
from zavhoz_contracts.message import Message, Moment, Priority
from zavhoz_contracts.requests.v1.lifecycle import Clock


class RequestEvent(Message):
    """What every event about one request carries. `actor_id` is the person who did it; none: time did."""

    request_id: UUID
    number: int
    actor_id: UUID | None = None
    occurred_at: Moment


class RequestCreated(RequestEvent):
    """Somebody filed a request; its attachments follow as `zavhoz.attachment.added.v1`.

    `react_by` is when somebody should have taken it, `due_at` when it should be completed; `place` is the path in the
    tree of places as it was, or the person's own words, or empty when it was not said.
    """

    TYPE: ClassVar[str] = "zavhoz.request.created.v1"

    title: str
    priority: Priority
    requester_id: UUID
    attachments: int = 0
    category_id: UUID | None = None
    react_by: Moment | None = None
    due_at: Moment | None = None
    place: str = ""
    place_code: str | None = None


class RequestTaken(RequestEvent):
    """A technician or manager took it and works on it now."""

    TYPE: ClassVar[str] = "zavhoz.request.taken.v1"

    assignee_id: UUID
    due_at: Moment | None = None


class RequestAssigned(RequestEvent):
    """Somebody was told to work on it, `former_assignee_id` no more. By nobody: as its category says."""

    TYPE: ClassVar[str] = "zavhoz.request.assigned.v1"

    assignee_id: UUID
    former_assignee_id: UUID | None = None
    due_at: Moment | None = None


class RequestHeld(RequestEvent):
    """The work stops, at `until` it goes on by itself. The reason's words are in the read API under `text_id`."""

    TYPE: ClassVar[str] = "zavhoz.request.held.v1"

    text_id: UUID
    until: Moment | None = None


class RequestResumed(RequestEvent):
    """The work goes on; by nobody: the day until which it was on hold has come."""

    TYPE: ClassVar[str] = "zavhoz.request.resumed.v1"

    assignee_id: UUID | None = None
    due_at: Moment | None = None


class RequestCompleted(RequestEvent):
    """The work is done. At `confirms_at` that is taken for agreed; until then it can be opened again.

    What was done, if it was said, is in the read API under `text_id`; photos of it follow as
    `zavhoz.attachment.added.v1`.
    """

    TYPE: ClassVar[str] = "zavhoz.request.completed.v1"

    confirms_at: Moment | None = None
    text_id: UUID | None = None
    attachments: int = 0


class RequestRejected(RequestEvent):
    """A manager refused it. The reason's words are in the read API under `text_id`, for those who may read them."""

    TYPE: ClassVar[str] = "zavhoz.request.rejected.v1"

    text_id: UUID


class RequestConfirmed(RequestEvent):
    """It is fixed: the requester said so with a `rating` from 1 to 5, or nobody said otherwise in time (no rating)."""

    TYPE: ClassVar[str] = "zavhoz.request.confirmed.v1"

    rating: int | None = Field(default=None, ge=RATING_MIN, le=RATING_MAX)


class RequestReopened(RequestEvent):
    """It is open again; `assignee_id` worked on it before. What is still wrong is in the read API under `text_id`.

    Its attachments follow as `zavhoz.attachment.added.v1`.
    """

    TYPE: ClassVar[str] = "zavhoz.request.reopened.v1"

    text_id: UUID
    attachments: int = 0
    assignee_id: UUID | None = None
    react_by: Moment | None = None
    due_at: Moment | None = None


class RequestCancelled(RequestEvent):
    """The requester withdrew it."""

    TYPE: ClassVar[str] = "zavhoz.request.cancelled.v1"


class RequestEdited(RequestEvent):
    """What it says was changed: these are its title and priority now, and these its title and priority before.

    The place is given, as in `RequestCreated`, only when it was changed.
    """

    TYPE: ClassVar[str] = "zavhoz.request.edited.v1"

    title: str
    priority: Priority
    former_title: str
    former_priority: Priority
    category_id: UUID | None = None
    former_category_id: UUID | None = None
    react_by: Moment | None = None
    due_at: Moment | None = None
    place: str | None = None
    place_code: str | None = None
    former_place: str | None = None


class RequestAlarm(RequestEvent):
    """What the events about time that runs out carry.

    `clock` says what is waited for, and `run` for the how many-th time, from 1; `due_at` is when it is, or
    was, to be done. Each comes once in a run of a clock.
    """

    clock: Clock
    run: int = Field(ge=1)
    due_at: Moment
    priority: Priority
    assignee_id: UUID | None = None


class RequestWarned(RequestAlarm):
    """Four fifths of the time are used up."""

    TYPE: ClassVar[str] = "zavhoz.request.warned.v1"


class RequestBreached(RequestAlarm):
    """The time is used up."""

    TYPE: ClassVar[str] = "zavhoz.request.breached.v1"


class RequestEscalated(RequestAlarm):
    """A quarter more than the time is used up."""

    TYPE: ClassVar[str] = "zavhoz.request.escalated.v1"


class RequestRescheduled(RequestEvent):
    """It is to be taken by another time, `react_by`, or completed, `due_at`: the organisation has chosen so."""

    TYPE: ClassVar[str] = "zavhoz.request.rescheduled.v1"

    react_by: Moment | None = None
    due_at: Moment | None = None


class RequestMerged(RequestEvent):
    """It is the same as another one, which goes on for both: its people hear of that one from now on."""

    TYPE: ClassVar[str] = "zavhoz.request.merged.v1"

    into_id: UUID
    into_number: int


class RequestAbsorbed(RequestEvent):
    """Another one was the same as this. `joined` are the people who hear of this one from now on for it."""

    TYPE: ClassVar[str] = "zavhoz.request.absorbed.v1"

    duplicate_id: UUID
    duplicate_number: int
    joined: tuple[UUID, ...] = ()


class RequestNoted(RequestEvent):
    """The staff wrote something down; the words are in the read API under `text_id`, for the staff alone."""

    TYPE: ClassVar[str] = "zavhoz.request.noted.v1"

    text_id: UUID


class RequestCommented(RequestEvent):
    """Somebody said something about it; its attachments follow as `zavhoz.attachment.added.v1`.

    The words are in the read API under `text_id`, for those who may read them.
    """

    TYPE: ClassVar[str] = "zavhoz.request.commented.v1"

    text_id: UUID
    attachments: int = 0


class RequestCommentEdited(RequestEvent):
    """The author of a comment changed its words, which are in the read API under `text_id`."""

    TYPE: ClassVar[str] = "zavhoz.request.comment_edited.v1"

    text_id: UUID


class RequestJoined(RequestEvent):
    """Somebody has the same trouble, and hears of it from now on."""

    TYPE: ClassVar[str] = "zavhoz.request.joined.v1"

    person_id: UUID


class RequestLeft(RequestEvent):
    """Somebody who had joined hears of it no more."""

    TYPE: ClassVar[str] = "zavhoz.request.left.v1"

    person_id: UUID
