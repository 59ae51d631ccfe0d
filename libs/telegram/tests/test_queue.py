"""The queue and the archive: headings, what is overdue, filters above and in their choice; that any words fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.filters import NOBODY, Filters, Since
from zavhoz_contracts.api.people import Assignee, AssigneePage
from zavhoz_contracts.api.v1 import PersonBrief, RequestLine, RequestPage, View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_telegram.callbacks import BYTES_MAX, FilterPlacePress, ListPress, OpenLine, QueueAct, QueuePress
from zavhoz_telegram.places import Choice, draw_filtering
from zavhoz_telegram.queue import (
    STATES,
    Chosen,
    draw_asks_words,
    draw_assignees,
    draw_filters,
    draw_found_anywhere,
    draw_queue,
    draw_queue_categories,
)
from zavhoz_telegram.screens import BUTTON_MAX, TEXT_MAX_UNITS, Screen, units
from zavhoz_telegram.texts import Texts

Visible = Callable[[str], str]
NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
RU, EN = (Texts.load().for_language(language) for language in ("ru", "en"))
BOTH = pytest.mark.parametrize("t", [RU, EN], ids=["ru", "en"])
BORIS = PersonBrief(person_id=UUID(int=2), name="Борис <b>")
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.sampled_from(
    ["<b>", "&amp;" * 900, "👨‍👩‍👧‍👦" * 100, "</b><a href='x'>" * 300, "{name}" * 20]
)
ALL = Filters(
    statuses=tuple(Status),
    priorities=tuple(Priority),
    place="x" * 59,
    assignee=str(UUID(int=2**128 - 1)),
    requester=UUID(int=2**128 - 1),
    category=UUID(int=2**128 - 1),
    since=Since.WEEK,
    overdue=True,
)


def line(number: int, title: str = "Кран", priority: Priority = Priority.LOW, **fields: Any) -> RequestLine:
    given = {"status": Status.OPEN, "created_at": NOW, **fields}
    return RequestLine(request_id=UUID(int=number), number=number, title=title, priority=priority, **given)


def page(*lines: RequestLine, number: int = 1, pages: int = 1) -> RequestPage:
    return RequestPage(items=lines, page=number, pages=pages, total=len(lines))


def labels(screen: Screen) -> list[list[str]]:
    return [[label for label, _ in row] for row in screen.rows]


def pressed(screen: Screen, label: str) -> str:
    return next(data for row in screen.rows for text, data in row if text == label)


def test_a_heading_for_each_priority_and_a_sign_for_what_is_overdue(visible: Visible) -> None:
    waiting = (
        line(7, "Течёт кран", Priority.HIGH, overdue=True),
        line(9, "Лифт <стоит>", Priority.HIGH, status=Status.IN_PROGRESS, assignee=BORIS),
        line(8, "Лампа", Priority.LOW),
    )
    screen = draw_queue(View.QUEUE, page(*waiting), Chosen(), RU)
    assert visible(screen.text) == (
        "🛠 Очередь\n"
        "3 незакрытые заявки. Кнопка с номером откроет заявку.\n"
        "\n"
        "🔴 Высокий приоритет\n"
        "⏰ 🆕 #7 Течёт кран\n"
        "🔧 #9 Лифт <стоит> — Борис <b>\n"
        "\n"
        "🟢 Низкий приоритет\n"
        "🆕 #8 Лампа"
    )
    assert labels(screen) == [["#7", "#9", "#8"], ["⚙️ Фильтры", "🗄 Архив", "🔎 Поиск"]]
    opened = [OpenLine.unpack(data).request_id.int for _, data in screen.rows[0]]
    assert opened == [7, 9, 8]


def test_the_archive_and_its_pages(visible: Visible) -> None:
    closed = page(line(2, status=Status.COMPLETED, assignee=BORIS), line(1, status=Status.REJECTED), pages=3)
    screen = draw_queue(View.ARCHIVE, closed, Chosen(), EN)
    assert visible(screen.text).splitlines() == [
        "🗄 Archive",
        "2 closed requests. The button with a number opens the request.",
        "",
        "✅ #2 Кран — Борис <b>",
        "🚫 #1 Кран",
    ]
    assert labels(screen)[1:] == [["1/3", "›"], ["⚙️ Filters", "🛠 Queue", "🔎 Search"]]
    assert ListPress.unpack(pressed(screen, "›")) == ListPress(view=View.ARCHIVE, page=2)


@BOTH
@pytest.mark.parametrize("view", STATES)
def test_an_empty_one_says_why(t: Any, view: View, visible: Visible) -> None:
    assert visible(draw_queue(view, page(), Chosen(), t).text).splitlines()[1] == t(f"list.{view.value}_empty")
    narrowed = draw_queue(view, page(), Chosen(Filters(assignee=NOBODY)), t)
    assert visible(narrowed.text).splitlines()[1:] == [f"⚙️ {t('queue.nobody')}", t("queue.nothing")]
    forgotten = draw_queue(view, page(), Chosen(away=True), t)
    assert visible(forgotten.text).splitlines()[1] == f"⚠️ {t('queue.forgotten')}"


def test_the_filters_stand_above_those_that_mean_nothing_there_do_not(visible: Visible) -> None:
    filters = Filters(
        statuses=(Status.OPEN, Status.MERGED), priorities=(Priority.HIGH,), place="r1", assignee=str(UUID(int=2)),
        requester=UUID(int=3), category=UUID(int=4), since=Since.TODAY, overdue=True,
    )  # fmt: skip
    chosen = Chosen(filters, "Школа › Кабинет <1>", "Борис <b>", "Анна &", "Вода <1>")
    above = "Высокий приоритет · 📍 Школа › Кабинет <1> · 👤 Борис <b> · ✍️ Анна & · 🏷 Вода <1> · Сегодня"
    assert visible(draw_queue(View.QUEUE, page(), chosen, RU).text).splitlines()[1] == (
        f"⚙️ Открыта · {above} · ⏰ Просрочено"
    )
    assert visible(draw_queue(View.ARCHIVE, page(), chosen, RU).text).splitlines()[1] == f"⚙️ Объединена · {above}"
    found = draw_found_anywhere("кран <b>", page(line(1)), chosen, RU)
    assert visible(found.text).splitlines()[:3] == [
        "🔎 Поиск: кран <b>", f"⚙️ Открыта · Объединена · {above} · ⏰ Просрочено", "Нашлась 1 заявка",
    ]  # fmt: skip


def test_each_filter_is_a_button_that_says_what_it_is_pressed_for() -> None:
    filters = Filters(statuses=(Status.ON_HOLD,), priorities=(Priority.LOW,), assignee=NOBODY, since=Since.WEEK)
    screen = draw_filters(View.QUEUE, Chosen(filters), RU)
    assert labels(screen) == [
        ["🆕 Открыта", "🔧 В работе"],
        ["● ⏸ На паузе"],
        ["🔴 Высокий", "🟡 Средний", "● 🟢 Низкий"],
        ["📍 Место"],
        ["🏷 Категория"],
        ["Мои", "● Ничьи", "👤 Исполнитель"],
        ["Сегодня", "● 7 дней", "⏰ Просрочено"],
        ["Сбросить", "‹ Показать"],
    ]
    for label, act, value in (
        ("🆕 Открыта", QueueAct.STATUS, "1open"),
        ("● ⏸ На паузе", QueueAct.STATUS, "0on_hold"),
        ("● 🟢 Низкий", QueueAct.PRIORITY, "0low"),
        ("Мои", QueueAct.ASSIGNEE, "me"),
        ("● Ничьи", QueueAct.ASSIGNEE, ""),
        ("👤 Исполнитель", QueueAct.PEOPLE, "1"),
        ("Сегодня", QueueAct.SINCE, "today"),
        ("● 7 дней", QueueAct.SINCE, ""),
        ("🏷 Категория", QueueAct.CATEGORIES, "1"),
        ("⏰ Просрочено", QueueAct.OVERDUE, "1"),
    ):
        assert QueuePress.unpack(pressed(screen, label)) == QueuePress(act=act, value=value)
    archive = draw_filters(View.ARCHIVE, Chosen(filters), EN)
    assert [label for row in labels(archive)[:2] for label in row] == [
        "✅ Completed", "🚫 Rejected", "🗑 Withdrawn", "🔗 Merged",
    ]  # fmt: skip
    assert "⏰ Overdue" not in [label for row in labels(archive) for label in row]


def test_who_filed_it_is_a_filter_to_be_taken_off() -> None:
    chosen = Chosen(Filters(requester=UUID(int=3), category=UUID(int=4)), requester="Анна <&>", category="Вода <b>")
    screen = draw_filters(View.QUEUE, chosen, RU)
    assert QueuePress.unpack(pressed(screen, "● ✍️ Анна <&>")) == QueuePress(act=QueueAct.ANYBODY)
    assert QueuePress.unpack(pressed(screen, "● 🏷 Вода <b>")) == QueuePress(act=QueueAct.CATEGORIES, value="1")


@BOTH
def test_a_category_is_chosen_or_none(t: Any) -> None:
    categories = [Category(category_id=UUID(int=n), names={"ru": f"К{n}", "en": f"C{n}"}) for n in range(1, 11)]
    screen = draw_queue_categories(View.ARCHIVE, categories, 2, t)
    name = {"ru": "К", "en": "C"}[t.language]
    assert labels(screen)[:3] == [[f"{name}9"], [f"{name}10"], ["‹", "2/2"]]
    chosen = QueuePress.unpack(pressed(screen, f"{name}9"))
    assert chosen == QueuePress(act=QueueAct.CATEGORY, view=View.ARCHIVE, value=UUID(int=9).hex)
    anything = QueuePress.unpack(pressed(screen, f"✖ {t.plain('queue.any_category')}"))
    assert anything == QueuePress(act=QueueAct.CATEGORY, view=View.ARCHIVE)
    assert draw_queue_categories(View.QUEUE, (), 1, t).text == "🏷 " + t("category.none")


@BOTH
@given(title=WORDS, name=WORDS, place=WORDS, query=WORDS)
def test_any_words_fit(visible: Visible, t: Any, title: str, name: str, place: str, query: str) -> None:
    who = PersonBrief(person_id=UUID(int=3), name=name)
    lines = page(*(line(2**31 - n, title, Priority.HIGH, assignee=who, overdue=True) for n in range(1, 11)), pages=3)
    chosen = Chosen(ALL, place, name, name, name)
    categories = [Category(category_id=UUID(int=2**128 - n), names={"ru": name or "-"}) for n in range(1, 30)]
    people = AssigneePage(
        items=tuple(Assignee(person_id=UUID(int=2**128 - n), name=name, assigned=999) for n in range(1, 9)),
        page=1, pages=2, total=16,
    )  # fmt: skip
    screens = [draw_found_anywhere(query, lines, chosen, t), draw_asks_words(t)]
    for view in STATES:
        screens += [
            draw_queue(view, lines, chosen, t),
            draw_filters(view, chosen, t),
            draw_assignees(view, people, t),
            draw_queue_categories(view, categories, 2, t),
        ]
    for screen in screens:
        assert units(visible(screen.text)) <= TEXT_MAX_UNITS
        assert all(units(label) <= BUTTON_MAX for row in screen.rows for label, _ in row)
        assert all(len(data.encode()) <= BYTES_MAX for row in screen.rows for _, data in row)


@BOTH
def test_a_place_is_chosen_as_elsewhere(t: Any, visible: Visible) -> None:
    assert visible(draw_filtering(Choice(), t, placed=False).text) == f"📍 {t('queue.place_asks')}"
    assert visible(draw_filtering(Choice(away=True), t, placed=True).text) == f"⚠️ {t('queue.away')}"
    last = draw_filtering(Choice(), t, placed=True).rows[-1]
    assert [FilterPlacePress.unpack(data).action for _, data in last] == ["x", "n"]


@BOTH
def test_when_nobody_has_anything_to_do_it_says_so(t: Any, visible: Visible) -> None:
    screen = draw_assignees(View.QUEUE, AssigneePage(items=(), page=1, pages=1, total=0), t)
    assert visible(screen.text) == f"👤 {t('queue.whose_none')}"
    assert len(screen.rows) == 1
