"""Categories in the database: they are few, and read all at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.message import Priority
from zavhoz_requests.domain.state import Category

_COLUMNS: Final = "id, names, questions, priority, assignee_id, archived, version"
_ALL: Final = text(f"SELECT {_COLUMNS} FROM categories ORDER BY position")  # noqa: S608  # nosec B608
_MANY: Final = text(f"SELECT {_COLUMNS} FROM categories WHERE id = ANY(CAST(:ids AS uuid[]))")  # noqa: S608  # nosec B608
# Who changes one has all of them: names are compared with those of the others.
_LOCK: Final = text("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE")
_WRITE: Final = text(
    """
    INSERT INTO categories (id, names, questions, priority, assignee_id, archived, version)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:names AS jsonb[]), CAST(:questions AS jsonb[]),
                         CAST(:priority AS text[]), CAST(:assignee_id AS uuid[]), CAST(:archived AS boolean[]),
                         CAST(:version AS int[]))
    ON CONFLICT (id) DO UPDATE SET names = excluded.names, questions = excluded.questions,
        priority = excluded.priority, assignee_id = excluded.assignee_id, archived = excluded.archived,
        version = excluded.version
    """
)


async def lock(connection: AsyncConnection) -> None:
    """Have the categories to oneself for changing them, until the transaction ends."""
    await connection.execute(_LOCK)


async def every(connection: AsyncConnection) -> dict[UUID, Category]:
    """All categories, archived ones too, in the order in which they were made."""
    return {row.id: _category(row) for row in await connection.execute(_ALL)}


async def many(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Category]:
    """The categories with these ids."""
    return {row.id: _category(row) for row in await connection.execute(_MANY, {"ids": list(ids)})}


async def write(connection: AsyncConnection, categories: Sequence[Category]) -> None:
    """Insert or update categories."""
    if not categories:
        return
    await connection.execute(
        _WRITE,
        {
            "id": [one.id for one in categories],
            "names": [json.dumps(dict(one.names)) for one in categories],
            "questions": [json.dumps(dict(one.questions)) for one in categories],
            "priority": [one.priority and one.priority.value for one in categories],
            "assignee_id": [one.assignee_id for one in categories],
            "archived": [one.archived for one in categories],
            "version": [one.version for one in categories],
        },
    )


def _category(row: Any) -> Category:
    priority = None if row.priority is None else Priority(row.priority)
    return Category(row.id, row.names, row.questions, priority, row.assignee_id, row.archived, row.version)
