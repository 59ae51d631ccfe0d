"""One request travels, from the photo to the notice that the work is done, with services killed in the middle.

What happens when nobody kills anything is shown by `make tour`.
"""

from __future__ import annotations

import pytest
from e2e_support import watching

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.story import REQUESTER_ID, Line, Story


def silent(_: Line) -> None:
    """Nobody reads the transcript here."""


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "kills",
    [
        {"sent": "requests", "taken": "notifier"},
        {"sent": "notifier", "taken": "requests"},
        {"drafted": "gateway", "sent": "files"},
    ],
    ids=lambda kills: "-".join(f"{service}-{step}" for step, service in kills.items()),
)
async def test_killed_in_the_middle_and_started_again_it_completes(stack: Devstack, kills: dict[str, str]) -> None:
    killed = []

    async with watching(stack) as running:

        async def kill(step: str) -> None:
            if step in kills:
                killed.append(step)
                stack.services[kills[step]].kill()
                stack.services[kills[step]].start()
                # A draft drawn just before the kill may be drawn once more: people go on with the newer one.
                await running.confirmed()

        story = Story(running.sandbox, silent, kill)
        await story.play()
        await running.audit(story.photo)
        assert killed == list(kills)
        chats = await running.sandbox.get(f"people/{REQUESTER_ID}/chat")
        notices = [
            one["text"] for one in chats["messages"] if one.get("text", "").startswith(("#1 🔧 В", "#1 ✅ Выполнено:"))
        ]
        assert len(notices) == len(set(notices)) == 2
