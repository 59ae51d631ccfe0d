"""Quiet hours, mutes, and what is held meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_notifier.domain.delivery import Delivery
from zavhoz_notifier.domain.quiet import QuietHours

_QUIET: Final = text(
    """
    SELECT person_id, quiet_start, quiet_end FROM preferences
    WHERE person_id = ANY(CAST(:people AS uuid[])) AND quiet_start IS NOT NULL ORDER BY person_id FOR SHARE
    """
)
_SET_QUIET: Final = text(
    """
    INSERT INTO preferences (person_id, quiet_start, quiet_end) VALUES (:person, :start, :end)
    ON CONFLICT (person_id) DO UPDATE SET quiet_start = excluded.quiet_start, quiet_end = excluded.quiet_end
    """
)
_RESCHEDULE: Final = text(
    "UPDATE held SET due_at = coalesce(CAST(:until AS timestamptz), clock_timestamp()) WHERE person_id = :person"
)
_MUTED: Final = text(
    """
    SELECT mutes.person_id, mutes.request_id
    FROM unnest(CAST(:people AS uuid[]), CAST(:requests AS uuid[])) AS asked (person_id, request_id)
    JOIN mutes USING (person_id, request_id)
    """
)
_MUTE: Final = text(
    "INSERT INTO mutes (person_id, request_id) VALUES (:person, :request)"
    " ON CONFLICT (person_id, request_id) DO NOTHING"
)
_UNMUTE: Final = text(
    "DELETE FROM mutes WHERE person_id = :person AND (CAST(:request AS uuid) IS NULL OR request_id = :request)"
)
_MUTES: Final = text("SELECT request_id FROM mutes WHERE person_id = :person ORDER BY muted_at DESC, request_id")
_HOLD: Final = text(
    """
    INSERT INTO held (delivery_id, person_id, request_id, chat_id, language, what, due_at)
    SELECT id, person_id, request_id, chat_id, language, what, due_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:people AS uuid[]), CAST(:requests AS uuid[]), CAST(:chats AS bigint[]),
                CAST(:languages AS text[]), CAST(:whats AS text[]), CAST(:due AS timestamptz[]))
         WITH ORDINALITY AS new (id, person_id, request_id, chat_id, language, what, due_at, ordinal)
    ORDER BY ordinal
    ON CONFLICT (delivery_id) DO NOTHING
    """
)
# Whoever holds more for the same person meanwhile waits for us, or we skip the person until they are done.
_OVER: Final = text(
    """
    SELECT person_id FROM preferences
    WHERE person_id IN (SELECT person_id FROM held WHERE due_at <= clock_timestamp())
    ORDER BY person_id LIMIT :limit FOR UPDATE SKIP LOCKED
    """
)
_COUNT: Final = text("SELECT count(*) FROM held WHERE person_id = :person")
_LET_GO: Final = text(
    """
    WITH gone AS (DELETE FROM held WHERE person_id = ANY(CAST(:people AS uuid[])) RETURNING *)
    SELECT person_id, request_id, chat_id, language, what FROM gone ORDER BY person_id, position
    """
)


@dataclass(frozen=True, slots=True)
class Held:
    """Something that somebody was not told when it happened."""

    person_id: UUID
    request_id: UUID
    chat_id: int
    language: str
    what: str


async def quiet_hours(connection: AsyncConnection, people: Collection[UUID]) -> dict[UUID, QuietHours]:
    """The quiet hours of those of these people who have any; they stay so until this transaction ends."""
    rows = await connection.execute(_QUIET, {"people": list(people)})
    return {row.person_id: QuietHours(row.quiet_start, row.quiet_end) for row in rows}


async def set_quiet(
    connection: AsyncConnection, person_id: UUID, quiet: QuietHours | None, until: datetime | None
) -> None:
    """Have these quiet hours from now on, which end at `until`; what is held waits until then, or no longer."""
    start, end = (quiet.start, quiet.end) if quiet else (None, None)
    await connection.execute(_SET_QUIET, {"person": person_id, "start": start, "end": end})
    await connection.execute(_RESCHEDULE, {"person": person_id, "until": until})


async def muted(connection: AsyncConnection, pairs: Sequence[tuple[UUID, UUID]]) -> set[tuple[UUID, UUID]]:
    """Which of these pairs of a person and a request are muted."""
    given = {"people": [person_id for person_id, _ in pairs], "requests": [request_id for _, request_id in pairs]}
    return {(row.person_id, row.request_id) for row in await connection.execute(_MUTED, given)}


async def mute(connection: AsyncConnection, person_id: UUID, request_id: UUID) -> None:
    """Let somebody hear no more of a request."""
    await connection.execute(_MUTE, {"person": person_id, "request": request_id})


async def unmute(connection: AsyncConnection, person_id: UUID, request_id: UUID | None) -> None:
    """Let somebody hear again of a request, or of all."""
    await connection.execute(_UNMUTE, {"person": person_id, "request": request_id})


async def mutes(connection: AsyncConnection, person_id: UUID) -> list[UUID]:
    """The requests that somebody has muted, the last one first."""
    return [row.request_id for row in await connection.execute(_MUTES, {"person": person_id})]


async def hold(connection: AsyncConnection, held: Sequence[tuple[Delivery, str, datetime]]) -> None:
    """Keep that these things happened, each until a time, without what would have been said."""
    if held:
        given = {
            "ids": [one.id for one, _, _ in held],
            "people": [one.person_id for one, _, _ in held],
            "requests": [one.request_id for one, _, _ in held],
            "chats": [one.chat_id for one, _, _ in held],
            "languages": [one.language for one, _, _ in held],
            "whats": [what for _, what, _ in held],
            "due": [due for _, _, due in held],
        }
        await connection.execute(_HOLD, given)


async def let_go(connection: AsyncConnection, limit: int) -> list[Held]:
    """Take everything held for people whose quiet hours are over, of `limit` people at most, in order by person."""
    people = [row.person_id for row in await connection.execute(_OVER, {"limit": limit})]
    if not people:
        return []
    return [Held(*row) for row in await connection.execute(_LET_GO, {"people": people})]


async def held_for(connection: AsyncConnection, person_id: UUID) -> int:
    """How many things are held for somebody."""
    return int((await connection.execute(_COUNT, {"person": person_id})).scalar_one())
