"""Drafts: every part of them in words, a button for each, and the choice of a place inside."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_contracts.api.places import SEPARATOR, Place, PlaceKind
from zavhoz_contracts.message import AttachmentKind, Priority
from zavhoz_telegram.callbacks import DraftAction, DraftPress, PartPress, PlacePress
from zavhoz_telegram.drafts import DrawnDraft, DrawnFile, draw_draft, draw_files, draw_rewording, files_in_words
from zavhoz_telegram.places import Choice, draw_choice
from zavhoz_telegram.screens import TEXT_MAX_UNITS, Screen, tail, units
from zavhoz_telegram.texts import Texts

RU, EN = Texts.load().for_language("ru"), Texts.load().for_language("en")
WORDS = st.text(max_size=3000)
KEYS = st.from_regex("[0-9a-f]{8}", fullmatch=True)
FILES = st.lists(
    st.builds(DrawnFile, KEYS, st.sampled_from(AttachmentKind), st.none() | WORDS),
    max_size=10,
).map(tuple)
DRAFTS = st.builds(DrawnDraft, WORDS, st.sampled_from(Priority), WORDS, FILES)
EMPTY = DrawnDraft("", Priority.MEDIUM)


def place(code: str, path: str, children: int = 0, parent: str | None = None) -> Place:
    name = path.rpartition(" › ")[2]
    return Place(code=code, kind=PlaceKind.ROOM, name=name, path=path, children=children, parent=parent)


def shown(screen: Screen) -> list[list[tuple[str, str]]]:
    """The rows of buttons: what is on them, and what they carry."""
    return [list(row) for row in screen.rows]


@given(DRAFTS)
def test_any_draft_fits(visible: Any, draft: DrawnDraft) -> None:
    for t in (RU, EN):
        for draw in (draw_draft, draw_rewording, draw_files):
            assert units(visible(draw(draft, t).text)) <= TEXT_MAX_UNITS
        screen = draw_draft(draft, t)
        _, priorities, last = screen.rows
        assert [DraftPress.unpack(data).action.value for _, data in priorities] == ["high", "medium", "low"]
        marked = [DraftPress.unpack(data).action.value for label, data in priorities if label.startswith("● ")]
        assert marked == [draft.priority.value]
        assert [DraftPress.unpack(data).action for _, data in last] == [DraftAction.SEND, DraftAction.DISCARD]


@given(DRAFTS, WORDS, WORDS, st.booleans(), st.integers(1, 10**6))
def test_any_choice_fits(visible: Any, draft: DrawnDraft, path: str, query: str, away: bool, page: int) -> None:
    longest = place("c" * 59, path or "x", children=1, parent="p" * 59)
    choice = Choice((longest,) * 8, (longest,) * 5, page, page + 1, 10**9, longest, query, away)
    for t in (RU, EN):
        screen = draw_choice(draft, choice, t)
        assert units(visible(screen.text)) <= TEXT_MAX_UNITS
        for row in screen.rows:
            for label, data in row:
                assert label.strip()
                (PartPress if data.startswith("e") else PlacePress).unpack(data)


def test_a_draft_says_what_is_known_and_what_is_missing(visible: Any) -> None:
    assert visible(draw_draft(EMPTY, RU).text) == (
        "📝 Новая заявка\n\nслов пока нет\n\n📍 место не указано — нажмите «📍 Место»\n🟡 Средний приоритет\n"
        "📎 вложений пока нет\n\n" + RU.plain("draft.hint")
    )
    files = tuple(DrawnFile(str(n), kind) for n, kind in enumerate([*AttachmentKind, AttachmentKind.VOICE]))
    full = DrawnDraft("<Не горит> свет", Priority.LOW, "Школа & дом › 214", files)
    assert visible(draw_draft(full, RU).text) == (
        "📝 Новая заявка\n\n<Не горит> свет\n\n📍 Школа & дом › 214\n🟢 Низкий приоритет\n"
        "📎 1 фото, 1 документ, 1 видео, 1 видеосообщение, 2 голосовых сообщения, 1 аудиозапись, 1 анимация\n\n"
        + RU.plain("draft.hint")
    )
    assert [label for row in draw_draft(full, EN).rows for label, _ in row][:3] == ["📍 Place", "✏️ Text", "📎 Files"]
    assert [label for label, _ in draw_draft(EMPTY, EN).rows[0]] == ["📍 Place", "✏️ Text"]


def test_a_place_alone_asks_for_what_is_broken(visible: Any) -> None:
    text = visible(draw_draft(DrawnDraft("", Priority.MEDIUM, "Room 214"), EN).text)
    assert text.endswith("Send a photo or write what is broken, and press “Send”.")


@pytest.mark.parametrize(
    ("count", "ru", "en"),
    [
        (1, "1 голосовое сообщение", "1 voice message"),
        (3, "3 голосовых сообщения", "3 voice messages"),
        (5, "5 голосовых сообщений", "5 voice messages"),
    ],
)
def test_files_are_counted_in_words(count: int, ru: str, en: str) -> None:
    files = (DrawnFile("x", AttachmentKind.VOICE),) * count
    assert (files_in_words(files, RU), files_in_words(files, EN)) == (ru, en)
    assert files_in_words((), RU) == ""


def test_files_go_one_by_one() -> None:
    files = (DrawnFile("0a", AttachmentKind.PHOTO), DrawnFile("0b", AttachmentKind.DOCUMENT, "счёт.pdf"))
    rows = shown(draw_files(DrawnDraft("x", Priority.LOW, files=files), RU))
    assert rows[:2] == [[("✖ 1. Фото", "e:remove:0a")], [("✖ 2. счёт.pdf", "e:remove:0b")]]
    assert rows[2:] == [[("‹ К заявке", "e:back:")]]


def test_the_choice_begins_with_the_places_used_before(visible: Any) -> None:
    school, room = place("s", "Школа", children=2), place("r", "Школа › 214")
    screen = draw_choice(EMPTY, Choice((school, place("yard", "Двор")), (room,), total=2), RU)
    assert shown(screen) == [
        [("🕘 214 · Школа", "p:c:r")],
        [("Школа ›", "p:o:s")],
        [("Двор", "p:c:yard")],
        [("‹ К заявке", "p:x:")],
    ]
    assert "Где это?" in visible(screen.text)


def test_inside_a_place_it_can_be_chosen_itself_or_left() -> None:
    school = place("s", "Школа", children=20)
    inside = Choice((place("r", "Школа › 214", parent="s"),), (), 2, 3, 20, school)
    screen = draw_choice(DrawnDraft("", Priority.LOW, "Двор"), inside, RU)
    assert shown(screen) == [
        [("✓ Здесь: Школа", "p:c:s"), ("‹ Назад", "p:o:")],
        [("214", "p:c:r")],
        [("‹", "p:t:1"), ("2/3", "p:t:2"), ("›", "p:t:3")],
        [("‹ К заявке", "p:x:"), ("✖ Без места", "p:n:")],
    ]


def test_what_was_typed_can_be_taken_as_it_is_unless_it_is_too_long(visible: Any) -> None:
    screen = draw_choice(EMPTY, Choice(query="<за углом>"), RU)
    assert "<за углом>" in visible(screen.text)
    assert "нет" in visible(screen.text)
    assert shown(screen) == [
        [("✍️ Так и записать: «<за углом>»", "p:w:")],
        [("🗂 Все места", "p:o:"), ("‹ К заявке", "p:x:")],
    ]
    long = draw_choice(EMPTY, Choice(query="я" * 101), RU)
    assert [row[0][1] for row in shown(long)] == ["p:o:"]


def test_with_the_list_away_it_is_said_and_words_are_offered(visible: Any) -> None:
    for query in ("", "за углом"):
        text = visible(draw_choice(EMPTY, Choice(query=query, away=True), RU).text)
        assert "Список мест сейчас не открыть: напишите место своими словами." in text
    assert shown(draw_choice(EMPTY, Choice(query="за углом", away=True), RU))[0][0][1] == "p:w:"


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=8).map(" › ".join), st.integers(10, 120))
def test_any_path_is_cut_to_fit(path: str, limit: int) -> None:
    cut = tail(path, limit)
    assert units(cut) <= limit
    if units(path) <= limit:
        assert cut == path
    else:
        assert "…" in cut or path.endswith(SEPARATOR + cut)


def test_a_path_is_cut_from_its_beginning() -> None:
    assert tail("Школа › Корпус › 214", 18) == "… › Корпус › 214"
    assert tail("Школа › Корпус › 214", 15) == "… › 214"
    assert tail("Дом › Школа", 3) == "Шк…"
