"""Kill -9 of notifier and files at each step of the story: it completes, nothing is lost, nothing is doubled."""

from __future__ import annotations

import pytest
from kills_support import Kills

from zavhoz_devstack.story import STEPS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("service", ["notifier", "files"])
async def test_killed_and_started_again_the_story_completes(kills: Kills, service: str, step: str) -> None:
    await kills.play(service, step)
