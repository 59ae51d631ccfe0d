"""Deliveries in the database: planned, claimed lane by lane, recorded. Times are the database's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_notifier import metrics
from zavhoz_notifier.domain.delivery import MAX_UNKNOWN, Delivery, Kind, State, Urgency

_CLAIMING: Final = 0x7A6E
"""An advisory lock: claims of several replicas go one after another."""

# A live card is not planned while a card for the same chat waits that was never attempted: it is drawn after this
# statement has seen it waiting, so it shows what this one would. An attempted one may have to repeat itself.
_PLAN = text(
    """
    INSERT INTO deliveries (id, cause_id, kind, lane, urgency, chat_id, language, person_id, request_id, content,
                            traceparent)
    SELECT id, cause_id, kind, lane, urgency, chat_id, language, person_id, request_id, content, traceparent
    FROM unnest(CAST(:id AS uuid[]), CAST(:cause_id AS uuid[]), CAST(:kind AS text[]), CAST(:lane AS text[]),
                CAST(:urgency AS text[]), CAST(:chat_id AS bigint[]), CAST(:language AS text[]),
                CAST(:person_id AS uuid[]), CAST(:request_id AS uuid[]), CAST(:content AS jsonb[]),
                CAST(:traceparent AS text[])) WITH ORDINALITY
         AS new (id, cause_id, kind, lane, urgency, chat_id, language, person_id, request_id, content, traceparent,
                 ordinal)
    WHERE NOT (new.kind = 'card' AND new.content ->> 'placement' = 'live' AND EXISTS (
        SELECT 1 FROM deliveries AS waiting
        WHERE waiting.state = 'pending' AND waiting.kind = 'card' AND waiting.chat_id = new.chat_id
          AND waiting.request_id = new.request_id AND waiting.person_id = new.person_id
          AND waiting.language = new.language AND waiting.attempts = 0 AND waiting.unknown = 0
          AND NOT waiting.content ? 'rendered'
    ))
    ORDER BY ordinal
    ON CONFLICT (id) DO NOTHING
    """
)
_EXPIRE = text(
    """
    UPDATE deliveries SET unknown = unknown + 1, claimed_at = NULL, error = 'no record of the attempt',
        state = CASE WHEN unknown + 1 >= :most AND makes_a_message THEN 'unknown' ELSE 'pending' END,
        finished_at = CASE WHEN unknown + 1 >= :most AND makes_a_message THEN clock_timestamp() END,
        content = CASE WHEN unknown + 1 >= :most AND makes_a_message THEN content - 'text' - 'rendered' ELSE content END
    FROM (SELECT id AS expired_id,
                 kind = 'notice' OR content ->> 'placement' IN ('new', 'appear') AS makes_a_message
          FROM deliveries WHERE state = 'attempting') AS attempts_under_way
    WHERE id = expired_id AND state = 'attempting'
      AND claimed_at < clock_timestamp() - make_interval(secs => :lease)
    """
)
_HOLD = text(
    """
    UPDATE deliveries SET claimed_at = clock_timestamp()
    WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'attempting'
    """
)
# Without it two replicas could take two heads of one lane: what is more urgent and came between their looks.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:key)")
# The head of each lane, when it is due and nothing of its lane is under way.
_CLAIM = text(
    """
    UPDATE deliveries SET state = 'attempting', claimed_at = clock_timestamp()
    WHERE id IN (
        SELECT id FROM deliveries WHERE state = 'pending' AND id IN (
            SELECT due.id FROM (
                SELECT id, answers, row_number() OVER (PARTITION BY answers ORDER BY urgency, position) AS place FROM (
                    SELECT DISTINCT ON (lane) id, lane, due_at, state, urgency, position, kind = 'answer' AS answers
                    FROM deliveries WHERE state IN ('pending', 'attempting')
                    ORDER BY lane, (state = 'attempting') DESC, urgency, position
                ) AS head
                WHERE state = 'pending' AND due_at <= clock_timestamp()
            ) AS due
            WHERE due.place <= CASE WHEN due.answers THEN CAST(:answers AS int) ELSE CAST(:chats AS int) END
        )
        FOR UPDATE SKIP LOCKED
    )
    RETURNING id, cause_id, kind, lane, urgency, chat_id, language, person_id, request_id, content, attempts, unknown,
              traceparent
    """
)
# What was said is not kept: the words are the requests service's, which alone can erase them.
_FINISH = text(
    """
    UPDATE deliveries SET state = :state, attempts = attempts + 1, finished_at = clock_timestamp(), claimed_at = NULL,
                          message_id = :message_id, error = :error, content = content - 'text' - 'rendered'
    WHERE id = :id RETURNING extract(epoch FROM finished_at - planned_at) AS seconds
    """
)
_BACKLOG = text(
    """
    SELECT count(*) AS deliveries, coalesce(extract(epoch FROM clock_timestamp() - min(planned_at)), 0) AS seconds
    FROM (SELECT planned_at FROM deliveries WHERE state IN ('pending', 'attempting') LIMIT 100000) AS unfinished
    """
)
_LATER = text(
    """
    UPDATE deliveries SET state = 'pending', claimed_at = NULL, error = :error, attempts = attempts + :counted,
        unknown = unknown + :unknown, due_at = clock_timestamp() + make_interval(secs => :seconds)
    WHERE id = :id
    """
)
_KEEP = text("UPDATE deliveries SET content = CAST(:content AS jsonb) WHERE id = :id")
_MOVE_CHAT = text(
    """
    UPDATE deliveries SET chat_id = :new, lane = :lane, state = 'pending', claimed_at = NULL
    WHERE chat_id = :old AND state IN ('pending', 'attempting') AND kind <> 'answer'
    """
)


async def plan(connection: AsyncConnection, deliveries: Sequence[Delivery]) -> int:
    """Write deliveries down in this order; returns how many.

    One that is there already (the same cause, chat and kind) stays as it is, and a live card is left out while another
    card that will show as much waits to be drawn.
    """
    if not deliveries:
        return 0
    written = await connection.execute(
        _PLAN,
        {
            "id": [one.id for one in deliveries],
            "cause_id": [one.cause_id for one in deliveries],
            "kind": [one.kind.value for one in deliveries],
            "lane": [one.lane for one in deliveries],
            "urgency": [one.urgency.value for one in deliveries],
            "chat_id": [one.chat_id for one in deliveries],
            "language": [one.language for one in deliveries],
            "person_id": [one.person_id for one in deliveries],
            "request_id": [one.request_id for one in deliveries],
            "content": [json.dumps(one.content) for one in deliveries],
            "traceparent": [one.traceparent for one in deliveries],
        },
    )
    return written.rowcount


async def claim(connection: AsyncConnection, *, chats: int, answers: int, lease: float) -> list[Delivery]:
    """Take the heads of lanes, the most urgent first: of so many chats at most, and of so many presses to be answered.

    They are written down as attempted before anything is sent. Whoever is at an attempt renews it (`hold`); one that
    was not renewed for `lease` seconds was cut short by a crash.
    """
    await connection.execute(_ONE_AT_A_TIME, {"key": _CLAIMING})
    await connection.execute(_EXPIRE, {"lease": lease, "most": MAX_UNKNOWN})
    rows = await connection.execute(_CLAIM, {"chats": chats, "answers": answers})
    return [_delivery(row) for row in rows]


async def hold(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Renew the leases of attempts that are under way."""
    await connection.execute(_HOLD, {"ids": list(ids)})


def _delivery(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        cause_id=row.cause_id,
        kind=Kind(row.kind),
        lane=row.lane,
        chat_id=row.chat_id,
        language=row.language,
        urgency=Urgency(row.urgency),
        person_id=row.person_id,
        request_id=row.request_id,
        content=json.loads(row.content) if isinstance(row.content, str) else row.content,
        attempts=row.attempts,
        unknown=row.unknown,
        traceparent=row.traceparent,
    )


async def finish(
    connection: AsyncConnection, id: UUID, state: State, *, message_id: int | None = None, error: str | None = None
) -> None:
    """Record how a delivery ended, forget its words, and measure how long it took since it was planned."""
    ended = {"id": id, "state": state.value, "message_id": message_id, "error": error}
    for row in await connection.execute(_FINISH, ended):
        metrics.DELIVERY_LAG.labels(state.value).observe(float(row.seconds))


async def backlog(connection: AsyncConnection) -> tuple[int, float]:
    """How many deliveries are not finished (counted up to 100,000), and the age of the oldest in seconds."""
    row = (await connection.execute(_BACKLOG)).one()
    return row.deliveries, float(row.seconds)


async def later(
    connection: AsyncConnection, id: UUID, seconds: float, error: str, *, counted: bool = True, unknown: bool = False
) -> None:
    """Try again after `seconds`; `counted` for failures of this delivery, not for outages of everything."""
    await connection.execute(
        _LATER, {"id": id, "seconds": seconds, "error": error, "counted": int(counted), "unknown": int(unknown)}
    )


async def keep_content(connection: AsyncConnection, id: UUID, content: dict[str, Any]) -> None:
    """Remember what is about to be said, so that it can be said again."""
    await connection.execute(_KEEP, {"id": id, "content": json.dumps(content)})


async def move_chat(connection: AsyncConnection, old: int, new: int) -> None:
    """A group goes on under another id: what is still to be said goes there."""
    await connection.execute(_MOVE_CHAT, {"old": old, "new": new, "lane": f"chat:{new}"})
