"""Fixtures of the whole-system tests."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from e2e_support import Broker, Running, one_stack, watching
from kills_support import Kills

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.environment import MANAGER_ID, UNHURRIED
from zavhoz_devstack.servers.rabbitmq import Management
from zavhoz_devstack.servers.server import Server

SETTINGS = {"CHAT_RATE": "20", "LEASE_SECONDS": "2", **UNHURRIED}
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
    broker = Broker(amqp_url, amqp_management, "e2e-shared")
    options = {"admins": [MANAGER_ID], "settings": SETTINGS, **getattr(request, "param", {})}
    with one_stack(postgresql_server.url, broker, redis_url, options) as stack:
        yield stack


@pytest_asyncio.fixture
async def running(shared_stack: Devstack) -> AsyncIterator[Running]:
    """The shared system, watched for the time of a test."""
    async with watching(shared_stack) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kills(shared_stack: Devstack) -> AsyncIterator[Kills]:
    """Stories with kills, on one system for all tests of a module, watched from its start."""
    async with watching(shared_stack) as running:
        yield Kills(running)
