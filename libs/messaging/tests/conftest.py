"""Fixtures of messaging's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from messaging_support import METADATA, Wire, wire_to
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from zavhoz_messaging.publisher import Publisher, publishing


@pytest.fixture
async def publisher(amqp_vhost_url: str) -> AsyncIterator[Publisher]:
    async with publishing(amqp_vhost_url, "test.publisher") as publisher:
        yield publisher


@pytest.fixture
async def wire(amqp_vhost_url: str) -> AsyncIterator[Wire]:
    async with wire_to(amqp_vhost_url) as wire:
        yield wire


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A fresh database with the tables of an inbox and an outbox."""
    engine = create_async_engine(database_url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=20)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield engine
    await engine.dispose()
