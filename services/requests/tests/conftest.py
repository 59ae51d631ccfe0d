"""Fixtures of the tests of the requests service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import pytest
from requests_support import MIGRATIONS, Desk

from zavhoz_chassis.database import Database, migrate


@pytest.fixture
def migrated_url(database_url: str) -> str:
    """Address of a fresh database with the service's tables, for SQLAlchemy."""
    url = urlunsplit(urlsplit(database_url)._replace(scheme="postgresql+asyncpg"))
    with ThreadPoolExecutor(1) as pool:  # Alembic runs a loop of its own
        pool.submit(migrate, url, MIGRATIONS).result()
    return url


@pytest.fixture
async def desk(migrated_url: str) -> AsyncIterator[Desk]:
    """The service without a broker."""
    database = Database(migrated_url, pool_size=5)
    yield Desk(database)
    await asyncio.wait_for(database.close(), 10)
