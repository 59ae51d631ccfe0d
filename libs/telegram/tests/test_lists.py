"""Lists: what people see of them, that every line opens its request, and that any words fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.api.v1 import PersonBrief, RequestLine, RequestPage, View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_telegram.callbacks import ListPress, MineAction, MinePress, OpenLine
from zavhoz_telegram.lists import draw_found, draw_list
from zavhoz_telegram.screens import BUTTON_MAX, TEXT_MAX_UNITS, Screen, units
from zavhoz_telegram.texts import Texts

Visible = Callable[[str], str]
NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
RU, EN = (Texts.load().for_language(language) for language in ("ru", "en"))
BOTH = pytest.mark.parametrize("t", [RU, EN], ids=["ru", "en"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300) | st.sampled_from(
    ["<b>", "&amp;" * 900, "👨‍👩‍👧‍👦" * 100, "Z" + "\u0335\u0353" * 2000, "</b><a href='x'>" * 300, "{name}" * 20]
)
OWN = (View.OPEN, View.CLOSED, View.JOINED)


def line(number: int, title: str = "Кран", priority: Priority = Priority.LOW, **fields: Any) -> RequestLine:
    given = {"status": Status.OPEN, "created_at": NOW, **fields}
    return RequestLine(request_id=UUID(int=number), number=number, title=title, priority=priority, **given)


def page(*lines: RequestLine, number: int = 1, pages: int = 1) -> RequestPage:
    return RequestPage(items=lines, page=number, pages=pages, total=len(lines))


def opened(screen: Screen) -> list[int]:
    """The numbers of the requests that buttons open."""
    data = [data for row in screen.rows for _, data in row]
    return [OpenLine.unpack(one).request_id.int for one in data if one.startswith("o:")]


def test_own_requests_are_buttons_under_a_switch(visible: Visible) -> None:
    screen = draw_list(View.CLOSED, page(line(2, status=Status.COMPLETED), line(1, status=Status.REJECTED)), EN)
    assert visible(screen.text) == "📋 My requests\n2 closed requests"
    switch, *lines, ((search, _),) = screen.rows
    assert search == "🔎 Search"
    assert [(label, ListPress.unpack(data)) for label, data in switch] == [
        ("Open", ListPress(view=View.OPEN, page=1)),
        ("● Closed", ListPress(view=View.CLOSED, page=1)),
        ("Me too", ListPress(view=View.JOINED, page=1)),
    ]
    assert [label for ((label, _),) in lines] == ["✅ #2 Кран", "🚫 #1 Кран"]
    assert opened(screen) == [2, 1]


@BOTH
@pytest.mark.parametrize("view", OWN)
def test_an_empty_list_says_so_and_what_to_do(t: Any, view: View, visible: Visible) -> None:
    screen = draw_list(view, page(), t)
    assert visible(screen.text).splitlines()[1] == t(f"list.{view.value}_empty")
    assert opened(screen) == []
    assert len(screen.rows) == 2, "only the switch, and the search"


@pytest.mark.parametrize(
    ("total", "ru", "en"),
    [
        (1, "1 открытая заявка", "1 open request"),
        (3, "3 открытые заявки", "3 open requests"),
        (11, "11 открытых заявок", "11 open requests"),
        (21, "21 открытая заявка", "21 open requests"),
    ],
)
def test_how_many_there_are(total: int, ru: str, en: str, visible: Visible) -> None:
    shown = RequestPage(items=(line(1),), page=1, pages=total, total=total)
    for t, words in ((RU, ru), (EN, en)):
        assert visible(draw_list(View.OPEN, shown, t).text).splitlines()[1] == words


@given(st.lists(WORDS, min_size=1, max_size=10), WORDS)
def test_any_words_fit_and_every_line_opens_its_request(visible: Visible, titles: list[str], name: str) -> None:
    who = PersonBrief(person_id=UUID(int=3), name=name)
    lines = tuple(line(number, title, assignee=who) for number, title in enumerate(titles, start=2**31 - 20))
    for view in OWN:
        for t in (RU, EN):
            screen = draw_list(view, page(*lines), t)
            assert units(visible(screen.text)) <= TEXT_MAX_UNITS
            assert opened(screen) == [one.number for one in lines]
            assert all(units(label) <= BUTTON_MAX for row in screen.rows for label, _ in row)


@pytest.mark.parametrize("view", OWN)
@pytest.mark.parametrize(("number", "turns"), [(1, [1, 2]), (2, [1, 2, 3]), (3, [2, 3])])
def test_pages_are_turned_by_buttons(view: View, number: int, turns: list[int]) -> None:
    rows = draw_list(view, page(line(1), number=number, pages=3), EN).rows
    last = rows[-2]
    assert [ListPress.unpack(data) for _, data in last] == [ListPress(view=view, page=turn) for turn in turns]
    assert [label for label, _ in last] == ["‹", f"{number}/3", "›"][turns[0] - number + 1 :][: len(turns)]


def test_a_list_that_is_not_counted_to_its_end_says_so(visible: Visible) -> None:
    shown = RequestPage(items=(line(1),), page=1, pages=125, total=1000, more=True)
    assert visible(draw_list(View.CLOSED, shown, RU).text).splitlines()[1].startswith("Больше 1000 заявок")
    assert visible(draw_found("кран", shown, EN).text).splitlines()[1].startswith("More than 1000 requests")


def test_one_page_needs_no_turning() -> None:
    assert len(draw_list(View.OPEN, page(line(1), line(2)), EN).rows) == 4


@pytest.mark.parametrize(("number", "turns"), [(1, [1, 2]), (2, [1, 2, 3]), (3, [2, 3])])
def test_what_was_found_is_turned_in_place_and_leads_back(number: int, turns: list[int], visible: Visible) -> None:
    screen = draw_found("кран <b>", page(line(1), number=number, pages=3), EN)
    assert visible(screen.text) == "🔎 Search: кран <b>\n1 request found"
    ((_, opens),), turning, ((back, to), (again, asks)) = screen.rows
    assert opens == OpenLine(request_id=UUID(int=1)).pack()
    assert [MinePress.unpack(data) for _, data in turning] == [
        MinePress(action=MineAction.FOUND, page=turn) for turn in turns
    ]
    assert (back, ListPress.unpack(to)) == ("‹ My requests", ListPress(view=View.OPEN, page=1))
    assert (again, MinePress.unpack(asks)) == ("🔎 Search", MinePress(action=MineAction.SEARCH))


@BOTH
def test_nothing_found_says_so(t: Any, visible: Visible) -> None:
    assert visible(draw_found("кран", page(), t).text).splitlines()[1] == t("mine.found_empty")
