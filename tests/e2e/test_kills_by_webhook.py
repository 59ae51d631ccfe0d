"""Kill -9 of the gateway at each step of the story, with updates by webhook: Telegram asks again until it is back."""

from __future__ import annotations

import pytest
from kills_support import Kills, mostly_exhaustive

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(240),
    pytest.mark.parametrize("shared_stack", [{"updates": "webhook"}], ids=["webhook"], indirect=True, scope="module"),
]


@pytest.mark.parametrize("step", mostly_exhaustive("send", "take"))
@pytest.mark.usefixtures("shared_stack")
async def test_killed_and_started_again_the_story_completes(kills: Kills, step: str) -> None:
    await kills.play("gateway", step)
