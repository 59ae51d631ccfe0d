"""Which browser is taken, and what is said and done where there is none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from zavhoz_devstack import browser
from zavhoz_devstack.servers import install


class Machine:
    """A machine with these programs, on which apt-get does or does not install Chromium."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.programs = {"apt-get"}
        self.apt_can = True
        self.calls: list[list[str]] = []
        patch.delenv(browser.VARIABLE, raising=False)
        patch.setattr(install, "_POLICY", folder / "policy-rc.d")
        patch.setattr("shutil.which", lambda name: f"/usr/bin/{name}" if name in self.programs else None)
        patch.setattr("os.geteuid", lambda: 0)
        patch.setattr("subprocess.run", self._run)

    def _run(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.calls.append(command)
        if self.apt_can and "install" in command:
            self.programs.add("chromium")
        return subprocess.CompletedProcess(command, 0 if self.apt_can else 100, "", "" if self.apt_can else "E: no net")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """Root on Debian, without a browser."""
    return Machine(monkeypatch, tmp_path)


def test_one_that_is_there_is_taken(machine: Machine) -> None:
    machine.programs.add("google-chrome")
    assert browser.ensure_installed()
    assert browser.program() == "/usr/bin/google-chrome"
    assert machine.calls == []


def test_a_named_one_goes_first(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine.programs.add("chromium")
    mine = tmp_path / "my-chrome"
    mine.touch(mode=0o755)
    monkeypatch.setenv(browser.VARIABLE, str(mine))
    assert browser.program() == str(mine)


def test_a_name_of_nothing_is_told(machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    machine.programs.add("chromium")
    monkeypatch.setenv(browser.VARIABLE, str(tmp_path / "none"))
    said: list[str] = []
    assert not browser.ensure_installed(said.append)
    assert "none is no program" in said[0]
    assert machine.calls == []


def test_root_gets_it_installed_with_fonts(machine: Machine) -> None:
    said: list[str] = []
    assert browser.ensure_installed(said.append)
    assert machine.calls[0][-3:] == ["chromium", "fonts-dejavu-core", "fonts-noto-color-emoji"]
    assert said == ["Installing Chromium and fonts with apt-get: the chat page is tested in it."]


def test_somebody_else_is_told_what_to_type(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    said: list[str] = []
    assert not browser.ensure_installed(said.append)
    assert said[0].startswith("The tests in a browser will be skipped. There is no chromium, ")
    assert "sudo apt-get install --no-install-recommends chromium " in said[0]
    assert machine.calls == []


def test_what_apt_said_is_passed_on_and_nothing_fails(machine: Machine) -> None:
    machine.apt_can = False
    said: list[str] = []
    assert not browser.ensure_installed(said.append)
    assert "E: no net" in said[-1]


@pytest.mark.usefixtures("machine")
def test_its_sandbox_is_off_for_root_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "--no-sandbox" in browser.arguments()
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "--no-sandbox" not in browser.arguments()
