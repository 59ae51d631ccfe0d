"""The same rows as the real service writes, as ORM classes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Identity, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_MOMENT = DateTime(timezone=True)


class Base(DeclarativeBase):
    """The naive service's own tables."""


class Inbox(Base):
    """A command that was handled, with its outcome."""

    __tablename__ = "inbox"
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(_MOMENT, server_default=text("clock_timestamp()"))
    outcome: Mapped[dict[str, Any]] = mapped_column(JSONB)
    outcome_published_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (Index("inbox_unpublished", "received_at", postgresql_where=text("outcome_published_at IS NULL")),)


class Person(Base):
    """Who sent something."""

    __tablename__ = "people"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    telegram_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    name: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime] = mapped_column(_MOMENT)


class Request(Base):
    """What is broken."""

    __tablename__ = "requests"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    version: Mapped[int]
    status: Mapped[str] = mapped_column(Text)
    priority: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    requester_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(_MOMENT)
    updated_at: Mapped[datetime] = mapped_column(_MOMENT)


class Event(Base):
    """History and outbox."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    event_id: Mapped[UUID] = mapped_column(unique=True)
    aggregate_id: Mapped[UUID]
    version: Mapped[int]
    type: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime] = mapped_column(_MOMENT)
    command_id: Mapped[UUID]
    published_at: Mapped[datetime | None] = mapped_column(_MOMENT)
    __table_args__ = (Index("events_unpublished", "id", postgresql_where=text("published_at IS NULL")),)
