"""Exactly one process polls; another takes over when it stops, when it dies, and when it has lost its lease."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from time import monotonic

from gateway_support import CREATE, System, until
from prometheus_client import REGISTRY

from zavhoz_chassis.health import Health
from zavhoz_gateway.store.connection import redis_store
from zavhoz_messaging.testing import wait_until

EMPTY = "Открытых заявок у вас нет"


def polls() -> float:
    """How many gateways of this process poll."""
    return REGISTRY.get_sample_value("zavhoz_polls") or 0.0


def conflicts() -> float:
    return REGISTRY.get_sample_value("zavhoz_polling_failures_total", {"reason": "PollingConflict"}) or 0.0


def lost() -> float:
    return REGISTRY.get_sample_value("zavhoz_leases_lost_total", {"what": "poller"}) or 0.0


@contextlib.asynccontextmanager
async def lease_of(system: System, holder: str | None = None) -> AsyncIterator[str | None]:
    """Who holds the poller's lease; while inside it is `holder`, if one is named."""
    async with redis_store(system.redis.url, Health(), system.bot_id) as store:
        key = store.shared_key("poller", "lease")
        if holder is not None:
            await store.call("SET", key, holder, "PX", 60_000)
        yield await store.call("GET", key)
        if holder is not None:
            await store.call("DEL", key)


async def test_one_polls_and_the_other_is_ready_to(around: System) -> None:
    anna, before = await around.someone(), conflicts()
    async with around.gateway(lease_seconds=60), around.gateway(lease_seconds=60) as standby:
        await anna.text("/my")
        await anna.wait_for(EMPTY)
        await around.confirmed()
        assert standby.ready
        assert polls() == 1
    assert conflicts() == before


async def test_after_a_stop_in_order_the_other_polls_at_once(around: System) -> None:
    anna, before = await around.someone(), conflicts()
    async with contextlib.AsyncExitStack() as stack:
        first = contextlib.AsyncExitStack()
        await first.enter_async_context(around.gateway(lease_seconds=60))
        await stack.enter_async_context(around.gateway(lease_seconds=60))
        await first.aclose()
        begun = monotonic()
        last = await anna.text("/my")
        await anna.wait_for(EMPTY, after=last.id)
        assert monotonic() - begun < 30, "long before the lease would have ended"
        assert polls() == 1
        await around.confirmed()
    assert conflicts() == before


async def test_who_is_killed_is_succeeded_within_the_leases_time(around: System) -> None:
    anna = await around.someone()
    async with around.gateway_process(LEASE_SECONDS="2") as process, around.gateway(lease_seconds=2):
        await anna.text("/my")
        await anna.wait_for(EMPTY)
        await around.confirmed()
        assert polls() == 0
        process.kill()
        await process.wait()
        begun = monotonic()
        last = await anna.text("/my")
        await anna.wait_for(EMPTY, after=last.id)
        assert monotonic() - begun < 15
        assert polls() == 1


async def test_who_has_lost_the_lease_stops_and_takes_it_again_when_it_is_free(around: System) -> None:
    anna, before = await around.someone(), lost()
    async with around.gateway(lease_seconds=1):
        async with lease_of(around, "another process"):
            await until(lambda: polls() == 0, "it polls no more")
            assert lost() == before + 1
            await anna.text("/my")
        await anna.wait_for(EMPTY)
        assert polls() == 1


async def test_a_lease_that_redis_forgot_is_taken_again(around: System) -> None:
    before = lost()
    async with around.gateway(lease_seconds=1):
        async with redis_store(around.redis.url, Health(), around.bot_id) as store:
            key = store.shared_key("poller", "lease")
            assert await store.call("DEL", key) == 1

            async def again() -> bool:
                return bool(await store.call("EXISTS", key))

            await wait_until(again, "the lease is held again")
        assert (polls(), lost()) == (1, before)


async def test_without_redis_who_polls_goes_on_and_who_stands_by_does_not_begin(around: System) -> None:
    anna, before = await around.someone(), conflicts()
    async with around.gateway(lease_seconds=1), around.gateway(lease_seconds=1):
        around.redis.cut()
        begun = monotonic()
        await until(lambda: monotonic() - begun > 2.5, "more than two leases' time")
        await anna.text("Течёт кран на кухне")
        await around.commands.wait_for(1, CREATE)
        assert polls() == 1
        around.redis.mend()
        await until(lambda: around.health.ready, "ready again")
    assert conflicts() == before


async def test_a_start_without_redis_polls_after_a_leases_time_and_files(around: System) -> None:
    anna = await around.someone()
    around.redis.cut()
    async with around.gateway(ready=False, lease_seconds=1):
        await anna.text("Течёт кран на кухне")
        (created,) = await around.commands.wait_for(1, CREATE)
        assert created.data.description == "Течёт кран на кухне"


async def test_without_redis_another_poller_is_left_alone_until_its_return(around: System) -> None:
    anna, before = await around.someone(), lost()
    async with around.gateway(lease_seconds=1, poll_seconds=2):
        around.redis.cut()

        async def gave_way() -> bool:
            await around.telegram("getUpdates", timeout=0)
            return polls() == 0

        await wait_until(gave_way, "it polls no more")
        assert lost() == before + 1
        await anna.text("/my")
        around.redis.mend()
        await anna.wait_for(EMPTY)
        assert polls() == 1
