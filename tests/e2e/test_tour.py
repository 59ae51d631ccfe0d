"""`make tour`: prints the story and its proof, and succeeds only if all of it is true."""

import subprocess
from pathlib import Path

import pytest
from e2e_support import ROOT, TOUR_SAYS, at_a_terminal

from zavhoz_devstack.tour import tour

pytestmark = [pytest.mark.usefixtures("startable_servers"), pytest.mark.timeout(200)]


def test_it_is_all_true(tmp_path: Path) -> None:
    done = subprocess.run(
        ["make", "tour"], cwd=ROOT, env=at_a_terminal(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for part in TOUR_SAYS:
        assert part in done.stdout, done.stdout
    assert not list(tmp_path.glob("tour/run-*"))


@pytest.mark.exhaustive
async def test_what_is_not_true_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ZAVHOZ_HOME", str(tmp_path))
    monkeypatch.setenv("MAX_FILE_BYTES", "1000")  # so the photo of the story is refused
    assert await tour() == 1
    said = capsys.readouterr().out
    assert "WRONG: 0 photos are stored, 1 were sent" in said, said
    assert "All of it is true." not in said
