"""Fixtures of the tests of the requests service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit, urlunsplit

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr
from requests_support import MIGRATIONS, TOKEN, Desk, Served

from zavhoz_chassis.database import Database
from zavhoz_chassis.health import Health
from zavhoz_chassis.http import App, serving
from zavhoz_chassis.migrations import migrate
from zavhoz_devstack.databases import ReusedDatabase
from zavhoz_requests.entrypoints.api import make_router


@pytest.fixture(scope="session")
def reused_database(postgres_url: str) -> Iterator[ReusedDatabase]:
    """A database with the service's tables, which the tests use in turn."""
    database = ReusedDatabase(postgres_url, lambda url: migrate(_for_sqlalchemy(url), MIGRATIONS))
    yield database
    database.drop()


@pytest.fixture
def migrated_url(reused_database: ReusedDatabase) -> Iterator[str]:
    """Address of a database with the service's tables and nothing in them, for SQLAlchemy."""
    with reused_database.lent() as url:
        yield _for_sqlalchemy(url)


def _for_sqlalchemy(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql+asyncpg"))


@pytest.fixture
async def desk(migrated_url: str) -> AsyncIterator[Desk]:
    """The service without a broker."""
    database = Database(migrated_url, pool_size=5)
    yield Desk(database)
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture
async def served(desk: Desk) -> AsyncIterator[Served]:
    """The read API of that service on a port."""
    app = App("requests", Health())
    app.include((make_router(desk.database, {"gateway": SecretStr(TOKEN)}),))
    async with serving(app, "127.0.0.1", 0) as port, ClientSession() as session:
        yield Served(f"http://127.0.0.1:{port}", session)
