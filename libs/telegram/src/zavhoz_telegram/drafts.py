"""A draft: what a request will say and what is missing, each in words, and a button for each part."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass
from typing import Final

from zavhoz_contracts.message import AttachmentKind, Priority
from zavhoz_telegram.callbacks import (
    CategoryAction,
    CategoryPress,
    DraftAction,
    DraftPress,
    PartAction,
    PartPress,
    PlaceAction,
    PlacePress,
)
from zavhoz_telegram.screens import BUTTON_MAX, PRIORITY_SIGN, Row, Screen, escaped, fit, tail, units
from zavhoz_telegram.texts import Translator

_TEXT_UNITS: Final = 2400
"""With the answers, of which each has room for so much of the question, and of what was said:"""
_QUESTION_UNITS: Final = 60
_ANSWER_UNITS: Final = 120
_PLACE_UNITS: Final = 300
_NAME_UNITS: Final = 60
_BY_ACTION: Final = {
    DraftAction.HIGH: Priority.HIGH,
    DraftAction.MEDIUM: Priority.MEDIUM,
    DraftAction.LOW: Priority.LOW,
}


@dataclass(frozen=True, slots=True)
class DrawnFile:
    """A file of a draft: `key` is what its button carries."""

    key: str
    kind: AttachmentKind
    name: str | None = None


@dataclass(frozen=True, slots=True)
class DrawnDraft:
    """What is known of a request that is being put together.

    `answers` are those to the questions of its category, each with the question; empty where there is none yet.
    `categorised`: there are categories to choose from.
    """

    text: str
    priority: Priority
    place: str = ""
    files: tuple[DrawnFile, ...] = ()
    category: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    categorised: bool = False


def draw_draft(draft: DrawnDraft, t: Translator) -> Screen:
    """The draft with a button for every part; the chosen priority is marked."""
    place = ("📍 " + t.plain("draft.place"), PlacePress(action=PlaceAction.PICK).pack())
    text = ("✏️ " + t.plain("draft.text"), PartPress(action=PartAction.TEXT).pack())
    files = ("📎 " + t.plain("draft.files"), PartPress(action=PartAction.FILES).pack())
    priorities = tuple(
        (
            ("● " if _BY_ACTION[action] is draft.priority else "")
            + f"{PRIORITY_SIGN[_BY_ACTION[action]]} {t.plain(f'priority_button.{action.value}')}",
            DraftPress(action=action).pack(),
        )
        for action in _BY_ACTION
    )
    last = (
        ("📨 " + t.plain("draft.send"), DraftPress(action=DraftAction.SEND).pack()),
        ("🗑 " + t.plain("draft.discard"), DraftPress(action=DraftAction.DISCARD).pack()),
    )
    bare = draft.place and not draft.text and not draft.files
    hint = t("draft.hint_of_place") if bare else t("draft.hint")
    rows = ((place, text, *([files] if draft.files else [])), *_category_row(draft, t), priorities, last)
    return Screen(_asking(draft, hint, t), rows)


def _category_row(draft: DrawnDraft, t: Translator) -> tuple[Row, ...]:
    if not draft.categorised and not draft.category:
        return ()
    row = [("🏷 " + t.plain("draft.category"), CategoryPress(action=CategoryAction.PICK).pack())]
    if draft.answers:
        row.append(("❓ " + t.plain("draft.answers"), CategoryPress(action=CategoryAction.ANSWER).pack()))
    return (tuple(row),)


def draw_rewording(draft: DrawnDraft, t: Translator) -> Screen:
    """The draft while it waits for other words."""
    back = (("‹ " + t.plain("draft.keep"), PartPress(action=PartAction.BACK).pack()),)
    return Screen(_asking(draft, "✏️ " + t("draft.asks_text"), t), (back,))


def draw_files(draft: DrawnDraft, t: Translator) -> Screen:
    """The files of a draft one by one, with a button for each that takes it out."""
    rows = tuple(
        ((fit(f"✖ {number}. {_file(file, t)}", BUTTON_MAX), PartPress(action=PartAction.REMOVE, file=file.key).pack()),)
        for number, file in enumerate(draft.files, start=1)
    )
    back = (("‹ " + t.plain("draft.back"), PartPress(action=PartAction.BACK).pack()),)
    asks = t("draft.asks_files") if draft.files else t("draft.no_files_left")
    return Screen(_asking(draft, "📎 " + asks, t), (*rows, back))


def draw_question(draft: DrawnDraft, asked: int, t: Translator) -> Screen:
    """The draft while it waits for the answer to a question of its category; `asked` counts from 0."""
    question, answer = draft.answers[asked]
    lines = [
        t("draft.question", number=asked + 1, of=len(draft.answers)),
        f"❓ <b>{escaped(question, _TEXT_UNITS)}</b>",
    ]
    skip = t.plain("draft.keep_answer") if answer else t.plain("draft.skip")
    row = [("⏭ " + skip, CategoryPress(action=CategoryAction.SKIP, value=str(asked)).pack())]
    if answer:
        lines.append(t("draft.answered", answer=fit(answer, _ANSWER_UNITS)))
        drop = CategoryPress(action=CategoryAction.DROP, value=str(asked)).pack()
        row.append(("✖ " + t.plain("draft.drop_answer"), drop))
    back = (("‹ " + t.plain("draft.back"), CategoryPress(action=CategoryAction.BACK).pack()),)
    return Screen(_asking(draft, "\n".join(lines), t), (tuple(row), back))


def draw_placing(draft: DrawnDraft, asks: str, rows: tuple[Row, ...], t: Translator) -> Screen:
    """The draft while a place, or a category, is chosen; `asks` is HTML."""
    return Screen(_asking(draft, asks, t), rows)


def _asking(draft: DrawnDraft, asks: str, t: Translator) -> str:
    """What is known, part by part, and below it what can be done next."""
    sorted_ = _category(draft, t)
    lines = [
        f"📝 <b>{t('draft.title')}</b>",
        "",
        escaped(draft.text, _TEXT_UNITS - units("".join(sorted_))) or t("draft.no_text"),
        "",
        "📍 " + (html.escape(tail(draft.place, _PLACE_UNITS), quote=False) or t("draft.no_place")),
        *sorted_,
        f"{PRIORITY_SIGN[draft.priority]} {t(f'priority.{draft.priority.value}')}",
        "📎 " + (files_in_words(draft.files, t) or t("draft.no_files")),
        "",
        asks,
    ]
    return "\n".join(lines)


def _category(draft: DrawnDraft, t: Translator) -> list[str]:
    """The category, if there is any, and what was asked and said."""
    if not draft.categorised and not draft.category:
        return []
    lines = ["🏷 " + (escaped(draft.category, _NAME_UNITS) or t("draft.no_category"))]
    for question, answer in draft.answers:
        said = " ".join(answer.split())
        values = {"question": fit(question, _QUESTION_UNITS), "text": fit(said, _ANSWER_UNITS) or "—"}
        lines.append("❓ " + t("card.answer", **values))
    return lines


def files_in_words(files: tuple[DrawnFile, ...], t: Translator) -> str:
    """How many files there are of each kind; empty for none."""
    counted = Counter(file.kind for file in files)
    return ", ".join(t.plural(f"files.{kind.value}", counted[kind]) for kind in AttachmentKind if counted[kind])


def _file(file: DrawnFile, t: Translator) -> str:
    kind = t.plain(f"title.{file.kind.value}")
    return kind if not file.name else fit(file.name, _NAME_UNITS)
