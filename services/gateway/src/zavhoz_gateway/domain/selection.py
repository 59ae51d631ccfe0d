"""Requests that somebody has chosen to change at once, and what is to be done to them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from zavhoz_contracts.api.filters import EVERYTHING, Filters
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.bulk import BulkAction


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done to each, by whom of this name, how urgent it is to be, or with which words."""

    action: BulkAction
    assignee_id: UUID | None = None
    assignee: str = ""
    priority: Priority | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Selection:
    """What was chosen, shown in the message `message_id`; it becomes one command at most, whose id is `id`.

    `total` fitted the filters when it was chosen, or with `more` more than that; `place` is the path and the others
    are the names in them. The plan's words were typed in the message `heard`. It is `used` when its command is on its
    way.
    """

    id: UUID
    message_id: int
    request_ids: tuple[UUID, ...]
    total: int
    more: bool = False
    filters: Filters = EVERYTHING
    place: str = ""
    assignee: str = ""
    requester: str = ""
    category: str = ""
    plan: Plan | None = None
    heard: int = 0
    used: bool = False
