"""The soak that `make chaos` runs, a short one."""

from __future__ import annotations

import json

import pytest

from zavhoz_devstack.faults.chaos import chaos

pytestmark = pytest.mark.timeout(600)
KILLS, COMMANDS, SEED = 12, 360, 4


async def test_a_short_soak_loses_and_doubles_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status = await chaos(kills=KILLS, commands=COMMANDS, seconds=0, seed=SEED)
    printed = capsys.readouterr().out
    said = json.loads(printed.splitlines()[-1])
    assert status == 0, printed
    names = {"kills", "commands", "lost", "doubled", "dead_lettered", "refused", "seconds", "peak_rss_mb"}
    assert said.keys() == names
    assert said["kills"] >= KILLS
    assert said["commands"] >= COMMANDS
    assert (said["lost"], said["doubled"]) == (0, 0)
    assert 50 < said["peak_rss_mb"] < 400
