"""What is promised when something breaks: nothing that Telegram was told to forget is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
import signal
from uuid import uuid4

import pytest
from gateway_support import CREATE, REGISTER, REJECT, System, bot_messages, until
from prometheus_client import REGISTRY
from pydantic import SecretStr

from zavhoz_contracts import identity
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_devstack.faults.proxy import Proxy
from zavhoz_gateway.application.lists import Lists
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import QuestionPress, RequestPress

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffc0000b080010001001011100ffd9")
DRAFT = "Новая заявка"
SEND = "📨 Отправить"


async def last_update(system: System) -> dict[str, object]:
    updates: list[dict[str, object]] = (await system.sandbox.updates())["updates"]
    return updates[-1]


async def rejectable(system: System, person: Person) -> SeenMessage:
    """A message with [Reject] under it."""
    data = RequestPress(action=Action.REJECT, request_id=uuid4(), version=2).pack()
    keyboard = {"inline_keyboard": [[{"text": "reject", "callback_data": data}]]}
    await system.telegram("sendMessage", chat_id=person.id, text="the card", reply_markup=keyboard)
    return await person.wait_for("the card")


async def test_with_the_broker_away_the_update_is_kept_and_processed_after_its_return(gate: System) -> None:
    anna, boris = await gate.someone(), await gate.someone("Борис")
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    await gate.confirmed()
    gate.amqp.cut()
    await anna.press(draft, SEND, timeout=0)
    await until(lambda: "no confirm" in gate.health.report()["updates"], "the outage shows")
    await boris.text("/my")
    await boris.wait_for("Открытых заявок у вас нет")
    assert await gate.pending() == 2, "Telegram is not told to forget what is not durable, nor what came after it"
    assert gate.commands.of(CREATE) == []
    gate.amqp.mend()
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert created.data.description == "Течёт кран на кухне"
    await gate.confirmed()
    await until(lambda: gate.health.ready, "ready again")
    assert {command.id for command in gate.commands.of(CREATE)} == {created.id}, "said again only under its own id"
    assert len(bot_messages(await boris.chat())) == 1, "fetched again meanwhile, and not handled again"


async def test_the_broker_may_come_later_than_the_gateway(around: System) -> None:
    around.amqp.cut()
    anna = await around.someone(known=False)
    await anna.text("/start")
    async with around.gateway(ready=False):
        await until(lambda: "no confirm" in around.health.report().get("updates", ""), "the outage shows")
        around.amqp.mend()
        await around.commands.wait_for(1, REGISTER)
        await anna.wait_for("Здравствуйте")
        await until(lambda: around.health.ready, "a ready gateway")
    assert await around.pending() == 0


async def test_an_update_delivered_again_has_no_second_effect(gate: System) -> None:
    anna = await gate.someone(known=False)
    await anna.text("/start")
    await anna.wait_for("Здравствуйте")
    start = await last_update(gate)
    await anna.text("Течёт кран на кухне")
    await anna.wait_for(DRAFT)
    words = await last_update(gate)
    await gate.confirmed()
    for update in (start, words, start):
        await gate.sandbox.inject(update)
        await gate.confirmed()
    assert len(bot_messages(await anna.chat())) == 2
    assert len(gate.commands.messages) == 1


async def test_an_update_delivered_again_to_the_next_process_neither(around: System) -> None:
    anna = await around.someone(known=False)
    async with around.gateway():
        await anna.text("/start")
        await anna.wait_for("Здравствуйте")
        update = await last_update(around)
    assert await around.pending() == 0, "the drain tells Telegram"
    await around.sandbox.inject(update)
    async with around.gateway():
        await around.confirmed()
    assert len(bot_messages(await anna.chat())) == 1
    assert len(around.commands.messages) == 1


async def test_without_redis_a_duplicate_makes_the_same_command(gate: System) -> None:
    gate.redis.cut()
    anna = await gate.someone(known=False)
    await anna.text("Течёт кран на кухне")
    await gate.commands.wait_for(1, CREATE)
    update = await last_update(gate)
    await gate.confirmed()
    await gate.sandbox.inject(update)
    first, second = await gate.commands.wait_for(2, CREATE)
    assert (first.id, first.data) == (second.id, second.data)


async def test_without_redis_a_plain_message_is_filed_as_it_is(gate: System) -> None:
    gate.redis.cut()
    anna = await gate.someone()
    message = await anna.photo(JPEG, caption="Сломан стул")
    said = await anna.wait_for("Черновики сейчас не работают")
    assert "со средним приоритетом" in said.text
    (created,) = await gate.commands.wait_for(1, CREATE)
    assert created.data.description == "Сломан стул"
    assert len(created.data.attachments) == 1
    assert created.data.request_id == identity.request_id_of_draft(gate.bot_id, anna.id, message.id)
    assert created.data.origin.message_id is None
    assert created.data.origin.callback_query_id is None
    await anna.text("ы" * 1001)
    await anna.wait_for("Слишком длинно")
    await until(lambda: gate.health.report()["redis"] != "ok", "readiness names Redis")
    await gate.confirmed()


async def test_without_redis_drafts_and_questions_say_so_and_work_again_after_its_return(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("Течёт кран на кухне")
    draft = await anna.wait_for(DRAFT)
    card = await rejectable(gate, anna)
    await gate.confirmed()  # seen is not saved yet: without Redis it would be filed as it is
    gate.redis.cut()
    for label in (SEND, "🔴 Высокий", "🗑 Удалить"):
        answer = await anna.press(draft, label)
        assert answer is not None
        assert answer.alert
        assert "Сейчас с черновиком ничего не сделать" in answer.text
    for message, data in (
        (card, card.data("reject")),
        (draft, QuestionPress(action=Action.REJECT, request_id=uuid4()).pack()),
    ):
        answer = await anna.press(message, data=data)
        assert answer is not None
        assert "Сейчас спросить не получается" in answer.text
    gate.redis.mend()
    await until(lambda: gate.health.ready, "ready again")
    await anna.press(draft, SEND, timeout=0)
    await gate.commands.wait_for(1, CREATE)
    await anna.text("И лампа не горит")
    await anna.wait_for("И лампа не горит")


async def test_what_redis_did_not_hear_of_is_not_sent_so_that_nothing_is_added_to_what_is(around: System) -> None:
    """A draft that was sent and counts as open would take the next message in, which would then never be filed."""
    async with Proxy(around.redis.url) as way, around.gateway(redis_url=SecretStr(way.url(around.redis.url))):
        anna = await around.someone()
        await anna.text("Течёт кран на кухне")
        draft = await anna.wait_for(DRAFT)
        await around.confirmed()
        way.cut_when("to server", lambda data: b'"state":"sent"' in data, times=2)
        answer = await anna.press(draft, SEND)
        assert answer is not None
        assert "Сейчас с черновиком ничего не сделать" in answer.text
        assert around.commands.of(CREATE) == []
        await anna.press(draft, SEND, timeout=0)
        (created,) = await around.commands.wait_for(1, CREATE)
        assert created.data.description == "Течёт кран на кухне"
        await anna.text("И лампа не горит")
        other = await anna.wait_for("И лампа не горит")
        assert other.id != draft.id
        assert "кран" not in other.text


async def test_what_was_filed_as_it_is_does_not_come_back_as_a_draft(around: System) -> None:
    """Redis has kept the draft, and nobody has heard that it did."""
    async with Proxy(around.redis.url) as way, around.gateway(redis_url=SecretStr(way.url(around.redis.url))):
        anna = await around.someone()
        trap = way.cut_when("to server", lambda data: b'"state":"open"' in data, passing=True, times=2)
        await anna.text("Течёт кран на кухне")
        await around.commands.wait_for(1, CREATE)
        assert trap.sprung == 2
        await around.confirmed()
        await anna.text("И лампа не горит")
        assert "кран" not in (await anna.wait_for("И лампа не горит")).text
        await around.confirmed()
        assert len(around.commands.of(CREATE)) == 1


async def test_a_crash_after_the_publish_repeats_the_same_command(around: System) -> None:
    anna = await around.someone(known=False)
    async with around.gateway_process(LEASE_SECONDS="2") as process:
        # The greeting hangs, so the command is out and the update is not finished.
        await around.sandbox.fault("slow", method="sendMessage", seconds=30)
        await anna.text("/start")
        await around.commands.wait_for(1, REGISTER)
        process.kill()
        await process.wait()
    assert await around.pending() == 1
    await around.sandbox.clear_faults()
    async with around.gateway():
        first, second = await around.commands.wait_for(2, REGISTER)
        assert first.id == second.id
        await anna.wait_for("Здравствуйте")
        await around.confirmed()
    assert len(around.commands.messages) == 2


async def test_a_crash_after_an_answer_was_taken_does_not_make_a_draft_of_it(around: System) -> None:
    boris = await around.someone("Борис")
    await boris.text("/start")
    async with around.gateway_process(LEASE_SECONDS="2") as process:
        await boris.wait_for("Здравствуйте")
        await boris.press(await rejectable(around, boris), "reject")
        await boris.wait_for("Почему заявка отклоняется?")
        await around.sandbox.fault("slow", method="editMessageText", seconds=30)
        await boris.text("Это не к нам")
        await around.commands.wait_for(1, REJECT)

        async def editing() -> bool:
            return not around.stand_in.faults.waiting()

        await wait_until(editing, "the gateway closes the question")
        process.kill()
        await process.wait()
    await around.sandbox.clear_faults()
    async with around.gateway():
        first, second = await around.commands.wait_for(2, REJECT)
        assert (first.id, first.data.reason) == (second.id, second.data.reason)
        await boris.wait_for("Причина получена")
        await around.confirmed()
    assert not any(DRAFT in message.text for message in await boris.chat())


async def test_sigterm_finishes_what_is_in_hand_and_tells_telegram(around: System) -> None:
    anna = await around.someone(known=False)
    async with around.gateway_process() as process:
        await around.sandbox.fault("slow", method="sendMessage", seconds=0.5)
        await anna.text("/start")
        await around.commands.wait_for(1, REGISTER)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(20):
            assert await process.wait() == 0
    assert await around.pending() == 0
    assert len(bot_messages(await anna.chat())) == 1


async def test_a_stop_during_an_outage_is_quick_and_leaves_the_update_with_telegram(around: System) -> None:
    anna = await around.someone(known=False)
    async with around.gateway():
        around.amqp.cut()
        await anna.text("/start")
        await until(lambda: "no confirm" in around.health.report()["updates"], "the outage shows")
    assert await around.pending() == 1
    around.amqp.mend()
    async with around.gateway():
        await anna.wait_for("Здравствуйте")
        await around.confirmed()
    assert {command.id for command in around.commands.messages} == {
        identity.command_id_of_message(around.bot_id, "message", anna.id, (await anna.chat())[0].id, ordinal=1)
    }


async def test_a_bug_is_an_honest_sentence_and_stops_nobody(gate: System, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = await gate.someone()
    await anna.text("/start")
    greeting = await anna.wait_for("Здравствуйте")

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    failed = REGISTRY.get_sample_value("zavhoz_updates_total", {"kind": "message", "result": "failed"}) or 0
    with monkeypatch.context() as patch:
        patch.setattr(Lists, "show", broken)
        patch.setattr(Lists, "turn", broken)
        message = await anna.text("/my")
        said = await anna.wait_for("У нас что-то сломалось")
        assert str(identity.command_id_of_message(gate.bot_id, "message", anna.id, message.id))[:8] in said.text
        answer = await anna.press(greeting, "Мои заявки")
        assert answer is not None
        assert answer.alert
        assert "У нас что-то сломалось" in answer.text
        await gate.confirmed()
    assert REGISTRY.get_sample_value("zavhoz_updates_total", {"kind": "message", "result": "failed"}) == failed + 1
    assert gate.health.ready
    await anna.text("/my")
    await anna.wait_for("Открытых заявок у вас нет")


def conflicts() -> float:
    return REGISTRY.get_sample_value("zavhoz_polling_failures_total", {"reason": "PollingConflict"}) or 0.0


async def test_another_poller_shows_until_it_is_gone_and_is_logged_once(
    around: System, capsys: pytest.CaptureFixture[str]
) -> None:
    anna = await around.someone()
    async with around.gateway(poll_seconds=2):
        before = conflicts()

        async def disturbed() -> bool:
            await around.telegram("getUpdates", timeout=0)
            return conflicts() >= before + 2

        await wait_until(disturbed, "conflicts are counted")
        assert "PollingConflict" in around.health.report()["telegram"]
        await anna.text("/my")
        await anna.wait_for("Открытых заявок у вас нет")
        await until(lambda: around.health.ready, "ready again")
    assert capsys.readouterr().out.count("detail='PollingConflict") == 1


async def test_a_token_that_telegram_does_not_accept_shows(around: System) -> None:
    around.bot_token += "-not"
    async with around.gateway(ready=False):
        await until(lambda: "token" in around.health.report().get("telegram", ""), "readiness names the token")


async def test_an_answer_of_telegrams_that_got_lost_is_asked_for_again(gate: System) -> None:
    anna = await gate.someone()
    await gate.sandbox.fault("drop_after_receipt", method="sendMessage", chat=anna.id)
    await gate.sandbox.fault("5xx", method="sendMessage", chat=anna.id)
    await anna.text("/my")
    await gate.confirmed()
    assert {message.text for message in bot_messages(await anna.chat())} == {(await anna.chat())[-1].text}
    assert [call["status"] for call in await gate.sandbox.calls("sendMessage")] == [200, 502, 200]
