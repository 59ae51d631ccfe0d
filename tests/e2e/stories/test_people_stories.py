"""People from the bot: lists, profiles, roles, the places somebody is limited to, and their access."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from e2e_support import Running, button, file_request, load_places, number_of, pressed, somebody

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_messaging.testing import wait_until
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.callbacks import CallbackData, FiledPress, PlaceAction
from zavhoz_telegram.managed_callbacks import AreaPress, PeopleAction, PeoplePress, ProfileAction, ProfilePress
from zavhoz_telegram.profiles import OFF

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
_PLACES = """code;parent;kind;name
school;;site;Школа
r214;school;room;Кабинет 214
dorm;;site;Общежитие
d5;dorm;room;Комната 5
"""


async def id_of(running: Running, person: Person) -> UUID:
    """Somebody's id, as soon as they are registered, for which the greeting does not wait."""
    query = "SELECT id FROM people WHERE telegram_id = $1"
    found: list[Any] = []

    async def known() -> bool:
        found[:] = await running.values("requests", query, person.id)
        return bool(found)

    await wait_until(known, f"{person.first_name} is known", timeout=20)
    return UUID(str(found[0]))


async def people_of(manager: Person) -> SeenMessage:
    """/people, as a new message."""
    asked = await manager.text("/people")
    return await manager.wait_for(lambda one: "👥" in one.text or "🔎" in one.text, after=asked.id)


async def searched(manager: Person, listed: SeenMessage, words: str) -> SeenMessage:
    """Look for a name; what was found, as a new message."""
    search = "🔎 Поиск"
    await manager.press(listed, search)
    asked = await manager.wait_for(lambda one: len(one.labels) == 1, after=listed.id)
    await manager.text(words)
    return await manager.wait_for(lambda one: words in one.text and search in one.labels, after=asked.id)


async def opened(manager: Person, name: str) -> SeenMessage:
    """Somebody's profile, found by name."""
    found = await searched(manager, await people_of(manager), name)
    return await pressed(manager, found, name, "Впервые здесь")


async def pressed_page(manager: Person, message: SeenMessage, label: str, at: str) -> SeenMessage:
    """Turn a page; the message as it is when it says that one is there."""
    await manager.press(message, label)
    return await manager.wait_for(lambda one: one.id == message.id and at in "".join(one.labels))


async def refused(person: Person, message: SeenMessage, press: CallbackData) -> str:
    """Forge a press; the alert that it is refused with."""
    answer = await person.press(message, data=press.pack())
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def menu_of(running: Running, person: Person) -> list[str]:
    """The commands of somebody's chat; none: those of everybody."""
    menu: list[str] = []
    for call in await running.sandbox.calls():
        scope = str(call["arguments"].get("scope", ""))
        if str(person.id) in scope and call["method"] == "setMyCommands":
            menu = [one["command"] for one in _commands(call["arguments"]["commands"])]
        if str(person.id) in scope and call["method"] == "deleteMyCommands":
            menu = []
    return menu


def _commands(given: Any) -> list[dict[str, str]]:
    return list(json.loads(given) if isinstance(given, str) else given)


async def has_menu(running: Running, person: Person, commands: list[str]) -> None:
    async def probe() -> bool:
        return await menu_of(running, person) == commands

    await wait_until(probe, f"{person.first_name} has the menu {commands}", timeout=20)


@pytest.fixture
async def marina(running: Running, tmp_path: Path) -> Person:
    """The manager, with places to limit people to."""
    load_places(running, tmp_path / "places.csv", _PLACES)
    return await running.person(MANAGER_ID, "Марина")


@pytest.mark.story(
    "People",
    "A manager makes somebody a technician, who is told, has the menu and the cards of new requests, and less again",
    languages="ru, en",
    refusals=["the last manager", "a technician's forged button", "somebody who is not there"],
)
async def test_roles(running: Running, marina: Person) -> None:
    anna, john = await somebody(running), await somebody(running, "John Roles", language="en")
    his = await id_of(running, john)
    page = await opened(marina, "John Roles")
    assert "👤 John Roles" in page.text
    assert page.labels == ("🔧 В исполнители", "🗝 В завхозы", "🚫 Отключить", "✍️ Заявки этого человека", "‹ К списку")

    # It is asked whether that is meant; no is no.
    asked = await pressed(marina, page, "В исполнители", "John Roles: сделать исполнителем?")
    page = await pressed(marina, asked, "Нет", "Впервые здесь")
    asked = await pressed(marina, page, "В исполнители", "сделать исполнителем?")
    answer = await marina.press(asked, button(asked, "Да"))
    assert answer is not None
    assert (answer.text, answer.alert) == ("Роль изменена.", False)
    page = await marina.wait_for(lambda one: one.id == page.id and "🔧 John Roles" in one.text)
    assert "Марина: заявитель → исполнитель" in page.text
    assert "🌐 Работает со всеми местами" in page.text

    # Who it is about is told in their language, and works from now on.
    await john.wait_for("You are a technician from now on")
    await has_menu(running, john, ["my", "queue", "settings", "mydata", "help", "cancel"])
    number = number_of(await file_request(anna, "Не закрывается окно в классе"))
    card = await john.wait_for(lambda one: one.text.startswith(f"#{number} ") and "🔧 Take" in one.labels)
    await john.press(card, "🔧 Take")
    taken = await john.wait_for(lambda one: one.id == card.id and "✅ Complete" in one.labels)

    # He himself may change nobody, whatever a button says.
    for press in (
        ProfilePress(action=ProfileAction.SET, person_id=his, value="manager"),
        ProfilePress(action=ProfileAction.SET, person_id=await id_of(running, anna), value=OFF),
        ProfilePress(action=ProfileAction.EVERYWHERE, person_id=his),
    ):
        assert await refused(john, taken, press) == "You may not do that."
    reads: tuple[ProfilePress | PeoplePress, ...] = (
        ProfilePress(action=ProfileAction.OPEN, person_id=his),
        ProfilePress(action=ProfileAction.ADD, person_id=his),
        PeoplePress(action=PeopleAction.SHOW),
    )
    for read in reads:
        assert "not limited to places" in await refused(john, taken, read)
    await john.text("/people")
    await john.wait_for("People are managed only by facility managers")
    assert (await john.wait_for(lambda one: one.id == taken.id)).text == taken.text, "the message stays as it is"

    # What somebody filed is in the queue, narrowed from their profile, which stays where it is.
    hers = ProfilePress(action=ProfileAction.OPEN, person_id=await id_of(running, anna))
    await marina.press(page, data=hers.pack())
    profile = await marina.wait_for(lambda one: one.id == page.id and "👤 Анна" in one.text)
    await marina.press(profile, "✍️ Заявки этого человека")
    queue = await marina.wait_for(lambda one: one.id > profile.id and "⚙️ ✍️ Анна" in one.text)
    assert [label for label in queue.labels if label.startswith("#")] == [f"#{number}"]
    filed = FiledPress(person_id=await id_of(running, anna))
    assert "not limited to places" in await refused(john, taken, filed)
    await marina.press(page, data=ProfilePress(action=ProfileAction.OPEN, person_id=his).pack())
    page = await marina.wait_for(lambda one: one.id == page.id and "John Roles" in one.text)

    # The last manager stays one, and there has to be somebody.
    mine = await pressed(marina, await people_of(marina), "Марина", "это вы")
    asked = await pressed(marina, mine, "В заявители", "Это вы сами.")
    answer = await marina.press(asked, button(asked, "Да"))
    assert answer is not None
    assert answer.alert
    assert answer.text == "Вы единственный завхоз. Сначала назначьте завхозом кого-то ещё."
    await marina.wait_for(lambda one: one.id == mine.id and "Впервые здесь" in one.text)
    nobody = ProfilePress(action=ProfileAction.SET, person_id=uuid4(), value="manager")
    assert await refused(marina, mine, nobody) == "Такого человека нет."

    # Less again, with work in hand: the manager is warned; their cards are closed to them, and the menu is everybody's.
    asked = await pressed(marina, page, "В заявители", "В работе 1 заявка: поручите её другому.")
    await pressed(marina, asked, "Да", "исполнитель → заявитель")
    await john.wait_for("You are a requester from now on")
    await john.wait_for(lambda one: one.id == taken.id and one.text == "This request is no longer yours to see.")
    await has_menu(running, john, [])
    await john.text("/queue")
    await john.wait_for("Only those who carry out requests see the queue")


@pytest.mark.story(
    "People",
    "A technician who is limited to a site sees the queue, cards and notices of that site alone",
    languages="ru, en",
    refusals=["a limited manager", "the last manager who is not limited", "a place that is none", "an outdated choice"],
)
async def test_places(running: Running, marina: Person) -> None:
    anna, boris = await somebody(running), await somebody(running, "Boris Places", language="en")
    his = await id_of(running, boris)
    page = await opened(marina, "Boris Places")
    asked = await pressed(marina, page, "В исполнители", "сделать исполнителем?")
    page = await pressed(marina, asked, "Да", "Работает со всеми местами")
    await boris.wait_for("You are a technician")
    there = await filed_in(anna, "Скрипит дверь в кабинете", "r214")
    here = await filed_in(anna, "Не горит лампа в комнате", "d5")
    shut = await boris.wait_for(lambda one: one.text.startswith(f"#{there} ") and "🔧 Take" in one.labels)
    await boris.wait_for(lambda one: one.text.startswith(f"#{here} ") and "🔧 Take" in one.labels)

    # The tree, level by level.
    areas = await pressed(marina, page, "📍 Места", "Чтобы убрать место")
    choice = await pressed(marina, areas, "➕", "Какое место добавить?")
    assert choice.labels == ("Общежитие ›", "Школа ›", "‹ К местам")
    areas = await pressed(marina, choice, "‹ К местам", "Чтобы убрать место")
    choice = await pressed(marina, areas, "➕", "Какое место добавить?")
    choice = await pressed(marina, choice, "Общежитие", "Общежитие")
    answer = await marina.press(choice, button(choice, "✓"))
    assert answer is not None
    assert answer.text == "Места изменены."
    areas = await marina.wait_for(lambda one: one.id == areas.id and "✖ Общежитие" in one.labels)
    assert "Работает только здесь:\n• Общежитие" in areas.text
    await boris.wait_for("From now on you work in these places only:\n• Общежитие")

    # What is elsewhere is closed to him at once; a forged button changes nothing.
    gone = await boris.wait_for(lambda one: one.id == shut.id and one.text == "This request is no longer yours to see.")
    forged = await boris.press(gone, data=shut.data("🔧 Take"))
    assert forged is not None
    assert forged.alert
    assert forged.text.endswith("You may not do that.")
    asked_queue = await boris.text("/queue")
    queue = await boris.wait_for("🛠", after=asked_queue.id)
    assert f"#{here}" in queue.text
    assert f"#{there} " not in queue.text
    elsewhere = await filed_in(anna, "Течёт батарея в кабинете", "r214")
    inside = await filed_in(anna, "Течёт батарея в комнате", "d5")
    await boris.wait_for(lambda one: one.text.startswith(f"#{inside} ") and "🔧 Take" in one.labels)
    assert not [one for one in await boris.chat() if one.text.startswith(f"#{elsewhere} ")]

    # Another one by words; words that are no place find nothing, and nothing of them can be taken.
    choice = await pressed(marina, areas, "➕", "Какое место добавить?")
    await marina.text("нет такого")
    none = await marina.wait_for(lambda one: one.id == areas.id and "нет такого" in one.text)
    assert not [label for label in none.labels if "✍" in label]
    assert "устарела" in await refused(marina, none, AreaPress(action=PlaceAction.WORDS))
    await marina.text("214")
    found = await marina.wait_for(lambda one: one.id == areas.id and "Кабинет 214 · Школа" in one.labels)
    wrong = AreaPress(action=PlaceAction.CHOOSE, value="nowhere")
    assert "места больше нет" in await refused(marina, found, wrong)
    await marina.press(found, "Кабинет 214 · Школа")
    areas = await marina.wait_for(lambda one: one.id == areas.id and "✖ Школа › Кабинет 214" in one.labels)
    shown = await boris.wait_for(lambda one: one.id == shut.id and "🔧 Take" in one.labels)
    assert shown.text.startswith(f"#{there} "), "what is open to him again is shown in the same message"

    # Removed by its ✖; an outdated choice says so; without a limit again.
    await marina.press(areas, "✖ Школа › Кабинет 214")
    areas = await marina.wait_for(lambda one: one.id == areas.id and "✖ Школа › Кабинет 214" not in one.labels)
    assert "уже закончен" in await refused(marina, areas, AreaPress(action=PlaceAction.OPEN, value="school"))
    areas = await pressed(marina, areas, "🌐", "Работает со всеми местами")
    await boris.wait_for("From now on you work in every place, without limits.")
    page = await pressed(marina, areas, "‹ К профилю", "Впервые здесь")
    assert "Марина: Общежитие → все места" in page.text
    assert "Марина: 2 места → Общежитие" in page.text

    # A limited manager manages no people; the last one without a limit stays so.
    asked = await pressed(marina, page, "В завхозы", "сделать завхозом?")
    page = await pressed(marina, asked, "Да", "🗝 Boris Places")
    await boris.wait_for("You are a facility manager")
    of_managers = ["people", "places", "categories", "organisation", "replies"]
    await has_menu(running, boris, ["my", "queue", *of_managers, "settings", "mydata", "help", "cancel"])
    seen = await boris.press(await people_of(boris), data=ProfilePress(action=ProfileAction.OPEN, person_id=his).pack())
    assert seen is not None
    own = await boris.wait_for("(you) — facility manager")
    assert "Марина: technician → facility manager" in own.text
    assert own.labels == (
        "👤 Make requester",
        "🔧 Make technician",
        "📍 Places",
        "✍️ Their requests",
        "‹ Back to the list",
    )
    areas = await pressed(marina, page, "📍 Места", "Чтобы убрать место")
    choice = await pressed(marina, areas, "➕", "Какое место добавить?")
    choice = await pressed(marina, choice, "Школа", "Школа")
    await marina.press(choice, button(choice, "✓"))
    await marina.wait_for(lambda one: one.id == areas.id and "✖ Школа" in one.labels)
    await has_menu(running, boris, ["my", "queue", "places", "settings", "mydata", "help", "cancel"])
    last = (await boris.chat())[-1]
    up = ProfilePress(action=ProfileAction.EVERYWHERE, person_id=his)
    assert await refused(boris, last, up) == "You may not do that."
    said = await boris.text("/people")
    await boris.wait_for("who are not limited to places", after=said.id)
    mine = await pressed(marina, await people_of(marina), "Марина", "это вы")
    mine = await pressed(marina, mine, "📍 Места", "Чтобы убрать место")
    mine = await pressed(marina, mine, "➕", "Какое место добавить?")
    mine = await pressed(marina, mine, "Школа", "Школа")
    answer = await marina.press(mine, button(mine, "✓"))
    assert answer is not None
    assert answer.alert
    assert "последний завхоз без ограничения" in answer.text
    await marina.wait_for(lambda one: one.id == mine.id and "Работает со всеми местами" in one.text)

    # Who leaves the staff is limited to nothing either, and hears of the role alone.
    told = (await boris.chat())[-1]
    page = await opened(marina, "Boris Places")
    asked = await pressed(marina, page, "В заявители", "сделать заявителем?")
    page = await pressed(marina, asked, "Да", "👤 Boris Places")
    assert "📍 Места" not in page.labels
    await boris.wait_for("You are a requester from now on")
    assert not [one for one in await boris.chat() if one.id > told.id and "without limits" in one.text]


async def filed_in(person: Person, words: str, code: str) -> int:
    """File a request in a place; its number."""
    await person.text(f"/start loc_{code}")
    said = await person.text(words)
    draft = await person.wait_for(lambda one: words in one.text and "📨" in "".join(one.labels))
    answer = await person.press(draft, button(draft, "📨"))
    assert answer is not None
    assert not answer.alert, answer
    card = await person.wait_for(lambda one: one.text.startswith("#") and words in one.text)
    assert card.id != said.id
    return number_of(card)


@pytest.mark.story(
    "People",
    "Somebody is deactivated, hears one polite sentence and nothing more, and is activated again",
    languages="ru, en",
    refusals=["oneself", "whoever is deactivated"],
)
async def test_access(running: Running, marina: Person) -> None:
    anna, ivan = await somebody(running), await somebody(running, "Ivan Access", language="en")
    page = await opened(marina, "Ivan Access")
    asked = await pressed(marina, page, "В исполнители", "сделать исполнителем?")
    page = await pressed(marina, asked, "Да", "🔧 Ivan Access")
    await ivan.wait_for("You are a technician")
    number = number_of(await file_request(anna, "Не открывается замок в подвале"))
    card = await ivan.wait_for(lambda one: one.text.startswith(f"#{number} ") and "🔧 Take" in one.labels)
    await ivan.press(card, "🔧 Take")
    await ivan.wait_for(lambda one: one.id == card.id and "✅ Complete" in one.labels)

    asked = await pressed(marina, page, "🚫 Отключить", "Ivan Access: отключить доступ?")
    assert "В работе 1 заявка: поручите её другому." in asked.text
    answer = await marina.press(asked, button(asked, "Да, отключить"))
    assert answer is not None
    assert answer.text == "Доступ изменён."
    page = await marina.wait_for(lambda one: one.id == page.id and "Доступ отключён" in one.text)
    assert "Марина: доступ отключён" in page.text
    told = await ivan.wait_for("Your access was switched off")
    await has_menu(running, ivan, [])

    # Nothing more is said to him, and nothing he does has an effect.
    taken = await ivan.press(card, data=card.data("🔧 Take"))
    assert taken is not None
    assert "Your access is switched off." in taken.text
    other = number_of(await file_request(anna, "Разбито стекло в подвале"))
    await marina.wait_for(lambda one: one.text.startswith(f"#{other} "))
    await running.confirmed()
    assert [one.text for one in await ivan.chat() if one.id > told.id and one.text.startswith("#")] == []

    # He is in the list of those who are, found there, and let in again.
    listed = await pressed(marina, await people_of(marina), "Отключённые", "Отключённые")
    assert [label for label in listed.labels if "Ivan Access" in label] == ["🔧🚫 Ivan Access"]
    page = await pressed(marina, listed, "Ivan Access", "Впервые здесь")
    page = await pressed(marina, page, "✅ Включить доступ", "Марина: доступ включён")
    await ivan.wait_for("Your access is switched on again (technician)")
    await has_menu(running, ivan, ["my", "queue", "settings", "mydata", "help", "cancel"])

    async def lets_in() -> bool:
        said = await ivan.text("/queue")
        shown = await ivan.wait_for(lambda one: one.id > said.id)
        return "🛠" in shown.text

    await wait_until(lets_in, "the queue is open to him again", timeout=30)
    # Back to the list leads where one was.
    listed = await pressed(marina, page, "‹ К списку", "Отключённые")
    assert not [label for label in listed.labels if "Ivan Access" in label]

    # Nobody deactivates themselves: there is no such button, and a forged one is refused.
    mine = await pressed(marina, await people_of(marina), "Марина", "это вы")
    assert "🚫 Отключить" not in mine.labels
    myself = ProfilePress(action=ProfileAction.SET, person_id=await id_of(running, marina), value=OFF)
    assert await refused(marina, mine, myself) == "Себя отключить нельзя."


@pytest.mark.story(
    "People",
    "A manager looks through people: by list, in pages, by name and username; a line opens a profile, and back",
    languages="ru, en",
    refusals=["a search that is forgotten", "a page of nowhere"],
)
async def test_lists_and_search(running: Running, marina: Person) -> None:
    for number in range(9):
        await somebody(running, f"Толпа {number}")
    jane = await running.sandbox.person(730_001, "Семён Ёлкин", language_code="ru")
    await jane.start()
    await jane.wait_for("Здравствуйте")

    listed = await people_of(marina)
    assert "Люди: Штат" in listed.text
    assert listed.labels[:5] == ("● Штат", "Все", "Заявители", "Отключённые", "Без связи")
    assert "🗝 Марина" in "".join(listed.labels)
    everybody = await pressed(marina, listed, "Заявители", "Заявители")
    assert len([label for label in everybody.labels if label.startswith("👤")]) == 8
    second = await pressed_page(marina, everybody, "›", "2/")
    assert second.id == listed.id

    found = await searched(marina, second, "толпа")
    assert "9 человек" in found.text
    more = await pressed_page(marina, found, "›", "2/2")
    assert [label for label in more.labels if "Толпа" in label] == ["👤 Толпа 8"]
    page = await pressed(marina, more, "Толпа 8", "Впервые здесь")
    back = await pressed(marina, page, "‹ К списку", "Поиск людей: толпа")
    assert "2/2" in back.labels, "back to the page one came from"
    for words in ("елкин", "Семен"):
        assert "👤 Семён Ёлкин" in (await searched(marina, back, words)).labels
    nobody = await searched(marina, back, "100%")
    assert "Никого." in nobody.text
    # The question can be given up.
    await marina.press(nobody, "🔎 Поиск")
    asked = await marina.wait_for("Кого найти?", after=nobody.id)
    await marina.press(asked, "Отмена")
    await marina.wait_for(lambda one: one.id == asked.id and one.text == "Поиск людей отменён.")

    # Who cannot be reached is marked, and what to do is said.
    await jane.block()
    gone = "UPDATE people SET reachable = false WHERE telegram_id = $1"
    await running.execute("requests", gone, jane.id)
    unreachable = await pressed(marina, await people_of(marina), "Без связи", "Без связи")
    page = await pressed(marina, unreachable, "👤📵 Семён Ёлкин", "Попросите написать боту")
    assert "📵" in page.text

    stale = PeoplePress(action=PeopleAction.FOUND, page=2)
    assert "Не помню, кого здесь искали" in await refused(marina, page, stale)
    beyond = await marina.press(page, data=PeoplePress(action=PeopleAction.SHOW, page=10**7).pack())
    assert beyond is not None
    assert "устарела" in beyond.text
