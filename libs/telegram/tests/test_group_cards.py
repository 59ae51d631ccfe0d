"""The card of a request in a staff group, and /desk there: what is on them, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from awkward import WORDS as AWKWARD

from zavhoz_contracts.api.groups import GroupCard, StaffGroup, Topic
from zavhoz_contracts.api.places import Place, PlaceKind
from zavhoz_contracts.groups.v1.commands import GroupBy
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_telegram.callbacks import OpenNotice, RequestPress
from zavhoz_telegram.desk import Missing, draw_desk
from zavhoz_telegram.group_cards import TOPIC_MAX, draw_gone, draw_group_card, topic_name
from zavhoz_telegram.screens import TEXT_MAX_UNITS, units
from zavhoz_telegram.texts import Texts, Translator

Visible = Callable[[str], str]
MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)  # 14:05 in Moscow
REQUEST = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
RU, EN = (Texts.load().for_language(language) for language in ("ru", "en"))


def card(**changes: Any) -> GroupCard:
    base: dict[str, Any] = {
        "request_id": REQUEST,
        "number": 12,
        "version": 3,
        "status": Status.OPEN,
        "priority": Priority.HIGH,
        "title": "Течёт кран",
        "description": "Течёт кран в комнате 214, вода на полу.",
        "place": "Школа › Кабинет 214",
        "category": "Сантехника",
        "created_at": NOW - timedelta(hours=1),
        "due_at": NOW + timedelta(hours=3),
        "attachments": 2,
        "comments": 3,
        "joined": 1,
        "topic": Topic(key="site:school", name="Школа"),
        "allowed_actions": (Action.TAKE, Action.REJECT, Action.COMMENT),
    }
    return GroupCard.model_validate(base | changes)


def test_what_a_group_reads(visible: Visible) -> None:
    drawn = draw_group_card(card(), RU, MOSCOW, NOW)
    assert visible(drawn.text).splitlines() == [
        "#12 🆕 Открыта",
        "Течёт кран",
        "",
        "Течёт кран в комнате 214, вода на полу.",
        "",
        "📍 Школа › Кабинет 214",
        "🔴 Высокий приоритет · Сантехника",
        "📎 2 вложения",
        "💬 3 комментария",
        "👥 То же самое ещё у 1 человека",
        "🕓 Создана сегодня 13:05",
        "⏱ Срок: сегодня до 17:05",
    ]
    labels = [[label for label, _ in row] for row in drawn.rows]
    assert labels == [["🔧 Взять в работу", "🚫 Отклонить"], ["💬 Комментировать", "📋 Открыть у меня"]]
    assert RequestPress.unpack(drawn.rows[0][0][1]) == RequestPress(action=Action.TAKE, request_id=REQUEST, version=3)
    assert OpenNotice.unpack(drawn.rows[1][1][1]).request_id == REQUEST


def test_in_english_on_hold_late_and_nowhere(visible: Visible) -> None:
    shown = card(
        status=Status.ON_HOLD,
        held_until=NOW + timedelta(days=2),
        due_at=NOW - timedelta(hours=2),
        place="",
        category="",
        attachments=0,
        comments=0,
        joined=0,
        allowed_actions=(Action.RESUME,),
    )
    drawn = draw_group_card(shown, EN, MOSCOW, NOW)
    text = visible(drawn.text)
    assert "#12 ⏸ On hold" in text
    assert "⏸ On hold until 26 Nov" in text
    assert "📍 place not said" in text
    assert "⏰ Overdue" in text
    assert "📎" not in text
    assert "💬" not in text
    assert [label for row in drawn.rows for label, _ in row] == ["▶️ Go on", "📋 Open in my chat"]


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.REJECTED, Status.CANCELLED, Status.MERGED])
def test_what_is_closed_stays_with_its_state_and_no_buttons(status: Status) -> None:
    drawn = draw_group_card(card(status=status, closed=True, allowed_actions=(), merged_into=5), EN, MOSCOW, NOW)
    assert drawn.rows == ()
    assert "#5" in drawn.text


@pytest.mark.parametrize("words", AWKWARD, ids=[one.name for one in AWKWARD])
def test_awkward_words_are_shown_as_they_were_kept(words: Any, visible: Visible) -> None:
    kept = words.typed.encode(errors="ignore").decode() if words.kept is None else words.kept
    shown = card(title="Title", description=kept, place=kept, category=kept)
    text = visible(draw_group_card(shown, RU, MOSCOW, NOW).text)
    assert units(text) <= TEXT_MAX_UNITS
    assert (kept if words.kept else kept[:500]) in text


@pytest.mark.parametrize(("t", "name"), [(RU, "Прочее"), (EN, "Other")])
def test_the_name_of_a_topic(t: Translator, name: str) -> None:
    assert topic_name("", t) == name
    assert topic_name("  Школа\n№ 7 ", t) == "Школа № 7"
    assert units(topic_name("ж" * 300, t)) <= TOPIC_MAX
    assert draw_gone(7, t).text.startswith("<b>#7</b> ")


PLACE = Place(code="main", kind=PlaceKind.BUILDING, name="A & B", path="Школа › A & B")


def group(**changes: Any) -> StaffGroup:
    base = {"chat_id": -1, "by": GroupBy.SITE, "title": "Хозчасть", "forum": True, "language": "ru"}
    return StaffGroup.model_validate(base | changes)


def test_what_the_desk_shows(visible: Visible) -> None:
    drawn = draw_desk(group(), None, RU)
    text = visible(drawn.text)
    assert "Тема на каждую площадку" in text
    assert "Заявки отовсюду" in text
    assert "⚠️" not in text
    assert [[label for label, _ in row] for row in drawn.rows] == [
        ["● По площадкам", "По категориям"], ["✖️ Не показывать здесь заявки"],
    ]  # fmt: skip
    assert [data for row in drawn.rows for _, data in row] == ["desk:site", "desk:category", "desk:unbind"]
    drawn = draw_desk(group(by=GroupBy.CATEGORY, area=PLACE), Missing.FORUM, EN)
    text = visible(drawn.text)
    assert "A topic for each category" in text
    assert "📍 Школа › A & B" in text
    assert "Topics are switched on" in text
    assert [label for row in drawn.rows for label, _ in row][:3] == [
        "By site", "● By category", "📍 Requests from everywhere",
    ]  # fmt: skip
    assert "right to manage topics" in visible(draw_desk(group(), Missing.RIGHT, EN).text)
