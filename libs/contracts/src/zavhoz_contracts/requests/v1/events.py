"""What happened to a request. Public: no names, no chat ids, no typed words but title and place (see `text_id`)."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from zavhoz_contracts.message import Message, Moment, Priority


class RequestEvent(Message):
    """What every event about one request carries. `actor_id` is the person who did it."""

    request_id: UUID
    number: int
    actor_id: UUID
    occurred_at: Moment


class RequestCreated(RequestEvent):
    """Somebody filed a request; its attachments follow as `zavhoz.attachment.added.v1`.

    `place` is the path in the tree of places as it was, or the person's own words, or empty when it was not said.
    """

    TYPE: ClassVar[str] = "zavhoz.request.created.v1"

    title: str
    priority: Priority
    requester_id: UUID
    attachments: int = 0
    place: str = ""
    place_code: str | None = None


class RequestTaken(RequestEvent):
    """A technician or manager took it and works on it now."""

    TYPE: ClassVar[str] = "zavhoz.request.taken.v1"

    assignee_id: UUID


class RequestCompleted(RequestEvent):
    """The work is done."""

    TYPE: ClassVar[str] = "zavhoz.request.completed.v1"


class RequestRejected(RequestEvent):
    """A manager refused it. The reason's words are in the read API under `text_id`, for those who may read them."""

    TYPE: ClassVar[str] = "zavhoz.request.rejected.v1"

    text_id: UUID


class RequestCommented(RequestEvent):
    """Somebody said something about it; its attachments follow as `zavhoz.attachment.added.v1`.

    The words are in the read API under `text_id`, for those who may read them.
    """

    TYPE: ClassVar[str] = "zavhoz.request.commented.v1"

    text_id: UUID
    attachments: int = 0
