"""The tables of the files service."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, MetaData, Table, Text, Uuid, text

from zavhoz_messaging.inbox import inbox_table
from zavhoz_messaging.outbox import events_table

metadata: Final = MetaData()
inbox: Final = inbox_table(metadata)
events: Final = events_table(metadata)

attachments: Final = Table(
    "attachments",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("sha256", Text),
    Column("size", BigInteger),
    Column("media_type", Text),
    Column("key", Text, index=True),
    Column("file_name", Text),
    Column("settled_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
    Column("uploader_id", Uuid, index=True),
    CheckConstraint("state IN ('stored', 'refused', 'erased')", name="attachments_state"),
)

erased: Final = Table(
    "erased",
    metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
)
"""Who was erased: what of theirs is still on its way is not kept."""

uploads: Final = Table(
    "uploads",
    metadata,
    Column("attachment_id", Uuid, primary_key=True),
    Column("key", Text, nullable=False, index=True),
    Column("begun_at", DateTime(timezone=True), nullable=False, server_default=text("clock_timestamp()")),
)
"""What is being written into the store, from before that begins until a row of `attachments` names it."""
