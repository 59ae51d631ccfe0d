"""The people and the requests, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from zavhoz_contracts.message import Attachment, Priority, Role
from zavhoz_contracts.requests.v1.lifecycle import Clock, Status
from zavhoz_requests.domain.clocks import Level
from zavhoz_requests.domain.deadlines import Deadlines

NO_DEADLINES: Final = Deadlines()
"""Nothing is waited for."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone known. `version` counts the events about them; `seen_at` is the newest update they were described by.

    `areas` are the codes of the topmost places of those parts of the tree that one of the staff is limited to; none: to
    nothing. Of someone `erased` nothing is left but the id and the version; their `telegram_id` is 0.
    """

    id: UUID
    telegram_id: int
    name: str
    username: str | None
    language: str
    language_chosen: bool
    role: Role
    active: bool
    reachable: bool
    seen_at: datetime
    registered_at: datetime
    version: int = 0
    erased: bool = False
    areas: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of trouble. `names` and `questions` are by language; `version` counts the events about it.

    `priority` is what its requests have unless another is chosen, `assignee_id` whom they are given to.
    """

    id: UUID
    names: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=dict)
    priority: Priority | None = None
    assignee_id: UUID | None = None
    archived: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One repair request. `number` is 0 until it is given one, when its transaction commits.

    `deadlines`: when it should be taken and completed; `confirms_at`: when, completed, it confirms itself.
    `answers` are what was asked when it was filed, and what was said. `held_until`: when, on hold, it goes on by
    itself; `merged_into`: which one goes on for it. `within` are the codes of the place in the tree and of all that it
    is in. `watchers` have the same trouble. What was typed is kept under the ids of texts.
    """

    id: UUID
    version: int
    status: Status
    priority: Priority
    title: str
    description: str
    requester_id: UUID
    created_at: datetime
    updated_at: datetime
    number: int = 0
    assignee_id: UUID | None = None
    closed_by: UUID | None = None
    rejection_text_id: UUID | None = None
    reopening_text_id: UUID | None = None
    hold_text_id: UUID | None = None
    held_until: datetime | None = None
    completion_text_id: UUID | None = None
    merged_into: UUID | None = None
    deadlines: Deadlines = NO_DEADLINES
    closed_at: datetime | None = None
    confirms_at: datetime | None = None
    confirmed_at: datetime | None = None
    rating: int | None = None
    place: str = ""
    place_id: UUID | None = None
    within: frozenset[str] = frozenset()
    category_id: UUID | None = None
    answers: tuple[tuple[str, str], ...] = ()
    watchers: frozenset[UUID] = frozenset()

    @property
    def react_by(self) -> datetime | None:
        """When somebody should have taken it; none when that is not waited for."""
        return self.deadlines.react_by

    @property
    def due_at(self) -> datetime | None:
        """When it should be completed; none while that clock does not run."""
        return self.deadlines.due_at


@dataclass(frozen=True, slots=True)
class Created:
    """A request was filed. `place` is a path in the tree with a `place_code`, else what was typed, if anything."""

    request_id: UUID
    by: UUID
    at: datetime
    title: str
    description: str
    priority: Priority
    attachments: int
    deadlines: Deadlines = NO_DEADLINES
    place: str = ""
    place_code: str | None = None
    within: frozenset[str] = frozenset()
    category_id: UUID | None = None
    answers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that is still at Telegram belongs to a request; `alone` if no filing or comment came with it."""

    request_id: UUID
    by: UUID
    at: datetime
    attachment: Attachment
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """Someone works on it now."""

    request_id: UUID
    by: UUID
    at: datetime
    deadlines: Deadlines = NO_DEADLINES


@dataclass(frozen=True, slots=True)
class Assigned:
    """`assignee_id` works on it now, `former_id` no more."""

    request_id: UUID
    by: UUID | None
    at: datetime
    assignee_id: UUID
    former_id: UUID | None = None
    deadlines: Deadlines = NO_DEADLINES


@dataclass(frozen=True, slots=True)
class Held:
    """The work stops; at `until` it goes on by itself. `reason` is kept under `text_id`."""

    request_id: UUID
    by: UUID
    at: datetime
    text_id: UUID
    reason: str
    until: datetime | None = None
    deadlines: Deadlines = NO_DEADLINES


@dataclass(frozen=True, slots=True)
class Resumed:
    """The work goes on; `by` nobody, when the time has come."""

    request_id: UUID
    by: UUID | None
    at: datetime
    assignee_id: UUID | None
    deadlines: Deadlines = NO_DEADLINES


@dataclass(frozen=True, slots=True)
class Completed:
    """The work is done; at `confirms_at` that will be taken for agreed. `note`, if any, is kept under `text_id`."""

    request_id: UUID
    by: UUID
    at: datetime
    confirms_at: datetime | None = None
    text_id: UUID | None = None
    note: str = ""
    attachments: int = 0


@dataclass(frozen=True, slots=True)
class Rejected:
    """The work will not be done; `reason` is kept under `text_id`."""

    request_id: UUID
    by: UUID
    at: datetime
    text_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Merged:
    """It is the same as another one, which goes on for both."""

    request_id: UUID
    by: UUID
    at: datetime
    into_id: UUID
    into_number: int


@dataclass(frozen=True, slots=True)
class Absorbed:
    """Another one was the same; whose trouble that was have `joined` this one."""

    request_id: UUID
    by: UUID
    at: datetime
    duplicate_id: UUID
    duplicate_number: int
    joined: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Noted:
    """The staff wrote something down; `words` are kept under `text_id`."""

    request_id: UUID
    by: UUID
    at: datetime
    text_id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class Commented:
    """Somebody said something about it; `words`, none when there are only attachments, are kept under `text_id`."""

    request_id: UUID
    by: UUID
    at: datetime
    text_id: UUID
    words: str
    attachments: int


@dataclass(frozen=True, slots=True)
class CommentEdited:
    """Its author put a comment into other `words`, which are kept under `text_id` in place of the former ones."""

    request_id: UUID
    by: UUID
    at: datetime
    text_id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it stands."""

    text_id: UUID
    request_id: UUID
    author_id: UUID
    at: datetime
    words: str
    attachments: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """It is fixed, says the requester (`rating` 1 to 5); or `by` nobody, when nobody said otherwise in time."""

    request_id: UUID
    by: UUID | None
    at: datetime
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Reopened:
    """It is not fixed; `assignee_id` worked on it before. `reason`, if in words, is kept under `text_id`."""

    request_id: UUID
    by: UUID
    at: datetime
    text_id: UUID
    reason: str
    attachments: int
    deadlines: Deadlines = NO_DEADLINES
    assignee_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The requester withdrew it."""

    request_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Edited:
    """It says something else now, is elsewhere, or is more or less urgent. `place` is none when it stays."""

    request_id: UUID
    by: UUID
    at: datetime
    title: str
    description: str
    priority: Priority
    former_title: str
    former_priority: Priority
    deadlines: Deadlines = NO_DEADLINES
    place: str | None = None
    place_code: str | None = None
    former_place: str | None = None
    within: frozenset[str] = frozenset()
    category_id: UUID | None = None
    former_category_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody has this too."""

    request_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody who had joined wants to hear of it no more."""

    request_id: UUID
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Alarmed:
    """Time runs out, or has run out, for it to be taken or completed, which was to be by `due_at`."""

    request_id: UUID
    by: None
    at: datetime
    clock: Clock
    level: Level
    due_at: datetime
    priority: Priority
    assignee_id: UUID | None
    deadlines: Deadlines


@dataclass(frozen=True, slots=True)
class Rescheduled:
    """It is to be taken or completed by another time, for the organisation has chosen so."""

    request_id: UUID
    by: None
    at: datetime
    deadlines: Deadlines


RequestEvent = (
    Created
    | Attached
    | Taken
    | Assigned
    | Held
    | Resumed
    | Merged
    | Absorbed
    | Noted
    | Completed
    | Rejected
    | Commented
    | Confirmed
    | Reopened
    | Cancelled
    | Edited
    | CommentEdited
    | Joined
    | Left
    | Alarmed
    | Rescheduled
)
