"""The settings of the organisation: hours, days off, due times, limits, as managers type them, and what comes of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from e2e_support import Running, become, button, file_request, number_of, pressed, somebody

from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_sandbox.client import Person, SeenMessage
from zavhoz_telegram.managed_callbacks import OrganisationAction, OrganisationPress

pytestmark = pytest.mark.timeout(240)  # the first one waits for the whole system
_DENIED = "Это доступно только завхозу без ограничения по местам"


async def settings_of(manager: Person, title: str = "Организация") -> SeenMessage:
    said = await manager.text("/organisation")
    return await manager.wait_for(f"🏢 {title}", after=said.id)


async def chosen(person: Person, page: SeenMessage, label: str, words: str, shows: str) -> SeenMessage:
    """Press the button of a setting and type a value; the page, which shows it."""
    page = await pressed(person, page, label, "Сейчас: ")
    said = await person.text(words)
    page = await person.wait_for(lambda one: one.id == page.id and shows in one.text)
    await person.wait_for(lambda one: one.text in ("Сохранено.", "Saved."), after=said.id)
    return page


async def wrong(person: Person, words: str, sentence: str) -> SeenMessage:
    """Type what will not do; the message that says so, turned into the question once more."""
    said = await person.text(words)
    told = await person.wait_for(sentence, after=said.id)
    return await pressed(person, told, "✏️", "• ")


@pytest.mark.story(
    "Organisation",
    "Hours and days off, typed as people write them in Russian and English; what cannot be read is said piece by piece",
    languages="ru, en",
    refusals=["a day that is none", "hours without a day", "hours that end before they begin", "a date that is none"],
)
async def test_hours_and_days_off(running: Running) -> None:
    marina, john = await running.person(MANAGER_ID, "Марина"), await somebody(running, "John", language="en")
    await become(running, john, "manager")
    page = await settings_of(marina)
    for line in (
        "🕘 Часы работы: круглосуточно (по умолчанию)",
        "🎉 Выходные и праздники: нет (по умолчанию)",
        "Взять в работу за\n🔴 Высокий: 4 ч (по умолчанию)\n🟡 Средний: 8 ч (по умолчанию)",
        "Выполнить за\n🔴 Высокий: 24 ч (по умолчанию)",
        "✅ Подтверждается сама через: 7 дней (по умолчанию)",
        "📋 Открытых заявок у одного человека: 10000 (по умолчанию)",
    ):
        assert line in page.text
    page = await chosen(
        marina, page, "🕘", "Пн.–Чт. 9-13 14-18; пт: 9.00-17.00, сб 10-14",
        "🕘 Часы работы: пн-чт 09:00-13:00 14:00-18:00, пт 09:00-17:00, сб 10:00-14:00\n",
    )  # fmt: skip
    assert "Марина: Часы работы: по умолчанию → пн-чт 09:00-13:00" in page.text
    page = await chosen(
        marina, page, "🎉", "01.01.2027–08.01.2027, 23.02.2027", "праздники: 01.01.2027–08.01.2027, 23.02.2027\n"
    )
    # What is shown can be typed again, and means the same.
    for label, shown in (("🕘", "пн-чт 09:00-13:00 14:00-18:00, пт 09:00-17:00"), ("🎉", "01.01.2027–08.01.2027")):
        page = await pressed(marina, page, label, f"Сейчас: {shown}")
        said = await marina.text(page.text.split("Сейчас: ")[1].splitlines()[0])
        await marina.wait_for("Так и было: ничего не изменилось.", after=said.id)
        page = await marina.wait_for(lambda one, at=page.id: one.id == at and "🏢 Организация" in one.text)
    page = await chosen(marina, page, "💼", "20.02.2027", "💼 Рабочие дни сверх недели: 20.02.2027\n")

    # In English, and what will not do: nothing is changed until it will.
    page = await settings_of(john, "Organisation")
    assert "🕘 Working hours: mon-thu 09:00-13:00 14:00-18:00, fri 09:00-17:00, sat 10:00-14:00\n" in page.text
    assert "🎉 Days off: 2027-01-01–2027-01-08, 2027-02-23\n" in page.text
    page = await pressed(john, page, "🕘", "Default: 24/7")
    page = await wrong(john, "mon-frx 9-18", "“mon-frx” is neither a day of the week nor hours")
    page = await wrong(john, "9-18", "There is no day before “9-18”")
    page = await wrong(john, "mon-fri", "There are no hours after “mon-fri”")
    page = await wrong(john, "mon 18-9", "“18-9” ends before it begins")
    page = await wrong(john, "mon 9-25", "“9-25” is no time of the day")
    page = await wrong(john, "mon 9-12 11-15", "“mon 11-15” overlaps")
    assert "Now: mon-thu 09:00-13:00" in page.text
    said = await john.text("Mon-Fri 8:30-17")
    page = await john.wait_for(lambda one: one.id == page.id and "Working hours: mon-fri 08:30-17:00\n" in one.text)
    assert "John: Working hours: mon-thu 09:00-13:00" in page.text
    assert (await john.wait_for("Saved.", after=said.id)).labels == ()
    page = await settings_of(marina)
    page = await pressed(marina, page, "🎉", "Сейчас: 01.01.2027–08.01.2027, 23.02.2027")
    page = await wrong(marina, "31.02.2027", "«31.02.2027» — не дата")
    page = await wrong(marina, "08.01.2027-01.01.2027", "кончается раньше, чем начинается")
    page = await wrong(marina, "2020-01-01..2026-12-31", "Слишком много дней")
    for label, line in (("🎉", "праздники: нет (по"), ("💼", "недели: нет (по"), ("🕘", "работы: круглосуточно (по")):
        page = await settings_of(marina) if label != "🎉" else await pressed(marina, page, "‹", "🏢 Организация")
        page = await pressed(marina, page, label, "Сейчас: ")
        page = await pressed(marina, page, "↺ По умолчанию", line)
    assert await running.values("requests", "SELECT name FROM settings") == []


@pytest.mark.story(
    "Organisation",
    "Another due time: requests that are open get it within seconds, and every card says so",
    languages="ru",
    refusals=["a time that is none", "a number out of bounds", "one open request too many, by the new limit"],
)
async def test_due_times_and_limits(running: Running) -> None:
    marina, anna = await running.person(MANAGER_ID, "Марина"), await somebody(running)
    card = await file_request(anna, "Протекает батарея в спортзале")
    number = number_of(card)
    hers = await marina.wait_for(f"#{number} 🆕")
    assert "✋ Взять в работу: " in hers.text
    assert "Взять в работу" not in card.text, "that is nothing to who may not take it"
    query = "SELECT created_at FROM requests WHERE number = $1"
    (created,) = await running.values("requests", query, number)

    page = await settings_of(marina)
    page = await pressed(marina, page, button(page, "🟡 Взять"), "Новые сроки получит 1 незакрытая заявка")
    page = await wrong(marina, "скоро", "«скоро» не подходит: нужно время от 5 минут")
    page = await wrong(marina, "2 мин", "«2 мин» не подходит")
    said = await marina.text("1 ч 30 мин")
    page = await marina.wait_for(lambda one: one.id == page.id and "🟡 Средний: 1 ч 30 мин\n" in one.text)
    await marina.wait_for("Сохранено.", after=said.id)
    page = await chosen(marina, page, "🟡 Выполнить", "5ч", "🟡 Средний: 5 ч\n")
    taken, done = (clock(created + timedelta(minutes=minutes)) for minutes in (90, 300))
    hers = await marina.wait_for(lambda one: one.id == hers.id and f"{done}\n" in one.text)
    assert taken in hers.text.split("✋ ")[1].splitlines()[0]
    await anna.wait_for(lambda one: one.id == card.id and f"{done}\n" in one.text)
    page = await settings_of(marina)
    for setting in ("🟡 Взять", "🟡 Выполнить"):
        page = await pressed(marina, page, setting, "По умолчанию: ")
        page = await pressed(marina, page, "↺", "🏢 Организация")
    late = clock(created + timedelta(hours=8))
    await marina.wait_for(lambda one: one.id == hers.id and f"{late}\n" in one.text)

    # Limits hold from the next command on.
    page = await pressed(marina, page, "📋", "Пришлите число от 1 до 10000")
    said = await marina.text("0")
    told = await marina.wait_for("«0» не подходит: нужно целое число от 1 до 10000", after=said.id)
    page = await pressed(marina, told, "✏️", "Пришлите число от 1 до 10000")
    said = await marina.text("1")
    page = await marina.wait_for(
        lambda one: one.id == page.id and "📋 Открытых заявок у одного человека: 1\n" in one.text
    )
    await marina.wait_for("Сохранено.", after=said.id)
    said = await anna.text("И ещё не горит свет")
    draft = await anna.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    answer = await anna.press(draft, button(draft, "📨"))
    assert answer is not None
    assert "У вас уже 1 незакрытых заявок" in answer.text
    page = await pressed(marina, page, "📋", "По умолчанию: 10000")
    page = await pressed(marina, page, "↺", "📋 Открытых заявок у одного человека: 10000 (по умолчанию)")
    await anna.press(draft, button(draft, "📨"))
    await anna.wait_for(lambda one: one.id == draft.id and one.text.startswith("#"))
    assert "Открытых заявок у одного человека: 1 → по умолчанию" in page.text


def clock(moment: datetime) -> str:
    """The time of day at which something is due, where the organisation is."""
    return f"{moment:%H:%M}"


@pytest.mark.story(
    "Organisation",
    "The settings are for managers who are limited to no places; for others neither the page nor its buttons",
    languages="ru",
    refusals=["a requester", "a technician", "a manager of one building", "a setting asked for and given up"],
)
async def test_for_managers_alone(running: Running) -> None:
    marina = await running.person(MANAGER_ID, "Марина")
    anna, boris, olga = [await somebody(running, name) for name in ("Анна", "Борис", "Ольга")]
    await become(running, boris, "technician")
    await become(running, olga, "manager", "dorm")
    default = OrganisationPress(action=OrganisationAction.DEFAULT, setting=Setting.OPEN_LIMIT).pack()
    for person in (anna, boris, olga):
        said = await person.text("/organisation")
        told = await person.wait_for(_DENIED, after=said.id)
        answer = await person.press(told, data=default)
        assert answer is not None
        assert answer.text == "Вам это действие недоступно."
        ask = default.replace(":d:", ":a:")
        answer = await person.press(told, data=ask)
        assert answer is not None
        assert _DENIED in answer.text

    # What is given up is asked no more: words are a request again.
    page = await settings_of(marina)
    page = await pressed(marina, page, "🕘", "• пн-пт")
    page = await pressed(marina, page, "‹", "🏢 Организация")
    said = await marina.text("пн-пт 9-18 не работает лифт")
    await marina.wait_for(lambda one: "📨" in "".join(one.labels), after=said.id)
    page = await pressed(marina, page, "🕘", "• пн-пт")
    said = await marina.text("/cancel")
    await marina.wait_for(lambda one: one.id == page.id and "Изменение настройки отменено" in one.text)
    assert await running.values("requests", "SELECT name FROM settings") == []
