"""The page of guarantees names tests that exist, and two rules that are seen in the code itself."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = sorted(set(re.findall(r"`([\w/.-]+\.py)::(\w+)`", (ROOT / "docs" / "reliability.md").read_text())))
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("time", "time")}


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_every_rule_names_a_test() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text()
    tables = re.sub(r"^## Figures$.*?^(?=## )", "", page, flags=re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| (?!promise|rule|fault|---)(.*) \| (.*) \|$", tables, re.MULTILINE)
    assert len(rows) > 60
    assert [rule for rule, tests in rows if "::test_" not in tests] == []


def test_no_row_is_dated_by_the_clock_of_a_service() -> None:
    modules = sorted(ROOT.glob("services/*/src/*/store/*.py"))
    assert modules
    assert [f"{module.relative_to(ROOT)}:{line}" for module in modules for line in readings(module)] == []


def readings(module: Path) -> Iterator[int]:
    """The lines on which a module reads the machine's clock."""
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Attribute(ast.Name(module_name), attribute) if (module_name, attribute) in CLOCKS:
                yield node.lineno
