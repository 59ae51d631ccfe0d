"""The queue's filters: chosen in the message of the list, kept for the person, and refused where they are forged."""

from __future__ import annotations

from uuid import uuid4

import pytest
from gateway_support import System, bot_messages, started

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.people import Assignee
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Role
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import FilterPlacePress, ListPress, PlaceAction, QueueAct, QueuePress

FILTERS, SHOW = "⚙️ Фильтры", "‹ Показать"


async def technician(gate: System, count: int = 3) -> tuple[Person, SeenMessage]:
    """Somebody of the staff with the queue before them."""
    boris = await started(gate, "Борис")
    gate.api.know(boris.id, role=Role.TECHNICIAN)
    gate.api.file(boris.id, count, View.QUEUE)
    await boris.text("/queue")
    return boris, await boris.wait_for("🛠 Очередь")


async def tap(person: Person, message: SeenMessage, label: str) -> SeenMessage:
    """Press a button that is answered without words; the message as it stands then."""
    answer = await person.press(message, label)
    assert answer is not None
    assert not answer.text, answer
    return next(one for one in await person.chat() if one.id == message.id)


async def test_filters_are_pressed_on_and_off_and_narrow_the_list(gate: System) -> None:
    boris, queue = await technician(gate)
    chosen = await tap(boris, queue, FILTERS)
    assert "Показано всё" in chosen.text
    for label in ("🔧 В работе", "🔴 Высокий", "🟢 Низкий", "Мои", "7 дней", "⏰ Просрочено"):
        chosen = await tap(boris, chosen, label)
        assert f"● {label}" in chosen.labels
    chosen = await tap(boris, chosen, "● 🟢 Низкий")
    shown = await tap(boris, chosen, SHOW)
    assert "⚙️ В работе · Высокий приоритет · Мои · 7 дней · ⏰ Просрочено\n" in shown.text
    assert gate.api.narrowed[-1] == {
        "status": ["in_progress"], "priority": ["high"], "assignee": ["me"], "since": ["7d"], "overdue": ["true"],
    }  # fmt: skip
    archive = await tap(boris, shown, "🗄 Архив")
    assert "⚙️ Высокий приоритет · Мои · 7 дней\n" in archive.text
    assert gate.api.narrowed[-1] == {"priority": ["high"], "assignee": ["me"], "since": ["7d"]}
    await boris.text("/queue")
    again = await boris.wait_for("🛠 Очередь", after=queue.id)
    assert "⚙️ В работе" in again.text, "they are kept"
    reset = await tap(boris, await tap(boris, again, FILTERS), "Сбросить")
    assert "Показано всё" in reset.text
    await tap(boris, reset, SHOW)
    assert gate.api.narrowed[-1] == {}


async def test_a_button_that_comes_twice_does_the_same(gate: System) -> None:
    boris, queue = await technician(gate)
    await tap(boris, queue, FILTERS)
    for _ in range(2):
        on = QueuePress(act=QueueAct.STATUS, value="1open").pack()
        answer = await boris.press(queue, data=on)
        assert answer is not None
        shown = next(one for one in await boris.chat() if one.id == queue.id)
        assert "● 🆕 Открыта" in shown.labels


async def test_a_place_and_a_person_are_chosen_from_what_there_is(gate: System) -> None:
    gate.api.grow(("school", None, "Школа"), ("r214", "school", "Кабинет 214"))
    anton = Assignee(person_id=uuid4(), name="Антон <b>", assigned=4)
    gate.api.busy = [anton]
    boris, queue = await technician(gate)
    places = await tap(boris, await tap(boris, queue, FILTERS), "📍 Место")
    assert "Какое место показать?" in places.text
    inside = await tap(boris, places, "Школа ›")
    assert "✓ Здесь: Школа" in inside.labels
    assert "‹ К фильтрам" in inside.labels
    chosen = await tap(boris, inside, "Кабинет 214")
    assert "● 📍 Школа › Кабинет 214" in chosen.labels
    people = await tap(boris, chosen, "👤 Исполнитель")
    chosen = await tap(boris, people, "Антон <b> · 4")
    assert "● 👤 Антон <b>" in chosen.labels
    shown = await tap(boris, chosen, SHOW)
    assert "📍 Школа › Кабинет 214 · 👤 Антон <b>" in shown.text
    assert gate.api.narrowed[-1] == {"place": ["r214"], "assignee": [str(anton.person_id)]}
    chosen = await tap(boris, await tap(boris, shown, FILTERS), "● 📍 Школа › Кабинет 214")
    await tap(boris, await tap(boris, chosen, "✖ Без места"), SHOW)
    assert gate.api.narrowed[-1] == {"assignee": [str(anton.person_id)]}


async def test_the_search_is_narrowed_too_and_turned_in_place(gate: System) -> None:
    boris, queue = await technician(gate, 12)
    await tap(boris, await tap(boris, queue, FILTERS), "Ничьи")
    await boris.press(queue, data=QueuePress(act=QueueAct.SEARCH).pack())
    await boris.wait_for("Что найти в очереди и в архиве?")
    await boris.text("заявка")
    found = await boris.wait_for("🔎 Поиск: заявка")
    assert "Нашлось 12 заявок" in found.text
    assert "⚙️ Ничьи" in found.text
    assert gate.api.narrowed[-1] == {"assignee": ["nobody"]}
    second = await tap(boris, found, "›")
    assert "2/2" in second.labels
    back = await tap(boris, second, "‹ Очередь")
    assert back.text.startswith("🛠 Очередь")
    closed = [one.text for one in bot_messages(await boris.chat()) if "Ответ получен" in one.text]
    assert closed == ["Что найти в очереди и в архиве? Ответ получен."]


async def test_without_redis_the_list_is_shown_whole_and_says_so(gate: System) -> None:
    boris, queue = await technician(gate)
    await tap(boris, await tap(boris, queue, FILTERS), "Мои")
    gate.redis.cut()
    await boris.text("/queue")
    shown = await boris.wait_for("Ваши фильтры сейчас не узнать", after=queue.id)
    assert gate.api.narrowed[-1] == {}
    answer = await boris.press(shown, FILTERS)
    assert answer is not None
    assert answer.alert
    assert answer.text.startswith("Фильтры сейчас не запомнить")
    gate.redis.mend()
    await boris.text("/queue")
    await boris.wait_for("⚙️ Мои", after=shown.id)


async def test_a_category_is_chosen_from_what_there_is(gate: System) -> None:
    water = Category(category_id=uuid4(), names={"ru": "Вода <b>"})
    gate.api.categories = [water, Category(category_id=uuid4(), names={"ru": "Свет"})]
    boris, queue = await technician(gate)
    choice = await tap(boris, await tap(boris, queue, FILTERS), "🏷 Категория")
    assert choice.text == "🏷 Заявки какой категории показать?"
    chosen = await tap(boris, choice, "Вода <b>")
    shown = await tap(boris, chosen, SHOW)
    assert "⚙️ 🏷 Вода <b>\n" in shown.text
    assert gate.api.narrowed[-1] == {"category": [str(water.category_id)]}
    gate.api.status = 503
    answer = await boris.press(shown, data=QueuePress(act=QueueAct.CATEGORIES, value="1").pack())
    assert answer is not None
    assert answer.alert
    assert answer.text.startswith("Сейчас категории не прочитать")
    gate.api.status = 200
    choice = await tap(boris, await tap(boris, shown, FILTERS), "● 🏷 Вода <b>")
    await tap(boris, await tap(boris, choice, "✖ Любая"), SHOW)
    assert gate.api.narrowed[-1] == {}


FORGED = (
    QueuePress(act=QueueAct.STATUS, value="1lost"),
    QueuePress(act=QueueAct.STATUS, value="open"),
    QueuePress(act=QueueAct.PRIORITY, value="2high"),
    QueuePress(act=QueueAct.SINCE, value="8d"),
    QueuePress(act=QueueAct.OVERDUE, value=""),
    QueuePress(act=QueueAct.ASSIGNEE, value="7" * 32),
    QueuePress(act=QueueAct.ASSIGNEE, value="anna"),
    QueuePress(act=QueueAct.CATEGORY, value="7" * 32),
    QueuePress(act=QueueAct.FILTERS, view=View.OPEN),
)


@pytest.mark.parametrize("press", FORGED, ids=lambda press: press.pack()[:20])
async def test_a_forged_button_is_refused_and_changes_nothing(gate: System, press: QueuePress) -> None:
    boris, queue = await technician(gate)
    answer = await boris.press(queue, data=press.pack())
    assert answer is not None
    assert answer.alert
    assert "устарел" in answer.text.lower()
    await tap(boris, await tap(boris, queue, FILTERS), SHOW)
    assert gate.api.narrowed[-1] == {}


async def test_whoever_forges_the_buttons_of_the_staff_is_told_no(gate: System) -> None:
    anna = await started(gate)
    said = bot_messages(await anna.chat())[-1]
    for data in (
        QueuePress(act=QueueAct.FILTERS).pack(),
        QueuePress(act=QueueAct.PEOPLE, value="1").pack(),
        ListPress(view=View.ARCHIVE, page=1).pack(),
        ListPress(view=View.QUEUE, page=0).pack(),
    ):
        answer = await anna.press(said, data=data)
        assert answer is not None
        assert answer.alert
        assert answer.text.startswith("Очередь видят")
    await anna.press(said, data=QueuePress(act=QueueAct.SEARCH).pack())
    await anna.wait_for("Что найти в очереди")
    await anna.text("кран")
    await anna.wait_for("Очередь видят только те")
    answer = await anna.press(said, data=FilterPlacePress(action=PlaceAction.TURN, value="9" * 50).pack())
    assert answer is not None
