"""A message to be shown: its text as HTML, and its inline keyboard."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Final, TypeAlias

from zavhoz_contracts.api.places import SEPARATOR
from zavhoz_contracts.message import Priority

Row: TypeAlias = tuple[tuple[str, str], ...]
"""Buttons beside each other, as (label, callback data)."""
Keyboard: TypeAlias = dict[str, list[list[dict[str, str]]]]
"""https://core.telegram.org/bots/api#inlinekeyboardmarkup"""
PRIORITY_SIGN: Final = {Priority.HIGH: "🔴", Priority.MEDIUM: "🟡", Priority.LOW: "🟢"}
TEXT_MAX_UNITS: Final = 4096
_CUT: Final = f"…{SEPARATOR}"
BUTTON_MAX: Final = 64
"""Characters on a button: Telegram takes more, but phones do not show more."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Text as the Bot API's HTML, and rows of buttons as (label, callback data)."""

    text: str
    rows: tuple[Row, ...] = ()

    @property
    def keyboard(self) -> Keyboard | None:
        """The buttons for the Bot API, none when there are none."""
        if not self.rows:
            return None
        return {
            "inline_keyboard": [[{"text": label, "callback_data": data} for label, data in row] for row in self.rows]
        }


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units, as Telegram counts; a lone surrogate counts as one."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(value: str, limit: int) -> str:
    """Cut a plain value to `limit` UTF-16 units with an ellipsis, never inside a surrogate pair.

    Cut values before they are escaped and put among markup: afterwards a cut may fall into a tag or an entity.
    """
    if units(value) <= limit:
        return value
    kept, used = [], 1
    for character in value:
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def tail(path: str, limit: int) -> str:
    """A path of places cut to `limit` UTF-16 units from its beginning: what is said last says the most."""
    if units(path) <= limit:
        return path
    names = path.split(SEPARATOR)
    while len(names) > 1:
        del names[0]
        if units(cut := _CUT + SEPARATOR.join(names)) <= limit:
            return cut
    return fit(names[0], limit)


def escaped(value: str, limit: int) -> str:
    """A person's words, cut and escaped for HTML."""
    return html.escape(fit(value, limit), quote=False)
