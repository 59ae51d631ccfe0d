"""PostgreSQL goes away, and comes back: nothing is lost, nothing is doubled, and it shows."""

from __future__ import annotations

import asyncio

import pytest
from faults_support import Fire

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]


async def test_restarted_under_load(fire: Fire) -> None:
    server = fire.stack.servers["PostgreSQL"]
    async with fire.load() as crowd:
        await crowd.until(60)
        await asyncio.to_thread(server.kill)
        await fire.unready("requests", "postgres")
        await asyncio.to_thread(server.start)
        await fire.ready()
        await crowd.until(120)
    await fire.audit(crowd)
