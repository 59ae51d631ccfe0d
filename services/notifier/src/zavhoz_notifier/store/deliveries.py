"""Deliveries in the database: planned, claimed lane by lane, recorded. Times are the database's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_notifier import metrics
from zavhoz_notifier.domain.delivery import MAX_UNKNOWN, Delivery, Ended, Kind, LiveCard, Urgency

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
          AND waiting.request_id = new.request_id AND waiting.person_id IS NOT DISTINCT FROM new.person_id
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
        chat_id = CASE WHEN unknown + 1 >= :most AND makes_a_message AND person_id IS NULL AND chat_id > 0 THEN 0
                       ELSE chat_id END,
        content = CASE WHEN unknown + 1 >= :most AND makes_a_message THEN content - 'text' - 'rendered' ELSE content END
    FROM (SELECT id AS expired_id,
                 kind IN ('notice', 'summary', 'document', 'album') OR content ->> 'placement' IN ('new', 'appear')
                 OR (kind = 'screen' AND content ->> 'message_id' IS NULL) AS makes_a_message
          FROM deliveries WHERE state = 'attempting') AS attempts_under_way
    WHERE id = expired_id AND state = 'attempting'
      AND claimed_at < clock_timestamp() - make_interval(secs => :lease)
    """
)
# Rows are locked by id, here and at the end: two that meet must not wait for each other.
_HOLD = text(
    """
    UPDATE deliveries SET claimed_at = clock_timestamp()
    WHERE id IN (
        SELECT id FROM deliveries WHERE id = ANY(CAST(:ids AS uuid[])) AND state = 'attempting' ORDER BY id FOR UPDATE
    )
    """
)
# Without it two replicas could take two heads of one lane: what is more urgent and came between their looks.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(:key)")
# The head of each lane, when it is due and nothing of its lane is under way; one step of the index to a lane, however
# much waits in it.
_CLAIM_CHATS = text(
    """
    WITH RECURSIVE heads AS (
        (SELECT id, lane, urgency, position, due_at FROM deliveries WHERE state = 'pending' AND kind <> 'answer'
         ORDER BY lane, urgency, position LIMIT 1)
        UNION ALL
        SELECT following.* FROM heads CROSS JOIN LATERAL (
            SELECT id, lane, urgency, position, due_at FROM deliveries
            WHERE state = 'pending' AND kind <> 'answer' AND lane > heads.lane
            ORDER BY lane, urgency, position LIMIT 1
        ) AS following
    ), due AS (
        SELECT id FROM heads WHERE due_at <= clock_timestamp() AND NOT EXISTS (
            SELECT 1 FROM deliveries AS under_way WHERE under_way.state = 'attempting' AND under_way.lane = heads.lane)
        ORDER BY urgency, position LIMIT CAST(:most AS int)
    ), claimed AS (
        UPDATE deliveries SET state = 'attempting', claimed_at = clock_timestamp()
        WHERE id IN (
            SELECT id FROM deliveries WHERE state = 'pending' AND id IN (SELECT id FROM due) FOR UPDATE SKIP LOCKED
        )
        RETURNING id, cause_id, kind, lane, urgency, chat_id, language, person_id, request_id, content, attempts,
                  unknown, traceparent
    )
    SELECT claimed.*, live_cards.message_id AS live_message_id, live_cards.version AS live_version,
           live_cards.content_hash AS live_hash, live_cards.thread_id AS live_thread_id,
           EXISTS (SELECT FROM mutes WHERE mutes.person_id = claimed.person_id
                                       AND mutes.request_id = claimed.request_id) AS muted,
           (SELECT id FROM deliveries AS next WHERE next.state = 'pending' AND next.kind <> 'answer'
                AND next.lane = claimed.lane AND next.id <> claimed.id
            ORDER BY lane, urgency, position LIMIT 1) IS NOT NULL AS followed
    FROM claimed LEFT JOIN live_cards USING (chat_id, request_id)
    """
)
# Each press is a lane of its own, so whoever comes second need not wait: it takes others.
_CLAIM_ANSWERS = text(
    """
    WITH due AS (
        SELECT id FROM deliveries WHERE state = 'pending' AND kind = 'answer' AND due_at <= clock_timestamp()
        ORDER BY position LIMIT CAST(:most AS int) FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries SET state = 'attempting', claimed_at = clock_timestamp() FROM due WHERE deliveries.id = due.id
    RETURNING deliveries.id, cause_id, kind, lane, urgency, chat_id, language, person_id, request_id, content, attempts,
              unknown, traceparent
    """
)
# What was said is not kept: the words are the requests service's, which alone can erase them. Nor is the chat of what
# is over and nobody's: nobody could have it erased.
_FINISH = text(
    """
    WITH ended AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:states AS text[]), CAST(:messages AS bigint[]),
                             CAST(:errors AS text[])) AS ended (id, state, message_id, error)
    ), locked AS (
        SELECT id FROM deliveries WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE
    )
    UPDATE deliveries SET state = ended.state, attempts = attempts + 1, finished_at = clock_timestamp(),
                          claimed_at = NULL, message_id = ended.message_id, error = ended.error,
                          content = content - 'text' - 'rendered',
                          chat_id = CASE WHEN person_id IS NULL AND chat_id > 0 THEN 0 ELSE chat_id END,
                          lane = CASE WHEN person_id IS NULL AND chat_id > 0 THEN 'over' ELSE lane END
    FROM ended JOIN locked USING (id) WHERE deliveries.id = ended.id
    RETURNING deliveries.state, extract(epoch FROM finished_at - planned_at) AS seconds
    """
)
_BACKLOG = text(
    """
    SELECT count(*) AS deliveries, coalesce(extract(epoch FROM clock_timestamp() - min(planned_at)), 0) AS seconds
    FROM (
        SELECT planned_at FROM deliveries WHERE state = 'attempting'
        UNION ALL (SELECT planned_at FROM deliveries WHERE state = 'pending' AND kind = 'answer' LIMIT 100000)
        UNION ALL (SELECT planned_at FROM deliveries WHERE state = 'pending' AND kind <> 'answer' LIMIT 100000)
    ) AS unfinished
    """
)
_LATER = text(
    """
    UPDATE deliveries SET state = 'pending', claimed_at = NULL, error = :error, attempts = attempts + :counted,
        unknown = unknown + :unknown, due_at = clock_timestamp() + make_interval(secs => :seconds)
    WHERE id = :id AND state IN ('pending', 'attempting')
    """
)
_KEEP = text(
    """
    UPDATE deliveries SET content = kept.content
    FROM unnest(CAST(:ids AS uuid[]), CAST(:contents AS jsonb[])) AS kept (id, content)
    WHERE deliveries.id = kept.id AND state = 'attempting'
    """
)
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


async def expire(connection: AsyncConnection, lease: float) -> None:
    """Have attempts made again that were not renewed (`hold`) for `lease` seconds: a crash has cut them short."""
    await connection.execute(_ONE_AT_A_TIME, {"key": _CLAIMING})
    await connection.execute(_EXPIRE, {"lease": lease, "most": MAX_UNKNOWN})


async def claim_chats(connection: AsyncConnection, most: int) -> list[Delivery]:
    """Take the heads of lanes, the most urgent first, and all but answers to presses; of so many chats at most.

    They are written down as attempted before anything is sent. Whoever is at an attempt renews it.
    """
    await connection.execute(_ONE_AT_A_TIME, {"key": _CLAIMING})
    rows = await connection.execute(_CLAIM_CHATS, {"most": most})
    return [
        _delivery(
            row,
            live=_live(row),
            muted=row.muted,
            followed=row.followed,
        )
        for row in rows
    ]


async def claim_answers(connection: AsyncConnection, most: int) -> list[Delivery]:
    """Take at most so many answers to presses, as `claim_chats` takes the others."""
    return [_delivery(row) for row in await connection.execute(_CLAIM_ANSWERS, {"most": most})]


async def hold(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    """Renew the leases of attempts that are under way."""
    await connection.execute(_HOLD, {"ids": list(ids)})


def _live(row: Any) -> LiveCard | None:
    if row.live_message_id is None:
        return None
    return LiveCard(row.live_message_id, row.live_version, row.live_hash, row.live_thread_id)


def _delivery(row: Any, live: LiveCard | None = None, *, muted: bool = False, followed: bool = False) -> Delivery:
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
        live=live,
        muted=muted,
        followed=followed,
    )


async def finish(connection: AsyncConnection, ended: Sequence[Ended]) -> None:
    """Record how deliveries ended, forget their words, and measure how long each took since it was planned."""
    given = {
        "ids": [one.id for one in ended],
        "states": [one.state.value for one in ended],
        "messages": [one.message_id for one in ended],
        "errors": [one.error for one in ended],
    }
    for row in await connection.execute(_FINISH, given):
        metrics.DELIVERY_LAG.labels(row.state).observe(float(row.seconds))


async def backlog(connection: AsyncConnection) -> tuple[int, float]:
    """How many deliveries are not finished (counted up to 100,000 messages), and the age of the oldest in seconds."""
    row = (await connection.execute(_BACKLOG)).one()
    return row.deliveries, float(row.seconds)


async def later(
    connection: AsyncConnection, id: UUID, seconds: float, error: str, *, counted: bool = True, unknown: bool = False
) -> None:
    """Try again after `seconds`; `counted` for failures of this delivery, not for outages of everything."""
    await connection.execute(
        _LATER, {"id": id, "seconds": seconds, "error": error, "counted": int(counted), "unknown": int(unknown)}
    )


async def keep_contents(connection: AsyncConnection, kept: Sequence[tuple[UUID, str]]) -> None:
    """Remember what is about to be said, so that it can be said again: contents as JSON, by delivery."""
    given = {"ids": [id for id, _ in kept], "contents": [content for _, content in kept]}
    await connection.execute(_KEEP, given)


async def move_chat(connection: AsyncConnection, old: int, new: int) -> None:
    """A group goes on under another id: what is still to be said goes there."""
    await connection.execute(_MOVE_CHAT, {"old": old, "new": new, "lane": f"chat:{new}"})
