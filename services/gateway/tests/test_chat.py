"""Everything in a private chat but drafts: starting, lists, cards' buttons, the question, people who may nothing."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest
from gateway_support import CREATE, OPEN_CARD, REGISTER, REJECT, RESUME, TAKE, System, bot_messages, started
from read_api_double import NOW

from zavhoz_chassis.health import Health
from zavhoz_contracts import identity
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.store.connection import redis_store
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import ListPress, OpenNotice, RequestPress
from zavhoz_telegram.pauses import Pauses

MINE = "Мои заявки"


async def card(system: System, person: Person, *actions: Action, version: int = 3) -> tuple[SeenMessage, str]:
    """A card as the notifier would have sent it, and its request's id."""
    request_id = uuid4()
    presses = [RequestPress(action=action, request_id=request_id, version=version) for action in actions]
    buttons = [{"text": press.action.value, "callback_data": press.pack()} for press in presses]
    await system.telegram(
        "sendMessage", chat_id=person.id, text=f"card {request_id}", reply_markup={"inline_keyboard": [buttons]}
    )
    return await person.wait_for(f"card {request_id}"), str(request_id)


async def test_start_registers_and_greets(gate: System) -> None:
    anna = await gate.someone("Анна <b>", known=False)
    message = await anna.text("/start from_a_friend")
    greeting = await anna.wait_for("Здравствуйте, Анна <b>!")
    assert greeting.labels == (MINE, "⚙️ Настройки", "English", "● Русский")
    (register,) = await gate.commands.wait_for(1, REGISTER)
    assert register.subject == "person"
    assert register.data.actor.telegram_id == anna.id
    assert register.data.actor.seen_at.timestamp() == message.raw["date"]
    assert register.data.origin.chat_id == anna.id
    assert register.id == identity.command_id_of_message(gate.bot_id, "message", anna.id, message.id, ordinal=1)
    await gate.confirmed()
    assert len(gate.commands.messages) == 1


async def test_any_first_message_registers_once(gate: System) -> None:
    anna = await gate.someone(known=False, language_code="de")
    await anna.text("The tap in room 12 drips")
    await anna.text("and the lamp is broken")
    await anna.wait_for("lamp")
    assert len(bot_messages(await anna.chat())) == 1
    await gate.confirmed()
    (register,) = gate.commands.messages
    assert register.type == REGISTER
    assert register.data.origin.language == "de", "Telegram's language; whoever shows texts falls back to one of ours"


async def test_the_stored_language_beats_telegrams(gate: System) -> None:
    person = await gate.someone(language_code="en")
    gate.api.know(person.id, language="ru")
    await person.text("/start")
    await person.wait_for("Здравствуйте")


@pytest.mark.parametrize("deactivated", [True, False])
async def test_who_is_deactivated_gets_one_sentence(gate: System, deactivated: bool) -> None:
    anna = await gate.someone()
    if deactivated:
        gate.api.know(anna.id, active=False)
    else:
        gate.api.status = 403
    for count, text in enumerate(("/start", "Течёт кран на кухне", "/my"), 1):
        await anna.text(text)
        await gate.confirmed()
        said = bot_messages(await anna.chat())
        assert len(said) == count
        assert said[-1].text.startswith("Ваш доступ отключён")
        assert not said[-1].labels
    answer = await anna.press(said[-1], data="d:send")
    assert answer is not None
    assert answer.text.startswith("Ваш доступ отключён")
    assert gate.commands.messages == []


async def test_an_unknown_command_is_no_request(gate: System) -> None:
    anna = await gate.someone()
    await anna.text("/frobnicate now please")
    await anna.wait_for("Такой команды нет")


@pytest.mark.parametrize("method", ["setMyCommands", "setMyDescription", "setMyShortDescription"])
async def test_what_telegram_shows_of_the_bot_is_set_in_each_language(gate: System, method: str) -> None:
    calls = await gate.sandbox.calls(method)
    assert {call["arguments"].get("language_code") for call in calls} == {None, "ru"}
    assert all(call["status"] == 200 for call in calls)
    assert "queue" not in str([call["arguments"] for call in calls]), "the queue is the staff's"


async def test_who_unblocks_the_bot_is_registered_at_once_and_once(gate: System) -> None:
    anna = await started(gate)
    before = len(gate.commands.of(REGISTER))
    await anna.block()
    await anna.unblock()
    await gate.commands.wait_for(before + 1, REGISTER)
    back = gate.commands.of(REGISTER)[-1]
    assert (back.data.actor.telegram_id, back.data.origin.chat_id) == (anna.id, anna.id)
    (told,) = [one for one in (await gate.sandbox.updates())["updates"] if _is_back(one)]
    await gate.sandbox.inject(told | {"update_id": told["update_id"] + 1000})
    await gate.confirmed()
    again = gate.commands.of(REGISTER)[before + 1 :]
    assert {one.id for one in again} <= {back.id}, "told again, it is the same command"


def _is_back(update: dict[str, Any]) -> bool:
    changed = update.get("my_chat_member", {})
    return bool(changed) and changed["new_chat_member"]["status"] == "member"


async def test_my_requests_in_pages_whose_lines_open_cards(gate: System) -> None:
    anna = await started(gate)
    ids = gate.api.file(anna.id, 20)
    await anna.text("/my")
    listed = await anna.wait_for(MINE, after=2)
    assert "20 открытых заявок" in listed.text
    assert listed.labels[:3] == ("● Открытые", "Закрытые", "Я тоже")
    assert listed.labels[3] == "🆕 #20 Заявка <20>"
    assert listed.labels[-3:] == ("1/3", "›", "🔎 Поиск")
    assert len(listed.labels) == 3 + 8 + 2 + 1
    answer = await anna.press(listed, "›")
    assert answer is not None
    assert not answer.text
    second = await anna.wait_for(lambda message: "🆕 #12 Заявка <12>" in message.labels)
    assert second.id == listed.id
    answer = await anna.press(second, "2/3")
    assert answer is not None
    assert not answer.text, "the page it shows already is no failure"
    await anna.press(second, "›")
    third = await anna.wait_for(lambda message: "3/3" in message.labels)
    assert await anna.press(third, "‹") is not None
    await anna.press(third.id, data=f"o:{ids[0]}", timeout=0)
    (opened,) = await gate.commands.wait_for(1, OPEN_CARD)
    assert opened.data.request_id == ids[0]
    assert opened.data.origin.message_id is None, "the card is a new message"
    assert opened.data.origin.callback_query_id
    assert opened.id == identity.command_id_of_press(gate.bot_id, opened.data.origin.callback_query_id)


async def test_the_menu_button_shows_the_list_as_a_new_message(gate: System) -> None:
    anna = await started(gate)
    gate.api.file(anna.id, 1)
    greeting = bot_messages(await anna.chat())[0]
    assert await anna.press(greeting, MINE) is not None
    listed = await anna.wait_for("1 открытая заявка", after=greeting.id)
    assert not any(label in "‹›" for label in listed.labels)
    assert "Здравствуйте" in bot_messages(await anna.chat())[0].text


async def test_own_requests_are_switched_between_open_and_closed(gate: System) -> None:
    anna = await started(gate)
    gate.api.file(anna.id, 2, View.CLOSED)
    await anna.text("/my")
    listed = await anna.wait_for("Открытых заявок у вас нет. Чтобы подать заявку, опишите")
    assert listed.labels == ("● Открытые", "Закрытые", "Я тоже", "🔎 Поиск")
    await anna.press(listed, "Закрытые")
    closed = await anna.wait_for("2 закрытые заявки")
    assert closed.id == listed.id
    assert closed.labels == ("Открытые", "● Закрытые", "Я тоже", "✅ #2 Заявка <2>", "✅ #1 Заявка <1>", "🔎 Поиск")
    await anna.press(closed, "Открытые")
    assert (await anna.wait_for("Открытых заявок у вас нет")).id == listed.id


async def test_a_page_that_is_no_longer_there_shows_the_last_one(gate: System) -> None:
    anna = await started(gate)
    gate.api.file(anna.id, 17)
    await anna.text("/my")
    listed = await anna.wait_for(lambda message: "1/3" in message.labels)
    await anna.press(listed, "›")
    second = await anna.wait_for(lambda message: "2/3" in message.labels)
    gate.api.file(anna.id, 3)
    await anna.press(second, "›")
    shown = await anna.wait_for("3 открытые заявки")
    assert shown.id == listed.id
    assert not any("/" in label for label in shown.labels), "all of it is on one page now"


async def test_the_queue_for_those_who_do_the_work(gate: System) -> None:
    boris = await started(gate, "Борис")
    gate.api.know(boris.id, role=Role.TECHNICIAN)
    await boris.text("/queue")
    await boris.wait_for("Очередь пуста")
    ids = gate.api.file(boris.id, 12, View.QUEUE)
    await boris.text("/queue")
    listed = await boris.wait_for("12 незакрытых заявок")
    assert "🟡 Средний приоритет\n🆕 #12 Заявка <12>\n" in listed.text
    ways = ("⚙️ Фильтры", "🗄 Архив", "🔎 Поиск")
    assert listed.labels == (*(f"#{number}" for number in range(12, 2, -1)), "1/2", "›", *ways)
    await boris.press(listed, "›")
    second = await boris.wait_for(lambda message: message.labels == ("#2", "#1", "‹", "2/2", *ways))
    assert second.id == listed.id
    await boris.press(second, "#1", timeout=0)
    (opened,) = await gate.commands.wait_for(1, OPEN_CARD)
    assert opened.data.request_id == ids[-1]
    assert opened.data.actor.telegram_id == boris.id


async def test_the_queue_is_not_for_everybody(gate: System) -> None:
    anna = await started(gate)
    gate.api.file(anna.id, 2, View.QUEUE)
    for asked in range(1, 3):
        await anna.text("/queue")
        await gate.confirmed()
        said = bot_messages(await anna.chat())[1:]
        assert [message.text[:13] for message in said] == ["Очередь видят"] * asked
        assert not said[-1].labels
    answer = await anna.press(said[-1], data=ListPress(view=View.QUEUE, page=1).pack())
    assert answer is not None
    assert answer.alert
    assert answer.text.startswith("Очередь видят")


async def test_who_is_just_being_registered_has_no_requests_and_no_queue(gate: System) -> None:
    anna = await gate.someone(known=False)
    await anna.text("/my")
    listed = await anna.wait_for("Открытых заявок у вас нет")
    await anna.text("/queue")
    await anna.wait_for("Очередь видят", after=listed.id)


async def test_a_list_that_cannot_be_read_is_a_sentence(gate: System) -> None:
    anna = await started(gate)
    greeting = bot_messages(await anna.chat())[0]
    for status, words in (
        (403, "Вам это недоступно"),
        (503, "Сейчас список не открыть"),
        (500, "Сейчас список не открыть"),
        (422, "Эта кнопка устарела"),
    ):
        gate.api.status = status
        message = await anna.text("/my")
        await anna.wait_for(words, after=message.id)
        answer = await anna.press(greeting, MINE)
        assert answer is not None
        assert answer.alert
        assert words in answer.text


async def test_with_the_api_away_people_are_taken_at_telegrams_word(gate: System) -> None:
    gate.api.status = 503
    anna = await gate.someone(language_code="en")
    await anna.text("The tap in room 12 drips")
    draft = await anna.wait_for("The tap")
    await anna.press(draft, next(label for label in draft.labels if "📨" in label), timeout=0)
    await gate.commands.wait_for(1, CREATE)
    assert len(gate.commands.of(REGISTER)) == 1


@pytest.mark.parametrize(("action", "type"), [(Action.TAKE, TAKE), (Action.RESUME, RESUME)])
async def test_a_cards_button_becomes_a_command_of_whoever_pressed(gate: System, action: Action, type: str) -> None:
    boris = await started(gate, "Борис")
    message, request_id = await card(gate, boris, action, version=7)
    assert await boris.press(message, action.value, timeout=0.3) is None, "the press is left to the outcome"
    (command,) = await gate.commands.wait_for(1, type)
    assert str(command.data.request_id) == request_id
    assert command.data.seen_version == 7
    assert command.data.actor.telegram_id == boris.id
    assert command.data.actor.name == "Борис"
    assert command.data.actor.seen_at > NOW
    assert command.data.origin.message_id == message.id
    assert command.id == identity.command_id_of_press(gate.bot_id, command.data.origin.callback_query_id)


async def test_the_button_of_a_notice_turns_it_into_the_card(gate: System) -> None:
    anna = await started(gate)
    request_id = uuid4()
    message = bot_messages(await anna.chat())[0]
    await anna.press(message, data=OpenNotice(request_id=request_id).pack(), timeout=0)
    (opened,) = await gate.commands.wait_for(1, OPEN_CARD)
    assert (opened.data.request_id, opened.data.origin.message_id) == (request_id, message.id)


async def test_reject_asks_for_its_reason_and_the_next_text_is_the_answer(gate: System) -> None:
    boris = await started(gate, "Борис")
    message, request_id = await card(gate, boris, Action.REJECT, version=4)
    answer = await boris.press(message, "reject")
    assert answer is not None
    assert not answer.text
    question = await boris.wait_for("Почему заявка отклоняется?")
    assert question.labels == ("Отмена",)
    said = await boris.text("  Это <не> к нам  ")
    (command,) = await gate.commands.wait_for(1, REJECT)
    assert str(command.data.request_id) == request_id
    assert command.data.reason == "Это <не> к нам"
    assert command.data.seen_version == 4
    assert command.data.origin.message_id == message.id, "the card whose button asked"
    assert command.data.origin.callback_query_id is None
    assert command.id == identity.command_id_of_message(gate.bot_id, "message", boris.id, said.id)
    closed = await boris.wait_for("Причина получена")
    assert (closed.id, closed.labels) == (question.id, ())
    await gate.confirmed()
    assert not any("Новая заявка" in message.text for message in await boris.chat()), "an answer is no draft"
    await boris.text("Течёт кран на кухне")
    await boris.wait_for("Новая заявка")
    assert len(gate.commands.of(REJECT)) == 1


async def test_a_question_can_be_cancelled(gate: System) -> None:
    boris = await started(gate, "Борис")
    message, _ = await card(gate, boris, Action.REJECT)
    await boris.press(message, "reject")
    question = await boris.wait_for("Почему заявка отклоняется?")
    assert await boris.press(question, "Отмена") is not None
    closed = await boris.wait_for("Отклонение отменено")
    assert (closed.id, closed.labels) == (question.id, ())
    await boris.text("Течёт кран на кухне")
    await boris.wait_for("Новая заявка")
    assert gate.commands.of(REJECT) == []


async def test_only_the_last_question_waits_and_commands_and_photos_are_no_answer(gate: System) -> None:
    boris = await started(gate, "Борис")
    first, _ = await card(gate, boris, Action.REJECT)
    second, request_id = await card(gate, boris, Action.REJECT)
    await boris.press(first, "reject")
    asked = await boris.wait_for("Почему заявка отклоняется?")
    await boris.press(second, "reject")
    await boris.wait_for("Почему заявка отклоняется?", after=asked.id)
    assert "отменено" in next(message for message in await boris.chat() if message.id == asked.id).text
    assert await boris.press(asked, data=f"q:reject:{uuid4()}") is not None, "its [Cancel] does not cancel the other"
    await boris.text("/my")
    await boris.wait_for("Открытых заявок у вас нет")
    await boris.text("Не наша забота")
    (command,) = await gate.commands.wait_for(1, REJECT)
    assert str(command.data.request_id) == request_id


async def test_forged_and_outdated_buttons_do_nothing(gate: System) -> None:
    anna = await started(gate)
    await gate.commands.wait_for(1, REGISTER)
    for data in (
        "nonsense", "r:take:not-a-uuid:1", f"r:explode:{uuid4()}:1", f"r:take:{uuid4()}:-1",
        f"r:take:{uuid4()}:{2**40}", f"r:take:{uuid4()}", "d:paint", "o:", "m:1", "l:x:1", "l:open:x", "l:all:1",
        f"take:{uuid4()}", ":::",
    ):  # fmt: skip
        answer = await anna.press(bot_messages(await anna.chat())[0], data=data)
        assert answer is not None
        assert (answer.text, answer.alert) == ("Эта кнопка устарела.", True)
    assert len(gate.commands.messages) == 1


async def test_groups_edits_and_other_updates_are_passed_over(gate: System) -> None:
    anna = await started(gate)
    user = {"id": anna.id, "is_bot": False, "first_name": "Анна"}
    group = {"id": -100500, "type": "supergroup", "title": "Дом 7"}
    private = {"id": anna.id, "type": "private", "first_name": "Анна"}
    base = 2_000_000_000
    updates: tuple[dict[str, Any], ...] = (
        {"message": {"message_id": 5, "date": 1, "chat": group, "from": user, "text": "/start"}},
        {"edited_message": {"message_id": 5, "date": 1, "edit_date": 2, "chat": private, "from": user, "text": "x"}},
        {"channel_post": {"message_id": 6, "date": 1, "chat": {**group, "type": "channel"}, "text": "news"}},
        {"message": {"message_id": 7, "date": 1, "chat": private, "from": user, "pinned_message": {
            "message_id": 5, "date": 1, "chat": private, "text": "x"}}},
        {"poll_answer": {"poll_id": "1", "user": user, "option_ids": [0], "option_persistent_ids": ["0"]}},
        {"message": "this is no message"},
        {"something_new": {"id": 1}},
    )  # fmt: skip
    for number, update in enumerate(updates):
        await gate.sandbox.inject({"update_id": base + number, **update})
    await gate.confirmed()
    assert len(bot_messages(await anna.chat())) == 1
    await anna.text("/my")
    await anna.wait_for("Открытых заявок у вас нет")


async def test_who_blocked_the_bot_holds_up_nobody(gate: System) -> None:
    anna, boris = await started(gate), await started(gate, "Борис")
    await anna.block()
    await anna.text("Течёт кран на кухне")
    await asyncio.gather(gate.confirmed(), boris.text("/my"))
    await boris.wait_for("Открытых заявок у вас нет")
    await gate.confirmed()
    refused = [call for call in await gate.sandbox.calls("sendMessage") if call["status"] == 403]
    assert len(refused) == 1, "no apology to who does not want to hear"


async def test_flood_control_is_waited_for(gate: System) -> None:
    anna = await started(gate)
    await gate.sandbox.fault("429", method="sendMessage", chat=anna.id, retry_after=1)
    await anna.text("/my")
    await anna.wait_for("Открытых заявок у вас нет")
    refused, sent = (await gate.sandbox.calls("sendMessage"))[-2:]
    assert (refused["status"], sent["status"]) == (429, 200)
    assert sent["started_ms"] - refused["finished_ms"] >= 990
    await gate.confirmed()


async def test_flood_control_is_kept_by_all_who_speak_for_the_bot(gate: System) -> None:
    anna, boris = await started(gate), await started(gate, "Борис")
    async with redis_store(gate.redis.url, Health(), gate.bot_id) as store:
        others = Pauses(store.call, gate.bot_id)
        told = time.time() * 1000
        await others.pause(str(anna.id), 1)
        await anna.text("/my")
        await anna.wait_for("Открытых заявок у вас нет")
        call = (await gate.sandbox.calls("sendMessage"))[-1]
        assert call["started_ms"] >= told + 1_000 - 5  # Redis counts whole milliseconds
        assert call["status"] == 200, "nobody asks Telegram before the time"
        await gate.sandbox.fault("429", method="sendMessage", chat=boris.id, retry_after=20)
        await boris.text("/my")

        async def said() -> bool:
            return await others.left(boris.id) > 10

        await wait_until(said, "the others are told")
        assert await others.left(anna.id) == 0
