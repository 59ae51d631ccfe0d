"""Fixtures of the tests of the requests service."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiohttp import ClientSession
from pydantic import SecretStr
from requests_support import MIGRATIONS, TOKEN, Desk, Served

from zavhoz_chassis.database import Database
from zavhoz_chassis.health import Health
from zavhoz_chassis.http import App, serving
from zavhoz_chassis.migrations import migrate
from zavhoz_requests.entrypoints.api import make_router


def _apart(work: Callable[..., Any], *arguments: Any) -> None:
    """Do something that runs an event loop of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, *arguments).result()


def _execute(url: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(url, timeout=30)
        await connection.execute(statement)
        await connection.close()

    _apart(asyncio.run, execute())


def _named(server: str, database: str, scheme: str = "postgresql+asyncpg") -> str:
    return urlunsplit(urlsplit(server)._replace(scheme=scheme, path=f"/{database}"))


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """The name of a database with the service's tables, to be copied."""
    name = f"test_requests_{secrets.token_hex(6)}"
    _apart(migrate, _named(postgres_url, name), MIGRATIONS)
    yield name
    _execute(postgres_url, f'DROP DATABASE "{name}"')


@pytest.fixture
def migrated_url(postgres_url: str, template: str) -> Iterator[str]:
    """Address of a fresh database with the service's tables, for SQLAlchemy."""
    name = f"test_{secrets.token_hex(6)}"
    _execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _named(postgres_url, name)
    _execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


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
