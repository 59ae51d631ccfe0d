"""The inbox: which messages have had their effect. Claiming and the effect are one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

KEPT: Final = timedelta(days=90)
"""How long a row is sure to live: a dead letter that is older cannot be replayed."""


def inbox_table(metadata: MetaData) -> Table:
    """The inbox of a service. `outcome` is for services that answer each message with exactly one outcome."""
    return Table(
        "inbox",
        metadata,
        Column("message_id", Uuid, primary_key=True),
        Column("type", Text, nullable=False),
        Column("received_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
        Column("outcome", JSONB),
        Column("outcome_published_at", DateTime(timezone=True)),
    )


_CLAIM = text(
    """
    INSERT INTO inbox (message_id, type)
    SELECT id, type FROM unnest(CAST(:ids AS uuid[]), CAST(:types AS text[])) AS claimed (id, type)
    ORDER BY id
    ON CONFLICT (message_id) DO NOTHING
    RETURNING message_id, received_at
    """
)


async def claim(connection: AsyncConnection, messages: Sequence[tuple[UUID, str]]) -> dict[UUID, datetime]:
    """Claim messages (id and type) in this transaction; returns those that nobody had claimed before, and when by the
    database's clock they were.

    Another transaction that claims the same id waits for this one: afterwards exactly one has it. Ids are claimed in
    their order, so that two groups cannot deadlock.
    """
    unique = dict(messages)
    rows = await connection.execute(_CLAIM, {"ids": list(unique), "types": list(unique.values())})
    return {row.message_id: row.received_at for row in rows}
