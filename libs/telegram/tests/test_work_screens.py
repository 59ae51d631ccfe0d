"""The questions of work: whom to give it to, until when it stops, what it is the same as."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.api.people import StaffMember
from zavhoz_contracts.api.v1 import Card, PersonBrief, RequestLine, SimilarRequest
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_telegram.callbacks import AssignPress, HoldPress, MergePress, QuestionPress, StaffPress
from zavhoz_telegram.holds import DAYS, draw_until, typed_day
from zavhoz_telegram.merging import draw_merge_sure, draw_merging
from zavhoz_telegram.screens import BUTTON_MAX, Screen, units
from zavhoz_telegram.staff import STAFF_AT_ONCE, draw_staff
from zavhoz_telegram.texts import Texts, Translator

NOW = datetime(2026, 11, 24, 14, 5, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
REQUEST = UUID(int=12)
RU, EN = (Texts.load().for_language(language) for language in ("ru", "en"))
BOTH = pytest.mark.parametrize("t", [RU, EN])
TODAY = date(2026, 11, 24)


def member(number: int, name: str = "Пётр", *, reachable: bool = True, on_hold: int = 0) -> StaffMember:
    return StaffMember(
        person_id=UUID(int=number), name=name, role=Role.TECHNICIAN, reachable=reachable, in_work=number,
        on_hold=on_hold, seen_at=NOW - timedelta(hours=3),
    )  # fmt: skip


def staff(*members: StaffMember, page: int = 1, theirs: int = 0) -> Screen:
    return draw_staff(members, page, REQUEST, 7, UUID(int=theirs), RU, MOSCOW, NOW)


def test_a_button_says_how_much_they_have_and_when_they_were_here() -> None:
    screen = staff(member(1), member(2, "<Олег>", reachable=False, on_hold=3), member(3, ""), theirs=1)
    labels = [label for row in screen.rows for label, _ in row]
    assert labels == [
        "● Пётр · 🔧1 · сегодня 14:05",
        "⚠️ <Олег> · 🔧2 ⏸3 · сегодня 14:05",
        "удалённый профиль · 🔧3 · сегодня 14:05",
        "Отмена",
    ]
    press = AssignPress.unpack(screen.rows[1][0][1])
    assert press == AssignPress(request_id=REQUEST, person_id=UUID(int=2), version=7)
    assert "⚠️" in screen.text
    assert "⚠️" not in staff(member(1)).text


@given(st.integers(0, 40), st.integers(-3, 50))
def test_everybody_is_on_one_page(count: int, page: int) -> None:
    members = [member(number, "Я" * 200) for number in range(count)]
    seen: list[UUID] = []
    pages = max(1, -(-count // STAFF_AT_ONCE))
    for number in range(1, pages + 1):
        screen = staff(*members, page=number)
        labels = [label for row in screen.rows for label, _ in row]
        assert all(units(label) <= BUTTON_MAX for label in labels)
        seen += [AssignPress.unpack(data).person_id for row in screen.rows for _, data in row if data[:3] == "wa:"]
    assert seen == [one.person_id for one in members]
    # A page that is not there any more is the nearest one.
    nearest = staff(*members, page=min(max(page, 1), pages))
    assert staff(*members, page=page).rows == nearest.rows
    turns = [StaffPress.unpack(data).page for row in nearest.rows for _, data in row if data[:3] == "ws:"]
    assert all(1 <= turn <= pages for turn in turns)
    assert bool(turns) == (pages > 1)


@BOTH
def test_until_when_has_a_button_for_each_of_the_days(t: Translator) -> None:
    screen = draw_until("Wait for <it>", REQUEST, t)
    pressed = [data for row in screen.rows for _, data in row]
    assert [HoldPress.unpack(data).days for data in pressed[:-1]] == list(DAYS)
    assert QuestionPress.unpack(pressed[-1]) == QuestionPress(action=Action.HOLD, request_id=REQUEST)
    assert "Wait for &lt;it&gt;" in screen.text
    assert all(len(row) == 2 for row in screen.rows), "for a phone"


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("25.12", date(2026, 12, 25)),
        (" 1.2 ", date(2027, 2, 1)),
        ("24.11", TODAY),
        ("23.11", date(2027, 11, 23)),
        ("29.02", date(2028, 2, 29)),
        ("29.02.2028", date(2028, 2, 29)),
        ("25.12.2026", date(2026, 12, 25)),
        ("25.12.2026.", date(2026, 12, 25)),
        ("2026-12-25", date(2026, 12, 25)),
        ("2020-1-5", date(2020, 1, 5)),
        *((wrong, None) for wrong in ("", "31.02", "29.02.2027", "0.1", "25.13", "12", "25/12", "завтра", "25.12.26")),
        *((wrong, None) for wrong in ("2026-13-01", "0000-01-01", "25.12 в обед", "٢٥.12")),
    ],
)
def test_a_day_that_was_typed(words: str, day: date | None) -> None:
    assert typed_day(words, TODAY) == day


@given(st.dates(date(2026, 1, 1), date(2099, 12, 31)))
def test_every_day_can_be_typed(day: date) -> None:
    assert typed_day(f"{day:%d.%m.%Y}", TODAY) == typed_day(day.isoformat(), TODAY) == day
    near = typed_day(f"{day:%d.%m}", TODAY)
    assert near is not None
    assert (near.day, near.month) == (day.day, day.month)
    assert near >= TODAY


@BOTH
def test_a_merge_is_asked_about_with_both_titles(t: Translator) -> None:
    into = RequestLine(
        request_id=UUID(int=3), number=118, title="Ж" * 100, status=Status.OPEN, priority=Priority.LOW, created_at=NOW
    )
    one = Card(
        request_id=REQUEST, number=12, version=9, status=Status.OPEN, priority=Priority.LOW, title="<b>Tap</b>",
        description="", requester=PersonBrief(person_id=UUID(int=1), name="Anna"), timeline=(),
    )  # fmt: skip
    likely = SimilarRequest(**into.model_dump(), joined=0, same_place=True)
    screen = draw_merging([likely], REQUEST, 7, t, MOSCOW, NOW)
    (label, data), *_ = screen.rows[0]
    assert label.startswith("🔗 #118 Ж")
    assert units(label) <= BUTTON_MAX
    assert MergePress.unpack(data) == MergePress(request_id=REQUEST, version=7, into=118, sure=0)
    sure = draw_merge_sure(one, into, 7, t)
    assert "&lt;b&gt;Tap&lt;/b&gt;" in sure.text
    assert into.title in sure.text
    assert MergePress.unpack(sure.rows[0][0][1]) == MergePress(request_id=REQUEST, version=7, into=118, sure=1)
    assert QuestionPress.unpack(sure.rows[1][0][1]).action is Action.MERGE
