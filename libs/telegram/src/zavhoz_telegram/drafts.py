"""A draft: what a request will say, how urgent it is, and [Send]."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.message import Priority
from zavhoz_telegram.callbacks import DraftAction, DraftPress
from zavhoz_telegram.screens import PRIORITY_SIGN, Screen, escaped
from zavhoz_telegram.texts import Translator

_TEXT_UNITS: Final = 3000
_BY_ACTION: Final = {
    DraftAction.HIGH: Priority.HIGH,
    DraftAction.MEDIUM: Priority.MEDIUM,
    DraftAction.LOW: Priority.LOW,
}


def draw_draft(text: str, priority: Priority, files: int, t: Translator) -> Screen:
    """The draft of a request with `files` attachments; the chosen priority is marked."""
    lines = [f"📝 <b>{t('draft.title')}</b>", ""]
    if text:
        lines += [escaped(text, _TEXT_UNITS), ""]
    if files:
        lines += ["📎 " + t.plural("card.attachments", files), ""]
    lines.append(t("draft.hint"))
    priorities = tuple(
        (
            ("● " if _BY_ACTION[action] is priority else "")
            + f"{PRIORITY_SIGN[_BY_ACTION[action]]} {t.plain(f'priority_button.{action.value}')}",
            DraftPress(action=action).pack(),
        )
        for action in _BY_ACTION
    )
    last = (
        ("📨 " + t.plain("draft.send"), DraftPress(action=DraftAction.SEND).pack()),
        ("🗑 " + t.plain("draft.discard"), DraftPress(action=DraftAction.DISCARD).pack()),
    )
    return Screen("\n".join(lines), (priorities, last))
