"""A request as a row: its columns, how it is read and what is written."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.domain.state import Request
from zavhoz_requests.store import deadlines

COLUMNS: Final = {
    "id": "uuid",
    "number": "int",
    "version": "int",
    "status": "text",
    "priority": "text",
    "title": "text",
    "description": "text",
    "requester_id": "uuid",
    "assignee_id": "uuid",
    "closed_by": "uuid",
    "rejection_text_id": "uuid",
    "reopening_text_id": "uuid",
    "hold_text_id": "uuid",
    "held_until": "timestamptz",
    "completion_text_id": "uuid",
    "merged_into": "uuid",
    "closed_at": "timestamptz",
    "confirms_at": "timestamptz",
    "confirmed_at": "timestamptz",
    "rating": "int",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "place": "text",
    "place_id": "uuid",
    "category_id": "uuid",
    "answers": "jsonb",
    **deadlines.COLUMNS,
}
"""The columns that are written, and their types."""
KEPT: Final = frozenset({"id", "number", "requester_id", "created_at", "answers"})
"""Those of them that never change."""
# Places are not locked: they change seldom, and what somebody may is decided by where they are at that time.
_LINEAGE: Final = "(SELECT lineage FROM places WHERE places.id = requests.place_id) AS lineage"
READ: Final = ", ".join([*COLUMNS, _LINEAGE])
"""What of a row `request_of` needs."""


def request_of(row: Any, watchers: Collection[UUID] = ()) -> Request:
    """The request of a row."""
    return Request(
        id=row.id,
        number=row.number,
        version=row.version,
        status=Status(row.status),
        priority=Priority(row.priority),
        title=row.title,
        description=row.description,
        requester_id=row.requester_id,
        assignee_id=row.assignee_id,
        closed_by=row.closed_by,
        rejection_text_id=row.rejection_text_id,
        reopening_text_id=row.reopening_text_id,
        hold_text_id=row.hold_text_id,
        held_until=row.held_until,
        completion_text_id=row.completion_text_id,
        merged_into=row.merged_into,
        closed_at=row.closed_at,
        deadlines=deadlines.read(row),
        confirms_at=row.confirms_at,
        confirmed_at=row.confirmed_at,
        rating=row.rating,
        created_at=row.created_at,
        updated_at=row.updated_at,
        place=row.place,
        place_id=row.place_id,
        within=frozenset(row.lineage or ()),
        category_id=row.category_id,
        answers=tuple((question, text) for question, text in row.answers),
        watchers=frozenset(watchers),
    )


def row_of(request: Request) -> dict[str, Any]:
    """What the row of a request is to say, by column."""
    timed = deadlines.written(request.deadlines)
    plain = {name: getattr(request, name) for name in COLUMNS.keys() - timed.keys()}
    worded = {
        "status": request.status.value,
        "priority": request.priority.value,
        "answers": json.dumps(request.answers),
    }
    return {**plain, **timed, **worded}
