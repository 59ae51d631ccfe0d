"""Telegram says no, says nothing, says it twice: nothing is lost, nothing is doubled, and it shows."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from functools import partial
from typing import Any

import pytest
from faults_support import Fire, checks
from redis.asyncio import Redis
from telegram_support import arrived, call, errors, filed, last_call, rows, writes

from zavhoz_devstack.faults.crowd import MANAGERS, Crowd
from zavhoz_messaging.testing import wait_until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]
ACTIVE, PASSIVE = MANAGERS


async def _again(fire: Fire, updates: list[dict[str, Any]]) -> None:
    """Have Telegram deliver updates once more, until one was known: those below the offset are forgotten at once."""
    before = await _duplicates(fire)
    for update in updates:
        await fire.sandbox.inject(update)

    async def known() -> bool:
        if await _duplicates(fire) > before:
            return True
        await fire.sandbox.inject(updates[-1])
        return False

    await wait_until(known, "what came twice is known", timeout=60)


async def _duplicates(fire: Fire) -> float:
    return await fire.metric("gateway", "zavhoz_updates_total", result="duplicate")


async def _drafts_are_shown_once(fire: Fire, crowd: Crowd) -> None:
    """Each text has become one draft, however often it came."""
    sent = [one["arguments"]["text"] for one in await fire.sandbox.calls("sendMessage") if one["status"] == 200]
    shown = Counter(mark for _, _, mark in crowd.drafts for text in sent if f"{mark}:" in text and text[0] == "📝")
    assert not {mark: count for mark, count in shown.items() if count > 1}


async def test_whatever_is_answered_under_load(fire: Fire) -> None:
    async with fire.load() as crowd:
        await crowd.until(30)
        before = {name: await errors(fire, name) for name in ("telegram_busy", "telegram_unknown", "too_many_requests")}
        await fire.sandbox.fault("429", chat=ACTIVE, retry_after=1)
        await fire.sandbox.fault("drop_before_receipt", method="sendMessage", times=4)
        await fire.sandbox.fault("drop_after_receipt", method="sendMessage", times=4)
        await fire.sandbox.fault("drop_after_receipt", method="editMessageText", times=4)
        await fire.sandbox.fault("5xx", times=6)
        await crowd.until(60)
        await _again(fire, (await fire.sandbox.updates())["updates"][-20:])

        async def met() -> bool:
            return not await fire.sandbox.faults()

        await wait_until(met, "all of that is met by calls", timeout=60)
        await crowd.until(80)
    found = await fire.audit(crowd)
    assert found.unknown
    for name, count in before.items():
        assert await errors(fire, name) > count, f"no metric names {name}"


@pytest.mark.exhaustive
async def test_the_same_update_again_at_once_and_much_later(fire: Fire) -> None:
    async with fire.load() as crowd:
        for count in (40, 60, 80):
            await crowd.until(count)
            updates = (await fire.sandbox.updates())["updates"]
            await _again(fire, random.Random(count).sample(updates, 20) + updates[-10:])
    await _drafts_are_shown_once(fire, crowd)
    # Much later: by another process, whose memory of updates is gone, too.
    await fire.audit(crowd)
    updates = (await fire.sandbox.updates())["updates"]
    commands = [one for one in updates if "callback_query" in one or "reply_to_message" in one["message"]]
    await fire.service("gateway").terminate()
    async with Redis.from_url(fire.stack.servers["Redis"].url) as redis:
        await redis.flushall()
    fire.service("gateway").start()
    await fire.ready()
    for update in commands[-100:]:
        await fire.sandbox.inject(update)
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_ids_that_jump_down_after_a_quiet_week(fire: Fire) -> None:
    async with fire.load() as crowd:
        await crowd.until(20)
    await fire.audit(crowd)
    await fire.sandbox.set_ids(update=1)
    async with fire.load() as later:
        await later.until(60)
    await fire.audit(later)


@pytest.mark.exhaustive
async def test_a_chat_that_is_told_to_wait_waits_and_no_other(fire: Fire) -> None:
    async with fire.load() as crowd:
        await crowd.until(20)
        since = await last_call(fire)
        chat = crowd.people[0]
        await fire.sandbox.fault("429", chat=chat, retry_after=3)

        async def waited() -> bool:
            calls = await writes(fire, since=since, chat=chat)
            return bool(calls) and any(one["status"] == 200 for one in calls) and not await fire.sandbox.faults()

        await wait_until(waited, "the chat is written to again", timeout=30)
        await crowd.until(80)
    calls = await writes(fire, since=since)
    (refused,) = [one for one in calls if one["status"] == 429]
    soon = [one for one in calls if 100 < one["started_ms"] - refused["finished_ms"] < 2_900]
    assert not [one for one in soon if one["chat"] == chat], "the chat was written to before its time"
    assert len({one["chat"] for one in soon}) > 2, "other chats were not written to meanwhile"
    await fire.audit(crowd)


@pytest.mark.exhaustive
@pytest.mark.parametrize("first", ["gateway", "notifier"])
async def test_what_one_service_is_told_to_wait_for_the_other_waits_for_too(fire: Fire, first: str) -> None:
    """The gateway and the notifier speak in the same chat: neither may until the time is over."""
    manager, anna = await arrived(fire, ACTIVE, "Марина"), await arrived(fire, 750_001, "Анна")
    async with fire.load(people=3, managers=(PASSIVE,)) as crowd:
        card = await filed(anna, f"Не горит лампа у входа ({first})")
        seen = await manager.wait_for(lambda one: one.text.startswith(f"{card.text.split()[0]} "))
        since = await last_call(fire)
        await fire.sandbox.fault("429", chat=anna.id, retry_after=3)
        speaking = [partial(anna.text, "/my"), partial(manager.text, f"Когда? ({first})", reply_to=seen.id)]
        if first == "notifier":
            speaking.reverse()
        await speaking[0]()

        async def refused() -> bool:
            return any(one["status"] == 429 for one in await writes(fire, since=since, chat=anna.id))

        await wait_until(refused, "one of them is told to wait")
        await speaking[1]()
        await anna.wait_for("Когда?", after=card.id)
        await anna.wait_for("Мои заявки", after=card.id)
        await crowd.until(40)
    spoken = await writes(fire, since=since, chat=anna.id)
    (told,) = [one for one in spoken if one["status"] == 429]
    after = spoken[spoken.index(told) + 1 :]
    assert min(one["started_ms"] for one in after) >= told["finished_ms"] + 2_900
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_a_bot_that_is_told_to_wait_waits(fire: Fire) -> None:
    async with fire.load() as crowd:
        await crowd.until(20)
        since = await last_call(fire)
        await fire.sandbox.fault("429", method="sendMessage", times=12, retry_after=3)
        await crowd.until(80)
    calls = await writes(fire, since=since)
    refused = [one for one in calls if one["status"] == 429]
    assert len(refused) == 12
    told = next(one for n, one in enumerate(refused) if len({earlier["chat"] for earlier in refused[: n + 1]}) >= 3)
    last = max(one["finished_ms"] for one in refused)
    early = [one for one in calls if last + 100 < one["started_ms"] < told["finished_ms"] + 2_900]
    assert not early, "the bot wrote before its time"
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_who_blocks_the_bot_holds_up_nobody_and_is_back_when_they_write(fire: Fire) -> None:
    person = await fire.sandbox.person(PASSIVE, f"Завхоз {PASSIVE}")
    await person.text("/start")
    await person.wait_for("Здравствуйте")
    async with fire.load(managers=(ACTIVE,)) as crowd:
        await person.block()
        try:
            await crowd.until(40)

            async def marked() -> bool:
                found = await rows(fire, "requests", "SELECT reachable FROM people WHERE telegram_id = $1", PASSIVE)
                return [row[0] for row in found] == [False]

            await wait_until(marked, "who blocked the bot is marked", timeout=30)
            assert await fire.metric("notifier", "zavhoz_deliveries_total", state="refused") >= 1
            await crowd.until(crowd.commands + 30)  # what was planned before is tried
            since = await last_call(fire)
            await crowd.until(crowd.commands + 40)
            assert not await writes(fire, since=since, chat=PASSIVE), "who is marked is not written to"
        finally:
            await person.unblock()
        back = await person.text("/my")

        async def told_again() -> bool:
            # The gateway asks who somebody is once a minute at most: until then it does not know that they were away.
            await person.text("/my")
            return bool(await fire.chats.see(PASSIVE, lambda one: one.text[:1] == "#", after=back.id, seconds=5))

        await wait_until(told_again, "who is back is told of requests", timeout=90)
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_a_chat_that_is_not_found_holds_up_nobody(fire: Fire) -> None:
    person = await fire.sandbox.person(PASSIVE, f"Завхоз {PASSIVE}")
    await person.text("/start")
    await person.wait_for("Здравствуйте")
    refused = await errors(fire, "unreachable")
    await fire.sandbox.fault("400", chat=PASSIVE, times=None)
    async with fire.load(managers=(ACTIVE,)) as crowd:
        await crowd.until(80)
    assert await errors(fire, "unreachable") > refused
    await fire.sandbox.clear_faults()
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_a_card_that_is_gone_goes_on_in_a_new_message(fire: Fire) -> None:
    """A manager who only looks on deletes cards as they come; what happens later is told in a new one."""
    person = await fire.sandbox.person(PASSIVE, f"Завхоз {PASSIVE}")
    await person.text("/start")
    await person.wait_for("Здравствуйте")
    since = await last_call(fire)
    cards = fire.chats.watch(PASSIVE)
    deleted: set[int] = set()
    async with fire.load(managers=(ACTIVE,)) as crowd:
        while len(deleted) < 10:
            async with asyncio.timeout(30):
                card = await cards.get()
            assert card is not None
            if card.text.startswith("#") and "Открыта" in card.text and card.id not in deleted:
                assert await call(fire, "deleteMessage", chat_id=PASSIVE, message_id=card.id) == 200
                deleted.add(card.id)
        await crowd.until(80)
    await fire.audit(crowd)
    live = await rows(fire, "notifier", "SELECT message_id FROM live_cards WHERE chat_id = $1", PASSIVE)
    # One that was deleted after all had happened to its request is not looked at again.
    calls = await writes(fire, since=since, chat=PASSIVE)
    gone = {one["arguments"]["message_id"] for one in calls if one["status"] == 400}
    assert gone & deleted, "no card was drawn whose message was gone"
    assert not gone & {row[0] for row in live}, "a card is taken for shown that is gone"


@pytest.mark.exhaustive
async def test_a_group_that_becomes_another_is_told_there_once(fire: Fire) -> None:
    """It need not be bound: what is said there is planned by hand."""
    old, new = -500_001, -1_000_000_500_001
    group = await fire.sandbox.group(old, "Общежитие", type="group")
    await group.migrate(new)
    async with fire.load() as crowd:
        await crowd.until(20)
        await rows(
            fire,
            "notifier",
            "INSERT INTO deliveries (id, cause_id, kind, lane, urgency, chat_id, language, content)"
            " SELECT gen_random_uuid(), gen_random_uuid(), 'notice', $1, '1', $2, 'ru',"
            " jsonb_build_object('text', 'Новость ' || number, 'rows', '[]'::jsonb) FROM generate_series(0, 4) number",
            f"chat:{old}",
            old,
        )
        await crowd.until(60)
    await fire.audit(crowd)
    sent = [one for one in await writes(fire, chat=new) if one["status"] == 200]
    assert [one["arguments"]["text"] for one in sent] == [f"Новость {number}" for number in range(5)]
    assert len(await writes(fire, chat=old)) == 1, "the old chat is asked once"


@pytest.mark.exhaustive
async def test_broken_altogether_it_shows_and_goes_on(fire: Fire) -> None:
    async with fire.load() as crowd:
        await crowd.until(40)
        await fire.sandbox.fault("5xx", times=None)
        assert "TelegramBusy" in await fire.unready("gateway", "telegram")
        assert await fire.metric("gateway", "zavhoz_polling_failures_total", reason="TelegramBusy") >= 1
        await fire.sandbox.clear_faults()
        await fire.ready()
        await crowd.until(80)
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_cut_before_and_after_receipt_and_silent_after_it(fire: Fire) -> None:
    async with fire.load() as crowd:
        await crowd.until(20)
        before = await errors(fire, "telegram_unknown")
        await fire.sandbox.fault("slow", method="sendMessage", times=2, seconds=12)
        await fire.sandbox.fault("drop_before_receipt", method="sendMessage", times=15)
        await fire.sandbox.fault("drop_after_receipt", method="sendMessage", times=15)
        await fire.sandbox.fault("drop_after_receipt", method="editMessageText", times=15)
        await fire.sandbox.fault("drop_after_receipt", method="answerCallbackQuery", times=15)
        await crowd.until(120)
        assert await errors(fire, "telegram_unknown") >= before + 10
    await fire.sandbox.clear_faults()
    found = await fire.audit(crowd)
    assert found.unknown


@pytest.mark.exhaustive
async def test_another_poller_shows_and_loses_nothing(fire: Fire) -> None:
    async with fire.load(people=2) as crowd:
        await crowd.until(20)

        async def disturbed() -> bool:
            await call(fire, "getUpdates", timeout=0)
            return "PollingConflict" in (await checks(fire.service("gateway"))).get("telegram", "")

        await wait_until(disturbed, "readiness says that another polls", timeout=60)
        assert await fire.metric("gateway", "zavhoz_polling_failures_total", reason="PollingConflict") >= 1
        await fire.ready()
        await crowd.until(60)
    await fire.audit(crowd)


@pytest.mark.exhaustive
async def test_a_wrong_token_shows_and_is_not_tried_again_and_again(fire: Fire) -> None:
    right = fire.stack.bot_token
    async with fire.load(patience=20) as crowd:
        await crowd.until(20)
        for name in ("gateway", "notifier"):
            service = fire.service(name)
            service.kill()
            service.env["BOT_TOKEN"] = right + "-not"
            began, refused = time.monotonic(), fire.chats.statuses[401]
            service.start()

            async def says_so(name: str = name) -> bool:
                return "token" in (await checks(fire.service(name))).get("telegram", "")

            await wait_until(says_so, f"{name} says that the token is wrong", timeout=30)
            await _refused_several_times(fire, name)
            waiting = await rows(fire, "notifier", "SELECT count(*) FROM deliveries WHERE finished_at IS NULL")
            tries = 1 + (time.monotonic() - began) / (1.0 if name == "gateway" else 2.0)
            assert fire.chats.statuses[401] - refused <= tries * (waiting[0][0] + 1)
            service.kill()
            service.env["BOT_TOKEN"] = right
            service.start()
            await fire.ready(name)
        await crowd.until(60)
    await fire.audit(crowd)


async def _refused_several_times(fire: Fire, name: str) -> None:
    async def so() -> bool:
        return await fire.metric(name, "zavhoz_bot_api_call_seconds_count", result="telegram_unavailable") >= 3

    await wait_until(so, f"{name} has tried three times", timeout=30)
