"""Fixtures of the tests of the requests service."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession
from pydantic import SecretStr
from requests_support import MIGRATIONS, TOKEN, Desk, Served

from zavhoz_chassis.database import Database
from zavhoz_chassis.health import Health
from zavhoz_chassis.http import App, serving
from zavhoz_devstack.databases import in_turn
from zavhoz_requests.entrypoints.api import make_router

reused_database, migrated_url = in_turn(MIGRATIONS)


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
