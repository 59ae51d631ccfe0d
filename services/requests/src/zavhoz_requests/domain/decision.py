"""What a decision is made of, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.state import Category, Comment, Person, Request, RequestEvent
from zavhoz_requests.domain.terms import Terms


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision needs besides the command and the state. `text_id` is for words that are kept apart.

    `attached` are the ids of the request's attachments, for commands that bring more; `open` is how many requests of
    this person are not closed, for one that files another. `places` and `categories` are those that commands name.
    `comment` is the one that a command is about, `assignee` whom it gives work to, by itself or by its category,
    `target` the request that it merges into.
    """

    person: Person
    now: datetime
    text_id: UUID
    attached: AbstractSet[UUID] = frozenset()
    open: int = 0
    places: Mapping[str, Place] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)
    comment: Comment | None = None
    assignee: Person | None = None
    target: Request | None = None
    categories: Mapping[UUID, Category] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing changes, for this reason. `who` was first; `limit` and `size` are for reasons about size.

    `problem` is what is wrong with a `piece` of what was typed.
    """

    reason: RefusalReason
    who: UUID | None = None
    limit: int | None = None
    size: int | None = None
    problem: str | None = None
    piece: str | None = None


Decision = tuple[RequestEvent, ...] | Refusal
"""Events in order; none when there is nothing left to do."""
