"""The table of events: history, outbox and audit trail in one. Written once, marked when published, never edited."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic_core import to_json
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.envelope import dataschema
from zavhoz_contracts.message import Message

SHARDS: Final = 16
CHANNEL: Final = "outbox"
"""The NOTIFY channel that wakes relays in other processes."""


def shard_of(aggregate_id: UUID) -> int:
    """The shard of an aggregate, 0 to 15; fixed for ever, for all events of one aggregate go through one relay."""
    return aggregate_id.int % SHARDS


def events_table(metadata: MetaData) -> Table:
    """The events of a service."""
    return Table(
        "events",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("aggregate_type", Text, nullable=False),
        Column("aggregate_id", Uuid, nullable=False),
        Column("version", Integer, nullable=False),
        Column("type", Text, nullable=False),
        Column("data", JSONB, nullable=False),
        Column("actor_id", Uuid),
        Column("occurred_at", DateTime(timezone=True), nullable=False),
        Column("command_id", Uuid),
        Column("correlation_id", Uuid, nullable=False),
        Column("causation_id", Uuid),
        Column("traceparent", Text),
        Column("shard", SmallInteger, nullable=False),
        Column("published_at", DateTime(timezone=True)),
        UniqueConstraint("aggregate_type", "aggregate_id", "version", name="events_version_key"),
        Index("events_unpublished", "id", postgresql_where=text("published_at IS NULL")),
    )


@dataclass(frozen=True, slots=True)
class Event:
    """One event to be written, with its place in its aggregate's sequence (versions count from 1)."""

    event_id: UUID
    aggregate_type: str
    aggregate_id: UUID
    version: int
    data: Message
    occurred_at: datetime
    correlation_id: UUID
    causation_id: UUID | None = None
    actor_id: UUID | None = None
    command_id: UUID | None = None
    traceparent: str | None = None


# Told in the same statement, as each one is a way to the server and back; equal notices of a transaction go out once.
_APPEND = text(
    """
    INSERT INTO events (event_id, aggregate_type, aggregate_id, version, type, data, actor_id, occurred_at, command_id,
                        correlation_id, causation_id, traceparent, shard)
    SELECT * FROM unnest(CAST(:event_id AS uuid[]), CAST(:aggregate_type AS text[]), CAST(:aggregate_id AS uuid[]),
                         CAST(:version AS int[]), CAST(:type AS text[]), CAST(:data AS jsonb[]),
                         CAST(:actor_id AS uuid[]), CAST(:occurred_at AS timestamptz[]), CAST(:command_id AS uuid[]),
                         CAST(:correlation_id AS uuid[]), CAST(:causation_id AS uuid[]), CAST(:traceparent AS text[]),
                         CAST(:shard AS smallint[]))
    RETURNING pg_notify(:channel, '')
    """
)
_LAST = text(
    "SELECT coalesce(max(version), 0) FROM events WHERE aggregate_type = :type AND aggregate_id = CAST(:id AS uuid)"
)
_NOTIFY = text("SELECT pg_notify(:channel, '')")


async def append(connection: AsyncConnection, events: Sequence[Event]) -> None:
    """Write events in this transaction, and wake the relay when it commits."""
    if not events:
        return
    await connection.execute(
        _APPEND,
        {
            "event_id": [event.event_id for event in events],
            "aggregate_type": [event.aggregate_type for event in events],
            "aggregate_id": [event.aggregate_id for event in events],
            "version": [event.version for event in events],
            "type": [event.data.TYPE for event in events],
            "data": [event.data.model_dump_json() for event in events],
            "actor_id": [event.actor_id for event in events],
            "occurred_at": [event.occurred_at for event in events],
            "command_id": [event.command_id for event in events],
            "correlation_id": [event.correlation_id for event in events],
            "causation_id": [event.causation_id for event in events],
            "traceparent": [event.traceparent for event in events],
            "shard": [shard_of(event.aggregate_id) for event in events],
            "channel": CHANNEL,
        },
    )


async def last_version(connection: AsyncConnection, aggregate_type: str, aggregate_id: UUID) -> int:
    """The version of the last event of an aggregate that has no row of its own; 0 if there is none."""
    found = await connection.execute(_LAST, {"type": aggregate_type, "id": aggregate_id})
    return int(found.scalar_one())


async def wake_relay(connection: AsyncConnection) -> None:
    """Wake the relay when this transaction, which appends no event, commits."""
    await connection.execute(_NOTIFY, {"channel": CHANNEL})


def body_of(row: Any, source: str) -> bytes:
    """The message that a row of `events` is published as: its data goes out as it was written, without being read."""
    head = {
        "specversion": "1.0",
        "id": row.event_id,
        "source": source,
        "type": row.type,
        "subject": f"{row.aggregate_type}/{row.aggregate_id}",
        "time": row.occurred_at,
        "datacontenttype": "application/json",
        "dataschema": dataschema(row.type),
        "correlationid": row.correlation_id,
        "causationid": row.causation_id,
        "sequence": f"{row.version:010d}",
        "traceparent": row.traceparent,
    }
    data = row.data if isinstance(row.data, str) else json.dumps(row.data)
    return to_json(head, exclude_none=True)[:-1] + b',"data":' + data.encode() + b"}"
