"""`docs/stories.md`: what people can do, each with the whole-system test that does it, from the tests' own marks.

A test is a story when it is marked `pytest.mark.story(section, what, languages=…, refusals=…)`, all of it literal: the
tests are read, not imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
SECTIONS: Final = (
    "Filing",
    "Places",
    "Me too",
    "My requests",
    "Talking",
    "Queue",
    "Work",
    "Canned replies",
    "Due times",
    "Afterwards",
    "Staff group",
    "The queue",
    "Many at once",
    "Settings",
    "People",
    "Categories",
    "Organisation",
    "Texts",
    "Limits",
)
"""In the order of the page; a story of another section is a mistake."""
_HEAD: Final = """# Stories

<!-- Made by `make docs` from the marks of the tests in tests/e2e. Do not edit. -->

What people can do, each played through all services and the stand-in for Telegram by the test that is named: in which
languages, and what is refused on the way.
"""


@dataclass(frozen=True)
class Story:
    """One row: what somebody does, in which languages it is played, what is refused in it, and by which test."""

    section: str
    what: str
    languages: str
    refusals: tuple[str, ...]
    test: str


def page(folder: Path = ROOT / "tests/e2e") -> str:
    """The page.

    Raises:
        ValueError: a story says it is of a section that there is not.
    """
    stories = [story for path in sorted(folder.rglob("test_*.py")) for story in _stories(path)]
    unknown = {story.section for story in stories} - set(SECTIONS)
    if unknown:
        raise ValueError(f"stories of sections that are not in {Path(__file__).name}: {sorted(unknown)}")
    stories.sort(key=lambda story: SECTIONS.index(story.section))
    return _HEAD + "".join(_table(name, list(rows)) for name, rows in groupby(stories, key=lambda one: one.section))


def _stories(path: Path) -> Iterator[Story]:
    for node in ast.parse(path.read_text()).body:
        if not isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            continue
        for mark in node.decorator_list:
            if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.story":
                section, what = (ast.literal_eval(argument) for argument in mark.args)
                named: dict[str, Any] = {str(one.arg): ast.literal_eval(one.value) for one in mark.keywords}
                yield Story(
                    section,
                    what,
                    named.get("languages", "ru"),
                    tuple(named.get("refusals", ())),
                    f"{path.name}::{node.name}",
                )


def _table(name: str, stories: list[Story]) -> str:
    rows = "".join(
        f"| {one.what} | {one.languages} | {'; '.join(one.refusals) or '—'} | `{one.test}` |\n" for one in stories
    )
    return f"\n## {name}\n\n| story | languages | refused on the way | test |\n| --- | --- | --- | --- |\n{rows}"
