"""Tests run in a copy, and what that says: which of them failed, and whether that is because of what they test."""

from __future__ import annotations

import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.sabotage.copied import Copy
from scripts.sabotage.sabotage import Sabotage

_FAILED_TESTS: Final = 1
"""pytest's exit status: some tests ran and failed (https://docs.pytest.org/en/stable/reference/exit-codes.html)."""
_LONGEST_TEST: Final = 90
_LONGEST_RUN, _LONGEST_TRIAL = 1800, 240
"""Seconds."""
# A test that meets one of these says nothing of a promise: the sabotage itself is wrong.
_NONSENSE: Final = ("NameError", "ImportError", "ModuleNotFoundError", "SyntaxError", "UnboundLocalError")


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of pytest: the tests that passed, those that failed with their message, and what else went wrong."""

    status: int
    passed: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    wrong: tuple[str, ...]
    seconds: float
    output: str

    @property
    def green(self) -> bool:
        """Everything ran, and passed: nothing was skipped or could not be collected."""
        return self.status == 0 and bool(self.passed) and not self.failed and not self.wrong


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a sabotage: the test that turned `red` and, in `why`, what it said; or why there is none."""

    sabotage: Sabotage
    red: str | None
    why: str
    seconds: float


def run_tests(copy: Copy, tests: Sequence[str], env: Mapping[str, str], *, first_failure_ends: bool) -> Ran:
    """Run `tests` in the copy, against the servers that `env` names."""
    seconds = _LONGEST_TRIAL if first_failure_ends else _LONGEST_RUN
    report = copy.root.parent / "report.xml"
    report.unlink(missing_ok=True)
    options = ["-q", "-p", "no:cacheprovider", "-p", "scripts.sabotage.witness", f"--junitxml={report}"]
    options += ["-o", f"timeout={_LONGEST_TEST}", "-m", "", *(["-x"] if first_failure_ends else [])]
    began = time.monotonic()
    try:
        done = copy.run("-m", "pytest", *options, *tests, env=env, seconds=seconds)
    except subprocess.TimeoutExpired:
        return Ran(-1, (), (), (f"not done in {seconds} s",), time.monotonic() - began, "")
    passed, failed, wrong = _read(report)
    output = f"{done.stdout}{done.stderr}"
    return Ran(done.returncode, passed, failed, wrong, time.monotonic() - began, output)


def judged(copy: Copy, sabotage: Sabotage, env: Mapping[str, str]) -> Verdict:
    """Apply one sabotage and run its tests.

    Raises:
        MovedOn: it does not fit the code.
    """
    with sabotage.applied(copy.root):
        ran = run_tests(copy, sabotage.tests, env, first_failure_ends=True)
    red = next(((name, said) for name, said in ran.failed if not said.startswith(_NONSENSE)), None)
    if ran.status == _FAILED_TESTS and red is not None:
        return Verdict(sabotage, red[0], red[1], ran.seconds)
    if ran.green:
        return Verdict(sabotage, None, "STAYED GREEN", ran.seconds)
    what = [*ran.wrong, *(f"{name}: {said}" for name, said in ran.failed)] or [ran.output[-1000:]]
    return Verdict(sabotage, None, f"NOT TESTED, pytest ended with {ran.status}: {what[0]}", ran.seconds)


def _read(report: Path) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
    """What passed, failed, and neither: errors of collection and fixtures, and what was skipped."""
    if not report.exists():
        return (), (), ()
    passed: list[str] = []
    failed: list[tuple[str, str]] = []
    wrong: list[str] = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  # nosec B314: written by our own pytest
        name = case.get("name", "")
        if (failure := case.find("failure")) is not None:
            failed.append((name, _first_line(failure)))
        elif (other := next((one for one in case if one.tag in ("error", "skipped")), None)) is not None:
            wrong.append(f"{name or case.get('classname')}: {_first_line(other)}")
        else:
            passed.append(name)
    return tuple(passed), tuple(failed), tuple(wrong)


def _first_line(element: ET.Element) -> str:
    return (element.get("message") or "").strip().split("\n")[0][:200]
