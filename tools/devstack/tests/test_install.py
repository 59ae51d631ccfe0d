"""What is said and done about servers that are not installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from zavhoz_devstack.errors import ServersMissing
from zavhoz_devstack.servers import install


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """PostgreSQL and Redis are missing until `apt-get install` is called; the calls are listed."""
    calls: list[list[str]] = []
    gone = ["PostgreSQL", "Redis"]
    monkeypatch.setattr(install, "missing", lambda: list(gone))
    monkeypatch.setattr(install, "_POLICY", tmp_path / "policy-rc.d")
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("os.geteuid", lambda: 0)

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        assert (tmp_path / "policy-rc.d").read_text().endswith("exit 101\n")
        code = 0
        if "install" in command:
            code = 0 if any("update" in call for call in calls) else 100
            gone[:] = gone if code else []
        return subprocess.CompletedProcess(command, code, "", "E: Unable to locate package" if code else "")

    monkeypatch.setattr("subprocess.run", run)
    return calls


def test_root_gets_them_installed_without_their_services(apt: list[list[str]], tmp_path: Path) -> None:
    said: list[str] = []
    install.ensure_installed(said.append)
    assert [next(word for word in call if word in {"install", "update"}) for call in apt] == [
        "install",
        "update",
        "install",
    ]
    assert apt[-1][-2:] == ["postgresql", "redis-server"]
    (line,) = said
    assert line.startswith("Installing PostgreSQL and Redis with apt-get: ")
    assert not (tmp_path / "policy-rc.d").exists()


def test_somebody_else_is_told_what_to_type(apt: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(ServersMissing, match=r"and Redis are not installed.*sudo apt-get install .* postgresql redis"):
        install.ensure_installed()
    assert apt == []


def test_what_apt_said_is_passed_on(apt: list[list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "missing", lambda: ["PostgreSQL"])
    refuse = subprocess.CompletedProcess([], 100, "", "E: the disk is full")
    monkeypatch.setattr("subprocess.run", lambda *_, **__: refuse)
    with pytest.raises(ServersMissing, match=r"(?s)did not install PostgreSQL.*the disk is full.*Install with"):
        install.ensure_installed(lambda _: None)
    assert apt == []


def test_only_what_is_wanted_is_installed(apt: list[list[str]]) -> None:
    install.ensure_installed(wanted=frozenset({"RabbitMQ"}))
    assert apt == []


@pytest.mark.usefixtures("apt")
def test_a_policy_that_is_there_stays(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    install.ensure_installed(lambda _: None)
    assert policy.exists()


PLUGIN_TEST = """
import pytest
pytest_plugins = ["zavhoz_devstack.pytest_plugin"]

@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch):
    from zavhoz_devstack.servers import install
    monkeypatch.setattr(install, "missing", lambda: ["Redis"])
    monkeypatch.setattr("os.geteuid", lambda: 1000)

def test_needs_redis(request):
    request.getfixturevalue("redis_url")
"""


@pytest.mark.parametrize(("variable", "outcome"), [(None, "1 skipped"), ("CI", "1 failed")])
def test_tests_are_skipped_or_fail_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str | None, outcome: str
) -> None:
    for name in ("CI", "ZAVHOZ_REQUIRE_SERVERS", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZAVHOZ_SERVERS", "native")
    if variable is not None:
        monkeypatch.setenv(variable, "true")
    (tmp_path / "test_it.py").write_text(PLUGIN_TEST)
    command = [sys.executable, "-m", "pytest", "-rsf", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert outcome in done.stdout
    assert "Redis is not installed. Install with: sudo apt-get install" in done.stdout
