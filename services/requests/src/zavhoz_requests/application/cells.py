"""Cells of a table that spreadsheet programs must not take for formulas: `=1+1` as a name is a name.

What looks like the beginning of a formula gets an apostrophe before it: at the beginning of a cell, and after what a
program with another separator takes for one (https://owasp.org/www-community/attacks/CSV_Injection). What has an
apostrophe there already gets one more, so that `plain` gives back every cell as it was.
"""

from __future__ import annotations

import re
from typing import Final

_EDGE: Final = r'(^|[;,"])'
_FORMULA: Final = r"[-=+@－＝＋＠]"
_BARE: Final = re.compile(rf"{_EDGE}(?='*{_FORMULA})")
_GUARDED: Final = re.compile(rf"{_EDGE}'(?='*{_FORMULA})")


def guarded(cell: str) -> str:
    """The cell as it is written into a table."""
    return _BARE.sub(r"\1'", cell)


def plain(cell: str) -> str:
    """The cell that `guarded` was given; one that never was is the same, unless it looks as if."""
    return _GUARDED.sub(r"\1", cell)
