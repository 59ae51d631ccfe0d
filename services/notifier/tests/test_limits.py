"""Telegram's limits with their real rates, shared through Redis by all who speak for one bot."""

from __future__ import annotations

import asyncio
import secrets
import time
from uuid import uuid4

import pytest
from notifier_support import Town
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from zavhoz_notifier.domain.delivery import notice
from zavhoz_notifier.store import deliveries
from zavhoz_notifier.store.limiter import LONGEST_WAIT, Limiter, NoSlotYet
from zavhoz_telegram.pauses import Pauses

REAL = {"send_rate": 25.0, "chat_rate": 1.0, "group_rate": 20.0}


async def test_one_a_second_in_a_chat_and_twenty_five_overall_over_two_replicas(town: Town) -> None:
    chats = [await town.someone(100 + n, f"Житель {n}") for n in range(40)]
    planned = [notice(uuid4(), one.chat_id, "ru", "Новость") for one in chats]
    planned += [notice(uuid4(), chats[0].chat_id, "ru", f"Новость {n}") for n in range(2)]
    async with town.database.transaction() as connection:
        await deliveries.plan(connection, planned)
    began = time.time() * 1000
    async with town.notifier("sender", **REAL), town.notifier("sender", **REAL):
        await town.idle()
    calls = await town.writes("sendMessage")
    assert all(call["status"] == 200 for call in calls)
    assert len(calls) == 42
    # The way to Telegram can only delay a call: no slot was earlier than this, however slow the machine is.
    assert _none_earlier(began, 1000 / 25, [call["started_ms"] for call in calls])
    assert _none_earlier(began, 1000, [call["started_ms"] for call in calls if call["chat"] == chats[0].chat_id])


def _none_earlier(began: float, interval: float, times: list[float]) -> bool:
    return all(at >= began + n * interval for n, at in enumerate(sorted(times)))


async def test_two_replicas_share_one_rate(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    bot_id = secrets.randbelow(10**9)
    replicas = [Limiter(redis, bot_id, overall=25, chat=1, group=20) for _ in range(2)]
    times: list[float] = []

    async def take(chat_id: int) -> None:
        await replicas[chat_id % 2].slot(chat_id)
        times.append(time.time() * 1000)

    began = time.time() * 1000
    await asyncio.gather(*(take(chat_id) for chat_id in range(1, 31)))
    assert _none_earlier(began - 5, 1000 / 25, times)  # a timer of the event loop may be some milliseconds early
    await redis.aclose()


async def test_a_group_has_three_seconds_between_messages(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    limiter = Limiter(redis, secrets.randbelow(10**9), overall=25, chat=1, group=20)
    await limiter.slot(-100)
    with pytest.raises(NoSlotYet) as wait:
        await limiter.slot(-100)
    assert LONGEST_WAIT < wait.value.seconds <= 3
    with pytest.raises(NoSlotYet) as again:
        await limiter.slot(-100)
    assert again.value.seconds <= wait.value.seconds  # asking takes no place in the queue
    await limiter.slot(7)
    await redis.aclose()


async def test_what_another_service_was_told_to_wait_for_is_waited_for(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    bot_id = secrets.randbelow(10**9)
    limiter = Limiter(redis, bot_id, overall=25, chat=1, group=20)
    others = Pauses(redis.execute_command, bot_id)
    await others.pause("7", 30)
    await others.pause("7", 1)  # never shortened
    with pytest.raises(NoSlotYet) as wait:
        await limiter.slot(7)
    assert 25 < wait.value.seconds <= 30
    await limiter.slot(8)
    for chat_id in (1, 2, 3):
        await limiter.pause(chat_id, 30)
    assert await others.left(9) > 25, "several chats at once: it was the bot that was told"
    with pytest.raises(NoSlotYet):
        await limiter.slot(9)
    await redis.aclose()


async def test_without_redis_each_process_keeps_the_same_rates() -> None:
    redis = Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    health: dict[str, bool] = {}
    limiter = Limiter(redis, 1, overall=25, chat=1, group=20, on_health=lambda name, ok, _: health.update({name: ok}))
    await limiter.slot(-100)
    with pytest.raises(NoSlotYet):
        await limiter.slot(-100)
    await limiter.pause(8, 30)
    with pytest.raises(NoSlotYet):
        await limiter.slot(8)
    await limiter.slot(7)
    assert health == {"redis": False}
    await redis.aclose()
