"""What a manager does to many requests at once."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.limits import BULK_MAX
from zavhoz_contracts.message import Actor, Message, Origin, Priority


class BulkAction(StrEnum):
    """What is done to each of them."""

    ASSIGN = "assign"
    PRIORITISE = "prioritise"
    COMPLETE = "complete"
    REJECT = "reject"


class ChangeRequests(Message):
    """Do the same to many requests: to each that it can be done to, by whom it may be done.

    `assignee_id` is whom they are assigned to, `priority` how urgent they are, `words` what was done or why not.
    """

    TYPE: ClassVar[str] = "zavhoz.requests.change.v1"

    actor: Actor
    origin: Origin
    request_ids: tuple[UUID, ...] = Field(min_length=1, max_length=BULK_MAX)
    action: BulkAction
    assignee_id: UUID | None = None
    priority: Priority | None = None
    words: str = Field(default="", max_length=16_384)
