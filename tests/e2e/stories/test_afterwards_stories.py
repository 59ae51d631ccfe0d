"""After the filing and after the work: changed, withdrawn, rated, not fixed, confirmed by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_support import Running, button, complete, file_request, load_places, number_of, somebody

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.sample import picture
from zavhoz_sandbox.client import Person, SeenMessage

WORDS = "Не горит свет в коридоре второго этажа"
PLACES = "code;parent;kind;name\nschool;;site;School\nr214;school;room;Room 214\nr215;school;room;Room 215\n"
pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system


async def taken_and_completed(marina: Person, number: int) -> SeenMessage:
    """Marina takes a request and completes it; returns her card."""
    card = await marina.wait_for(f"#{number} 🆕")
    await marina.press(card, button(card, "🔧"))
    card = await marina.wait_for(lambda one: one.id == card.id and "✅ Выполнено" in one.labels)
    return await complete(marina, card)


@pytest.mark.story(
    "Afterwards",
    "It is fixed: one press on the notice, 1 to 5, and everybody's card says so",
    languages="ru, en",
    refusals=["rated a second time", "rated by somebody else", "a rating that no button has"],
)
async def test_fixed(running: Running) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna, john = await somebody(running), await somebody(running, "John", language="en")
    number = number_of(await file_request(anna, WORDS))
    card = await taken_and_completed(marina, number)
    asked = await anna.wait_for(f"#{number} ✅ Выполнено: ")
    assert "Всё исправлено? Поставьте оценку от 1 до 5" in asked.text
    assert "потом заявка подтвердится сама" in asked.text
    assert asked.labels == ("1 ⭐", "2 ⭐", "3 ⭐", "4 ⭐", "5 ⭐", "↩️ Не исправлено", "📋 Открыть заявку")

    forged = await john.press((await john.chat())[-1], data=asked.data("5 ⭐"))
    assert forged is not None
    assert forged.alert
    assert "You may not do that" in forged.text
    unheard = await anna.press(asked, data=asked.data("5 ⭐").replace("k:5:", "k:9:"))
    assert unheard is not None
    assert unheard.alert

    thanks = await anna.press(asked, "5 ⭐")
    assert thanks is not None
    assert thanks.text == f"#{number}: спасибо за оценку!"
    mine = await anna.wait_for(lambda one: one.id == asked.id and "⭐ Оценка: 5 из 5" in one.text)
    assert "подтверждена: Анна" in mine.text
    await marina.wait_for(lambda one: one.id == card.id and "⭐ Оценка: 5 из 5" in one.text)
    again = await anna.press(mine, data=asked.data("1 ⭐"))
    assert again is not None
    assert "уже подтверждена" in again.text

    number = number_of(await file_request(john, "The light in the corridor is broken"))
    await taken_and_completed(marina, number)
    asked = await john.wait_for(f"#{number} ✅ Completed: ")
    assert "Is it fixed? Rate it from 1 to 5, or say what is wrong. You can answer until" in asked.text
    await john.press(asked, "3 ⭐")
    await john.wait_for(lambda one: one.id == asked.id and "⭐ Rated 3 out of 5" in one.text)


@pytest.mark.story(
    "Afterwards",
    "It is not fixed: what is wrong, in words and photos; it is open again, and who worked on it hears",
    languages="ru",
    refusals=["a reason of two letters", "a week later"],
)
async def test_not_fixed(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    number = number_of(await file_request(anna, WORDS))
    card = await taken_and_completed(marina, number)
    asked = await anna.wait_for(f"#{number} ✅ Выполнено: ")
    await anna.press(asked, "↩️ Не исправлено")
    question = await anna.wait_for(f"#{number} Что не так?")
    await anna.text("не")
    await anna.wait_for("не меньше 3 символов")
    await anna.press(asked, "↩️ Не исправлено")
    await anna.wait_for(f"#{number} Что не так?", after=question.id)
    await anna.photo(picture(), caption="Снова мигает и гаснет")
    told = await marina.wait_for(f"#{number} ↩️ Не исправлено: {WORDS}\nАнна: Снова мигает и гаснет")
    await anna.wait_for(f"#{number}: открыта снова")
    mine = await anna.wait_for(lambda one: one.id == asked.id and f"#{number} 🆕 Открыта" in one.text)
    assert "↩️ Что не так: Снова мигает и гаснет" in mine.text
    assert "📎 1 вложение" in mine.text
    assert "открыта снова: Анна" in mine.text
    await marina.wait_for(lambda one: one.id == card.id and f"#{number} 🆕 Открыта" in one.text)
    await marina.press(told, "📋 Открыть заявку")
    card = await marina.wait_for(lambda one: one.id == told.id and "🔧 Взять в работу" in one.labels)
    await marina.press(card, button(card, "🔧"))
    card = await marina.wait_for(lambda one: one.id == card.id and "✅ Выполнено" in one.labels)
    await complete(marina, card)

    # A week later the button is still there, and explains itself.
    second = await anna.wait_for(f"#{number} ✅ Выполнено: ", after=told.id)
    await running.execute(
        "requests", "UPDATE requests SET confirms_at = now() + interval '1 second' WHERE number = $1", number
    )
    mine = await anna.wait_for(lambda one: "подтверждена сама" in one.text and one.text.startswith(f"#{number} "))
    await anna.press(second, "↩️ Не исправлено")
    await anna.wait_for(f"#{number} Что не так?", after=second.id)
    said = await anna.text("Опять не горит")
    await anna.wait_for("открыть её снова нельзя", after=said.id)
    assert await running.values("requests", "SELECT status FROM requests WHERE number = $1", number) == ["completed"]


@pytest.mark.story(
    "Afterwards",
    "What was filed is changed, its words, its place and how urgent it is, or withdrawn, while nobody has taken it",
    languages="en, ru",
    refusals=["changed too late", "withdrawn too late", "words that are too short", "a place that is gone meanwhile"],
)
async def test_changed_and_withdrawn(running: Running, tmp_path: Path) -> None:
    marina, john = await running.person(MANAGER_ID, "Марина"), await somebody(running, "John", language="en")
    card = await file_request(john, "The tap in 214 is dripping")
    number = number_of(card)
    assert "⏱ Due: " in card.text
    hers = await marina.wait_for(f"#{number} 🆕")
    await john.press(card, "✏️ Change")
    await john.wait_for(f"#{number} What should the request say?")
    await john.text("Tap")
    await john.wait_for("at least 10 characters")
    await john.press(card, "✏️ Change")
    question = await john.wait_for(f"#{number} What should the request say?", after=card.id + 3)
    await john.text("The tap in 215 is dripping, not the one in 214")
    await john.wait_for(f"#{number}: changed")
    await marina.wait_for(lambda one: one.id == hers.id and "The tap in 215" in one.text)
    mine = await john.wait_for(lambda one: "The tap in 215" in one.text and "✏️ Change" in one.labels)
    await john.press(mine, "✏️ Change")
    question = await john.wait_for(f"#{number} What should the request say?", after=question.id)
    changed = await john.press(question, "🔴 High")
    assert changed is not None
    assert changed.text == f"#{number}: changed"
    mine = await john.wait_for(lambda one: one.id == question.id and "🔴 High priority" in one.text)

    # It is elsewhere: among the places, level by level, until one of them is gone; then in words.
    load_places(running, tmp_path / "places.csv", PLACES)
    await john.press(mine, "✏️ Change")
    question = await john.wait_for(f"#{number} What should the request say?", after=question.id)
    await john.press(question, "📍 Place")
    await john.press(question, "School ›")
    assert load_places(running, tmp_path / "places.csv", PLACES.rsplit("r215", 1)[0], "--archive-missing")
    gone = await john.press(question, "Room 215")
    assert gone is not None
    assert gone.alert
    assert "no longer there" in gone.text
    await john.text("room 2")
    found = await john.wait_for(f"#{number} 🔎 room 2: 1 place found")
    assert found.id == question.id
    changed = await john.press(found, "Room 214 · School")
    assert changed is not None
    assert changed.text == f"#{number}: changed"
    mine = await john.wait_for(lambda one: one.id == question.id and "📍 School › Room 214" in one.text)
    await marina.wait_for(lambda one: one.id == hers.id and "📍 School › Room 214" in one.text)
    await john.press(mine, "✏️ Change")
    question = await john.wait_for(f"#{number} What should the request say?", after=question.id)
    await john.press(question, "📍 Place")
    await john.text("behind the gym")
    found = await john.wait_for("no such place in the list")
    await john.press(found, button(found, "Take as written"))
    mine = await john.wait_for(lambda one: one.id == question.id and "📍 behind the gym" in one.text)

    await john.press(mine, "🗑 Withdraw")
    sure = await john.wait_for(f"#{number} Withdraw the request?")
    await marina.press(hers, button(hers, "🔧"))
    late = await john.press(sure, "Yes, withdraw it")
    assert late is not None
    assert late.alert
    assert "Марина has already taken this request." in late.text
    await john.wait_for(lambda one: one.id == sure.id and f"#{number} 🔧 In progress" in one.text)
    late = await john.press(sure, data=question.data("🔴 High").replace("w:high", "w:low"))
    assert late is not None
    assert "Марина has already taken this request." in late.text

    anna = await somebody(running)
    card = await file_request(anna, WORDS)
    number = number_of(card)
    hers = await marina.wait_for(f"#{number} 🆕")
    await anna.press(card, "🗑 Отозвать")
    sure = await anna.wait_for(f"#{number} Отозвать заявку?")
    done = await anna.press(sure, "Да, отозвать")
    assert done is not None
    assert done.text == f"#{number}: отозвана"
    await anna.wait_for(lambda one: one.id == sure.id and f"#{number} 🗑 Отозвана" in one.text)
    gone = await marina.wait_for(lambda one: one.id == hers.id and f"#{number} 🗑 Отозвана" in one.text)
    assert gone.labels == ("💬 Комментировать", "🔒 Для своих")
