"""Services that are stopped politely, and frozen, while people work."""

from __future__ import annotations

import asyncio
import signal
import time

import pytest
from faults_support import Fire

from zavhoz_messaging.failpoints import VARIABLE, Point
from zavhoz_messaging.testing import wait_until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]
SERVICES = ("gateway", "requests", "notifier", "files")
DRAINED_SECONDS = 25.0
OTHERS = ("gateway", "notifier", "files")
LISTED_SECONDS = 30.0
HEARTBEATS_SECONDS = 60.0
"""Much longer than the broker waits for heartbeats of 5 s."""


@pytest.mark.parametrize("times", [2, pytest.param(100, marks=pytest.mark.exhaustive)])
async def test_sigterm_under_load(fire: Fire, times: int) -> None:
    took: list[float] = []
    async with fire.load() as crowd:
        for _ in range(times):
            await crowd.until(crowd.commands + 5)
            for name in SERVICES:
                took.append(await _stopped(fire, name))
                fire.service(name).start()
                await fire.ready(name)
    await fire.audit(crowd)
    figures = f"{len(took)} stops: median {sorted(took)[len(took) // 2]:.2f} s, longest {max(took):.2f} s"
    print(figures)
    assert max(took) < DRAINED_SECONDS


async def _stopped(fire: Fire, name: str) -> float:
    """Stop a service politely; how many seconds it took."""
    began = time.monotonic()
    assert await fire.service(name).terminate() == 0
    return time.monotonic() - began


@pytest.mark.parametrize("name", ["requests", *(pytest.param(one, marks=pytest.mark.exhaustive) for one in OTHERS)])
async def test_frozen_until_the_broker_gives_it_up(fire: Fire, name: str) -> None:
    service = fire.service(name)
    async with fire.load() as crowd:
        await crowd.until(20)

        async def listed() -> bool:
            return bool(await _connections(fire, name))

        async def given_up() -> bool:
            return not await listed()

        await wait_until(listed, f"the broker lists the connections of {name}", timeout=LISTED_SECONDS)
        service.send(signal.SIGSTOP)
        await wait_until(given_up, f"the broker gives up {name}", timeout=HEARTBEATS_SECONDS)
        service.send(signal.SIGCONT)
        await fire.ready(name)
        await crowd.until(crowd.commands + 20)
    await fire.audit(crowd)


async def _connections(fire: Fire, name: str) -> set[str]:
    """The names of a service's connections, as far as the broker's statistics, seconds behind, know of them."""
    found = await asyncio.to_thread(fire.stack.broker.management().call, "GET", "connections")
    assert isinstance(found, list)
    names = {one["client_properties"].get("connection_name", "") for one in found}
    return {one for one in names if one.startswith(f"{name}.")}


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", ["requests", "notifier", "files"])
async def test_a_handler_that_hangs_for_longer_than_the_broker_waits_for_an_ack(fire: Fire, name: str) -> None:
    """Alive and connected, and silent about its messages: the broker closes the channel, and the work comes again."""
    service = fire.service(name)
    await _consumer_timeout(fire, milliseconds=1_000)
    async with fire.load(photo_every=2) as crowd:
        await crowd.until(20)
        service.kill()
        service.env[VARIABLE] = f"{Point.TAKEN}=2*off->1*hang"
        service.start()

        async def hangs() -> bool:
            return "action=hang" in fire.stack.state.log("zavhoz").read_text()

        await wait_until(hangs, f"{name} hangs", timeout=60)
        # Nobody is answered until the broker has closed the channel: then all that it had in hand comes again.
        await crowd.until(crowd.commands + 20)
    await fire.audit(crowd)
    service.env.pop(VARIABLE)
    await _consumer_timeout(fire, milliseconds=1_800_000)


async def _consumer_timeout(fire: Fire, *, milliseconds: int) -> None:
    """How long the broker waits for an ack (30 minutes by default), and how often it looks (each minute)."""
    looks = min(60_000, milliseconds)
    wanted = {"consumer_timeout": milliseconds, "channel_tick_interval": looks}
    said = ", ".join(f"application:set_env(rabbit, {name}, {value})" for name, value in wanted.items()) + "."
    await asyncio.to_thread(fire.stack.broker.control, "eval", said)
