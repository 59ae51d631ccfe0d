"""Fixtures of the tests of the notifier."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from aiohttp import web
from notifier_support import MIGRATIONS, TOKEN, Desk, TestSettings, Town
from pydantic import SecretStr

from zavhoz_chassis.database import Database
from zavhoz_chassis.migrations import migrate
from zavhoz_messaging.publisher import publishing
from zavhoz_sandbox.client import SandboxClient
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app


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


def _named(server: str, database: str) -> str:
    return urlunsplit(urlsplit(server)._replace(scheme="postgresql+asyncpg", path=f"/{database}"))


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """The name of a database with the notifier's tables, to be copied."""
    name = f"test_notifier_{secrets.token_hex(6)}"
    _apart(migrate, _named(postgres_url, name), MIGRATIONS)
    yield name
    _execute(postgres_url, f'DROP DATABASE "{name}"')


@pytest.fixture
def migrated_url(postgres_url: str, template: str) -> Iterator[str]:
    """Address of a fresh database with the notifier's tables, for SQLAlchemy."""
    name = f"test_{secrets.token_hex(6)}"
    _execute(postgres_url, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield _named(postgres_url, name)
    _execute(postgres_url, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextlib.asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def town(migrated_url: str, amqp_vhost_url: str, redis_url: str) -> AsyncIterator[Town]:
    """Everything around the notifier; its limits are out of the way unless a test sets them."""
    token = f"{secrets.randbelow(10**9) + 10**9}:stand-in"
    desk = Desk()
    async with contextlib.AsyncExitStack() as stack:
        telegram_url = await stack.enter_async_context(_served(make_app(Sandbox(token))))
        api_url = await stack.enter_async_context(_served(desk.app()))
        sandbox = await stack.enter_async_context(SandboxClient(telegram_url))
        publisher = await stack.enter_async_context(publishing(amqp_vhost_url, "test"))
        database = Database(migrated_url, pool_size=3)
        stack.push_async_callback(database.close)
        settings = TestSettings(
            test_database=SecretStr(migrated_url),
            postgres_url=SecretStr("postgresql://unused"),
            amqp_url=SecretStr(amqp_vhost_url),
            redis_url=SecretStr(redis_url),
            requests_api_url=SecretStr(api_url),
            api_token=SecretStr(TOKEN),
            bot_token=SecretStr(token),
            telegram_api_url=SecretStr(telegram_url),
            send_rate=10_000,
            chat_rate=10_000,
            group_rate=600_000,
        )
        yield Town(desk, sandbox, publisher, database, settings, amqp_vhost_url)
