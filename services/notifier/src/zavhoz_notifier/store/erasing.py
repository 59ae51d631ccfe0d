"""Who was erased: nothing of them is kept, and nothing more is said to them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ERASING: Final = 0x7A65
"""An advisory lock, shared by all who write down something about people: an erasure sees what they have written, or
they see that somebody was erased."""
_SHARE: Final = text("SELECT pg_advisory_xact_lock_shared(:key)")
_ALONE: Final = text("SELECT pg_advisory_xact_lock(:key)")
_ERASED: Final = text("SELECT person_id FROM erased WHERE person_id = ANY(CAST(:people AS uuid[]))")
_REMEMBER: Final = text("INSERT INTO erased (person_id) VALUES (:person) ON CONFLICT (person_id) DO NOTHING")
# Locked by id, as whoever else locks several of them. What was being sent ends as it ends: it is not tried again.
_DELIVERIES: Final = text(
    """
    UPDATE deliveries SET chat_id = 0, lane = 'erased', content = '{}', error = NULL, claimed_at = NULL,
        state = CASE WHEN state IN ('pending', 'attempting') THEN 'refused' ELSE state END,
        finished_at = coalesce(finished_at, clock_timestamp())
    WHERE id IN (SELECT id FROM deliveries WHERE person_id = :person ORDER BY id FOR UPDATE)
    """
)
_REST: Final = tuple(
    text(f"DELETE FROM {table} WHERE person_id = :person")  # noqa: S608  # nosec B608: our own names
    for table in ("live_cards", "held", "mutes", "preferences", "reachability", "digests")
)


async def among(connection: AsyncConnection, people: Collection[UUID]) -> set[UUID]:
    """Who of these was erased; nobody else of them is before this transaction ends."""
    await connection.execute(_SHARE, {"key": _ERASING})
    return {row.person_id for row in await connection.execute(_ERASED, {"people": list(people)})} if people else set()


async def erase(connection: AsyncConnection, person_id: UUID) -> None:
    """Delete what is kept of somebody, and let nothing more be said to them; done again, it is without effect."""
    await connection.execute(_ALONE, {"key": _ERASING})
    person = {"person": person_id}
    for statement in (_REMEMBER, _DELIVERIES, *_REST):
        await connection.execute(statement, person)
