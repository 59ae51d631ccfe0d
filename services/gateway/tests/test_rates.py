"""At most so many new requests of one person in a while; nothing typed is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from secrets import randbelow
from uuid import uuid4

import pytest
from gateway_support import CREATE, System
from prometheus_client import REGISTRY

from zavhoz_chassis.health import Health
from zavhoz_gateway.store.connection import RedisStore, redis_store
from zavhoz_gateway.store.rates import Rate
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.texts import Texts

SEND = "📨 Отправить"


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[RedisStore]:
    async with redis_store(redis_url, Health(), randbelow(10**12)) as store:
        yield store


async def test_the_window_slides(redis: RedisStore) -> None:
    rate = Rate(redis, "filed", limit=2, seconds=1)
    first, second, third = uuid4(), uuid4(), uuid4()
    assert [await rate.count(1, one) for one in (first, second, first, second)] == [0, 0, 0, 0], "each counts once"
    assert await rate.count(1, third) == 1
    assert await rate.count(2, third) == 0, "each person for themselves"

    async def room() -> bool:
        return await rate.count(1, third) == 0

    await wait_until(room, "room for the third", timeout=5)


async def test_of_many_at_once_no_more_get_through(redis: RedisStore) -> None:
    rate = Rate(redis, "filed", limit=5, seconds=60)
    waits = await asyncio.gather(*(rate.count(1, uuid4()) for _ in range(20)))
    assert sorted(waits)[:5] == [0] * 5
    assert all(59 <= wait <= 60 for wait in sorted(waits)[5:])


async def test_a_lower_limit_counts_what_was_filed_before_it(redis: RedisStore) -> None:
    for _ in range(4):
        assert await Rate(redis, "filed", limit=5, seconds=60).count(1, uuid4()) == 0
    assert await Rate(redis, "filed", limit=2, seconds=60).count(1, uuid4()) > 0


async def drafted(person: Person, words: str) -> SeenMessage:
    said = await person.text(words)
    return await person.wait_for(words, after=said.id)


async def test_the_sixth_request_in_a_minute_waits_and_its_draft_stays(gate: System) -> None:
    anna = await gate.someone()
    refused = REGISTRY.get_sample_value("zavhoz_too_many_requests_total") or 0
    for number in range(5):
        draft = await drafted(anna, f"Не горит лампа номер {number}")
        await anna.press(draft, SEND, timeout=0)
        await gate.commands.wait_for(number + 1, CREATE)
    await anna.press(draft, SEND, timeout=0)
    await gate.commands.wait_for(6, CREATE)

    sixth = await drafted(anna, "Не горит и шестая лампа")
    answer = await anna.press(sixth, SEND)
    assert answer is not None
    assert answer.alert
    assert "Эту можно будет отправить через " in answer.text
    assert REGISTRY.get_sample_value("zavhoz_too_many_requests_total") == refused + 1
    await anna.text("она в коридоре")
    grown = await anna.wait_for("она в коридоре", after=sixth.id - 1)
    assert grown.id == sixth.id, "the draft is still open"
    await gate.confirmed()
    assert len(gate.commands.of(CREATE)) == 6

    await gate.forget(anna, "filed")
    await anna.press(sixth, SEND, timeout=0)
    assert "она в коридоре" in (await gate.commands.wait_for(7, CREATE))[-1].data.description


async def test_the_limit_is_a_setting(around: System) -> None:
    anna = await around.someone(language_code="en")
    async with around.gateway(filing_limit=1, filing_seconds=3600):
        await anna.press(await drafted(anna, "The first lamp is broken"), "📨 Send", timeout=0)
        await around.commands.wait_for(1, CREATE)
        answer = await anna.press(await drafted(anna, "The second lamp is broken"), "📨 Send")
        assert answer is not None
        assert "You can send this one in 3" in answer.text


@pytest.mark.parametrize(
    ("language", "n", "said"),
    [
        ("ru", 1, "через 1 секунду;"), ("ru", 21, "через 21 секунду;"), ("ru", 3, "через 3 секунды;"),
        ("ru", 11, "через 11 секунд;"), ("ru", 60, "через 60 секунд;"),
        ("en", 1, "in 1 second;"), ("en", 2, "in 2 seconds;"),
    ],
)  # fmt: skip
def test_the_sentence_is_right_in_number_and_fits_an_alert(language: str, n: int, said: str) -> None:
    sentence = Texts.load().for_language(language).plural("draft.too_often", n)
    assert said in sentence
    assert len(sentence) <= 200
