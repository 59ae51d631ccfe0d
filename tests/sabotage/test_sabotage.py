"""The script that breaks the code on purpose: what it takes for caught, and what it refuses to take for it."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from scripts.sabotage.__main__ import carried_out, main, unbroken
from scripts.sabotage.catalogue import ALL
from scripts.sabotage.copied import Copy, CopyFailed, copied
from scripts.sabotage.sabotage import Sabotage
from scripts.sabotage.trial import judged, run_tests
from scripts.sabotage.witness import FOREIGN

from zavhoz_messaging.testing import wait_until

pytestmark = pytest.mark.timeout(600)  # an environment is made, and its libraries are imported for the first time
ROOT = Path(__file__).parents[2]
IDENTITY = "libs/contracts/src/zavhoz_contracts/identity.py"
TESTS = ("libs/contracts/tests/test_identity.py",)


def sabotage(old: str, new: str, file: str = IDENTITY) -> Sabotage:
    return Sabotage("a name", "a promise", file, old, new, TESTS)


CAUGHT = sabotage('f"request:{bot_id}', 'f"requests:{bot_id}')
HARMLESS = sabotage('"""Ids that come out the same', '"""Identifiers that come out the same')
NONSENSE = sabotage('return uuid5(_NAMESPACE, f"request', 'return uuid6(_NAMESPACE, f"request')
NOT_IMPORTABLE = sabotage("from uuid import UUID, uuid5", "from uuid import UUID, uuid5, nobody")
MOVED = sabotage("a text that nobody wrote", "")
TWICE = sabotage("return uuid5(", "return uuid5(")
NO_PYTHON = sabotage('    return uuid5(_NAMESPACE, f"request', 'return return f"')


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    """A copy of this tree with an environment of its own; some seconds."""
    with copied(ROOT) as made:
        yield made


def test_a_sabotage_that_a_test_notices_is_caught_and_undone(copy: Copy) -> None:
    before = (copy.root / IDENTITY).read_text()
    verdict = judged(copy, CAUGHT, {})
    assert verdict.red == "test_ids_never_change_between_versions"
    assert verdict.why.startswith("AssertionError")
    assert (copy.root / IDENTITY).read_text() == before
    assert run_tests(copy, TESTS, {}, first_failure_ends=False).green


def test_one_that_changes_nothing_stays_green_and_that_is_told(copy: Copy, capsys: pytest.CaptureFixture[str]) -> None:
    (verdict,) = carried_out(copy, [HARMLESS], {}, verbose=False)
    assert (verdict.red, verdict.why) == (None, "STAYED GREEN")
    assert "**STAYED GREEN**" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [NONSENSE, NOT_IMPORTABLE], ids=["a name of nothing", "no import"])
def test_code_that_makes_no_sense_catches_nothing(copy: Copy, wrong: Sabotage) -> None:
    verdict = judged(copy, wrong, {})
    assert verdict.red is None
    assert verdict.why.startswith("NOT TESTED")


@pytest.mark.parametrize("unfit", [MOVED, TWICE, NO_PYTHON], ids=["no text", "twice", "no Python"])
def test_one_that_does_not_fit_the_code_is_told(copy: Copy, unfit: Sabotage) -> None:
    before = (copy.root / IDENTITY).read_text()
    (verdict,) = carried_out(copy, [unfit], {}, verbose=False)
    assert verdict.red is None
    assert IDENTITY in verdict.why
    assert (copy.root / IDENTITY).read_text() == before


def test_a_test_that_is_red_already_or_missing_catches_nothing(copy: Copy) -> None:
    with CAUGHT.applied(copy.root):
        assert not unbroken(copy, [HARMLESS], {}).green
    missing = Sabotage(
        "a name", "a promise", IDENTITY, "a", "b", ("libs/contracts/tests/test_identity.py::test_nothing",)
    )
    assert not unbroken(copy, [missing], {}).green


def test_a_module_from_elsewhere_stops_it(copy: Copy) -> None:
    (site,) = (copy.root / ".venv").glob("lib/python*/site-packages")
    path = site / "_a.pth"  # read before those of the copy's own packages
    path.write_text(f"{ROOT / 'libs/contracts/src'}\n")
    try:
        with pytest.raises(CopyFailed, match=r"zavhoz_contracts\.identity is "):
            copy.check()
        verdict = judged(copy, CAUGHT, {})
    finally:
        path.unlink()
    assert verdict.red is None
    assert f"ended with {FOREIGN}" in verdict.why
    assert "not from" in verdict.why


LEAVES_ONE_BEHIND = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]).pid)
"""


def lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for yet does not."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def test_what_broken_code_leaves_behind_ends_with_it(copy: Copy) -> None:
    left = int(copy.run("-c", LEAVES_ONE_BEHIND).stdout)

    async def ended() -> bool:
        return not lives(left)

    await wait_until(ended, "the process that was left behind ends")


def test_every_sabotage_fits_the_code_of_today() -> None:
    unfit = [one.name for one in ALL if (ROOT / one.file).read_text().count(one.old) != 1 or one.old == one.new]
    assert unfit == []
    assert len({one.name for one in ALL}) == len(ALL)


def test_every_test_that_is_to_notice_exists() -> None:
    named = {test.split("[")[0] for one in ALL for test in one.tests}
    found: set[str] = set()
    for path in {test.partition("::")[0] for test in named}:
        tree = ast.parse((ROOT / path).read_text())
        found |= {
            f"{path}::{node.name}" for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
    assert named - found == set()


def test_every_guarantee_is_broken_by_one() -> None:
    broken = {one.promise.split(":")[0] for one in ALL}
    assert {f"G{number}" for number in range(1, 10)} <= broken


def test_a_name_of_nothing_is_a_wrong_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "no such sabotage"])
    assert ended.value.code == 2
    assert main(["--list", "--only", "without `mandatory`"]) == 0
    assert "publish without `mandatory`" in capsys.readouterr().out


@pytest.fixture
def servers(request: pytest.FixtureRequest, postgres_url: str, amqp_url: str, redis_url: str) -> Mapping[str, str]:
    """The variables that lead the copy's tests to the servers of this run."""
    given = {"POSTGRES_URL": postgres_url, "AMQP_URL": amqp_url, "REDIS_URL": redis_url}
    if not os.environ.get("AMQP_URL"):
        given["AMQP_MANAGEMENT_URL"] = request.getfixturevalue("rabbitmq_server").management_url
    return given


QUICK = ("drop the inbox key", "publish without `mandatory`", "answer the webhook before the confirm")


@pytest.mark.parametrize("name", QUICK)
def test_a_sabotage_of_the_catalogue_is_caught(copy: Copy, servers: Mapping[str, str], name: str) -> None:
    (wanted,) = [one for one in ALL if name in one.name]
    assert judged(copy, wanted, servers).red is not None


@pytest.mark.exhaustive
@pytest.mark.timeout(3600)
def test_every_sabotage_of_the_catalogue_is_caught(servers: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, address in servers.items():
        monkeypatch.setenv(name, address)
    assert main([]) == 0
