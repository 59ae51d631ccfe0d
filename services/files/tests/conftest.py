"""Fixtures of the tests of the files service. What concerns the store runs on a folder and on a real S3 server."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from files_support import Store, TestSettings, World, folder_store

from zavhoz_devstack.databases import in_turn
from zavhoz_devstack.servers.seaweedfs import SeaweedFS
from zavhoz_files.__main__ import MIGRATIONS
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.testing import subscribed
from zavhoz_sandbox.client import SandboxClient
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app

TOKEN = "100001:token-of-the-files-tests"


def bucket_store(server: SeaweedFS) -> Store:
    """A prefix of its own in the server's bucket."""
    prefix = f"test-{secrets.token_hex(6)}"
    settings = {name.lower(): value for name, value in server.settings(prefix).items()}
    return Store("s3", settings, server.bucket(prefix))


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """A store of each kind, empty."""
    if request.param == "s3":
        return bucket_store(request.getfixturevalue("s3_server"))
    return folder_store(tmp_path / "files, все")


reused_database, migrated_url = in_turn(MIGRATIONS)


@pytest.fixture
async def world(migrated_url: str, amqp_vhost_url: str, store: Store) -> AsyncIterator[World]:
    """Everything around the service."""
    runner = web.AppRunner(make_app(Sandbox(TOKEN)), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = TestSettings(
        database=migrated_url,
        postgres_url="postgresql://unused",
        amqp_url=amqp_vhost_url,
        bot_token=TOKEN,
        telegram_api_url=url,
        max_file_bytes=100_000,
        **store.settings,
    )
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        sandbox = await stack.enter_async_context(SandboxClient(url))
        subscriber = await stack.enter_async_context(subscribed(amqp_vhost_url))
        publisher = await stack.enter_async_context(publishing(amqp_vhost_url, "test"))
        anna = await sandbox.person(700_002, "Анна")
        yield World(anna, sandbox, publisher, subscriber, settings, store)
