"""Makes words fit into a box: in the largest size that does, on a few lines, cut where nothing else helps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from typing import Final

ELLIPSIS: Final = "…"
_UNIT: Final = re.compile(r"( *)([^ ]+?(?:(?<=[^\W\d_]{3}-)(?=[^\W\d_]{3})|(?= |$)))")
"""A line may end after a space, or after a hyphen in a long word; never at a no-break space."""
_SPACES: Final = re.compile(r"[^\S\xa0]+")

Measure = Callable[[str, float], float]
"""The width of a text in a size."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The lines of a text, the size in which they fit, and whether something of it was cut off."""

    size: float
    lines: tuple[str, ...]
    cut: bool = False


def drawable(text: str, glyphs: Container[int]) -> str:
    """The text with what a font has; of the rest what means about the same (ﬁ: fi), or nothing, as for most emoji."""
    kept: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        alike = char if ord(char) in glyphs else unicodedata.normalize("NFKC", char)
        # A mark without the letter that it belongs to would stand beside the text.
        lone = unicodedata.combining(char) and not (kept and kept[-1].strip())
        kept.append("" if lone else "".join(c for c in alike if ord(c) in glyphs))
    return _SPACES.sub(" ", "".join(kept)).strip()


def fit(text: str, width: float, measure: Measure, sizes: Sequence[tuple[float, int]]) -> Fitted:
    """The text in the first of `sizes` in which it needs no more lines than stand beside it, and no word is broken.

    If there is none, it is in the last of them: words are broken, and what is too much is cut off.
    """
    for size, count in sizes:
        lines = _wrap(text, width, measure, size)
        if len(lines) <= count and all(measure(line, size) <= width for line in lines):
            return Fitted(size, lines)
    size, count = sizes[-1]
    lines = _wrap(text, width, measure, size, broken=True)
    if len(lines) <= count:
        return Fitted(size, lines)
    last = lines[count - 1]
    while last and measure(last + ELLIPSIS, size) > width:
        last = last[:-1]
    return Fitted(size, (*lines[: count - 1], last.rstrip() + ELLIPSIS), cut=True)


def _wrap(text: str, width: float, measure: Measure, size: float, *, broken: bool = False) -> tuple[str, ...]:
    """The lines of a text; a word wider than a line stands out of it, or is `broken`."""
    lines: list[str] = []
    line = ""
    for space, unit in _UNIT.findall(text):
        if line and measure(line + space + unit, size) <= width:
            line += space + unit
            continue
        if line:
            lines.append(line)
        line = unit
        while broken and len(line) > 1 and measure(line, size) > width:
            end = next(end for end in range(1, len(line)) if measure(line[: end + 1], size) > width)
            lines.append(line[:end])
            line = line[end:]
    return (*lines, line) if line else tuple(lines)
