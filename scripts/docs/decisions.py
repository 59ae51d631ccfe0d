"""`docs/adr/README.md`: the list of the decisions, from the titles of their pages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "adr"
_HEAD: Final = """# Decisions

<!-- Made by `make docs` from the titles of the pages beside it. Do not edit. -->

Short records of choices that shaped the code: what the question was, what was decided, on what evidence, and when to
look at it again. A new one is a page `<number>-<name>.md` with the title `# <number>. <decision>`, and `make docs`.

| # | decision |
| --- | --- |
"""


def page() -> str:
    """The page.

    Raises:
        ValueError: a page has no title with the number of its name, or a number is there twice.
    """
    rows = [_row(path) for path in sorted(FOLDER.glob("[0-9]*.md"))]
    numbers = [number for number, _ in rows]
    if len(set(numbers)) < len(numbers):
        raise ValueError(f"docs/adr: a number is there twice in {numbers}")
    return _HEAD + "\n".join(row for _, row in rows) + "\n"


def _row(path: Path) -> tuple[int, str]:
    number = int(path.name.split("-")[0])
    title = re.match(rf"# {number}\. (.+)\n", path.read_text())
    if title is None:
        raise ValueError(f"docs/adr/{path.name} does not begin with `# {number}. <decision>`")
    return number, f"| {number} | [{title[1]}]({path.name}) |"
