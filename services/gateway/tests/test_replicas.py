"""Any number of gateways: one person's updates one at a time across them, and nothing lost when one dies."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from secrets import randbelow
from time import monotonic

import pytest
from aiohttp import ClientError
from gateway_support import REGISTER, WEBHOOK_SECRET, Proxy, System, bot_messages, post, said, until
from prometheus_client import REGISTRY
from pydantic import SecretStr

from zavhoz_chassis.health import Health
from zavhoz_gateway.domain.draft import Draft
from zavhoz_gateway.entrypoints import turns as module
from zavhoz_gateway.entrypoints.turns import Turns, TurnTaken
from zavhoz_gateway.store.connection import RedisStore, redis_store
from zavhoz_gateway.store.drafts import Drafts
from zavhoz_gateway.store.leases import WAITING_MS, RedisLeases
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person

DRAFT = "Новая заявка"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisStore]:
    async with redis_store(redis_url, Health(), randbelow(10**12)) as store:
        yield store


async def test_a_lease_is_one_holders_at_a_time(redis: RedisStore) -> None:
    leases, others = RedisLeases(redis, 60), RedisLeases(redis, 60)
    one, other = leases.lease("x"), others.lease("x")
    assert await one.take()
    assert await leases.lease("x").take(), "whose answer was lost asks again"
    assert not await other.take()
    assert not await other.renew()
    assert not await other.release(), "nobody gives back what is another's"
    assert not await other.take()
    assert await others.lease("y").take()
    assert 59_000 < await redis.call("PTTL", redis.shared_key("x", "lease")) <= 60_000
    assert await one.renew()
    assert await one.release()
    assert not await one.renew(), "what was given back is not had again by renewing it"
    assert await other.take()


async def test_a_lease_that_is_not_renewed_ends(redis: RedisStore) -> None:
    one, other = RedisLeases(redis, 0.2).lease("x"), RedisLeases(redis, 0.2).lease("x")
    assert await one.take()
    await wait_until(other.take, "the end of the first lease", timeout=5)
    assert not await one.renew()
    assert not await one.release()


async def test_who_waits_with_the_lowest_number_comes_first_unless_they_wait_no_more(redis: RedisStore) -> None:
    holder, late, early = (RedisLeases(redis, 60).lease("x", order=order) for order in (900, 12, 11))
    assert await holder.take()
    assert not await late.take()
    assert not await early.take()
    await holder.release()
    assert not await late.take(), "the earlier one waits"
    assert await early.take()
    assert not await late.take()
    await early.release()
    assert await late.take()
    assert not await early.take()
    await late.release()
    begun = monotonic()
    await wait_until(late.take, "the earlier one is forgotten: its process is dead", timeout=WAITING_MS / 1000 + 5)
    assert monotonic() - begun > WAITING_MS / 1000 / 2


@contextlib.asynccontextmanager
async def replica(redis: RedisStore, seconds: float = 60) -> AsyncIterator[Turns]:
    turns, stop = Turns(RedisLeases(redis, seconds)), asyncio.Event()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(turns.run(stop))
        yield turns
        stop.set()


async def test_one_persons_turns_come_one_at_a_time_in_order_from_both_replicas(redis: RedisStore) -> None:
    order: list[int] = []
    busy = 0

    async def one(turns: Turns, update_id: int, person: str = "a") -> None:
        nonlocal busy
        async with turns.turn(person, update_id):
            busy += 1
            assert busy == 1
            order.append(update_id)
            await asyncio.sleep(0.01)
            busy -= 1

    async with replica(redis) as first, replica(redis) as second, asyncio.TaskGroup() as group, first.turn("a", 1):
        for number in range(2, 12):
            group.create_task(one((first, second)[number % 2], number))
            await asyncio.sleep(0)
        async with second.turn("b", 1):
            pass  # another person does not wait
        key = redis.shared_key("a", "waiting")

        async def both_wait() -> bool:
            return bool(await redis.call("HEXISTS", key, 3))

        await wait_until(both_wait, "the other replica waits")
    assert order == list(range(2, 12))


async def test_a_turn_is_held_longer_than_its_lease(redis: RedisStore) -> None:
    async with replica(redis, 0.3) as first, replica(redis, 0.3) as second, asyncio.TaskGroup() as group:
        async with first.turn("a", 1):
            waiting = group.create_task(second.turn("a", 2).__aenter__())
            begun = monotonic()
            await until(lambda: monotonic() - begun > 1, "three leases' time")
            assert not waiting.done()
        await waiting


async def test_who_dies_is_succeeded(redis: RedisStore) -> None:
    dead = RedisLeases(redis, 0.5).lease("a", order=1)
    assert await dead.take()
    async with replica(redis) as second:
        begun = monotonic()
        async with second.turn("a", 2):
            assert 0.2 < monotonic() - begun < 5


async def test_a_turn_that_does_not_come_is_a_failure_that_passes(
    redis: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.2)
    assert await RedisLeases(redis, 60).lease("a").take()
    async with replica(redis) as second:
        with pytest.raises(TurnTaken):
            async with second.turn("a", 2):
                raise AssertionError("it is another's turn")


async def test_a_turn_that_could_not_be_given_back_is_had_again_at_once(redis_url: str) -> None:
    async with (
        Proxy(redis_url).serving() as proxy,
        redis_store(proxy.url, Health(), randbelow(10**12)) as redis,
        replica(redis) as turns,
    ):
        async with turns.turn("a", 1):
            proxy.cut()
        proxy.mend()
        async with asyncio.timeout(10), turns.turn("a", 2):  # of the 60 s that its lease was for
            assert await redis.call("EXISTS", redis.shared_key("a", "lease"))


async def test_without_redis_a_replica_keeps_order_by_itself() -> None:
    order: list[int] = []

    async def one(turns: Turns, update_id: int) -> None:
        async with turns.turn("a", update_id):
            order.append(update_id)
            await asyncio.sleep(0)
            order.append(update_id)

    async with redis_store("redis://127.0.0.1:1/0", Health(), 1) as store, replica(store, 0.1) as turns:
        await asyncio.gather(*(one(turns, number) for number in (1, 2, 3)))
    assert order == [1, 1, 2, 2, 3, 3]


async def chatting(system: System) -> Person:
    """Somebody with an open draft."""
    anna: Person = await system.someone()
    await anna.text("Течёт кран")
    await anna.wait_for(DRAFT)
    await system.confirmed()
    return anna


async def test_messages_that_come_to_two_replicas_enter_the_draft_in_order(around: System) -> None:
    async with around.webhook() as first, around.webhook(webhook_url=SecretStr(first)) as second:
        anna = await chatting(around)
        await around.sandbox.fault("slow", method="editMessageText", seconds=1)
        in_hand = REGISTRY.get_sample_value("zavhoz_updates_in_hand") or 0
        async with asyncio.TaskGroup() as group:
            answers = []
            for number in range(1, 7):
                update = said(anna, 100 + number, f"строка {number}")
                answers.append(group.create_task(post((first, second)[number % 2], update)))

                def arrived(number: int = number) -> bool:
                    return REGISTRY.get_sample_value("zavhoz_updates_in_hand") == in_hand + number

                await until(arrived, "the update is in hand")
        assert [answer.result() for answer in answers] == [(200, None)] * 6
        lines = [f"строка {number}" for number in range(1, 7)]
        await anna.wait_for("\n".join(["Течёт кран", *lines]))
        assert len(bot_messages(await anna.chat())) == 1


async def test_a_lease_that_is_lost_loses_nothing(around: System, monkeypatch: pytest.MonkeyPatch) -> None:
    save, reached, go_on = Drafts.save, asyncio.Event(), asyncio.Event()

    async def held(self: Drafts, draft: Draft) -> Draft:
        if "первая" in draft.text and not reached.is_set():
            reached.set()
            await go_on.wait()
        return await save(self, draft)

    async with around.webhook() as first, around.webhook(webhook_url=SecretStr(first)) as second:
        anna = await chatting(around)
        monkeypatch.setattr(Drafts, "save", held)
        async with asyncio.TaskGroup() as group:
            slow = group.create_task(post(first, said(anna, 101, "первая")))
            await reached.wait()
            async with redis_store(around.redis.url, Health(), around.bot_id) as store:
                assert await store.call("DEL", store.shared_key(f"person:{anna.id}", "lease")) == 1
            assert await post(second, said(anna, 102, "вторая")) == (200, None)
            go_on.set()
        assert slow.result() == (503, "1"), "the draft has another revision"
        assert await post(second, said(anna, 101, "первая")) == (200, None)
        await anna.wait_for("Течёт кран\nвторая\nпервая")


async def test_what_a_killed_replica_had_in_hand_is_done_by_another(around: System) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    async with around.webhook(lease_seconds=2) as second:
        anna = await chatting(around)
        there = f"http://127.0.0.1:{port}/telegram"
        environment = {"WEBHOOK_URL": there, "WEBHOOK_SECRET": WEBHOOK_SECRET, "LEASE_SECONDS": "2"}
        async with around.gateway_process(**environment, HTTP_PORT=str(port)) as process:
            await around.sandbox.fault("slow", method="sendMessage", seconds=30)
            async with asyncio.TaskGroup() as group:
                broken_off = group.create_task(failing(there, anna))
                await around.commands.wait_for(1, REGISTER)
                process.kill()
                await process.wait()
            assert broken_off.done()
        await around.sandbox.clear_faults()
        begun = monotonic()
        assert await post(second, said(anna, 101, "/start")) == (200, None)
        assert monotonic() - begun < 10
    first, again = await around.commands.wait_for(2, REGISTER)
    assert first.id == again.id
    assert sum("Здравствуйте" in message.text for message in bot_messages(await anna.chat())) == 1


async def failing(url: str, person: Person) -> None:
    """Send /start to a replica that dies of something else meanwhile."""
    with pytest.raises(ClientError):
        await post(url, said(person, 101, "/start"))
