"""The buttons of work: whom to give it to, until when it stops, what was done, what is the same, and notes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from gateway_support import ASSIGN, ATTACH, COMMENT, COMPLETE, HOLD, MERGE, NOTE, REJECT, System, started
from read_api_double import NOW

from zavhoz_contracts.api.people import StaffMember
from zavhoz_contracts.api.v1 import RequestLine, SimilarRequest, View
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_sandbox.client import Part, Person, SeenMessage
from zavhoz_telegram.callbacks import AssignPress, HoldPress, MergePress, RequestPress, SurePress

PHOTO = b"\xff\xd8\xff\xe0"


async def card(system: System, person: Person, action: Action, request_id: UUID, version: int = 4) -> SeenMessage:
    """A card that the notifier has sent, with this button."""
    press = RequestPress(action=action, request_id=request_id, version=version).pack()
    keyboard = {"inline_keyboard": [[{"text": action.value, "callback_data": press}]]}
    await system.telegram("sendMessage", chat_id=person.id, text="#12 В работе", reply_markup=keyboard)
    return await person.wait_for(lambda one: action.value in one.labels)


async def pressed(system: System, person: Person, action: Action, request_id: UUID) -> SeenMessage:
    """The card whose button is pressed."""
    shown = await card(system, person, action, request_id)
    await person.press(shown, action.value)
    return shown


def worker(number: int, name: str, *, in_work: int = 0, on_hold: int = 0, reachable: bool = True) -> StaffMember:
    return StaffMember(
        person_id=UUID(int=number), name=name, role=Role.TECHNICIAN, reachable=reachable, in_work=in_work,
        on_hold=on_hold, seen_at=datetime.now(UTC) - timedelta(days=200),
    )  # fmt: skip


async def test_assign_shows_who_there_is_and_a_press_is_a_command(gate: System) -> None:
    marina, request_id = await started(gate, "Марина"), uuid4()
    gate.api.duplicates[request_id] = []
    others = [worker(n, f"Слесарь {n}", in_work=n) for n in range(3, 11)]
    gate.api.staff = [worker(1, "Пётр", in_work=2, on_hold=1), worker(2, "Олег", reachable=False), *others]
    shown = await pressed(gate, marina, Action.ASSIGN, request_id)
    question = await marina.wait_for("#12 Кому поручить?")
    assert question.id > shown.id
    assert "бот сейчас не может написать" in question.text
    assert question.labels[0].startswith("● Пётр · 🔧2 ⏸1 · ")
    assert question.labels[1].startswith("⚠️ Олег · 🔧0 · ")
    assert question.labels[8:] == ("1/2", "›", "Отмена")
    await marina.press(question, "›")
    second = await marina.wait_for(lambda one: one.id == question.id and "2/2" in one.labels)
    assert [label.partition(" ·")[0] for label in second.labels] == ["Слесарь 9", "Слесарь 10", "‹", "2/2", "Отмена"]
    assert "⚠️" not in second.text
    await marina.begin_press(second, second.labels[1])
    (command,) = await gate.commands.wait_for(1, ASSIGN)
    assert (command.data.request_id, command.data.assignee_id) == (request_id, UUID(int=10))
    assert command.data.seen_version == 4
    assert command.data.origin.message_id == second.id, "the question becomes the card"
    await marina.press(question, "Отмена")
    closed = await marina.wait_for("#12 Ничего не изменилось.")
    assert (closed.id, closed.labels) == (question.id, ())


async def test_who_may_not_assign_or_cannot_ask_just_now_is_told(gate: System) -> None:
    marina, request_id = await started(gate, "Марина"), uuid4()
    shown = await card(gate, marina, Action.ASSIGN, request_id)
    answer = await marina.press(shown, "assign")
    assert answer is not None
    assert (answer.alert, answer.text) == (True, "Вам это действие недоступно.")
    gate.api.duplicates[request_id] = []
    await marina.press(shown, "assign")
    nobody = await marina.wait_for("никто из сотрудников не работает")
    assert nobody.labels == ("Отмена",)
    gate.api.status = 503
    answer = await marina.press(shown, "assign")
    assert answer is not None
    assert answer.alert
    assert "Попробуйте через минуту" in answer.text


async def test_words_said_to_the_list_of_the_staff_are_no_comment(gate: System) -> None:
    marina, request_id = await started(gate, "Марина"), uuid4()
    gate.api.duplicates[request_id] = []
    gate.api.staff = [worker(1, "Пётр")]
    await pressed(gate, marina, Action.ASSIGN, request_id)
    question = await marina.wait_for("#12 Кому поручить?")
    await marina.text("Пётр", reply_to=question.id)
    await marina.wait_for("Этот вопрос уже снят")
    assert gate.commands.of(COMMENT) == []


def today() -> date:
    return datetime.now(ZoneInfo("UTC")).date()


@pytest.mark.parametrize(
    ("label", "days"), [("До завтра", 1), ("На 3 дня", 3), ("На неделю", 7), ("На две недели", 14), ("Без срока", None)]
)
async def test_hold_asks_why_and_until_when(gate: System, label: str, days: int | None) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    await pressed(gate, boris, Action.HOLD, request_id)
    first = await boris.wait_for("#12 Почему заявка ставится на паузу?")
    await boris.photo(PHOTO, caption="Жду деталь")
    await boris.wait_for("#12 Здесь нужны только слова")
    await boris.text("ой")
    await boris.wait_for("#12 Слишком коротко: нужно не меньше 3 символов")
    await boris.text("о" * 501)
    await boris.wait_for("#12 Слишком длинно: 501 символов, а можно не больше 500")
    await boris.text("Жду <деталь>")
    second = await boris.wait_for("#12 На паузу: Жду <деталь>")
    assert second.labels == ("До завтра", "На 3 дня", "На неделю", "На две недели", "Без срока", "Отмена")
    await boris.wait_for(lambda one: one.id == first.id and one.text == "#12 Получено.")
    assert gate.commands.of(HOLD) == []
    await boris.begin_press(second, label)
    (command,) = await gate.commands.wait_for(1, HOLD)
    assert (command.data.request_id, command.data.reason) == (request_id, "Жду <деталь>")
    assert command.data.until == (None if days is None else today() + timedelta(days=days))
    assert (command.data.seen_version, command.data.origin.message_id) == (4, second.id)
    # It has its answer: pressed again it says the same, and what is written next is something else.
    await boris.begin_press(second, label)
    await gate.commands.wait_for(2, HOLD)
    await boris.text("Течёт кран на кухне")
    await boris.wait_for("Новая заявка")
    assert len(gate.commands.of(HOLD)) == 2


async def test_a_day_can_be_typed(gate: System) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    shown = await pressed(gate, boris, Action.HOLD, request_id)
    await boris.wait_for("#12 Почему заявка ставится на паузу?")
    await boris.text("Жду деталь")
    second = await boris.wait_for("#12 На паузу: Жду деталь")
    for typed, words in (
        ("после дождичка", "Такой даты нет"),
        ("31.02.2027", "Такой даты нет"),
        (today().isoformat(), "уже наступил или прошёл"),
        ("2020-01-01", "уже наступил или прошёл"),
        ((today() + timedelta(days=400)).isoformat(), "не дольше чем на 366 дней"),
    ):
        said = await boris.text(typed)
        refused = await boris.wait_for(words, after=said.id)
        assert refused.text.startswith("#12 ")
    day = today() + timedelta(days=40)
    await boris.text(f"{day:%d.%m}")
    (command,) = await gate.commands.wait_for(1, HOLD)
    assert (command.data.until, command.data.reason) == (day, "Жду деталь")
    assert command.data.origin.message_id == shown.id, "the card whose button asked"
    closed = await boris.wait_for(lambda one: one.id == second.id and one.text == "#12 Получено.")
    assert closed.labels == ()


async def test_a_day_without_its_reason_is_no_command(gate: System) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    shown = await pressed(gate, boris, Action.HOLD, request_id)
    question = await boris.wait_for("#12 Почему заявка ставится на паузу?")
    for message, days, words in ((question, 1, "уже снят"), (shown, 1, "уже снят"), (question, 400, "устарела")):
        forged = await boris.press(message, data=HoldPress(request_id=request_id, days=days).pack())
        assert forged is not None
        assert forged.alert
        assert words in forged.text
    await boris.text("Жду деталь")
    second = await boris.wait_for("#12 На паузу: Жду деталь")
    await boris.press(second, "Отмена")
    await boris.wait_for("#12 На паузу не ставим.")
    late = await boris.press(second, data=HoldPress(request_id=request_id, days=1).pack())
    assert late is not None
    assert late.alert
    await gate.confirmed()
    assert gate.commands.of(HOLD) == []


async def test_done_without_words_is_two_presses(gate: System) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    await pressed(gate, boris, Action.COMPLETE, request_id)
    question = await boris.wait_for("#12 Что сделано?")
    assert question.labels == ("✅ Без слов", "Отмена")
    await boris.begin_press(question, "✅ Без слов")
    (command,) = await gate.commands.wait_for(1, COMPLETE)
    assert (command.data.note, command.data.attachments, command.data.seen_version) == ("", (), 4)
    assert command.data.origin.message_id == question.id
    await gate.confirmed()
    await boris.text("Течёт кран на кухне")
    await boris.wait_for("Новая заявка")
    assert len(gate.commands.of(COMPLETE)) == 1


async def test_done_in_words_and_photos(gate: System) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    shown = await pressed(gate, boris, Action.COMPLETE, request_id)
    question = await boris.wait_for("#12 Что сделано?")
    await boris.text("ок")
    await boris.wait_for("#12 Слишком коротко")
    # Of an album whose words will not do no part is taken.
    await boris.album(Part(PHOTO, caption="ок"), Part(PHOTO + b"2"))
    await gate.confirmed()
    assert gate.commands.of(COMPLETE) == []
    assert gate.commands.of(ATTACH) == []
    await boris.album(Part(PHOTO, caption="Сменил прокладку"), Part(PHOTO + b"2"))
    (command,) = await gate.commands.wait_for(1, COMPLETE)
    assert (command.data.note, len(command.data.attachments)) == ("Сменил прокладку", 1)
    assert command.data.origin.message_id == shown.id
    (attached,) = await gate.commands.wait_for(1, ATTACH)
    assert attached.data.request_id == request_id
    await boris.wait_for(lambda one: one.id == question.id and one.text == "#12 Получено.")
    # A photo needs no words.
    await boris.press(shown, "complete")
    await boris.wait_for("#12 Что сделано?", after=question.id)
    await boris.photo(PHOTO)
    *_, command = await gate.commands.wait_for(2, COMPLETE)
    assert (command.data.note, len(command.data.attachments)) == ("", 1)


async def test_without_a_memory_work_can_still_be_done_without_words(gate: System) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    shown = await card(gate, boris, Action.COMPLETE, request_id)
    held = await card(gate, boris, Action.HOLD, request_id)
    gate.redis.cut()
    await boris.press(shown, "complete")
    question = await boris.wait_for("#12 Написать, что сделано, сейчас не получится")
    answer = await boris.press(held, "hold")
    assert answer is not None
    assert answer.alert
    assert "Сейчас спросить не получается" in answer.text
    await boris.begin_press(question, "✅ Без слов")
    await gate.commands.wait_for(1, COMPLETE)


def line(number: int, title: str) -> RequestLine:
    return RequestLine(
        request_id=UUID(int=number), number=number, title=title, status=Status.OPEN, priority=Priority.LOW,
        created_at=NOW,
    )  # fmt: skip


def mergeable(system: System, person: Person, request_id: UUID) -> None:
    other = line(118, "Капает <кран>")
    system.api.lines[person.id, View.OPEN] = [other]
    likely = SimilarRequest(**other.model_dump(), joined=0, same_place=True)
    system.api.duplicates[request_id] = [likely]


async def test_merge_offers_what_is_likely_and_asks_whether_it_is_meant(gate: System) -> None:
    marina, request_id = await started(gate, "Марина"), uuid4()
    mergeable(gate, marina, request_id)
    await pressed(gate, marina, Action.MERGE, request_id)
    question = await marina.wait_for("#12 С какой заявкой объединить?")
    assert "#118 «Капает <кран>»" in question.text
    assert question.labels == ("🔗 #118 Капает <кран>", "Отмена")
    await marina.press(question, "🔗 #118 Капает <кран>")
    sure = await marina.wait_for(lambda one: one.id == question.id and "Объединить?" in one.text)
    assert "#12 «Кран <капает>» закроется" in sure.text
    assert "#118 «Капает <кран>» останется за обе" in sure.text
    assert gate.commands.of(MERGE) == []
    await marina.begin_press(sure, "Да, объединить с #118")
    (command,) = await gate.commands.wait_for(1, MERGE)
    assert (command.data.request_id, command.data.into, command.data.seen_version) == (request_id, 118, 4)
    assert command.data.origin.message_id == sure.id
    await gate.confirmed()
    await marina.text("118")
    await marina.wait_for("Новая заявка")


async def test_merge_takes_a_number_that_is_typed(gate: System) -> None:
    marina, request_id = await started(gate, "Марина"), uuid4()
    mergeable(gate, marina, request_id)
    gate.api.duplicates[request_id] = []
    await pressed(gate, marina, Action.MERGE, request_id)
    question = await marina.wait_for("#12 С какой заявкой объединить?")
    assert question.labels == ("Отмена",)
    for typed, words in (
        ("та самая", "Это не номер заявки"),
        ("#9999", "Заявки с таким номером нет"),
        ("12", "с ней самой"),
    ):
        said = await marina.text(typed)
        refused = await marina.wait_for(words, after=said.id)
        assert refused.text.startswith("#12 ")
    await marina.text("#118")
    sure = await marina.wait_for("#12 Объединить?")
    assert sure.id > question.id
    await marina.press(sure, "Нет, оставить")
    kept = await marina.wait_for("#12 Ничего не изменилось.")
    assert kept.id == sure.id
    gate.api.status = 503
    away = await marina.press(sure, data=MergePress(request_id=request_id, version=4, into=118, sure=0).pack())
    assert away is not None
    assert away.alert
    assert "Попробуйте через минуту" in away.text
    assert gate.commands.of(MERGE) == []


async def test_a_note_is_words_and_nothing_else(gate: System) -> None:
    boris, request_id = await started(gate, "Борис"), uuid4()
    shown = await pressed(gate, boris, Action.NOTE, request_id)
    question = await boris.wait_for("#12 Что записать?")
    await boris.photo(PHOTO, caption="Ключ у вахтёра")
    await boris.wait_for("#12 Здесь нужны только слова")
    await boris.text("о" * 501)
    await boris.wait_for("#12 Слишком длинно: 501")
    assert gate.commands.of(NOTE) == []
    await boris.text("Ключ у вахтёра", reply_to=question.id)
    (command,) = await gate.commands.wait_for(1, NOTE)
    assert (command.data.request_id, command.data.text) == (request_id, "Ключ у вахтёра")
    assert command.data.origin.message_id == shown.id
    await boris.wait_for(lambda one: one.id == question.id and one.text == "#12 Получено.")
    assert gate.commands.of(REJECT) == []
    assert gate.commands.of(COMMENT) == []


@pytest.mark.parametrize(
    "forged",
    [
        AssignPress(request_id=uuid4(), person_id=uuid4(), version=-1),
        MergePress(request_id=uuid4(), version=1, into=0, sure=1),
        MergePress(request_id=uuid4(), version=1, into=2**31, sure=1),
        SurePress(action=Action.COMPLETE, request_id=uuid4(), version=2**31),
    ],
)
async def test_what_no_button_of_ours_carries_is_no_command(gate: System, forged: Any) -> None:
    boris = await started(gate, "Борис")
    shown = await card(gate, boris, Action.TAKE, uuid4())
    before = len(gate.commands.messages)
    answer = await boris.press(shown, data=forged.pack())
    assert answer is not None
    assert answer.alert
    await gate.confirmed()
    assert len(gate.commands.messages) == before
