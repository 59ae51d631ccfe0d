"""Staff groups in the database: they are few, and read all at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.groups.v1.commands import GroupBy
from zavhoz_requests.domain.groups import StaffGroup

_COLUMNS: Final = "id, chat_id, by, area, title, forum, language, bound_by, bound_at, version"
_ALL: Final = text(f"SELECT {_COLUMNS} FROM staff_groups ORDER BY bound_at, id")  # noqa: S608  # nosec B608
# Whoever changes one has all of them: two must not take each other's chat.
_LOCK: Final = text("LOCK TABLE staff_groups IN SHARE ROW EXCLUSIVE MODE")
_WRITE: Final = text(
    f"""
    INSERT INTO staff_groups ({_COLUMNS})
    VALUES (:id, :chat_id, :by, :area, :title, :forum, :language, :bound_by, :bound_at, :version)
    ON CONFLICT (id) DO UPDATE SET chat_id = excluded.chat_id, by = excluded.by, area = excluded.area,
        title = excluded.title, forum = excluded.forum, version = excluded.version
    """  # noqa: S608  # nosec B608
)
_REMOVE: Final = text("DELETE FROM staff_groups WHERE id = ANY(CAST(:ids AS uuid[]))")


async def lock(connection: AsyncConnection) -> None:
    """Have the groups to oneself for changing them, until the transaction ends."""
    await connection.execute(_LOCK)


async def every(connection: AsyncConnection) -> dict[int, StaffGroup]:
    """All groups, by their chats."""
    return {row.chat_id: _group(row) for row in await connection.execute(_ALL)}


async def write(connection: AsyncConnection, groups: Collection[StaffGroup]) -> None:
    """Insert or update groups."""
    for group in groups:
        columns = {name: getattr(group, name) for name in _COLUMNS.split(", ")}
        await connection.execute(_WRITE, columns | {"by": group.by.value})


async def remove(connection: AsyncConnection, ids: Collection[UUID]) -> None:
    """Forget groups."""
    if ids:
        await connection.execute(_REMOVE, {"ids": list(ids)})


def _group(row: Any) -> StaffGroup:
    return StaffGroup(
        row.id,
        row.chat_id,
        GroupBy(row.by),
        row.area,
        row.title,
        row.forum,
        row.language,
        row.bound_by,
        row.bound_at,
        row.version,
    )
