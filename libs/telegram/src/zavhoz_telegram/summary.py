"""What happened in somebody's quiet hours, in one message."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from zavhoz_contracts.api.v1 import Card
from zavhoz_telegram.callbacks import OpenLine
from zavhoz_telegram.cards import STATUS_SIGN
from zavhoz_telegram.screens import Screen, escaped, units
from zavhoz_telegram.texts import Translator

BUTTONS: Final = 8
_BUTTONS_IN_A_ROW: Final = 4
_TITLE_UNITS: Final = 100
_MOST_UNITS: Final = 3800
"""Leaves room for the last line, which counts those that have none."""


def draw_summary(lines: Sequence[tuple[Card, Sequence[str]]], t: Translator) -> Screen:
    """A line for each request, as it stands now, with what happened to it; the first eight can be opened."""
    head = f"🌙 <b>{t.plural('summary.title', len(lines))}</b>"
    text = [head, ""]
    for number, (card, what) in enumerate(lines):
        line = _line(card, what, t)
        if units("\n".join((*text, line))) > _MOST_UNITS:
            text.append("… " + t.plural("summary.more", len(lines) - number))
            break
        text.append(line)
    buttons = [(f"#{card.number}", OpenLine(request_id=card.request_id).pack()) for card, _ in lines[:BUTTONS]]
    rows = (tuple(buttons[at : at + _BUTTONS_IN_A_ROW]) for at in range(0, len(buttons), _BUTTONS_IN_A_ROW))
    return Screen("\n".join(text), tuple(rows))


def _line(card: Card, what: Sequence[str], t: Translator) -> str:
    happened = ", ".join(_happened(code, count, t) for code, count in Counter(what).items())
    state = f"{STATUS_SIGN[card.status]} {t(f'status.{card.status.value}')}"
    return f"<b>#{card.number}</b> {state}: {escaped(card.title, _TITLE_UNITS)} — {happened}"


def _happened(code: str, count: int, t: Translator) -> str:
    key = f"summary.what.{code}"
    return t.plural(key if t.has(key) else "summary.what.other", count)
