"""A draft: what a request will say and what is missing, each in words, and a button for each part."""

from __future__ import annotations

import html
from collections import Counter
from dataclasses import dataclass
from typing import Final

from zavhoz_contracts.message import AttachmentKind, Priority
from zavhoz_telegram.callbacks import DraftAction, DraftPress, PartAction, PartPress, PlaceAction, PlacePress
from zavhoz_telegram.screens import BUTTON_MAX, PRIORITY_SIGN, Row, Screen, escaped, fit, tail
from zavhoz_telegram.texts import Translator

_TEXT_UNITS: Final = 2400
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
    """What is known of a request that is being put together."""

    text: str
    priority: Priority
    place: str = ""
    files: tuple[DrawnFile, ...] = ()


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
    return Screen(_asking(draft, hint, t), ((place, text, *([files] if draft.files else [])), priorities, last))


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


def draw_placing(draft: DrawnDraft, asks: str, rows: tuple[Row, ...], t: Translator) -> Screen:
    """The draft while a place is chosen; `asks` is HTML."""
    return Screen(_asking(draft, asks, t), rows)


def _asking(draft: DrawnDraft, asks: str, t: Translator) -> str:
    """What is known, part by part, and below it what can be done next."""
    lines = [
        f"📝 <b>{t('draft.title')}</b>",
        "",
        escaped(draft.text, _TEXT_UNITS) or t("draft.no_text"),
        "",
        "📍 " + (html.escape(tail(draft.place, _PLACE_UNITS), quote=False) or t("draft.no_place")),
        f"{PRIORITY_SIGN[draft.priority]} {t(f'priority.{draft.priority.value}')}",
        "📎 " + (files_in_words(draft.files, t) or t("draft.no_files")),
        "",
        asks,
    ]
    return "\n".join(lines)


def files_in_words(files: tuple[DrawnFile, ...], t: Translator) -> str:
    """How many files there are of each kind; empty for none."""
    counted = Counter(file.kind for file in files)
    return ", ".join(t.plural(f"files.{kind.value}", counted[kind]) for kind in AttachmentKind if counted[kind])


def _file(file: DrawnFile, t: Translator) -> str:
    kind = t.plain(f"title.{file.kind.value}")
    return kind if not file.name else fit(file.name, _NAME_UNITS)
