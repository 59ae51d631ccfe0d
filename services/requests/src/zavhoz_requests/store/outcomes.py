"""Outcomes: kept in the command's own inbox row, with a published mark of their own; without a chat afterwards."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.envelope import Envelope
from zavhoz_messaging.backlog import Backlog, backlog_of, read_backlog
from zavhoz_messaging.relay import Pending, outgoing

_WRITE: Final = text(
    """
    UPDATE inbox SET outcome = o.outcome
    FROM unnest(CAST(:ids AS uuid[]), CAST(:outcomes AS jsonb[])) AS o (id, outcome) WHERE message_id = o.id
    """
)
_DECIDED: Final = text(
    "SELECT message_id FROM inbox WHERE message_id = ANY(CAST(:ids AS uuid[])) AND outcome IS NOT NULL"
)
# The last hex digit of the id is its shard: the same modulus as for events.
_FETCH: Final = text(
    """
    SELECT message_id, outcome->>'type' AS type, CAST(outcome AS text) AS body, outcome->>'traceparent' AS traceparent
    FROM inbox
    WHERE outcome IS NOT NULL AND outcome_published_at IS NULL
      AND strpos('0123456789abcdef', right(CAST(message_id AS text), 1)) - 1 = ANY(CAST(:shards AS int[]))
    ORDER BY received_at LIMIT :limit
    """
)
_BACKLOG: Final = backlog_of(
    """
    SELECT received_at AS at FROM inbox WHERE outcome IS NOT NULL AND outcome_published_at IS NULL ORDER BY received_at
    """
)
# Whose chat it was, and who was first, is needed no more: what is not kept need not be erased.
_MARK: Final = text(
    """
    UPDATE inbox SET outcome_published_at = clock_timestamp(), outcome =
        outcome #- '{data,origin}' #- '{data,who}' #- '{data,report}'
    WHERE message_id = ANY(CAST(:keys AS uuid[]))
    """
)


async def write(connection: AsyncConnection, outcomes: Mapping[UUID, Envelope[Any]]) -> None:
    """Keep the outcome of each command, by the command's id."""
    await connection.execute(
        _WRITE, {"ids": list(outcomes), "outcomes": [outcome.to_json().decode() for outcome in outcomes.values()]}
    )


async def decided(connection: AsyncConnection, ids: Collection[UUID]) -> set[UUID]:
    """Which of these commands were decided, as far as this transaction sees."""
    return {row.message_id for row in await connection.execute(_DECIDED, {"ids": list(ids)})}


class OutcomesSource:
    """What the relay publishes from the inbox. Outcomes have no order among each other."""

    name = "outcomes"

    async def fetch(self, connection: AsyncConnection, shards: Sequence[int], limit: int) -> list[Pending]:
        """The oldest unpublished outcomes."""
        rows = await connection.execute(_FETCH, {"shards": list(shards), "limit": limit})
        return [
            Pending(row.message_id, str(row.message_id), outgoing(row.type, row.body.encode(), row.traceparent))
            for row in rows
        ]

    async def mark(self, connection: AsyncConnection, keys: Sequence[Any]) -> None:
        """Mark outcomes as published, and forget the chats and names in them."""
        await connection.execute(_MARK, {"keys": list(keys)})

    async def backlog(self, connection: AsyncConnection) -> Backlog:
        """How many outcomes are unpublished, and since when."""
        return await read_backlog(connection, _BACKLOG)
