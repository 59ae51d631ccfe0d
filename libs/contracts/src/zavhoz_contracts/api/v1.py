"""What the read API of the requests service answers with: one model per resource.

Everything is already cut to what the person named by `as` may see; `allowed_actions` are exactly the buttons that this
person may press now.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, RootModel

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.groups import GroupCard
from zavhoz_contracts.message import AttachmentKind, Moment, Payload, Priority, Role, TelegramId
from zavhoz_contracts.requests.v1.lifecycle import Action, Status

COUNTED_MOST: Final = 1000
"""So far a list is counted, and its pages can be turned."""
FOUND_MOST: Final = 300
"""And so far what a search finds."""
MOST_AT_ONCE: Final = 50
"""As many cards or audiences may be asked for at once: their ids stand in an address, of which 8 KB are safe."""


class Person(Payload):
    """Someone known. `language` is a code without a region (`ru`, `en`, `de`); `limited`: to parts of the places."""

    person_id: UUID
    telegram_id: TelegramId
    name: str
    username: str | None = None
    role: Role
    language: str
    active: bool
    reachable: bool
    registered_at: Moment
    limited: bool = False


class PersonBrief(Payload):
    """Someone, as others see them."""

    person_id: UUID
    name: str


class AttachmentStatus(StrEnum):
    """How far the files service is with an attachment."""

    PENDING = "pending"
    STORED = "stored"
    REFUSED = "refused"
    ERASED = "erased"


class CardAttachment(Payload):
    """One attachment on a card; `reason` says why a refused one is not kept."""

    attachment_id: UUID
    kind: AttachmentKind
    file_name: str | None = None
    status: AttachmentStatus
    reason: str | None = None


class FileLink(Payload):
    """Where an attachment can be had until `expires_at`, by whoever holds the link; answered by the files service."""

    url: str
    expires_at: Moment


class Step(StrEnum):
    """What happened in a request's life."""

    CREATED = "created"
    TAKEN = "taken"
    ASSIGNED = "assigned"
    HELD = "held"
    RESUMED = "resumed"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    REOPENED = "reopened"
    CANCELLED = "cancelled"
    MERGED = "merged"
    ABSORBED = "absorbed"


class TimelineEntry(Payload):
    """One step in a request's life, when, and by whom; none: by itself.

    `assignee` is whom it was assigned to; `other` is the number of the one it was merged into, or that was merged into
    it.
    """

    step: Step
    at: Moment
    by: PersonBrief | None = None
    assignee: PersonBrief | None = None
    other: int | None = None


class Comment(Payload):
    """What somebody said about a request. `text` is empty when there were only attachments, or it was erased."""

    text_id: UUID
    author: PersonBrief
    at: Moment
    text: str
    attachments: int = 0
    edited: bool = False


class OwnComment(Payload):
    """A comment as its author finds it again, by the command that said it."""

    request_id: UUID
    number: int
    text_id: UUID
    text: str


class AlbumFile(Payload):
    """A file of a request as Telegram has it; `file_id` is useless without the bot's token."""

    attachment_id: UUID
    kind: AttachmentKind
    file_id: str


class Album(Payload):
    """The files of a request that were found good, in the order they were sent; `pending` are still looked at."""

    request_id: UUID
    number: int
    files: tuple[AlbumFile, ...] = ()
    pending: int = 0


class Answer(Payload):
    """What was asked about a request when it was filed, and what was said."""

    question: str
    text: str


class Card(Payload):
    """Everything needed to draw one request for one person. `version` is the aggregate's version it shows.

    `rejection` and `reopening` are the words of the last refusal, and of what was still wrong after that or after the
    work; `hold` why it is on hold, which is over at `held_until`, if that is known; `completion` what was done, if that
    was said. `merged_into` is the number of the one that goes on for it. `notes` are the last ones, oldest first, of
    `notes_total` that the staff wrote down; none for anybody else. `react_by` is when somebody should have taken it,
    `due_at` when it should be completed, while that is waited for; `confirms_at` when, completed, it confirms itself,
    and can be opened again no more. `confirmed` with no `rating`: by itself.
    `comments` are the last ones, oldest first, of `comments_total`. `place` is empty when it was not said. `joined`
    counts those who have this too, `watching` says whether this person is one of them.
    """

    request_id: UUID
    number: int
    version: int
    status: Status
    priority: Priority
    title: str
    description: str
    place: str = ""
    category: Category | None = None
    answers: tuple[Answer, ...] = ()
    requester: PersonBrief
    assignee: PersonBrief | None = None
    rejection: str | None = None
    reopening: str | None = None
    hold: str | None = None
    held_until: Moment | None = None
    completion: str | None = None
    merged_into: int | None = None
    react_by: Moment | None = None
    due_at: Moment | None = None
    confirms_at: Moment | None = None
    confirmed: bool = False
    rating: int | None = None
    timeline: tuple[TimelineEntry, ...]
    attachments: tuple[CardAttachment, ...] = ()
    comments: tuple[Comment, ...] = ()
    comments_total: int = 0
    notes: tuple[Comment, ...] = ()
    notes_total: int = 0
    joined: int = 0
    watching: bool = False
    allowed_actions: tuple[Action, ...] = ()


class Relation(StrEnum):
    """What someone is to a request; one who is several is listed once, by the first that fits."""

    REQUESTER = "requester"
    ASSIGNEE = "assignee"
    WATCHER = "watcher"
    MANAGER = "manager"
    TECHNICIAN = "technician"


class AudienceMember(Payload):
    """Someone who may hear of a request, and where. In a private chat `chat_id` is the person's Telegram id.

    `limited`: to parts of the places. `reads_notes`: they may read what the staff writes down about it.
    """

    person_id: UUID
    relation: Relation
    role: Role
    limited: bool = False
    chat_id: TelegramId
    language: str
    reachable: bool
    reads_notes: bool = False


class AudienceGroup(Payload):
    """A staff group; `inside`: the request is in the part of the places that appears there."""

    chat_id: TelegramId
    language: str
    inside: bool = True


class Audience(Payload):
    """Everyone active who may see a request now, and all staff groups. The assignee may be no longer among them."""

    request_id: UUID
    number: int
    version: int
    status: Status
    assignee_id: UUID | None = None
    members: tuple[AudienceMember, ...]
    groups: tuple[AudienceGroup, ...] = ()


class View(StrEnum):
    """A list of requests: the person's own that are not closed, or that are, or those they joined, newest first.

    Or the queue, or the archive, which technicians and managers may see, as far as they are limited to.

    The queue is what is not closed: by priority, and then by when it is due, what is on hold last. The archive is what
    is closed, newest first.
    """

    OPEN = "open"
    CLOSED = "closed"
    QUEUE = "queue"
    JOINED = "joined"
    ARCHIVE = "archive"


class RequestLine(Payload):
    """One request in a list. `overdue`: it is not closed, and should have been completed by now."""

    request_id: UUID
    number: int
    title: str
    status: Status
    priority: Priority
    created_at: Moment
    react_by: Moment | None = None
    due_at: Moment | None = None
    place: str = ""
    assignee: PersonBrief | None = None
    overdue: bool = False


class RequestPage(Payload):
    """One page of a list. Pages count from 1; when one beyond the last is asked for, this is the last.

    A list is counted up to `COUNTED_MOST`, what is found up to `FOUND_MOST`: with `more` there are more than `total`,
    and those are on no page. `may_change_many`: this person may do the same to all of them at once.
    """

    items: tuple[RequestLine, ...]
    page: Annotated[int, Field(ge=1)]
    pages: Annotated[int, Field(ge=1)]
    total: int
    more: bool = False
    may_change_many: bool = False


class RequestIds(Payload):
    """Which requests can be changed at once: the first `BULK_MAX` of a list, in its order, and how many it has."""

    ids: tuple[UUID, ...]
    total: int
    more: bool = False


class SimilarRequest(RequestLine):
    """One that is not closed and may be the same as somebody is about to file; `joined` have it too already.

    `same_place`: it is in the very place that was asked about, or in the same room.
    """

    joined: int
    same_place: bool


class SimilarRequests(RootModel[tuple[SimilarRequest, ...]]):
    """At most `SIMILAR_MOST`, the most alike first."""


SIMILAR_MOST: Final = 3


class CardAnswer(Payload):
    """One of many cards asked for at once, by a person or for a `group`.

    Or the `code` of the problem that it alone would have been answered with.
    """

    card: Card | None = None
    group: GroupCard | None = None
    denied: str | None = None


class CardAnswers(RootModel[tuple[CardAnswer, ...]]):
    """Cards, in the order they were asked for."""


class Audiences(RootModel[tuple[Audience, ...]]):
    """Audiences, in any order; none of a request that does not exist."""


class EventPage(RootModel[tuple[dict[str, object], ...]]):
    """Events of one aggregate in order, as CloudEvents, for whoever saw a gap in `sequence`."""


class Problem(Payload):
    """An error, after RFC 9457: `code` is stable, `detail` is for developers."""

    status: int
    code: str
    detail: str = ""
