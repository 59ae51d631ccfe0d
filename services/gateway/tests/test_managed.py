"""/categories and /organisation, through real RabbitMQ and Redis and a stand-in for Telegram."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from gateway_support import CREATE, System

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.categories.v1.commands import CategoryField, ChangeCategory
from zavhoz_contracts.message import Priority, Role, Shows
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.managed_callbacks import AgainPress, OrganisationAction, OrganisationPress, ShelfAction, ShelfPress

WATER = UUID(int=1)
CHANGE, SET = ChangeCategory.TYPE, SetSetting.TYPE
DENIED = "Это доступно только завхозу без ограничения по местам."


@pytest.fixture
async def marina(gate: System) -> Person:
    """A manager, and a category."""
    person = await gate.someone("Марина")
    gate.api.know(person.id, role=Role.MANAGER)
    gate.api.categories = [Category(category_id=WATER, names={"ru": "Вода"}, questions={"ru": "Какой кран?"})]
    return person


async def opened(person: Person, command: str = "/categories") -> SeenMessage:
    said = await person.text(command)
    return await person.wait_for(lambda one: one.id > said.id)


async def tap(person: Person, message: SeenMessage, label: str) -> SeenMessage:
    answer = await person.press(message, label)
    assert answer is not None
    assert not answer.text, answer
    return next(one for one in await person.chat() if one.id == message.id)


async def alerted(person: Person, message: SeenMessage, data: str) -> str:
    answer = await person.press(message, data=data)
    assert answer is not None
    assert answer.alert, answer
    return answer.text


async def test_each_press_on_a_page_is_one_command(gate: System, marina: Person) -> None:
    boris = gate.api.employ("Борис")
    page = await tap(marina, await opened(marina), "🏷 Вода")
    await tap(marina, page, "🚦 Срочность")
    await marina.press(page, "🔴 Высокий", timeout=0)
    await tap(marina, page, "‹ К категории")
    await tap(marina, page, "👷 Исполнитель")
    await marina.press(page, "Борис · исполнитель", timeout=0)
    await marina.press(page, "● никому", timeout=0)
    await tap(marina, page, "‹ К категории")
    await marina.press(page, "🗄 В архив", timeout=0)
    await tap(marina, page, "❓ Вопросы: Русский")
    await marina.press(page, "✖ Ничего не спрашивать", timeout=0)
    for action, value in ((ShelfAction.RESTORE, ""), (ShelfAction.PRIORITISE, "")):
        await marina.press(page, data=ShelfPress(action=action, category_id=WATER, value=value).pack(), timeout=0)
    changes = [one.data for one in await gate.commands.wait_for(7, CHANGE)]
    assert [(one.field, one.value, one.language) for one in changes] == [
        (CategoryField.PRIORITY, Priority.HIGH.value, None),
        (CategoryField.ASSIGNEE, str(boris.person_id), None),
        (CategoryField.ASSIGNEE, None, None),
        (CategoryField.ARCHIVED, "yes", None),
        (CategoryField.QUESTIONS, None, "ru"),
        (CategoryField.ARCHIVED, None, None),
        (CategoryField.PRIORITY, None, None),
    ]
    assert {(one.category_id, one.origin.shows, one.origin.message_id) for one in changes} == {
        (WATER, Shows.CATEGORY, page.id)
    }


async def test_what_is_typed_is_asked_for_on_the_page(gate: System, marina: Person) -> None:
    page = await tap(marina, await opened(marina), "➕ Новая")
    assert "Как назвать" in page.text
    await marina.text("Свет и розетки")
    (made,) = await gate.commands.wait_for(1, CHANGE)
    assert (made.data.field, made.data.value, made.data.language) == (CategoryField.NAME, "Свет и розетки", "ru")
    assert (made.data.origin.message_id, made.data.origin.callback_query_id) == (page.id, None)
    assert made.data.category_id != WATER
    # What comes next is a request; what would not do is asked for again.
    await marina.text("Не горит свет в холле")
    await marina.wait_for("Новая заявка")
    again = AgainPress().pack()
    await marina.press(page, data=again)
    await marina.text("Свет")
    changes = await gate.commands.wait_for(2, CHANGE)
    assert changes[1].data.value == "Свет"
    assert changes[1].data.category_id != made.data.category_id, "another message, another category"

    page = await tap(marina, await opened(marina), "🏷 Вода")
    page = await tap(marina, page, "❓ Вопросы: English")
    assert "(English)" in page.text
    await marina.photo(b"\xff\xd8\xff\xe0 picture")
    await marina.wait_for("1 фото")
    await marina.text("Which tap?\nSince when?")
    asked = (await gate.commands.wait_for(3, CHANGE))[2].data
    assert (asked.category_id, asked.field, asked.language) == (WATER, CategoryField.QUESTIONS, "en")
    assert asked.value == "Which tap?\nSince when?"


async def test_settings_are_asked_for_and_taken_away(gate: System, marina: Person) -> None:
    page = await opened(marina, "/organisation")
    asked = await tap(marina, page, "🕘 Часы работы")
    assert "пн-пт 9:00-18:00" in asked.text
    said = await marina.text("пн-пт 9-18")
    (chosen,) = await gate.commands.wait_for(1, SET)
    assert (chosen.data.setting, chosen.data.value) == (Setting.HOURS, "пн-пт 9-18")
    assert (chosen.data.origin.shows, chosen.data.origin.message_id) == (Shows.ORGANISATION, page.id)
    default = OrganisationPress(action=OrganisationAction.DEFAULT, setting=Setting.OPEN_LIMIT).pack()
    await marina.press(page, data=default, timeout=0)
    taken = (await gate.commands.wait_for(2, SET))[1].data
    assert (taken.setting, taken.value) == (Setting.OPEN_LIMIT, None)

    # Something else is asked now, in another message: the former question says so, and words are the other's.
    other = await opened(marina, "/organisation")
    await tap(marina, other, "🎉 Выходные дни")
    await tap(marina, await opened(marina), "➕ Новая")
    former = next(one for one in await marina.chat() if one.id == other.id)
    assert former.text == "Изменение настройки отменено."
    await tap(marina, former, "‹ К настройкам")
    await marina.text("Что-то ещё сломалось")
    await marina.wait_for("Новая заявка", after=said.id)
    assert len(gate.commands.of(SET)) == 2


async def test_who_may_not_is_told_so_and_nothing_is_remembered(gate: System, marina: Person) -> None:
    boris = await gate.someone("Борис")
    gate.api.know(boris.id, role=Role.TECHNICIAN)
    for command in ("/categories", "/organisation"):
        assert (await opened(boris, command)).text == DENIED
    told = (await boris.chat())[-1]
    reading = (ShelfAction.LIST, ShelfAction.OPEN, ShelfAction.NEW, ShelfAction.NAME, ShelfAction.PRIORITIES)
    presses = [ShelfPress(action=one, category_id=WATER, value="ru").pack() for one in (*reading, ShelfAction.STAFF)]
    presses += [OrganisationPress(action=one).pack() for one in (OrganisationAction.OPEN, OrganisationAction.ASK)]
    for data in presses:
        assert await alerted(boris, told, data) == DENIED
    await boris.text("Не закрывается окно")
    await boris.wait_for("Новая заявка")
    assert gate.commands.of(CHANGE) == gate.commands.of(SET) == []

    page = await opened(marina)
    for press, said in (
        (ShelfPress(action=ShelfAction.OPEN, category_id=uuid4()), "Такой категории нет."),
        (ShelfPress(action=ShelfAction.NAME, category_id=WATER, value="xx"), "устарел"),
        (ShelfPress(action=ShelfAction.PRIORITISE, category_id=WATER, value="urgent"), "устарел"),
        (ShelfPress(action=ShelfAction.NO_QUESTIONS, category_id=WATER, value="xx"), "устарел"),
        (AgainPress(), ""),
    ):
        assert said in await alerted(marina, page, press.pack())
    assert gate.commands.of(CHANGE) == []


async def test_without_the_api_or_a_memory_it_is_said(gate: System, marina: Person) -> None:
    page = await opened(marina)
    gate.redis.cut()
    new = ShelfPress(action=ShelfAction.NEW).pack()
    assert "Попробуйте" in await alerted(marina, page, new)
    assert await alerted(marina, page, AgainPress().pack())
    gate.redis.mend()
    gate.api.status = 503
    assert "Попробуйте через минуту" in await alerted(marina, page, new)
    assert "Попробуйте через минуту" in (await opened(marina, "/organisation")).text
    assert gate.commands.of(CREATE) == []
