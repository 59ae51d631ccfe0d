"""Categories: chosen for drafts and requests, on cards, and on the pages of managers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from zavhoz_contracts import limits
from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.managed import CategoryChange, ManagedCategory
from zavhoz_contracts.api.people import PersonLine, PersonPage
from zavhoz_contracts.api.v1 import Answer, Card, CardAttachment, Comment, PersonBrief, Step, TimelineEntry
from zavhoz_contracts.categories.v1.commands import CategoryField
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_telegram.callbacks import CategoryAction, CategoryPress, RecategoryPress
from zavhoz_telegram.cards import draw_card
from zavhoz_telegram.categories import AT_ONCE, draw_resorting, draw_sorting
from zavhoz_telegram.drafts import DrawnDraft, draw_draft, draw_question
from zavhoz_telegram.managed_callbacks import ShelfAction, ShelfPress
from zavhoz_telegram.screens import TEXT_MAX_UNITS, Screen, units
from zavhoz_telegram.shelf import draw_asks_words, draw_category, draw_priorities, draw_shelf, draw_staff_choice
from zavhoz_telegram.texts import Texts

Visible = Callable[[str], str]
TEXTS = Texts.load()
RU, EN = TEXTS.for_language("ru"), TEXTS.for_language("en")
NOW = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
ANNA, BORIS = (PersonBrief(person_id=UUID(int=n), name=name) for n, name in ((1, "Анна"), (2, "Борис")))
LONG = "👨‍👩‍👧‍👦" * 1000
WATER = Category(
    category_id=UUID(int=7),
    names={"ru": "Вода <и> трубы", "en": "Water"},
    questions={"ru": "Какой кран?\nДавно ли?"},
    priority=Priority.HIGH,
    assignee_id=BORIS.person_id,
)
DRAFT = DrawnDraft("Течёт кран", Priority.HIGH, categorised=True)
SORTED = replace(DRAFT, category="Вода", answers=(("Какой кран?", "Левый <там>"), ("Давно ли?", "")))


def many(count: int) -> list[Category]:
    return [Category(category_id=UUID(int=n), names={"ru": f"Категория {n}"}) for n in range(1, count + 1)]


def labels(screen: Screen) -> list[list[str]]:
    return [[label for label, _ in row] for row in screen.rows]


def card(**changes: Any) -> Card:
    base: dict[str, Any] = {
        "request_id": UUID(int=9),
        "number": 12,
        "version": 1,
        "status": Status.OPEN,
        "priority": Priority.HIGH,
        "title": "Течёт кран",
        "description": "Течёт кран в комнате 214, вода на полу.",
        "requester": ANNA,
        "timeline": (TimelineEntry(step=Step.CREATED, at=NOW, by=ANNA),),
    }
    return Card(**(base | changes))


def test_a_draft_says_its_category_and_what_was_answered(visible: Visible) -> None:
    assert "🏷" not in draw_draft(replace(DRAFT, categorised=False), RU).text
    assert "🏷 категория не выбрана" in visible(draw_draft(DRAFT, RU).text)
    assert labels(draw_draft(DRAFT, RU))[1] == ["🏷 Категория"]
    drawn = draw_draft(SORTED, RU)
    assert "🏷 Вода\n❓ Какой кран? — Левый <там>\n❓ Давно ли? — —\n🔴" in visible(drawn.text)
    assert labels(drawn)[1] == ["🏷 Категория", "❓ Ответы"]
    kept = draw_draft(replace(SORTED, categorised=False), EN)
    assert labels(kept)[1] == ["🏷 Category", "❓ Answers"], "whether there are others cannot always be read"


def test_a_question_is_asked_with_what_was_answered_before(visible: Visible) -> None:
    first, second = (draw_question(SORTED, asked, RU) for asked in (0, 1))
    assert "Вопрос 1 из 2" in visible(first.text)
    assert "❓ Какой кран?\nСейчас: Левый <там>" in visible(first.text)
    assert labels(first) == [["⏭ Оставить", "✖ Убрать ответ"], ["‹ К заявке"]]
    assert labels(second) == [["⏭ Пропустить"], ["‹ К заявке"]]
    assert CategoryPress.unpack(second.rows[0][0][1]) == CategoryPress(action=CategoryAction.SKIP, value="1")


@pytest.mark.parametrize("asked", [None, 0, 4])
def test_the_fullest_draft_fits(visible: Visible, asked: int | None) -> None:
    answers = tuple((LONG[:100], LONG[:1000]) for _ in range(limits.QUESTIONS_MAX))
    fullest = DrawnDraft(LONG, Priority.LOW, LONG, (), LONG, answers)
    for t in (RU, EN):
        drawn = draw_draft(fullest, t) if asked is None else draw_question(fullest, asked, t)
        assert units(visible(drawn.text)) <= TEXT_MAX_UNITS - 700, "with room for what looks like it"


def test_a_category_is_chosen_page_by_page() -> None:
    drawn = draw_sorting(DRAFT, [WATER, *many(AT_ONCE + 1)], UUID(int=7), 1, RU)
    assert labels(drawn)[0] == ["● 🔴 Вода <и> трубы"]
    assert labels(drawn)[-2:] == [["1/2", "›"], ["‹ К заявке", "✖ Без категории"]]
    last = draw_sorting(DRAFT, [WATER, *many(AT_ONCE + 1)], None, 99, RU)
    assert labels(last) == [["Категория 8"], ["Категория 9"], ["‹", "2/2"], ["‹ К заявке"]]
    assert CategoryPress.unpack(last.rows[0][0][1]).value == UUID(int=8).hex
    assert "Сейчас категории не прочитать" in draw_sorting(DRAFT, None, None, 1, RU).text
    moved = draw_resorting([WATER], 1, EN)
    assert labels(moved) == [["🔴 Water"], ["‹ To the request", "✖ No category"]]
    assert RecategoryPress.unpack(moved.rows[0][0][1]).action is CategoryAction.CHOOSE
    assert draw_resorting([], 1, EN).text == "🏷 There are no categories yet."


def test_a_card_says_its_category_and_what_was_answered(visible: Visible) -> None:
    shown = card(category=WATER, answers=(Answer(question="Какой кран?", text="Левый\n<там>"),))
    text = visible(draw_card(shown, RU, MOSCOW, NOW).text)
    assert "вода на полу.\n\n❓ Какой кран? — Левый <там>\n" in text
    assert "\n🏷 Вода <и> трубы\n🔴 Высокий приоритет" in text
    assert "\n🏷 Water\n" in visible(draw_card(shown, EN, MOSCOW, NOW).text)


def test_when_it_is_to_be_taken_is_said_to_who_may_take_it(visible: Visible) -> None:
    waiting = card(react_by=NOW + timedelta(hours=1), due_at=NOW + timedelta(hours=9))
    assert "взять" not in visible(draw_card(waiting, RU, MOSCOW, NOW).text).lower()
    theirs = waiting.model_copy(update={"allowed_actions": (Action.TAKE,)})
    assert "✋ Взять в работу: сегодня до 15:05\n⏱ Срок: сегодня до 23:05" in visible(
        draw_card(theirs, RU, MOSCOW, NOW).text
    )
    late = draw_card(theirs, EN, MOSCOW, NOW + timedelta(hours=2))
    assert "⏰ Nobody has taken it: it should have been today 15:05\n⏱" in visible(late.text)


@pytest.mark.parametrize("t", [RU, EN], ids=["ru", "en"])
@pytest.mark.parametrize("words", ["я" * 2000, LONG])
def test_the_fullest_card_fits_with_all_its_answers(visible: Visible, t: Any, words: str) -> None:
    who = PersonBrief(person_id=UUID(int=3), name="W" * 256)
    long = NOW - timedelta(days=400)
    answers = tuple(Answer(question=f"{n}{words}", text=words) for n in range(limits.QUESTIONS_MAX))
    usual = card(title=words, description=words + ".", place=words, category=WATER, answers=answers, requester=who)
    fullest = usual.model_copy(
        update={
            "assignee": who, "rejection": words, "reopening": words, "completion": words,
            "timeline": tuple(TimelineEntry(step=Step.REJECTED, at=long, by=who) for _ in range(9)),
            "attachments": (CardAttachment(attachment_id=UUID(int=4), kind="photo", status="refused"),) * 10,
            "comments": tuple(Comment(text_id=UUID(int=n), author=who, at=long, text=words) for n in range(5)),
            "comments_total": 5, "hold": words, "held_until": NOW, "joined": 9999, "due_at": NOW, "react_by": NOW,
            "notes": tuple(Comment(text_id=UUID(int=n), author=who, at=long, text=words) for n in range(3)),
            "notes_total": 3, "merged_into": 2**31, "rating": 5, "allowed_actions": (Action.TAKE,),
        }
    )  # fmt: skip
    for shown in (usual, fullest):
        text = visible(draw_card(shown, t, MOSCOW, NOW).text)
        assert units(text) <= TEXT_MAX_UNITS
        assert all(f"❓ {n}" in text for n in range(limits.QUESTIONS_MAX)) or shown is fullest


def test_the_shelf_has_archived_ones_last() -> None:
    archived = WATER.model_copy(update={"archived": True})
    drawn = draw_shelf([archived, *many(2)], 1, RU)
    assert labels(drawn) == [["🏷 Категория 1"], ["🏷 Категория 2"], ["🗄 Вода <и> трубы"], ["➕ Новая"]]
    assert "2 категории\n🗄 в архиве 1" in drawn.text
    assert labels(draw_shelf(many(limits.CATEGORIES_MAX), 7, RU))[-2] == ["‹", "7/7"]


def change(
    field: CategoryField, previous: str | None, value: str | None, language: str | None = None
) -> CategoryChange:
    return CategoryChange(field=field, language=language, value=value, previous=previous, at=NOW, by=ANNA)


def test_a_page_says_what_there_is_and_what_was_changed(visible: Visible) -> None:
    history = (
        change(CategoryField.ARCHIVED, "yes", None),
        change(CategoryField.ASSIGNEE, "", "Борис"),
        change(CategoryField.PRIORITY, None, "high"),
        change(CategoryField.QUESTIONS, "Какой кран?", "Какой кран?\nДавно ли?", "ru"),
        change(CategoryField.NAME, None, "Wasser", "de"),
    )
    drawn = draw_category(ManagedCategory(category=WATER, assignee=BORIS, history=history), TEXTS, "ru", NOW, MOSCOW)
    text = visible(drawn.text)
    assert (
        "Название (Русский): Вода <и> трубы\nНазвание (English): Water\n🔴 Срочность: Высокий\n👷 Поручать: Борис"
        in text
    )
    assert "❓ Вопросы (Русский):\n• Какой кран?\n• Давно ли?" in text
    assert [line.partition(", Анна: ")[2] for line in text.split("Последние изменения\n")[1].splitlines()] == [
        "из архива",
        f"исполнитель: {RU.plain('person.erased')} → Борис",
        "срочность: — → Высокий",
        "вопросы (Русский): 1 вопрос → 2 вопроса",
        "название (de): — → Wasser",
    ]
    assert labels(drawn)[3] == ["🗄 В архив"]
    for row in drawn.rows:
        for _, data in row:
            assert ShelfPress.unpack(data).pack() == data


def test_the_fullest_page_fits(visible: Visible) -> None:
    who = PersonBrief(person_id=UUID(int=3), name="W" * 256)
    questions = "\n".join(["Ж" * limits.QUESTION_MAX] * limits.QUESTIONS_MAX)
    names = {"ru": "Ж" * limits.CATEGORY_MAX, "en": LONG[: limits.CATEGORY_MAX * 11]}
    full = Category(category_id=UUID(int=1), names=names, questions={"ru": questions, "en": questions})
    history = tuple(
        CategoryChange(field=CategoryField.NAME, language="ru", value=LONG, previous=LONG, at=NOW, by=who)
        for _ in range(5)
    )
    managed = ManagedCategory(category=full, assignee=who, history=history)
    for language in ("ru", "en"):
        drawn = draw_category(managed, TEXTS, language, NOW, MOSCOW)
        assert units(visible(drawn.text)) <= TEXT_MAX_UNITS
        for field in (CategoryField.NAME, CategoryField.QUESTIONS):
            asks = draw_asks_words(full, field, "ru", TEXTS, TEXTS.for_language(language))
            assert units(visible(asks.text)) <= TEXT_MAX_UNITS


def test_what_is_chosen_now_is_marked() -> None:
    assert [row[0] for row in labels(draw_priorities(WATER, RU))] == [
        "● 🔴 Высокий", "🟡 Средний", "🟢 Низкий", "как у всех", "‹ К категории",
    ]  # fmt: skip
    people = tuple(
        PersonLine(person_id=one.person_id, name=one.name, role=Role.TECHNICIAN, active=True, reachable=True)
        for one in (ANNA, BORIS)
    )
    drawn = draw_staff_choice(WATER, PersonPage(items=people, page=2, pages=3, total=20), RU)
    assert labels(drawn) == [
        ["Анна · исполнитель"], ["● Борис · исполнитель"], ["‹", "2/3", "›"], ["никому"], ["‹ К категории"],
    ]  # fmt: skip
    press = ShelfPress.unpack(drawn.rows[0][0][1])
    assert (press.action, press.category_id, press.person_id) == (ShelfAction.GIVE, WATER.category_id, ANNA.person_id)
