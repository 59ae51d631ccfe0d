"""One request travels, from the photo to the notice that the work is done, with services killed in the middle.

What happens when nobody kills anything is shown by `make tour`.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from e2e_support import Running, watching

from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.evidence import connect
from zavhoz_devstack.story import REQUESTER_ID, Line, Story
from zavhoz_messaging.testing import wait_until

MIDDLE = {"gateway": "sendMessage", "notifier": "editMessageText", "files": "getFile"}
"""The call during which a service is in the middle of its work."""


def silent(_: Line) -> None:
    """Nobody reads the transcript here."""


@contextlib.asynccontextmanager
async def held(running: Running, service: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """While inside, the service gets as far as the middle of its work; yields what waits until it is there."""
    if service != "requests":
        await running.sandbox.fault("slow", method=MIDDLE[service], seconds=2)

        async def called() -> bool:
            return await running.sandbox.faults() == []

        yield lambda: wait_until(called, f"{service} calls {MIDDLE[service]}", timeout=60)
        return
    connection = await connect(running.stack, service)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE requests IN EXCLUSIVE MODE")  # reading goes on

            async def in_transaction() -> bool:
                waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE relation = 'requests'::regclass AND NOT granted)"
                return bool(await connection.fetchval(waits))

            yield lambda: wait_until(in_transaction, "requests is in the middle of its transaction", timeout=60)
    finally:
        await connection.close()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "kills",
    [
        {"send": "requests", "take": "notifier"},
        {"send": "notifier", "take": "requests"},
        {"draft": "gateway", "send": "files"},
    ],
    ids=lambda kills: "-".join(f"{service}-{step}" for step, service in kills.items()),
)
async def test_killed_in_the_middle_and_started_again_it_completes(stack: Devstack, kills: dict[str, str]) -> None:
    killed = []

    async with watching(stack) as running:

        @contextlib.asynccontextmanager
        async def around(step: str) -> AsyncIterator[None]:
            if step not in kills:
                yield
                return
            service = stack.services[kills[step]]
            async with held(running, service.name) as until_in_the_middle:
                yield
                await until_in_the_middle()
                service.kill()
                killed.append(step)
            service.start()
            # A draft that was being drawn is drawn once more: people go on with the newer one.
            await running.confirmed()

        story = Story(running.sandbox, silent, around)
        await story.play()
        await running.audit(story.photo)
        assert killed == list(kills)
        chats = await running.sandbox.get(f"people/{REQUESTER_ID}/chat")
        notices = [
            one["text"] for one in chats["messages"] if one.get("text", "").startswith(("#1 🔧 В", "#1 ✅ Выполнено:"))
        ]
        assert len(set(notices)) == 2
        # Only what was under way when the notifier was killed may be there twice, and its row says so.
        (unknown,) = await running.values("notifier", "SELECT sum(unknown)::int FROM deliveries WHERE kind = 'notice'")
        assert len(notices) <= 2 + unknown
