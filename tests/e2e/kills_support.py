"""Kill -9 of one service at one step of the story, in the middle of what it has to do there."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from e2e_support import Running

from zavhoz_devstack.environment import MANAGER_ID
from zavhoz_devstack.evidence import connect, said_twice
from zavhoz_devstack.story import PROMISE, STEPS, THANKS, Line, Story
from zavhoz_messaging.testing import wait_until

HELD_SECONDS = 1
ANNA, MARINA = "Anna", "Marina"
CALLS = {
    ("gateway", "start"): ("sendMessage", ANNA),
    ("gateway", "draft"): ("sendMessage", ANNA),
    ("gateway", "priority"): ("editMessageText", ANNA),
    ("gateway", "mine"): ("sendMessage", ANNA),
    ("gateway", "comment"): ("editMessageText", MARINA),
    ("gateway", "queue"): ("sendMessage", MARINA),
    ("gateway", "closed"): ("editMessageText", ANNA),
    ("notifier", "send"): ("editMessageText", ANNA),
    ("notifier", "take"): ("sendMessage", ANNA),
    ("notifier", "comment"): ("sendMessage", ANNA),
    ("notifier", "reply"): ("sendMessage", MARINA),
    ("notifier", "open"): ("sendMessage", MARINA),
    ("notifier", "complete"): ("sendMessage", ANNA),
    ("files", "send"): ("getFile", None),
}
"""The call at Telegram in which a service is in the middle of a step. Telegram takes it, though its sender dies."""
TRANSACTIONS = {
    ("requests", "start"): "people",
    ("requests", "send"): "requests",
    ("requests", "take"): "requests",
    ("requests", "comment"): "requests",
    ("requests", "reply"): "requests",
    ("requests", "complete"): "requests",
}
"""The table that a service waits for in the middle of its transaction."""
# At every other step a service has next to nothing to do, and is killed as soon as the step is taken.

UntilThere = Callable[[], Awaitable[None]]


def mostly_exhaustive(*steps: str) -> list[Any]:
    """Every step, but for these in `make test-all` alone."""
    return [step if step in steps else pytest.param(step, marks=pytest.mark.exhaustive) for step in STEPS]


def _silent(_: Line) -> None:
    """Nobody reads the transcript here."""


async def _at_once() -> None:
    """There is nothing to wait for."""


@contextlib.asynccontextmanager
async def _in_call(running: Running, method: str, chat: int | None) -> AsyncIterator[UntilThere]:
    await running.sandbox.fault("slow", method=method, chat=chat, seconds=HELD_SECONDS)

    async def called() -> bool:
        return await running.sandbox.faults() == []

    yield lambda: wait_until(called, f"{method} is called", timeout=60)


@contextlib.asynccontextmanager
async def _in_transaction(running: Running, service: str, table: str) -> AsyncIterator[UntilThere]:
    connection = await connect(running.stack, service)
    try:
        async with connection.transaction():
            await connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")  # reading goes on

            async def waits() -> bool:
                blocked = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE relation = $1::regclass AND NOT granted)"
                return bool(await connection.fetchval(blocked, table))

            yield lambda: wait_until(waits, f"{service} waits for {table}", timeout=60)
    finally:
        await connection.close()


class Kills:
    """Plays one story after another on one system, each with another requester and another kill."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._requesters = itertools.count(720_001)
        self._stories = 0
        self._broken = ""

    async def play(self, service: str, step: str) -> None:
        """One story, in which `service` is killed at `step` and started again: it completes, and all is accounted for.

        Raises:
            AssertionError: it does not, or something is lost or doubled; what was left over then would spoil the
                audits of later stories, so those are not played.
        """
        if self._broken:
            pytest.fail(f"not played: the story with {self._broken} broke off before", pytrace=False)
        self._broken = f"a kill of {service} at {step!r}"
        await self._play(service, step)
        self._broken = ""

    async def _play(self, service: str, step: str) -> None:
        running = self._running
        for one in running.stack.services.values():
            await one.wait_ready()
        killed = []
        requester_id = next(self._requesters)

        @contextlib.asynccontextmanager
        async def around(name: str) -> AsyncIterator[None]:
            if name != step:
                yield
                return
            async with self._middle(service, step, requester_id) as until_there:
                yield
                await until_there()
                running.stack.services[service].kill()
                killed.append(name)
            running.stack.services[service].start()
            # A draft that was being drawn is drawn once more: people go on with the newer one.
            await running.confirmed()

        story = Story(running.sandbox, _silent, around, requester_id=requester_id)
        await story.play()
        assert killed == [step]
        self._stories += 1
        await running.audit(story.photo, stories=self._stories)
        # Only what was under way when the notifier was killed may be there twice, and its row says so.
        comments = (
            "SELECT body FROM texts JOIN requests ON requests.id = request_id WHERE number = $1 ORDER BY texts.version"
        )
        assert await running.values("requests", comments, story.number) == [PROMISE, THANKS]
        doubled = await said_twice(running.sandbox, f"#{story.number} ")
        (unknown,) = await running.values(
            "notifier",
            "SELECT coalesce(sum(unknown), 0)::int FROM deliveries WHERE chat_id = ANY($1)",
            [requester_id, MANAGER_ID],
        )
        assert len(doubled) <= unknown, doubled

    def _middle(self, service: str, step: str, requester_id: int) -> contextlib.AbstractAsyncContextManager[UntilThere]:
        if (service, step) in CALLS:
            method, who = CALLS[service, step]
            chat = {ANNA: requester_id, MARINA: MANAGER_ID, None: None}[who]
            return _in_call(self._running, method, chat)
        if (service, step) in TRANSACTIONS:
            return _in_transaction(self._running, service, TRANSACTIONS[service, step])
        return contextlib.nullcontext(_at_once)
