"""Many requests at once: the button in the queue, the choice, the confirmation, the report; that any words fit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zavhoz_contracts.api.filters import Filters, Since
from zavhoz_contracts.api.people import StaffMember
from zavhoz_contracts.api.v1 import RequestLine, RequestPage, View
from zavhoz_contracts.limits import BULK_MAX, REASON_MAX
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.bulk import BulkAction
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_contracts.requests.v1.outcomes import REFUSALS_TOLD, BulkRefusal, BulkReport, RefusalReason
from zavhoz_telegram.callbacks import BYTES_MAX
from zavhoz_telegram.many import (
    Deed,
    Picked,
    draw_many,
    draw_many_asks,
    draw_many_staff,
    draw_many_sure,
    draw_report,
)
from zavhoz_telegram.queue import Chosen, draw_queue
from zavhoz_telegram.screens import BUTTON_MAX, TEXT_MAX_UNITS, Screen, units
from zavhoz_telegram.texts import Texts

Visible = Callable[[str], str]
NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
RU, EN = (Texts.load().for_language(language) for language in ("ru", "en"))
BOTH = pytest.mark.parametrize("t", [RU, EN], ids=["ru", "en"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=REASON_MAX) | st.sampled_from(
    ["<b>", "&amp;" * 100, "👨‍👩‍👧‍👦" * 70, "</b><a href='x'>" * 30, "{name}" * 20]
)
WHOLE = Chosen()
ALL = Filters(
    statuses=tuple(Status),
    priorities=tuple(Priority),
    place="x" * 59,
    assignee=str(UUID(int=2**128 - 1)),
    since=Since.WEEK,
    overdue=True,
)


def page(total: int, *, may: bool = True, more: bool = False) -> RequestPage:
    line = RequestLine(
        request_id=UUID(int=1), number=1, title="Кран", status=Status.OPEN, priority=Priority.LOW, created_at=NOW
    )
    items = (line,) if total else ()
    return RequestPage(items=items, page=1, pages=1, total=total, more=more, may_change_many=may)


def offered(found: RequestPage, chosen: Chosen = WHOLE, t: Any = RU) -> list[str]:
    rows = draw_queue(View.QUEUE, found, chosen, t).rows
    return [label for row in rows for label, _ in row if label.startswith("☑️")]


def test_the_button_says_how_many_and_is_there_for_several_that_this_person_may_change() -> None:
    assert offered(page(2)) == ["☑️ Все 2 сразу…"]
    assert offered(page(BULK_MAX), t=EN) == ["☑️ All 200 at once…"]
    assert offered(page(BULK_MAX + 1)) == ["☑️ Первые 200 сразу…"]
    assert offered(page(1000, more=True), t=EN) == ["☑️ The first 200 at once…"]
    assert offered(page(2, may=False)) == []
    assert offered(page(1)) == []
    assert offered(page(0)) == []
    assert offered(page(2), Chosen(away=True)) == [], "without the filters it would be everything"


def test_that_there_are_more_stands_in_the_choice_and_in_the_confirmation(visible: Visible) -> None:
    for picked, said in (
        (Picked(200, 350, more=False, chosen=WHOLE), "Всего заявок: 350."),
        (Picked(200, 1000, more=True, chosen=WHOLE), "больше 1000 заявок."),
    ):
        deed = Deed(BulkAction.PRIORITISE, priority=Priority.HIGH)
        for screen in (draw_many(picked, RU), draw_many_sure(picked, deed, RU)):
            assert said in visible(screen.text)
            assert "первые 200" in visible(screen.text)
            assert "Вся очередь, без фильтров\n" in visible(screen.text)
    assert "⚠️" not in draw_many(Picked(200, 200, more=False, chosen=WHOLE), RU).text


@pytest.mark.parametrize(("n", "said"), [(1, "Отклонить 1 заявку?"), (2, "Отклонить 2 заявки?"), (111, "111 заявок?")])
def test_numbers_have_their_forms(n: int, said: str) -> None:
    screen = draw_many_sure(Picked(n, n, more=False, chosen=WHOLE), Deed(BulkAction.REJECT, words="Снос"), RU)
    assert said in screen.text


@BOTH
@pytest.mark.parametrize("reason", RefusalReason)
def test_every_reason_can_be_told(t: Any, visible: Visible, reason: RefusalReason) -> None:
    refusals = tuple(BulkRefusal(number=n, reason=reason, who=None) for n in (1, 2))
    text = visible(draw_report(_report(refusals, 2), t).text)
    assert text.endswith(": #1, #2")
    assert "{" not in text


@BOTH
@settings(max_examples=30)
@given(name=WORDS, place=WORDS, words=WORDS)
def test_any_words_fit(visible: Visible, t: Any, name: str, place: str, words: str) -> None:
    picked = Picked(200, 1000, more=True, chosen=Chosen(ALL, place, name))
    staff = [
        StaffMember(
            person_id=UUID(int=2**128 - n), name=name, role=Role.TECHNICIAN, reachable=False, in_work=99, on_hold=99,
            seen_at=NOW,
        )
        for n in range(1, 20)
    ]  # fmt: skip
    told = tuple(
        BulkRefusal(number=2**31 - n, reason=RefusalReason.ALREADY_TAKEN, who=f"{n}{name}"[:256])
        for n in range(REFUSALS_TOLD)
    )
    deeds = [Deed(action, name, Priority.HIGH, words) for action in BulkAction]
    screens: list[Screen] = [
        draw_many(picked, t),
        draw_many_staff(picked, staff, 2, t, MOSCOW, NOW),
        draw_many_asks(picked, BulkAction.COMPLETE, t),
        draw_report(_report(told, 200, name[:256]), t),
        *(draw_many_sure(picked, deed, t) for deed in deeds),
    ]
    for screen in screens:
        assert units(visible(screen.text)) <= TEXT_MAX_UNITS
        assert all(units(label) <= BUTTON_MAX for row in screen.rows for label, _ in row)
        assert all(len(data.encode()) <= BYTES_MAX for row in screen.rows for _, data in row)


def _report(refusals: tuple[BulkRefusal, ...], refused: int, name: str = "") -> BulkReport:
    return BulkReport(
        action=BulkAction.ASSIGN, assignee=name, changed=3, unchanged=4, refused=refused, refusals=refusals
    )
