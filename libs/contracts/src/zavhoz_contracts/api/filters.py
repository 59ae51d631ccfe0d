"""What a list of requests, or a search among them, is narrowed to."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.api.places import CODE_PATTERN
from zavhoz_contracts.message import Payload, Priority
from zavhoz_contracts.requests.v1.lifecycle import Status

UUID_PATTERN: Final = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
ASSIGNEE_PATTERN: Final = f"^(me|nobody|{UUID_PATTERN})$"
ME: Final = "me"
NOBODY: Final = "nobody"


class Since(StrEnum):
    """When it was filed, in days of the organisation's time zone: today, or today and the six days before."""

    TODAY = "today"
    WEEK = "7d"


class Filters(Payload):
    """Each narrows further; of `statuses` and `priorities` one has to fit, and with none given any does.

    `place` is a code: that place and all that is inside. `assignee` is a person id, `me` or `nobody`; `requester` who
    filed it. `overdue` as lines say it.
    """

    statuses: tuple[Status, ...] = ()
    priorities: tuple[Priority, ...] = ()
    place: Annotated[str, Field(pattern=CODE_PATTERN)] | None = None
    assignee: Annotated[str, Field(pattern=ASSIGNEE_PATTERN)] | None = None
    requester: UUID | None = None
    category: UUID | None = None
    since: Since | None = None
    overdue: bool = False

    def query(self) -> list[tuple[str, str]]:
        """As the read API is asked."""
        given = [("status", one.value) for one in self.statuses] + [("priority", one.value) for one in self.priorities]
        single = {
            "place": self.place,
            "assignee": self.assignee,
            "requester": None if self.requester is None else str(self.requester),
            "category": None if self.category is None else str(self.category),
            "since": None if self.since is None else self.since.value,
            "overdue": "true" if self.overdue else None,
        }
        return given + [(name, value) for name, value in single.items() if value is not None]


EVERYTHING: Final = Filters()
"""Narrowed to nothing."""
