"""The tables of the notifier. It keeps no copy of people or requests: only what concerns delivery."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from zavhoz_messaging.inbox import inbox_table
from zavhoz_messaging.outbox import events_table

metadata: Final = MetaData()
inbox: Final = inbox_table(metadata)
events: Final = events_table(metadata)

deliveries: Final = Table(
    "deliveries",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("cause_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("person_id", Uuid),
    Column("request_id", Uuid),
    Column("content", JSONB, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'pending'")),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("unknown", Integer, nullable=False, server_default=text("0")),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("claimed_at", DateTime(timezone=True)),
    Column("finished_at", DateTime(timezone=True)),
    Column("message_id", BigInteger),
    Column("error", Text),
    Column("traceparent", Text),
    Column("planned_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Index(
        "deliveries_waiting",
        "lane",
        "urgency",
        "position",
        postgresql_where=text("state = 'pending' AND kind <> 'answer'"),
    ),
    Index("deliveries_of_person", "person_id"),
    Index("deliveries_answers", "position", postgresql_where=text("state = 'pending' AND kind = 'answer'")),
    Index("deliveries_under_way", "lane", postgresql_where=text("state = 'attempting'")),
    Index(
        "deliveries_cards_to_draw",
        "chat_id",
        "request_id",
        postgresql_where=text("state = 'pending' AND kind = 'card'"),
    ),
)

live_cards: Final = Table(
    "live_cards",
    metadata,
    Column("chat_id", BigInteger, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("message_id", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("person_id", Uuid),
    Column("thread_id", BigInteger),
    Index("live_cards_of_request", "request_id"),
    Index("live_cards_of_person", "person_id"),
)

group_topics: Final = Table(
    "group_topics",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("thread_id", BigInteger),
    Column("claimed_at", DateTime(timezone=True)),
)
"""The topics that were made in staff groups. Without a thread: whoever has claimed the row is making it."""

group_chats: Final = Table(
    "group_chats",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("without_topics", Text),
    Column("gone", Boolean, nullable=False, server_default=text("false")),
    Column("moved_to", BigInteger),
)
"""What Telegram said of groups: no topics there, the bot is not there, the chat has another id."""

sequences: Final = Table(
    "sequences",
    metadata,
    Column("source", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
)

reachability: Final = Table(
    "reachability",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("reachable", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)

preferences: Final = Table(
    "preferences",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("quiet_start", SmallInteger),
    Column("quiet_end", SmallInteger),
    Column("digest_hour", SmallInteger),
    CheckConstraint("(quiet_start IS NULL) = (quiet_end IS NULL)", name="preferences_quiet"),
)
"""Quiet hours, hours of the organisation's day. Who holds something for a person, or lets it go, locks the row.

`digest_hour` is when a manager is told how things stand: none is the usual hour, -1 never.
"""

digests: Final = Table(
    "digests",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True),
)
"""Who was told how things stand, on which day of the organisation; kept for some days."""

mutes: Final = Table(
    "mutes",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("request_id", Uuid, primary_key=True),
    Column("muted_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
)

held: Final = Table(
    "held",
    metadata,
    Column("delivery_id", Uuid, primary_key=True),
    Column("position", BigInteger, Identity(always=True), nullable=False),
    Column("person_id", Uuid, nullable=False),
    Column("request_id", Uuid, nullable=False),
    Column("chat_id", BigInteger, nullable=False),
    Column("language", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Index("held_of_person", "person_id", "position"),
    Index("held_due", "due_at"),
)
"""What somebody was not told in quiet hours: that it happened, without a word of it."""

erased: Final = Table(
    "erased",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
)
"""Who was erased: what is still on its way to them is not said."""
