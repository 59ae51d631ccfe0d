"""Kill -9 of every service at every failpoint, while people work: nothing is lost, nothing is doubled."""

from __future__ import annotations

import signal

import pytest
from faults_support import Fire, at_once

from zavhoz_devstack.faults.points import reached_by
from zavhoz_messaging.failpoints import VARIABLE, Point
from zavhoz_messaging.testing import wait_until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
SERVICES = ("gateway", "requests", "notifier", "files")
HITS = 3
"""It dies the third time it comes there: the first may be nothing that was under way."""


@pytest.mark.exhaustive
async def test_all_of_them_at_once(fire: Fire) -> None:
    async with fire.load(people=12, photo_every=2) as crowd:
        await crowd.until(20)
        await at_once(*(_killed_at_each(fire, name) for name in SERVICES))
    found = await fire.audit(crowd)
    assert found.applied > 20


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", SERVICES)
async def test_one_of_them(fire: Fire, name: str) -> None:
    async with fire.load(photo_every=2) as crowd:
        await crowd.until(20)
        await _killed_at_each(fire, name)
    await fire.audit(crowd)


async def _killed_at_each(fire: Fire, name: str) -> None:
    """Have a service die at each of its failpoints, and start it again."""
    service = fire.service(name)
    for point in reached_by(name):
        service.kill()
        service.env[VARIABLE] = f"{point}={HITS - 1}*off->kill"
        service.start()
        await _dead(fire, name, point)
    service.env.pop(VARIABLE)
    service.start()


async def _dead(fire: Fire, name: str, point: Point) -> None:
    service = fire.service(name)

    async def died() -> bool:
        return not service.running

    await wait_until(died, f"{name} to come to {point}", timeout=60)
    assert service.exit_code == -signal.SIGKILL


async def test_every_failpoint_is_one_of_some_service() -> None:
    elsewhere = {Point.MOVED}  # where something fails: see below
    assert {point for name in SERVICES for point in reached_by(name)} == set(Point) - elsewhere


async def test_a_retry_that_is_cut_short(fire: Fire) -> None:
    service = fire.service("requests")
    async with fire.load() as crowd:
        await crowd.until(20)
        service.kill()
        # What it decides fails, is moved on to be tried again, and there it dies.
        service.env[VARIABLE] = f"{Point.DECIDED}=3*raise(transient)->off;{Point.MOVED}=kill"
        service.start()
        await _dead(fire, "requests", Point.MOVED)
        service.env.pop(VARIABLE)
        service.start()
    await fire.audit(crowd)
