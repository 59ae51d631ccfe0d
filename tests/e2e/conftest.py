"""Fixtures of the whole-system tests."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
import pytest_asyncio
from e2e_support import watching
from kills_support import Kills

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import MANAGER_ID, MIGRATING
from zavhoz_devstack.servers.rabbitmq import Management
from zavhoz_devstack.servers.server import Server

SETTINGS = {"CHAT_RATE": "20", "FILING_LIMIT": "1000", "LEASE_SECONDS": "2"}
"""More messages a second and requests a minute than a person's; a killed gateway is succeeded sooner."""


@pytest.fixture(scope="module", autouse=True)
def unmeasured() -> Iterator[None]:
    """Whole systems start without coverage: it makes a start twice as long, and is lost with a process that is killed.

    What a service does in a process of its own is measured by its package's tests.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def shared_stack(
    request: pytest.FixtureRequest,
    postgresql_server: Server,
    amqp_url: str,
    amqp_management: Management,
    redis_url: str,
) -> Iterator[Devstack]:
    """One system for all tests of a module; each brings people of its own. See `SETTINGS`.

    A module's parameter is further options of `Devstack`.
    """
    vhost = "e2e-shared"
    amqp_management.make_vhost(vhost)
    given = {
        "POSTGRES_URL": postgresql_server.url,
        "AMQP_URL": urlunsplit(urlsplit(amqp_url)._replace(path=f"/{vhost}")),
        "REDIS_URL": redis_url,
    }
    stack = Devstack(given=given, **{"admins": [MANAGER_ID], "settings": SETTINGS, **getattr(request, "param", {})})

    async def start() -> None:
        connection = await asyncpg.connect(postgresql_server.url)
        try:
            for service in MIGRATING:
                await connection.execute(f"DROP DATABASE IF EXISTS zavhoz_{service} WITH (FORCE)")
        finally:
            await connection.close()
        await stack.__aenter__()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, start()).result()
        yield stack
        pool.submit(asyncio.run, stack.stop()).result()
    amqp_management.drop_vhost(vhost)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kills(shared_stack: Devstack) -> AsyncIterator[Kills]:
    """Stories with kills, on one system for all tests of a module, watched from its start."""
    async with watching(shared_stack) as running:
        yield Kills(running)
