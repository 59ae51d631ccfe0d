"""Tables of places that wait for a yes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_PUT: Final = text(
    """
    INSERT INTO place_imports (id, content, by, at) VALUES (:id, :content, :by, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET at = excluded.at
    """
)
_GET: Final = text(
    "SELECT id, content, by FROM place_imports WHERE id = ANY(CAST(:ids AS uuid[]))"
    " AND at > clock_timestamp() - interval '1 day'"
)
_DROP: Final = text("DELETE FROM place_imports WHERE at <= clock_timestamp() - interval '1 day'")


async def put(connection: AsyncConnection, id: UUID, content: bytes, by: UUID) -> None:
    """Keep a table for a day, from now on if it is kept already."""
    await connection.execute(_PUT, {"id": id, "content": content, "by": by})


async def get(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, tuple[UUID, bytes]]:
    """The tables that are still kept: who staged each, and its content."""
    rows = await connection.execute(_GET, {"ids": list(ids)})
    return {row.id: (row.by, bytes(row.content)) for row in rows}


async def drop(connection: AsyncConnection) -> int:
    """Forget those whose day is over; returns how many."""
    return (await connection.execute(_DROP)).rowcount
