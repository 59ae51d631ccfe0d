"""Kill -9 of gateway and requests at each step of the story: it completes, nothing is lost, nothing is doubled."""

from __future__ import annotations

import pytest
from kills_support import Kills, mostly_exhaustive

from zavhoz_devstack.story import STEPS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]


@pytest.mark.parametrize("step", mostly_exhaustive("draft", "send", "complete"))
async def test_the_gateway_is_killed_and_the_story_completes(kills: Kills, step: str) -> None:
    await kills.play("gateway", step)


@pytest.mark.parametrize("step", STEPS)
async def test_requests_is_killed_and_the_story_completes(kills: Kills, step: str) -> None:
    await kills.play("requests", step)
