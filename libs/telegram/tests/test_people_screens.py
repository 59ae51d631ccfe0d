"""People as managers see them: what the screens say, that they fit, and which buttons there are."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from zavhoz_contracts.api.people import (
    HISTORY_MOST,
    Change,
    PeopleView,
    PersonChange,
    PersonLine,
    PersonPage,
    Profile,
)
from zavhoz_contracts.api.places import Place, PlaceKind
from zavhoz_contracts.api.v1 import PersonBrief
from zavhoz_contracts.limits import AREAS_MAX
from zavhoz_contracts.message import Role
from zavhoz_telegram.callbacks import PlaceAction
from zavhoz_telegram.managed_callbacks import AreaPress, PeopleAction, PeoplePress, ProfileAction, ProfilePress
from zavhoz_telegram.people import draw_asks_name, draw_found_people, draw_people
from zavhoz_telegram.places import Choice, draw_area_choice
from zavhoz_telegram.profiles import OFF, area_key, draw_areas, draw_choice_over, draw_profile, draw_sure
from zavhoz_telegram.screens import TEXT_MAX_UNITS, Screen, units
from zavhoz_telegram.texts import Texts

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
UTC_ZONE = ZoneInfo("UTC")
WHO = UUID(int=2**128 - 1)
RU, EN = (Texts.load().for_language(code) for code in ("ru", "en"))


FILED = "✍️ Заявки этого человека"


def area(code: str, path: str) -> Place:
    return Place(code=code, kind=PlaceKind.ROOM, name=path, path=path)


def profile(**given: Any) -> Profile:
    common = {"person_id": WHO, "name": "Борис", "role": Role.TECHNICIAN, "active": True, "reachable": True}
    return Profile(**(common | {"seen_at": NOW - timedelta(days=1), "registered_at": NOW} | given))


def drawn(shown: Profile, language: str = "ru") -> Screen:
    return draw_profile(shown, NOW, RU if language == "ru" else EN, UTC_ZONE)


def labels(screen: Screen) -> list[str]:
    return [label for row in screen.rows for label, _ in row]


def test_a_list_marks_who_is_limited_deactivated_or_out_of_reach() -> None:
    people = [
        ("Марина", Role.MANAGER, True, True, 0, None),
        ("Борис", Role.TECHNICIAN, True, False, 2, "boris"),
        ("Анна", Role.REQUESTER, False, False, 0, None),
    ]
    items = tuple(
        PersonLine(person_id=WHO, name=name, role=role, active=active, reachable=reachable, areas=areas, username=user)
        for name, role, active, reachable, areas, user in people
    )
    screen = draw_people(PeopleView.ALL, PersonPage(items=items, page=2, pages=3, total=17), RU)
    assert labels(screen) == [
        "Штат", "● Все", "Заявители", "Отключённые", "Без связи",
        "🗝 Марина", "🔧📍📵 Борис @boris", "👤🚫 Анна",
        "‹", "2/3", "›", "🔎 Поиск",
    ]  # fmt: skip
    assert "17 человек" in screen.text
    assert "📍 ограничен местами" in screen.text


@pytest.mark.parametrize(
    ("total", "words"),
    [(0, "Никого."), (1, "1 человек"), (2, "2 человека"), (5, "5 человек"), (21, "21 человек"), (22, "22 человека")],
)
def test_people_are_counted_as_they_are_in_russian(total: int, words: str) -> None:
    page = PersonPage(items=(), page=1, pages=1, total=total)
    assert words in draw_people(PeopleView.STAFF, page, RU).text.splitlines()
    assert draw_found_people("<b>", page, RU).text.startswith("🔎 <b>Поиск людей: &lt;b&gt;</b>")


def test_a_profile_says_what_a_manager_decides_by() -> None:
    text = drawn(profile(in_work=2, on_hold=1, filed=3, username="boris_k")).text
    assert text.splitlines() == [
        "🔧 <b>Борис</b> @boris_k — исполнитель",
        "",
        "🌐 Работает со всеми местами",
        "",
        "В работе: 2 · на паузе: 1 · свои открытые: 3",
        "Последний раз здесь: вчера 09:00",
        "Впервые здесь: 24 нояб.",
    ]
    english = drawn(profile(areas=(area("s", "School"),), reachable=False), "en").text
    assert "📵 Cannot be reached: they blocked the bot" in english
    assert "Ask them to send the bot any message" in english
    assert "📍 Works only here:\n• School" in english
    off = drawn(profile(active=False, reachable=False), "en").text
    assert "🚫 Deactivated" in off
    assert "📵" not in off, "who is deactivated is not to be reached"
    assert "Работает" not in drawn(profile(role=Role.REQUESTER)).text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["👤 В заявители", "🗝 В завхозы", "📍 Места", "🚫 Отключить", FILED, "‹ К списку"]),
        ({"role": Role.REQUESTER}, ["🔧 В исполнители", "🗝 В завхозы", "🚫 Отключить", FILED, "‹ К списку"]),
        (
            {"role": Role.MANAGER, "yourself": True},
            ["👤 В заявители", "🔧 В исполнители", "📍 Места", FILED, "‹ К списку"],
        ),
        ({"active": False}, ["👤 В заявители", "🗝 В завхозы", "📍 Места", "✅ Включить доступ", FILED, "‹ К списку"]),
    ],
)
def test_the_buttons_are_what_can_be_done(given: dict[str, Any], expected: list[str]) -> None:
    assert labels(drawn(profile(**given))) == expected


def test_the_history_says_when_who_and_what() -> None:
    marina, nobody = PersonBrief(person_id=WHO, name="Марина <&>"), PersonBrief(person_id=WHO, name="")
    history = (
        PersonChange(change=Change.ACTIVATED, at=NOW, by=nobody),
        PersonChange(change=Change.DEACTIVATED, at=NOW, by=marina),
        PersonChange(change=Change.AREAS, at=NOW, by=marina, areas=("A", "B"), previous_areas=("Школа › 214",)),
        PersonChange(change=Change.AREAS, at=NOW, by=marina, areas=("Школа › 214",)),
        PersonChange(change=Change.ROLE, at=NOW, role=Role.TECHNICIAN, previous=Role.REQUESTER),
    )
    assert drawn(profile(history=history)).text.splitlines()[-6:] == [
        "<b>Изменения</b>",
        "сегодня 09:00 — удалённый профиль: доступ включён",
        "сегодня 09:00 — Марина &lt;&amp;&gt;: доступ отключён",
        "сегодня 09:00 — Марина &lt;&amp;&gt;: Школа › 214 → 2 места",
        "сегодня 09:00 — Марина &lt;&amp;&gt;: все места → Школа › 214",
        "сегодня 09:00 — настройки сервера: заявитель → исполнитель",
    ]


@pytest.mark.parametrize("t", [RU, EN], ids=["ru", "en"])
def test_the_longest_fits_and_no_words_become_markup(t: Any) -> None:
    path = " › ".join("<" * 60 for _ in range(6))
    areas = tuple(area(f"{n:059}", f"{path}{n}") for n in range(AREAS_MAX))
    change = PersonChange(
        change=Change.AREAS,
        at=NOW,
        by=PersonBrief(person_id=WHO, name="&" * 64),
        areas=(path,),
        previous_areas=(path + "<",),
    )
    long = profile(name="<" * 64, username="u" * 64, areas=areas, history=(change,) * HISTORY_MOST, in_work=10**6)
    choice = Choice(items=areas[:8], page=9, pages=10, total=80, under=areas[0])
    screens = [
        draw_profile(long, NOW, t, UTC_ZONE),
        draw_areas(long, t),
        *(draw_sure(long, value, t) for value in (*Role, OFF)),
        draw_area_choice(choice, t),
        draw_area_choice(Choice(query="<" * 100, items=areas[:8]), t),
        draw_choice_over(WHO, t),
        draw_asks_name(t),
    ]
    for screen in screens:
        # Telegram counts what is left of the markup: an entity is one character.
        assert units(re.sub(r"&\w+;", "x", re.sub(r"</?b>", "", screen.text))) <= TEXT_MAX_UNITS
        assert set(re.findall(r"<[^>]*>", screen.text)) <= {"<b>", "</b>"}
        for row in screen.rows:
            for label, data in row:
                assert units(label) <= 70
                assert 1 <= len(data.encode()) <= 64


def test_the_places_of_somebody_can_be_taken_away_one_by_one() -> None:
    areas = (area("school", "Школа"), area("r1", "Школа › 214"))
    screen = draw_areas(profile(areas=areas), RU)
    assert labels(screen) == [
        "✖ Школа", "✖ Школа › 214", "➕ Добавить место", "🌐 Все места, без ограничений", "‹ К профилю"
    ]  # fmt: skip
    press = ProfilePress.unpack(screen.rows[1][0][1])
    assert (press.action, press.person_id, press.value) == (ProfileAction.REMOVE, WHO, area_key("r1"))
    assert labels(draw_areas(profile(), RU)) == ["➕ Добавить место", "‹ К профилю"]
    most = tuple(area(f"r{n}", f"Кабинет {n}") for n in range(AREAS_MAX))
    assert "➕ Добавить место" not in labels(draw_areas(profile(areas=most), RU))
    assert "и ещё 10 мест" in draw_areas(profile(areas=most), RU).text


def test_what_is_lost_is_said_before() -> None:
    busy = profile(in_work=1, on_hold=2)
    for value in (OFF, Role.REQUESTER.value):
        text = draw_sure(busy, value, RU).text
        assert "В работе 1 заявка: поручите её другому." in text
        assert "На паузе 2 заявки." in text
    assert "В работе" not in draw_sure(busy, Role.MANAGER.value, RU).text
    assert "Это вы сами." in draw_sure(profile(yourself=True, role=Role.MANAGER), Role.TECHNICIAN.value, RU).text
    assert "They have 1 request in work: assign it to somebody else." in draw_sure(busy, OFF, EN).text


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("active", [True, False])
def test_two_taps_at_one_place_change_nothing(role: Role, active: bool) -> None:
    shown = profile(role=role, active=active)
    for at, row in enumerate(drawn(shown).rows):
        for _, data in row:
            if not data.startswith("pp:ask:"):
                continue
            sure = draw_sure(shown, ProfilePress.unpack(data).value, RU)
            under = sure.rows[at] if at < len(sure.rows) else ()
            assert not [data for _, data in under if data.startswith("pp:set:")], (at, row)


@pytest.mark.parametrize(
    "press",
    [
        *(PeoplePress(action=action, view=view, page=10**6) for action in PeopleAction for view in PeopleView),
        *(ProfilePress(action=action, person_id=WHO, value="technician") for action in ProfileAction),
        *(AreaPress(action=action, value="x" * 59) for action in PlaceAction),
    ],
    ids=lambda press: press.pack(),
)
def test_what_buttons_carry_fits_and_comes_back(press: Any) -> None:
    assert type(press).unpack(press.pack()) == press
