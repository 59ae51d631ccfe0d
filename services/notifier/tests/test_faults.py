"""What must hold when things break or are full: at most two times the same words, and nobody waits for others."""

from __future__ import annotations

import asyncio
import socket
import time
from uuid import uuid4

import pytest
from notifier_support import Town, delete, done
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis.database import DatabaseUnavailable
from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.commands import CreateRequest
from zavhoz_messaging.testing import wait_until
from zavhoz_notifier.domain.delivery import Delivery, Placement, Urgency, answer, card, notice
from zavhoz_notifier.store import deliveries
from zavhoz_telegram.cards import draw_card


async def _plan(town: Town, *planned: Delivery) -> None:
    async with town.database.transaction() as connection:
        await deliveries.plan(connection, list(planned))


def _news(chat_id: int) -> Delivery:
    return notice(uuid4(), chat_id, "ru", "Новость")


async def _pause_everything(town: Town, seconds: float) -> None:
    redis = Redis.from_url(town.settings.redis_url.get_secret_value())
    until = int((time.time() + seconds) * 1e6)
    await redis.set(f"zavhoz:limit:{{{town.settings.bot_id}}}:all", until, px=int(seconds * 1000) + 1000)
    await redis.aclose()


async def test_a_press_does_not_wait_behind_a_backlog(town: Town) -> None:
    chats = [await town.someone(100 + n, f"Житель {n}") for n in range(60)]
    anna = await town.someone(1, "Анна")
    query = await anna.press(await anna.draft())
    await _plan(town, *(_news(one.chat_id) for one in chats), answer(uuid4(), query, 1, "ru", "Принято"))
    async with town.notifier("sender", send_rate=10.0, chat_rate=1.0):
        assert await town.sandbox.answer(query, 20) is not None
        assert len(await town.writes("sendMessage")) < 30, "most of the backlog, six seconds long, was still there"
        await town.idle()


async def test_a_press_does_not_wait_while_everything_else_is_paused(town: Town) -> None:
    chats = [await town.someone(100 + n, f"Житель {n}") for n in range(30)]
    anna = await town.someone(1, "Анна")
    query = await anna.press(await anna.draft())
    await _pause_everything(town, 3)
    await _plan(town, *(_news(one.chat_id) for one in chats), answer(uuid4(), query, 1, "ru", "Принято"))
    async with town.notifier("sender"):
        assert await town.sandbox.answer(query, 2) is not None
        await town.idle()


async def test_whoever_waits_for_the_limits_is_not_taken_for_crashed(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    await _pause_everything(town, 3)
    await _plan(town, _news(anna.chat_id))
    async with town.notifier("sender", lease_seconds=1):
        await town.idle()
    assert len(await anna.chat()) == 1
    assert [tuple(row) for row in await town.rows("SELECT state, unknown FROM deliveries")] == [("sent", 0)]


async def test_a_slow_answer_is_not_taken_for_a_crash(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    await town.sandbox.fault("slow", chat=anna.chat_id, seconds=3)
    await _plan(town, _news(anna.chat_id))
    async with town.notifier("sender", lease_seconds=1), town.notifier("sender", lease_seconds=1):
        await town.idle()
    assert len(await anna.chat()) == 1
    assert [tuple(row) for row in await town.rows("SELECT state, unknown FROM deliveries")] == [("sent", 0)]


async def test_an_attempt_whose_lease_ended_is_not_made_again_by_whoever_is_still_at_it(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    await town.sandbox.fault("slow", chat=anna.chat_id, seconds=3)
    await _plan(town, _news(anna.chat_id))

    async def under_way() -> bool:
        return await town.states() == {"attempting": 1}

    async with town.notifier("sender"):
        await wait_until(under_way, "an attempt")
        async with town.database.transaction() as connection:
            await deliveries.expire(connection, 0)  # as after an absence of the database
        await wait_until(under_way, "that it is taken once more")
        await town.idle()
    assert len(await anna.chat()) == 1
    assert [tuple(row) for row in await town.rows("SELECT state, unknown FROM deliveries")] == [("sent", 1)]


@pytest.mark.parametrize("placement", [Placement.NEW, Placement.APPEAR])
async def test_a_message_whose_sender_dies_each_time_is_tried_twice(town: Town, placement: Placement) -> None:
    await _plan(town, card(uuid4(), 1, "ru", uuid4(), uuid4(), placement), _news(2))
    claimed = 0
    for _ in range(4):
        async with town.database.transaction() as connection:
            await deliveries.expire(connection, 20)
            claimed += len(await deliveries.claim_chats(connection, 10))
        async with town.database.transaction() as connection:
            await connection.execute(text("UPDATE deliveries SET claimed_at = claimed_at - interval '1 hour'"))
    assert claimed == 4
    assert await town.states() == {"unknown": 2}


async def test_a_card_sent_anew_for_its_message_was_gone_is_sent_at_most_twice(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    draft = await anna.draft()
    created = town.desk.created(anna.known)
    request = town.desk.requests[created.data.request_id]
    await delete(town, anna.chat_id, draft.id)
    outcome = done(
        anna.known, request, command=CreateRequest.TYPE, message_id=draft.id, query=await anna.press(await anna.draft())
    )
    await town.sandbox.fault("drop_after_receipt", method="sendMessage", chat=anna.chat_id, times=2)
    async with town.notifier():
        await town.settle(outcome)
    cards = [message for message in await anna.chat() if request.title in message.text]
    assert len(cards) == 2
    assert cards[0].text == cards[1].text


async def test_two_replicas_never_speak_in_one_chat_at_once(town: Town) -> None:
    await _plan(town, _news(1))
    async with asyncio.TaskGroup() as group, town.database.transaction() as first:
        assert len(await deliveries.claim_chats(first, 10)) == 1
        urgent = card(uuid4(), 1, "ru", uuid4(), uuid4(), Placement.CONVERT, message_id=5, urgency=Urgency.NOW)
        await _plan(town, urgent)
        other = group.create_task(_claim(town))
        waiting = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"

        async def it_waits() -> bool:
            rows = await first.execute(text(waiting))
            return other.done() or rows.first() is not None

        await wait_until(it_waits, "the other replica waits or is through")
    assert other.result() == []


async def test_presses_and_chats_have_hands_of_their_own_the_most_urgent_first(town: Town) -> None:
    urgent = card(uuid4(), 4, "ru", uuid4(), uuid4(), Placement.CONVERT, message_id=5, urgency=Urgency.NOW)
    presses = [answer(uuid4(), str(number), 1, "ru") for number in range(3)]
    await _plan(town, _news(1), _news(2), _news(3), urgent, *presses)
    async with town.database.transaction() as connection:
        assert [one.id for one in await deliveries.claim_chats(connection, 1)] == [urgent.id]
        assert {one.id for one in await deliveries.claim_answers(connection, 2)} == {presses[0].id, presses[1].id}
        async with town.database.transaction() as other:
            assert [one.id for one in await deliveries.claim_answers(other, 9)] == [presses[2].id]
        assert len(await deliveries.claim_chats(connection, 9)) == 3


async def test_whoever_waits_for_hands_or_in_a_lane_does_not_wait_for_the_poll(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zavhoz_notifier.application.hands._POLL_SECONDS", 600.0)
    monkeypatch.setattr("zavhoz_notifier.application.sending._ANSWERS_AT_ONCE", 2)
    anna, marina = await town.someone(1, "Анна"), await town.someone(2, "Марина", Role.MANAGER)
    presses = [answer(uuid4(), str(number), anna.chat_id, "ru") for number in range(7)]
    await _plan(town, *presses)
    async with town.notifier("sender"):
        await town.idle()
    await _plan(town, *(_news(anna.chat_id) for _ in range(4)))
    async with town.notifier():
        await town.idle()
        await town.settle(town.desk.created(anna.known))
    assert await town.states() == {"sent": len(presses) + 5}
    assert (len(await anna.chat()), len(await marina.chat())) == (4, 1)


async def test_who_pressed_waits_for_no_company(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zavhoz_notifier.application.sending._COMPANY_SECONDS", 600.0)
    anna = await town.someone(1, "Анна")
    draft = await anna.draft()
    query = await anna.press(draft)
    request = town.desk.requests[town.desk.created(anna.known).data.request_id]
    await _plan(town, _news(anna.chat_id))
    async with asyncio.timeout(60), town.notifier():
        await town.idle()  # from now on chats wait
        await town.publish(done(anna.known, request, command=CreateRequest.TYPE, message_id=draft.id, query=query))
        assert await town.sandbox.answer(query, 20) is not None
    assert await town.states() == {"sent": 2, "pending": 1}


async def _claim(town: Town) -> list[Delivery]:
    async with town.database.transaction() as connection:
        return await deliveries.claim_chats(connection, 10)


async def test_what_was_sent_is_recorded_though_the_database_was_away(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = await town.someone(1, "Анна")
    await _plan(town, _news(anna.chat_id))
    finish, failures = deliveries.finish, [DatabaseUnavailable("restarting"), DatabaseUnavailable("restarting")]

    async def failing(connection: AsyncConnection, *given: object, **named: object) -> None:
        if failures:
            raise failures.pop()
        await finish(connection, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(deliveries, "finish", failing)
    async with town.notifier("sender"):
        await town.idle()
    assert not failures
    assert len(await anna.chat()) == 1
    assert await town.states() == {"sent": 1}


async def test_with_redis_away_people_are_told_and_readiness_says_so(town: Town) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"redis://127.0.0.1:{free.getsockname()[1]}/0"
    anna = await town.someone(1, "Анна")
    await _plan(town, _news(anna.chat_id))
    async with town.notifier("sender", redis_url=SecretStr(nobody)) as process:
        await town.idle()
        assert process.health.report()["redis"] != "ok"
    assert len(await anna.chat()) == 1


async def test_a_press_answered_says_nothing_about_the_read_api(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    request_id = town.desk.created(anna.known).data.request_id
    await _plan(town, card(uuid4(), 2, "ru", marina.known.person_id, request_id, Placement.NEW))
    town.desk.away = True
    async with town.notifier("sender") as process:

        async def away() -> bool:
            return process.health.report().get("requests-api", "ok") != "ok"

        await wait_until(away, "readiness says that the read API is away")
        press = answer(uuid4(), await anna.press(await anna.draft()), 1, "ru", "Принято")
        await _plan(town, press)

        async def recorded() -> bool:
            return bool(await town.rows("SELECT 1 FROM deliveries WHERE id = :id AND state = 'sent'", id=press.id))

        await wait_until(recorded, "the press is answered")
        assert await away()
        town.desk.away = False
        await town.idle()
        assert not await away()


async def test_telegram_away_is_not_ready_and_nothing_is_lost(town: Town) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    anna = await town.someone(1, "Анна")
    await _plan(town, _news(anna.chat_id))
    async with town.notifier("sender", telegram_api_url=SecretStr(nobody)) as process:

        async def away() -> bool:
            return process.health.report().get("telegram", "ok") != "ok"

        await wait_until(away, "readiness says that Telegram is away")
    async with town.notifier("sender"):
        await town.idle()
    assert [tuple(row) for row in await town.rows("SELECT state, unknown FROM deliveries")] == [("sent", 0)]
    assert len(await anna.chat()) == 1


async def test_a_bug_met_by_one_delivery_does_not_stop_the_others(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    marina = await town.someone(2, "Марина", Role.MANAGER)
    anna = await town.someone(1, "Анна")
    met: list[object] = []

    def drawn(*args: object) -> object:
        if not met:
            met.append(args)
            raise TypeError("a bug")
        return draw_card(*args)  # type: ignore[arg-type]

    monkeypatch.setattr("zavhoz_notifier.application.saying.draw_card", drawn)
    async with town.notifier():
        await town.settle(town.desk.created(anna.known))
    assert len(met) == 1
    assert len(await marina.chat()) == 1
