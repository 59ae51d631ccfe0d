"""The network between the services and their broker fails while people work: nothing is lost, nothing is doubled."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import pytest
import pytest_asyncio
from faults_support import Fire, on_fire

from zavhoz_devstack.faults.proxy import BASIC_ACK, Proxy
from zavhoz_devstack.servers.rabbitmq import Management
from zavhoz_messaging.testing import wait_until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
SERVICES = ("gateway", "requests", "notifier", "files")
NOTICED_SECONDS = 30.0
"""Three heartbeats of five seconds are 16 to 18 s; what is above that is for a busy machine."""


@dataclass(frozen=True, slots=True)
class Networked:
    """A system, and the proxy through which all of it reaches its broker."""

    fire: Fire
    proxy: Proxy

    async def unknown(self) -> float:
        """How many publishes, of all services, were not known to have been confirmed."""
        counts = [await self.fire.metric(name, "zavhoz_publish_failures_total", reason="unknown") for name in SERVICES]
        return sum(counts)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def networked(amqp_url: str, amqp_management: Management) -> AsyncIterator[Networked]:
    name = f"network-{secrets.token_hex(6)}"
    amqp_management.make_vhost(name)
    url = urlunsplit(urlsplit(amqp_url)._replace(path=f"/{name}"))
    async with Proxy(amqp_url) as proxy, on_fire(given={"AMQP_URL": proxy.url(url)}) as fire:
        yield Networked(fire, proxy)
    amqp_management.drop_vhost(name)


async def test_cut_in_the_middle_of_a_confirm(networked: Networked) -> None:
    """The broker has the message, and its publisher never learns: it says it again, and that changes nothing."""
    async with networked.fire.load() as crowd:
        await crowd.until(20)
        trap = networked.proxy.cut_when("to client", lambda said: BASIC_ACK in said, times=12)

        async def sprung() -> bool:
            return trap.left == 0

        await wait_until(sprung, "twelve confirms to be cut off", timeout=60)
        await crowd.until(crowd.commands + 20)
    await networked.fire.audit(crowd)
    assert await networked.unknown() > 0
    assert networked.fire.heard.events


async def test_a_black_hole_is_noticed_named_and_survived(networked: Networked) -> None:
    """Nothing comes, nothing goes, and nobody says that the connection is gone."""
    fire, proxy = networked.fire, networked.proxy
    async with fire.load() as crowd:
        await crowd.until(20)
        began = time.monotonic()
        proxy.blackhole()
        for name in SERVICES:
            await fire.unready(name, "publisher", timeout=NOTICED_SECONDS)
            assert await fire.metric(name, "zavhoz_ready", check="publisher") == 0
        noticed = time.monotonic() - began
        print(f"noticed by all after {noticed:.1f} s")
        proxy.heal()
        await fire.ready()
        await crowd.until(crowd.commands + 20)
    await fire.audit(crowd)
    assert noticed > 5, "that was no black hole"


@pytest.mark.exhaustive
async def test_cut_at_random_moments(networked: Networked) -> None:
    """Every connection of every service, reset again and again."""
    moments = random.Random(5)
    cut = 0
    async with networked.fire.load() as crowd:
        for _ in range(12):
            await crowd.until(crowd.commands + moments.randint(1, 8))
            cut += networked.proxy.cut()
        await crowd.until(crowd.commands + 20)
    await networked.fire.audit(crowd)
    assert cut >= 2 * 12, "hardly anything was cut"
