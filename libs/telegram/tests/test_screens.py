"""Cards, drafts and lists: what people see of them, and that anything people typed fits and stays their words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from awkward import WORDS as AWKWARD
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.api.v1 import (
    AttachmentStatus,
    Card,
    CardAttachment,
    Comment,
    PersonBrief,
    Step,
    TimelineEntry,
)
from zavhoz_contracts.message import AttachmentKind, Priority
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_telegram.callbacks import RatePress, RequestPress
from zavhoz_telegram.card_buttons import afterwards_buttons
from zavhoz_telegram.cards import draw_card
from zavhoz_telegram.drafts import DrawnDraft, draw_draft
from zavhoz_telegram.screens import TEXT_MAX_UNITS, Screen, escaped, fit, units
from zavhoz_telegram.texts import Texts

Visible = Callable[[str], str]
MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)  # 14:05 in Moscow
REQUEST = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
RU, EN = (Texts.load().for_language(language) for language in ("ru", "en"))
BOTH = pytest.mark.parametrize("t", [RU, EN], ids=["ru", "en"])
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=3000) | st.sampled_from(
    ["<b>", "&amp;" * 900, "👨‍👩‍👧‍👦" * 700, "Z" + "\u0335\u0353" * 2000, "</b><a href='x'>" * 300, "{name}" * 20]
)
ANNA, BORIS = (PersonBrief(person_id=UUID(int=n), name=name) for n, name in ((1, "Анна"), (2, "Boris")))


def card(**changes: Any) -> Card:
    base: dict[str, Any] = {
        "request_id": REQUEST,
        "number": 12,
        "version": 3,
        "status": Status.IN_PROGRESS,
        "priority": Priority.HIGH,
        "title": "Течёт кран",
        "description": "Течёт кран в комнате 214, вода на полу.",
        "requester": ANNA,
        "assignee": BORIS,
        "timeline": (
            TimelineEntry(step=Step.CREATED, at=NOW - timedelta(days=1, hours=5), by=ANNA),
            TimelineEntry(step=Step.TAKEN, at=NOW - timedelta(hours=1), by=BORIS),
        ),
    }
    return Card(**(base | changes))


def draw(shown: Card, t: Any = EN) -> Screen:
    return draw_card(shown, t, MOSCOW, NOW)


def test_a_card_in_russian(visible: Visible) -> None:
    assert visible(draw(card(), RU).text) == (
        "#12 🔧 В работе\n"
        "Течёт кран\n"
        "\n"
        "Течёт кран в комнате 214, вода на полу.\n"
        "\n"
        "📍 место не указано\n"
        "🔴 Высокий приоритет\n"
        "👤 Заявитель: Анна\n"
        "🛠 Исполнитель: Boris\n"
        "\n"
        "вчера 09:05 — создана: Анна\n"
        "сегодня 13:05 — взята в работу: Boris"
    )


def test_a_card_in_english(visible: Visible) -> None:
    stored, pending, refused = AttachmentStatus.STORED, AttachmentStatus.PENDING, AttachmentStatus.REFUSED
    attachments = tuple(
        CardAttachment(attachment_id=UUID(int=n), kind=AttachmentKind.PHOTO, status=status)
        for n, status in enumerate((stored, pending, refused, refused))
    )
    shown = card(status=Status.REJECTED, rejection="Not ours", attachments=attachments, assignee=None, timeline=())
    text = visible(draw(shown).text)
    assert text.startswith("#12 🚫 Rejected\nТечёт кран\n")
    assert "📎 4 attachments\n⚠️ 2 attachments were not accepted\n👤 Reported by Анна\n" in text
    assert "💬 Reason: Not ours" in text
    assert "Assigned" not in text


def test_title_and_number_are_bold() -> None:
    assert draw(card()).text.startswith("<b>#12</b> 🔧 In progress\n<b>Течёт кран</b>\n")


def test_a_description_that_is_the_title_is_said_once(visible: Visible) -> None:
    assert visible(draw(card(description="Течёт кран")).text).count("Течёт кран") == 1


@BOTH
def test_the_buttons_are_exactly_what_is_allowed(t: Any) -> None:
    for allowed in ((), (Action.TAKE,), (Action.COMPLETE, Action.REJECT), tuple(Action)):
        rows = draw(card(allowed_actions=allowed), t).rows
        rated = [RatePress.unpack(data) for row in rows for _, data in row if data.startswith("k:")]
        pressed = [RequestPress.unpack(data) for row in rows for _, data in row if not data.startswith("k:")]
        others = {one for one in allowed if one not in (Action.CONFIRM, Action.JOIN)}
        assert len(pressed) == len(others)
        assert {one.action for one in pressed} == others
        assert all((one.request_id, one.version) == (REQUEST, 3) for one in pressed)
        assert [one.rating for one in rated] == ([1, 2, 3, 4, 5] if Action.CONFIRM in allowed else [])


@BOTH
def test_a_question_whether_it_is_fixed_has_both_answers(t: Any) -> None:
    asked = card(allowed_actions=(Action.CONFIRM, Action.REOPEN, Action.COMMENT))
    stars, no = afterwards_buttons(asked, t)
    assert [RatePress.unpack(data).rating for _, data in stars] == [1, 2, 3, 4, 5]
    assert [RequestPress.unpack(data).action for _, data in no] == [Action.REOPEN]
    assert afterwards_buttons(card(allowed_actions=(Action.REOPEN, Action.COMMENT)), t) == ()


@pytest.mark.parametrize(
    ("due", "ru", "en"),
    [
        (timedelta(hours=4), "⏱ Срок: сегодня до 18:05", "⏱ Due: today until 18:05"),
        (timedelta(hours=10), "⏱ Срок: завтра до 00:05", "⏱ Due: tomorrow until 00:05"),
        (timedelta(days=3), "⏱ Срок: до 27 нояб. 14:05", "⏱ Due: until 27 Nov 14:05"),
        (timedelta(days=-1), "⏰ Просрочено: срок был вчера 14:05", "⏰ Overdue: it was due yesterday 14:05"),
    ],
)
def test_when_it_is_due_in_words(due: timedelta, ru: str, en: str, visible: Visible) -> None:
    for t, expected in ((RU, ru), (EN, en)):
        assert expected in visible(draw(card(due_at=NOW + due), t).text).split("\n")


def test_what_came_after_the_work_is_on_the_card(visible: Visible) -> None:
    steps = (
        TimelineEntry(step=Step.CREATED, at=NOW - timedelta(hours=9), by=ANNA),
        TimelineEntry(step=Step.COMPLETED, at=NOW - timedelta(hours=8), by=BORIS),
        TimelineEntry(step=Step.REOPENED, at=NOW - timedelta(hours=7), by=ANNA),
        TimelineEntry(step=Step.COMPLETED, at=NOW - timedelta(hours=6), by=BORIS),
        TimelineEntry(step=Step.CONFIRMED, at=NOW - timedelta(hours=5), by=ANNA),
    )
    shown = card(status=Status.COMPLETED, timeline=steps, rating=4, confirmed=True, reopening="It drips again")
    text = visible(draw(shown).text)
    assert "⭐ Rated 4 out of 5" in text
    assert "↩️ What is wrong: It drips again" in text
    assert text.endswith(
        "today 07:05 — opened again by Анна\ntoday 08:05 — completed by Boris\ntoday 09:05 — confirmed by Анна"
    )
    by_itself = (*steps[:2], TimelineEntry(step=Step.CONFIRMED, at=NOW))
    assert "confirmed by itself: nobody objected" in visible(draw(card(timeline=by_itself)).text)


@pytest.mark.parametrize(
    ("before", "ru", "en"),
    [
        (timedelta(minutes=10), "сегодня 13:55", "today 13:55"),
        (timedelta(hours=14), "сегодня 00:05", "today 00:05"),
        (timedelta(hours=15), "вчера 23:05", "yesterday 23:05"),
        (timedelta(days=2), "22 нояб. 14:05", "22 Nov 14:05"),
        (timedelta(days=365), "24 нояб. 2025 14:05", "24 Nov 2025 14:05"),
    ],
)
def test_times_in_words_in_the_time_zone(before: timedelta, ru: str, en: str, visible: Visible) -> None:
    shown = card(timeline=(TimelineEntry(step=Step.CREATED, at=NOW - before, by=ANNA),))
    assert visible(draw(shown, RU).text).endswith(f"\n{ru} — создана: Анна")
    assert visible(draw(shown, EN).text).endswith(f"\n{en} — reported by Анна")


def comment(text: str, by: PersonBrief = BORIS, *, minutes: int = 5, attachments: int = 0) -> Comment:
    at = NOW - timedelta(minutes=minutes)
    return Comment(text_id=UUID(int=9), author=by, at=at, text=text, attachments=attachments)


def test_the_last_comments_are_on_the_card(visible: Visible) -> None:
    said = (comment("Течёт\n\nвсё <сильнее>", ANNA), comment("", attachments=1), comment("See", attachments=2))
    shown = card(comments=said, comments_total=8)
    assert visible(draw(shown, RU).text).endswith(
        "— взята в работу: Boris\n"
        "\n"
        "💬 8 комментариев\n"
        "сегодня 14:00, Анна: Течёт всё <сильнее>\n"
        "сегодня 14:00, Boris: 📎 1 вложение\n"
        "сегодня 14:00, Boris: See 📎 2 вложения"
    )
    assert "💬 1 comment\ntoday 14:00, Boris: —" in visible(draw(card(comments=(comment(""),), comments_total=1)).text)


def test_a_comment_is_shown_whole_where_there_is_room(visible: Visible) -> None:
    words = ("слово " * 84)[:500].strip()
    shown = card(comments=(comment(words),) * 5, comments_total=5)
    assert visible(draw(shown, RU).text).count(words) == 5


@given(words=WORDS, name=WORDS, rejection=st.none() | WORDS)
def test_any_words_make_a_card_that_fits(visible: Visible, words: str, name: str, rejection: str | None) -> None:
    who = PersonBrief(person_id=UUID(int=3), name=name)
    timeline = tuple(TimelineEntry(step=step, at=NOW, by=who) for step in (Step.CREATED, Step.TAKEN))
    shown = card(title=words, description=words[::-1], requester=who, rejection=rejection, timeline=timeline)
    shown = shown.model_copy(update={"comments": (comment(words, who),) * 5, "comments_total": 5})
    for t in (RU, EN):
        screen = draw(shown, t)
        assert screen == draw(shown, t)
        text = visible(screen.text)
        assert text.startswith("#12 ")
        assert units(text) <= TEXT_MAX_UNITS


@BOTH
def test_the_fullest_card_fits(t: Any, visible: Visible) -> None:
    who = PersonBrief(person_id=UUID(int=3), name="W" * 256)
    long = NOW - timedelta(days=400)
    timeline = tuple(TimelineEntry(step=Step.REJECTED, at=long, by=who) for _ in range(9))
    words = "👨‍👩‍👧‍👦" * 1000
    shown = card(
        number=2**31, title=words, description=words + ".", requester=who, assignee=who, rejection=words,
        timeline=timeline,
        attachments=(CardAttachment(attachment_id=REQUEST, kind="photo", status="refused"),) * 10,
        comments=(comment(words, who, minutes=60 * 24 * 400, attachments=10),) * 5, comments_total=2**31,
    )  # fmt: skip
    assert units(visible(draw(shown, t).text)) <= TEXT_MAX_UNITS


def test_a_keyboard_is_there_only_with_buttons() -> None:
    assert Screen("x").keyboard is None
    keyboard = Screen("x", ((("a", "1"), ("b", "2")), (("c", "3"),))).keyboard
    assert keyboard is not None
    shown = [[(one["text"], one["callback_data"]) for one in row] for row in keyboard["inline_keyboard"]]
    assert shown == [[("a", "1"), ("b", "2")], [("c", "3")]]


@pytest.mark.parametrize(
    ("text", "length"),
    [("Hello", 5), ("Привет", 6), ("🔧", 2), ("👨\u200d👩\u200d👧", 8), ("ée\u0301", 3), ("\ud83d", 1)],
)
def test_length_is_counted_as_telegram_counts(text: str, length: int) -> None:
    assert units(text) == length


@given(WORDS, st.integers(min_value=1, max_value=200))
def test_what_is_cut_is_a_beginning(value: str, limit: int) -> None:
    cut = fit(value, limit)
    assert units(cut) <= limit
    if units(value) <= limit:
        assert cut == value
    else:
        assert cut.endswith("…")
        assert value.startswith(cut[:-1])


@given(WORDS)
def test_what_is_escaped_reads_as_it_was_typed(visible: Visible, value: str) -> None:
    assert visible(escaped(value, 10_000)) == value


@BOTH
@pytest.mark.parametrize("words", AWKWARD, ids=[one.name for one in AWKWARD])
def test_awkward_words_are_shown_as_they_were_kept(t: Any, words: Any, visible: Visible) -> None:
    kept = words.typed.encode(errors="ignore").decode() if words.kept is None else words.kept
    name = PersonBrief(person_id=UUID(int=3), name=kept)
    shown = card(title="Title", description=kept, requester=name, comments=(comment(kept, name),), comments_total=1)
    drafted = visible(draw_draft(DrawnDraft(kept, Priority.LOW), t).text)
    drawn = visible(draw(shown, t).text)
    for text in (drafted, drawn):
        assert units(text) <= TEXT_MAX_UNITS
        text.encode()  # no half of a pair
        assert (kept if words.kept else kept[:500]) in text
