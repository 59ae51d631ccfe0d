"""What the gateway asks of the requests service. Handled in groups; each ends in exactly one outcome."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.limits import RATING_MAX, RATING_MIN
from zavhoz_contracts.message import Actor, Attachment, Message, Origin, Payload, Priority

_TEXT_MAX = 16_384
"""Only a guard for the queue: what a text may really hold is decided, and refused with a reason, by the domain."""


class RequestCommand(Message):
    """What every command about one request carries."""

    request_id: UUID
    actor: Actor
    origin: Origin


class Answer(Payload):
    """What was asked about a request when it was filed, and what was said."""

    question: str = Field(max_length=_TEXT_MAX)
    text: str = Field(max_length=_TEXT_MAX)


class CreateRequest(RequestCommand):
    """File a request. A second create for the same `request_id` is done without effect.

    `title` is given only when the description cannot provide one (a bare photo); else it is cut from the description.
    `place_code` names a place of the tree; `place` are the person's own words for one, and count only without a code.
    Without a priority it has that of its category. `answers` are to the questions of the category.
    """

    TYPE: ClassVar[str] = "zavhoz.request.create.v1"

    title: str | None = Field(default=None, max_length=_TEXT_MAX)
    description: str = Field(default="", max_length=_TEXT_MAX)
    priority: Priority | None = None
    category_id: UUID | None = None
    answers: tuple[Answer, ...] = Field(default=(), max_length=20)
    place_code: str | None = Field(default=None, max_length=_TEXT_MAX)
    place: str | None = Field(default=None, max_length=_TEXT_MAX)
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=100)


class TakeRequest(RequestCommand):
    """Take an open request oneself. `seen_version` is the version the pressed button was drawn for."""

    TYPE: ClassVar[str] = "zavhoz.request.take.v1"

    seen_version: int = Field(ge=0)


class AssignRequest(RequestCommand):
    """Have a technician or manager work on it: `assignee_id`. It may be somebody else's until now."""

    TYPE: ClassVar[str] = "zavhoz.request.assign.v1"

    seen_version: int = Field(ge=0)
    assignee_id: UUID


class HoldRequest(RequestCommand):
    """Stop working on it, for a reason that the requester will read.

    With `until`, a day of the organisation's calendar, it goes on by itself when that day begins.
    """

    TYPE: ClassVar[str] = "zavhoz.request.hold.v1"

    seen_version: int = Field(ge=0)
    reason: str = Field(max_length=_TEXT_MAX)
    until: date | None = None


class ResumeRequest(RequestCommand):
    """Go on with what was on hold."""

    TYPE: ClassVar[str] = "zavhoz.request.resume.v1"

    seen_version: int = Field(ge=0)


class CompleteRequest(RequestCommand):
    """Say that the work is done; what was done in words, by photos, both or neither."""

    TYPE: ClassVar[str] = "zavhoz.request.complete.v1"

    seen_version: int = Field(ge=0)
    note: str = Field(default="", max_length=_TEXT_MAX)
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=100)


class RejectRequest(RequestCommand):
    """Refuse to do the work, with the reason the requester will read."""

    TYPE: ClassVar[str] = "zavhoz.request.reject.v1"

    seen_version: int = Field(ge=0)
    reason: str = Field(max_length=_TEXT_MAX)


class ConfirmRequest(RequestCommand):
    """Say that it is fixed, and how well: 1 to 5."""

    TYPE: ClassVar[str] = "zavhoz.request.confirm.v1"

    seen_version: int = Field(ge=0)
    rating: int = Field(ge=RATING_MIN, le=RATING_MAX)


class ReopenRequest(RequestCommand):
    """Say that it is not fixed, or was refused without need: in words, by photos, or both."""

    TYPE: ClassVar[str] = "zavhoz.request.reopen.v1"

    seen_version: int = Field(ge=0)
    reason: str = Field(default="", max_length=_TEXT_MAX)
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=100)


class CancelRequest(RequestCommand):
    """Withdraw a request that nobody has taken."""

    TYPE: ClassVar[str] = "zavhoz.request.cancel.v1"

    seen_version: int = Field(ge=0)


class EditRequest(RequestCommand):
    """Change what a request says, where it is, or how urgent it is; what is none stays.

    The place is given as in `CreateRequest`; empty words are for none, for the category as well.
    """

    TYPE: ClassVar[str] = "zavhoz.request.edit.v1"

    seen_version: int = Field(ge=0)
    description: str | None = Field(default=None, max_length=_TEXT_MAX)
    priority: Priority | None = None
    category: UUID | Literal[""] | None = None
    place_code: str | None = Field(default=None, max_length=_TEXT_MAX)
    place: str | None = Field(default=None, max_length=_TEXT_MAX)


class MergeRequest(RequestCommand):
    """Say that it is the same as the request with the public number `into`, which goes on for both."""

    TYPE: ClassVar[str] = "zavhoz.request.merge.v1"

    seen_version: int = Field(ge=0)
    into: int = Field(ge=1, lt=2**31)


class NoteRequest(RequestCommand):
    """Write down what only the staff reads."""

    TYPE: ClassVar[str] = "zavhoz.request.note.v1"

    text: str = Field(max_length=_TEXT_MAX)


class CommentRequest(RequestCommand):
    """Say something about a request to those it concerns. The words may be missing when there are attachments.

    `follows` is a command that has to be decided before: the join by which the author may say something at all.
    """

    TYPE: ClassVar[str] = "zavhoz.request.comment.v1"

    text: str = Field(default="", max_length=_TEXT_MAX)
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=100)
    follows: UUID | None = None


class EditComment(RequestCommand):
    """Change the words of a comment; `comment_id` is the id of the command by which it was said.

    Only its author may, within 5 minutes: `actor.seen_at` is when it was changed.
    """

    TYPE: ClassVar[str] = "zavhoz.request.edit_comment.v1"

    comment_id: UUID
    text: str = Field(default="", max_length=_TEXT_MAX)


class AttachToRequest(RequestCommand):
    """Add further files to what was said already: the later parts of an album. Nobody is told; cards show them."""

    TYPE: ClassVar[str] = "zavhoz.request.attach.v1"

    attachments: tuple[Attachment, ...] = Field(min_length=1, max_length=100)


class JoinRequest(RequestCommand):
    """Have the same trouble: hear of the request from now on as its requester does. Done again, it has no effect."""

    TYPE: ClassVar[str] = "zavhoz.request.join.v1"


class LeaveRequest(RequestCommand):
    """Hear of it no more. Done again, it has no effect."""

    TYPE: ClassVar[str] = "zavhoz.request.leave.v1"
