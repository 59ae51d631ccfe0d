"""Fixtures of the tests of the notifier."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from notifier_support import MIGRATIONS, TOKEN, Desk, TestSettings, Town
from pydantic import SecretStr

from zavhoz_chassis.database import Database
from zavhoz_devstack.databases import in_turn
from zavhoz_messaging.publisher import publishing
from zavhoz_sandbox.client import SandboxClient
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app

reused_database, migrated_url = in_turn(MIGRATIONS)


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
