"""One request travels, from the photo to the notice that the work is done; with a service killed in the middle, too."""

from __future__ import annotations

from collections import Counter

import pytest
from e2e_support import watching

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.story import REQUESTER_ID, Line, Story
from zavhoz_sandbox.client import SandboxClient


def silent(_: Line) -> None:
    """Nobody reads the transcript here."""


async def test_the_story(stack: Devstack) -> None:
    async with watching(stack) as running:
        story = Story(running.sandbox, silent)
        await story.play()
        await running.audit(story.photo)
        assert await _said_twice(running.sandbox) == {}


async def _said_twice(sandbox: SandboxClient) -> dict[tuple[int, str], int]:
    """New messages that one chat got more than once."""
    sent = Counter(
        (call["chat"], call["arguments"]["text"])
        for call in await sandbox.calls("sendMessage")
        if call["status"] == 200
    )
    return {message: count for message, count in sent.items() if count > 1}


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("service", "step"),
    [
        ("requests", "sent"),
        ("requests", "taken"),
        ("notifier", "sent"),
        ("notifier", "taken"),
        ("gateway", "drafted"),
        ("files", "sent"),
    ],
)
async def test_killed_in_the_middle_and_started_again_it_completes(stack: Devstack, service: str, step: str) -> None:
    killed = []

    async with watching(stack) as running:

        async def kill(at: str) -> None:
            if at == step:
                killed.append(at)
                stack.services[service].kill()
                stack.services[service].start()
                # A draft drawn just before the kill may be drawn once more: people go on with the newer one.
                await running.confirmed()

        story = Story(running.sandbox, silent, kill)
        await story.play()
        await running.audit(story.photo)
        assert killed == [step]
        chats = await running.sandbox.get(f"people/{REQUESTER_ID}/chat")
        notices = [
            one["text"] for one in chats["messages"] if one.get("text", "").startswith(("#1 🔧 В", "#1 ✅ Выполнено:"))
        ]
        assert len(notices) == len(set(notices)) == 2
