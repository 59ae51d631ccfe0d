"""Who is told how things stand, at which hour, and who was today."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

NEVER: Final = -1
_KEPT: Final = timedelta(days=7)
_HOURS: Final = text(
    "SELECT person_id, digest_hour FROM preferences"
    " WHERE person_id = ANY(CAST(:people AS uuid[])) AND digest_hour IS NOT NULL"
)
_SET: Final = text(
    """
    INSERT INTO preferences (person_id, digest_hour) VALUES (:person, :hour)
    ON CONFLICT (person_id) DO UPDATE SET digest_hour = excluded.digest_hour
    """
)
_TOLD: Final = text("SELECT person_id FROM digests WHERE person_id = ANY(CAST(:people AS uuid[])) AND day = :day")
_CLAIM: Final = text(
    """
    INSERT INTO digests (person_id, day) SELECT person, :day FROM unnest(CAST(:people AS uuid[])) AS told (person)
    ORDER BY person ON CONFLICT DO NOTHING RETURNING person_id
    """
)
_FORGET: Final = text("DELETE FROM digests WHERE day < :day")


async def hours(connection: AsyncConnection, people: Collection[UUID]) -> dict[UUID, int]:
    """The hours that these people chose, `NEVER` for never; nothing of those who chose none."""
    return {row.person_id: row.digest_hour for row in await connection.execute(_HOURS, {"people": list(people)})}


async def set_hour(connection: AsyncConnection, person_id: UUID, hour: int) -> None:
    """Have them told at this hour, or `NEVER`."""
    await connection.execute(_SET, {"person": person_id, "hour": hour})


async def told(connection: AsyncConnection, people: Collection[UUID], day: date) -> set[UUID]:
    """Who of these people was told on that day."""
    return {row.person_id for row in await connection.execute(_TOLD, {"people": list(people), "day": day})}


async def claim(connection: AsyncConnection, people: Collection[UUID], day: date) -> set[UUID]:
    """Who of these people is to be told on that day by whoever asks first: us. What is long ago is forgotten."""
    await connection.execute(_FORGET, {"day": day - _KEPT})
    return {row.person_id for row in await connection.execute(_CLAIM, {"people": list(people), "day": day})}
