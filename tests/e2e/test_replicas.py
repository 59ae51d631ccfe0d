"""The story with two gateways, by webhook and by polling: the one that draws the draft is killed meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from e2e_support import Running, watching

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.replicas import updates_finished, updates_in_hand
from zavhoz_devstack.story import Line, Story
from zavhoz_messaging.testing import wait_until

QUICK = {"gateways": 2, "settings": {"LEASE_SECONDS": "3"}}


def silent(_: Line) -> None:
    """Nobody reads the transcript here."""


async def busy(running: Running) -> str:
    """The gateway that has an update in hand, once it draws something and that is slow."""
    found: list[str] = []

    async def drawing() -> bool:
        found[:] = [name for name, count in (await updates_in_hand(running.stack)).items() if count]
        return bool(found) and await running.sandbox.faults() == []

    await wait_until(drawing, "a gateway draws", timeout=60)
    return found[0]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "stack",
    [{"updates": "webhook", **QUICK}, pytest.param({"updates": "polling", **QUICK}, marks=pytest.mark.exhaustive)],
    indirect=True,
)
async def test_one_of_two_gateways_is_killed_and_the_other_goes_on(stack: Devstack) -> None:
    killed: list[str] = []
    async with watching(stack) as running:

        @contextlib.asynccontextmanager
        async def around(step: str) -> AsyncIterator[None]:
            if step == "take":  # until here the other was alone
                stack.services[killed[0]].start()
                await stack.services[killed[0]].wait_ready()
            if step == "draft":
                await running.sandbox.fault("slow", method="sendMessage", seconds=5)
            yield
            if step == "draft":
                killed.append(await busy(running))
                stack.services[killed[0]].kill()
                # A draft that was being drawn is drawn once more: people go on with the newer one.
                await running.confirmed()

        story = Story(running.sandbox, silent, around)
        await story.play()
        await running.audit(story.photo, stories=1)
        finished = await updates_finished(stack)
        assert set(finished) == {"gateway", "gateway-2"}
        if stack.balancer is None:
            assert finished.pop(killed[0]) == 0, "it stands by"
        assert all(finished.values()), "both take part"
