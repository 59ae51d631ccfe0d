"""[All at once]: what the queue shows is chosen, what is to be done to it is confirmed, and becomes one command."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from gateway_support import REJECT, System, started

from zavhoz_chassis.health import Health
from zavhoz_contracts.api.people import StaffMember
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.limits import BULK_MAX
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.bulk import BulkAction, ChangeRequests
from zavhoz_gateway.store.connection import redis_store
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import CannedAction, CannedPress
from zavhoz_telegram.managed_callbacks import ManyAct, ManyPress

CHANGE = ChangeRequests.TYPE
DO, ALL, BACK, CANCEL = "☑️ Да, сделать", "☑️ Все 12 сразу…", "‹ Назад", "Отмена"
BORIS = StaffMember(
    person_id=UUID(int=7), name="Борис <b>", role=Role.TECHNICIAN, reachable=True, in_work=3, on_hold=1,
    seen_at=datetime.now(UTC),
)  # fmt: skip


def data(act: ManyAct, value: str = "") -> str:
    return ManyPress(act=act, value=value).pack()


async def manager(gate: System, count: int = 12) -> tuple[Person, SeenMessage, list[UUID]]:
    """A manager with the queue before them, and what is in it."""
    marina = await started(gate, "Марина", Role.MANAGER)
    ids = gate.api.file(marina.id, count, View.QUEUE)
    gate.api.staff = [BORIS]
    typed = await marina.text("/queue")
    return marina, await marina.wait_for("🛠 Очередь", after=typed.id), ids


async def tap(person: Person, message: SeenMessage, *labels: str) -> SeenMessage:
    """Press buttons of a message one after another, each answered without words; the message as it stands then."""
    for label in labels:
        answer = await person.press(message, label)
        assert answer is not None
        assert (answer.text, answer.alert) == ("", False), answer
        message = next(one for one in await person.chat() if one.id == message.id)
    return message


async def alerted(person: Person, message: SeenMessage, label: str | None = None, *, data: str | None = None) -> str:
    answer = await person.press(message, label, data=data)
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def confirmed(gate: System, person: Person, sure: SeenMessage, nth: int = 1) -> Any:
    """What pressing [Yes, do it] becomes."""
    await person.begin_press(sure, DO)
    return (await gate.commands.wait_for(nth, CHANGE))[-1]


async def test_all_that_the_filters_have_is_given_to_somebody(gate: System) -> None:
    marina, queue, ids = await manager(gate)
    narrowed = await tap(marina, queue, "⚙️ Фильтры", "🆕 Открыта", "Ничьи", "‹ Показать")
    choice = await tap(marina, narrowed, ALL)
    assert gate.api.narrowed[-1] == {"status": ["open"], "assignee": ["nobody"]}
    assert choice.text.startswith("☑️ 12 заявок сразу\n⚙️ Открыта · Ничьи\n")
    staff = await tap(marina, choice, "👷 Поручить…")
    assert staff.labels[0].startswith("Борис <b> · 🔧3 ⏸1 · сегодня ")
    sure = await tap(marina, staff, staff.labels[0])
    assert sure.text.startswith("👷 Поручить 12 заявок?\n👤 Борис <b>\n⚙️ Открыта · Ничьи\n")
    assert gate.commands.of(CHANGE) == [], "nothing before it is confirmed"
    command = await confirmed(gate, marina, sure)
    told = command.data
    assert (told.request_ids, told.action, told.assignee_id) == (tuple(ids), BulkAction.ASSIGN, BORIS.person_id)
    assert (told.origin.message_id, told.actor.telegram_id) == (queue.id, marina.id)
    assert told.origin.callback_query_id


async def test_the_priority_of_all_is_changed_after_a_look_back(gate: System) -> None:
    marina, queue, ids = await manager(gate)
    sure = await tap(marina, queue, ALL, "🟢 Низкий")
    assert "Изменить приоритет 12 заявок?\n🟢 Низкий приоритет" in sure.text
    back = await tap(marina, sure, BACK)
    assert await alerted(marina, back, data=data(ManyAct.DO)) == "Эта кнопка устарела.", "nothing is planned any more"
    sure = await tap(marina, back, "🔴 Высокий")
    command = (await confirmed(gate, marina, sure)).data
    assert (command.action, command.priority) == (BulkAction.PRIORITISE, Priority.HIGH)
    assert command.request_ids == tuple(ids)


@pytest.mark.parametrize(
    ("label", "asks", "sure", "action"),
    [
        ("✅ Выполнены…", "Что сделано?", "✅ Отметить выполненными 12 заявок?", BulkAction.COMPLETE),
        ("🚫 Отклонить…", "Почему отклоняете?", "🚫 Отклонить 12 заявок?", BulkAction.REJECT),
    ],
)
async def test_words_are_typed_and_confirmed(
    gate: System, label: str, asks: str, sure: str, action: BulkAction
) -> None:
    marina, queue, ids = await manager(gate)
    question = await tap(marina, queue, ALL, label)
    assert asks in question.text
    for words, sentence in (("ок", "Слишком коротко"), ("о" * 501, "Слишком длинно: 501")):
        typed = await marina.text(words)
        await marina.wait_for(sentence, after=typed.id)
    typed = await marina.photo(b"\xff\xd8\xff\xe0", caption="Вот")
    await marina.wait_for("Здесь нужны только слова", after=typed.id)
    typed = await marina.text("Дом <идёт> под снос")
    shown = await marina.wait_for(lambda one: one.id > typed.id and one.text.startswith(sure))
    assert "💬 Дом <идёт> под снос" in shown.text
    await marina.wait_for(lambda one: one.id == question.id and one.text == "Слова получены." and not one.labels)
    assert "уже не действует" in await alerted(marina, question, data=data(ManyAct.DO)), "it is confirmed below alone"
    command = (await confirmed(gate, marina, shown)).data
    assert (command.action, command.words, command.origin.message_id) == (action, "Дом <идёт> под снос", shown.id)
    assert command.request_ids == tuple(ids)
    # What is typed next is a request.
    await marina.text("Течёт кран на кухне")
    await marina.wait_for("Новая заявка")
    assert gate.commands.of(REJECT) == []


async def test_words_that_are_delivered_again_are_confirmed_once(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    await tap(marina, queue, ALL, "🚫 Отклонить…")
    await marina.text("Дом под снос")
    sure = await marina.wait_for("Отклонить 12 заявок?")
    await gate.confirmed()
    update = (await gate.sandbox.updates())["updates"][-1]
    # As after a crash before it was noted as finished.
    await gate.sandbox.inject({**update, "update_id": update["update_id"] + 1_000_000})
    await gate.confirmed()
    assert [one.id for one in await marina.chat() if not one.mine and one.id > queue.id] == [sure.id]
    assert (await confirmed(gate, marina, sure)).data.words == "Дом под снос"


async def test_done_needs_no_words(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    sure = await tap(marina, queue, ALL, "✅ Выполнены…", "✅ Без слов")
    assert "💬" not in sure.text
    command = (await confirmed(gate, marina, sure)).data
    assert (command.action, command.words) == (BulkAction.COMPLETE, "")


async def test_of_very_many_the_first_ones_are_changed_and_it_says_so(gate: System) -> None:
    marina, queue, ids = await manager(gate, BULK_MAX + 150)
    assert "☑️ Первые 200 сразу…" in queue.labels
    choice = await tap(marina, queue, "☑️ Первые 200 сразу…")
    assert "Вся очередь, без фильтров\n⚠️ Всего заявок: 350. Сразу изменятся первые 200" in choice.text
    sure = await tap(marina, choice, "🔴 Высокий")
    assert "заявок: 350. Сразу изменятся первые 200" in sure.text
    assert (await confirmed(gate, marina, sure)).data.request_ids == tuple(ids[:BULK_MAX])


async def test_pressed_twice_it_is_one_command_and_the_next_choice_is_another(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    sure = await tap(marina, queue, ALL, "🔴 Высокий")
    first = await confirmed(gate, marina, sure)
    for act in (ManyAct.DO, ManyAct.CANCEL, ManyAct.BACK):
        assert "уже отправлено" in await alerted(marina, sure, data=data(act))
    # As after a crash before the press was noted as finished, or while what was chosen could not be marked.
    await gate.confirmed()
    updates = (await gate.sandbox.updates())["updates"]
    press = next(one for one in updates if one.get("callback_query", {}).get("data") == data(ManyAct.DO))
    await gate.sandbox.inject({**press, "update_id": updates[-1]["update_id"] + 1_000_000})
    await gate.confirmed()
    assert [one.id for one in gate.commands.of(CHANGE)] == [first.id]
    # The report has a way back to the queue, where everything begins anew.
    sure = await begun(marina, queue)
    second = await confirmed(gate, marina, sure, 2)
    assert second.id != first.id


async def begun(person: Person, message: SeenMessage) -> SeenMessage:
    """Begin anew in the same message."""
    for one in (data(ManyAct.CHOOSE), data(ManyAct.PRIORITISE, "low")):
        answer = await person.press(message, data=one)
        assert answer is not None
        assert not answer.alert
    return next(one for one in await person.chat() if one.id == message.id)


async def test_what_cannot_be_marked_is_pressed_again_as_the_same_command(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    sure = await tap(marina, queue, ALL, "🔴 Высокий")
    async with redis_store(gate.redis.url, Health(), gate.bot_id) as store:
        key = store.chat_key(marina.id, "selection")
        before = await store.call("GET", key)
        first = await confirmed(gate, marina, sure)
        await gate.confirmed()
        await store.call("SET", key, before)
        second = await confirmed(gate, marina, sure, 2)
    assert first.id == second.id


async def test_who_is_no_manager_has_no_such_button_and_forges_none(gate: System) -> None:
    boris = await started(gate, "Борис", Role.TECHNICIAN)
    gate.api.file(boris.id, 12, View.QUEUE)
    typed = await boris.text("/queue")
    queue = await boris.wait_for("🛠 Очередь", after=typed.id)
    assert not [label for label in queue.labels if "сразу" in label]
    assert await alerted(boris, queue, data=data(ManyAct.CHOOSE)) == "Вам это действие недоступно."
    for act, value in (
        (ManyAct.DO, ""), (ManyAct.BACK, ""), (ManyAct.STAFF, "1"), (ManyAct.ASSIGN, BORIS.person_id.hex),
        (ManyAct.PRIORITISE, "high"), (ManyAct.COMPLETE, ""), (ManyAct.REJECT, ""), (ManyAct.WORDLESS, ""),
        (ManyAct.CANCEL, ""),
    ):  # fmt: skip
        assert "уже не действует" in await alerted(boris, queue, data=data(act, value))
    await gate.confirmed()
    assert gate.commands.of(CHANGE) == []


async def test_the_role_that_was_lost_meanwhile_shows_at_the_next_question(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    choice = await tap(marina, queue, ALL)
    gate.api.know(marina.id, role=Role.TECHNICIAN)
    assert await alerted(marina, choice, "👷 Поручить…") == "Вам это действие недоступно."


@pytest.mark.parametrize(
    ("act", "value"),
    [(ManyAct.ASSIGN, "anna"), (ManyAct.PRIORITISE, "urgent"), (ManyAct.ASSIGN, UUID(int=8).hex)],
)
async def test_what_nobody_drew_so_changes_nothing(gate: System, act: ManyAct, value: str) -> None:
    marina, queue, _ = await manager(gate)
    choice = await tap(marina, queue, ALL)
    expected = "Этому человеку поручить уже нельзя" if len(value) == 32 else "Эта кнопка устарела"
    assert expected in await alerted(marina, choice, data=data(act, value))
    assert await alerted(marina, choice, data=data(ManyAct.DO)) == "Эта кнопка устарела."


async def test_a_canned_reply_answers_no_question_about_many(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    question = await tap(marina, queue, ALL, "🚫 Отклонить…")
    forged = CannedPress(action=CannedAction.SAY, language="ru", value=UUID(int=1).hex).pack()
    assert "уже снят" in await alerted(marina, question, data=forged)


async def test_after_its_time_it_says_so(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    sure = await tap(marina, queue, ALL, "🔴 Высокий")
    await gate.forget(marina, "selection")
    for label in (DO, BACK, CANCEL):
        assert "15 минут" in await alerted(marina, sure, label)
    question = await asked_again(marina, sure)
    await gate.forget(marina, "selection")
    typed = await marina.text("Дом под снос")
    over = await marina.wait_for("Этот выбор уже не действует", after=typed.id)
    assert over.labels == ("🛠 Очередь",)
    await marina.wait_for(lambda one: one.id == question.id and one.text == "Слова получены.")
    assert gate.commands.of(CHANGE) == []


async def asked_again(person: Person, message: SeenMessage) -> SeenMessage:
    """Begin anew in the same message, and be asked for words."""
    for act in (ManyAct.CHOOSE, ManyAct.REJECT):
        answer = await person.press(message, data=data(act))
        assert answer is not None
        assert not answer.alert
    return next(one for one in await person.chat() if one.id == message.id)


async def test_it_is_given_up(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    sure = await tap(marina, queue, ALL, "🔴 Высокий")
    left = await tap(marina, sure, CANCEL)
    assert (left.text, left.labels) == ("Ничего не изменилось.", ("🛠 Очередь",))
    assert "уже не действует" in await alerted(marina, left, data=data(ManyAct.DO))
    shown = await tap(marina, left, "🛠 Очередь")
    # A question that is asked is given up by whatever else is asked.
    await tap(marina, shown, ALL, "🚫 Отклонить…")
    await marina.text("/cancel")
    await marina.wait_for(lambda one: one.id == queue.id and one.text == "Ничего не изменилось.")
    await marina.text("Течёт кран на кухне")
    await marina.wait_for("Новая заявка")


async def test_what_is_kept_of_another_version_or_cannot_be_kept_is_no_choice(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    sure = await tap(marina, queue, ALL, "🔴 Высокий")
    async with redis_store(gate.redis.url, Health(), gate.bot_id) as store:
        for body in ("{}", "nonsense", '{"id": 7}'):
            await store.call("SET", store.chat_key(marina.id, "selection"), body)
            assert "уже не действует" in await alerted(marina, sure, DO)
    asked = len(gate.api.narrowed)
    gate.redis.cut()
    for act in (ManyAct.CHOOSE, ManyAct.DO):
        assert await alerted(marina, sure, data=data(act)) == (
            "Сейчас не запомнить, какие заявки выбраны. Попробуйте через минуту."
        )
    assert len(gate.api.narrowed) == asked, "without the filters it would be everything"
    gate.redis.mend()
    assert gate.commands.of(CHANGE) == []


async def test_nothing_to_change_or_nobody_to_ask_is_told(gate: System) -> None:
    marina, queue, _ = await manager(gate)
    gate.api.file(marina.id, 0, View.QUEUE)
    assert await alerted(marina, queue, ALL) == "По этим фильтрам менять уже нечего."
    gate.api.status = 503
    assert "не открыть" in await alerted(marina, queue, ALL)
    gate.api.status = 200
    gate.api.file(marina.id, 1, View.QUEUE)
    await marina.text("/queue")
    one = await marina.wait_for("1 незакрытая", after=queue.id)
    assert not [label for label in one.labels if "сразу" in label], "one is opened, and changed there"
    gate.api.file(marina.id, 2, View.QUEUE)
    gate.api.staff = []
    staff = await tap(marina, queue, ALL, "👷 Поручить…")
    assert "Поручить пока некому" in staff.text
