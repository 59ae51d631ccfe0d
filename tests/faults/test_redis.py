"""Redis is killed, flushed, slow, or away: only unsent drafts may go, each with a word; nothing else is lost."""

from __future__ import annotations

import asyncio

import pytest
import redis.asyncio
from faults_support import Fire
from telegram_support import SEND, arrived

from zavhoz_devstack.faults.chats import Shown
from zavhoz_devstack.faults.crowd import FIRST_REQUESTER
from zavhoz_devstack.faults.proxy import Proxy
from zavhoz_messaging.testing import wait_until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]
USERS = ("gateway", "notifier")
"""The services that use Redis."""
GONE = "Этого черновика больше нет. Пришлите описание ещё раз."
AS_IT_IS = "Черновики сейчас не работают"


async def test_killed_and_back(fire: Fire) -> None:
    server = fire.stack.servers["Redis"]
    async with fire.load() as crowd:
        await crowd.until(40)
        await asyncio.to_thread(server.kill)
        await _shown(fire)
        await crowd.until(crowd.commands + 20)  # filing goes on
        await asyncio.to_thread(server.start)
        await fire.ready()
        await crowd.until(crowd.commands + 40)
    await fire.audit(crowd)


async def test_flushed(fire: Fire) -> None:
    """A draft that was there is gone; its owner is told so, once, and whoever goes on loses nothing."""
    owner = await arrived(fire, FIRST_REQUESTER + 999_000, "Житель")
    async with fire.load() as crowd:
        said = await owner.text("Сломан стул")
        draft = await fire.chats.see(owner.id, lambda one: SEND in one.labels, after=said.id, seconds=30)
        assert draft is not None
        until = crowd.commands + 60
        while crowd.commands < until:
            await crowd.until(crowd.commands + 6)
            await _flush(fire)
        query = await owner.begin_press(draft.id, SEND)
        answer = await fire.chats.wait(owner.id, lambda: fire.chats.answers.get(query), 30)
        assert answer == (GONE, True)
        again = await owner.text("Сломан стул")
        assert await fire.chats.see(owner.id, lambda one: SEND in one.labels, after=again.id, seconds=30)
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_away_for_a_whole_while(fire: Fire) -> None:
    """A plain message is a request at once, and no limit of a single person stops it."""
    server = fire.stack.servers["Redis"]
    person = await arrived(fire, FIRST_REQUESTER + 999_001, "Житель")
    gateway = fire.service("gateway")
    gateway.kill()
    gateway.env["FILING_LIMIT"] = "1"
    await asyncio.to_thread(server.kill)
    gateway.start()
    await _shown(fire)
    async with fire.load(comments=0) as crowd:
        for number in range(3):
            mark = f"q{person.id}x{number}"  # so that the managers of the crowd take it
            said = await person.text(f"{mark}: не закрывается окно")

            def filed(one: Shown, mark: str = mark) -> bool:
                return one.text.startswith("#") and mark in one.text

            assert await fire.chats.see(person.id, filed, after=said.id, seconds=60)
            assert fire.chats.chats[person.id].newest(lambda one: AS_IT_IS in one.text, said.id)
        await crowd.until(crowd.commands + 20)
    gateway.kill()
    gateway.env["FILING_LIMIT"] = "1000"
    gateway.start()
    await asyncio.to_thread(server.start)
    await fire.ready()
    await fire.audit(crowd)


@pytest.mark.exhaustive
@pytest.mark.parametrize("seconds", [0.2, 3.0], ids=["late", "too late"])
async def test_slow(fire: Fire, seconds: float) -> None:
    """Answers come late, or after nobody waits for them any more: what was asked for is done then, unbeknown."""
    async with Proxy(fire.stack.addresses.redis_url) as proxy:
        _through(fire, proxy.url(fire.stack.addresses.redis_url))
        await fire.ready()
        async with fire.load() as crowd:
            await crowd.until(40)
            proxy.slow(seconds)
            if seconds > 1:
                await _shown(fire)
            await crowd.until(crowd.commands + 20)
            proxy.slow(0)
            await fire.ready()
            await crowd.until(crowd.commands + 40)
        await fire.audit(crowd)
        _through(fire, fire.stack.addresses.redis_url)
    await fire.ready()


@pytest.mark.exhaustive
async def test_it_pauses(fire: Fire) -> None:
    async with fire.load() as crowd, _client(fire) as client:
        await crowd.until(40)
        await client.execute_command("CLIENT", "PAUSE", 10_000, "ALL")  # type: ignore[no-untyped-call]
        await _shown(fire)
        await fire.ready()
        await crowd.until(crowd.commands + 40)
    await fire.audit(crowd)


async def _shown(fire: Fire) -> None:
    """Both services say that Redis is away, and a metric of each does."""
    for name in USERS:
        await fire.unready(name, "redis")

        async def told(name: str = name) -> bool:
            return await fire.metric(name, "zavhoz_ready", check="redis") == 0

        await wait_until(told, f"the metric of {name} to tell", timeout=10)


def _through(fire: Fire, url: str) -> None:
    for name in USERS:
        fire.service(name).kill()
        fire.service(name).env["REDIS_URL"] = url
        fire.service(name).start()


def _client(fire: Fire) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(fire.stack.addresses.redis_url)


async def _flush(fire: Fire) -> None:
    async with _client(fire) as client:
        await client.flushall()
