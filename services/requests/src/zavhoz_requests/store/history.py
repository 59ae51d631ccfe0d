"""What happened to one aggregate last, as its events tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_LAST: Final = text(
    """
    SELECT type, data, actor_id, occurred_at FROM events
    WHERE aggregate_type = :type AND aggregate_id = :id ORDER BY version DESC LIMIT :limit
    """
)


async def last(connection: AsyncConnection, aggregate_type: str, aggregate_id: UUID, limit: int) -> Sequence[Any]:
    """The rows of the last events of an aggregate, the newest first."""
    return (await connection.execute(_LAST, {"type": aggregate_type, "id": aggregate_id, "limit": limit})).all()
