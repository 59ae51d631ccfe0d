"""What is due is taken at once by free hands, and in a crowd several at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import uuid4

import pytest

from zavhoz_notifier.application.hands import Hands
from zavhoz_notifier.domain.delivery import Delivery, notice

PATIENCE = 20.0


class Due:
    """What is due, and in which portions it was taken."""

    def __init__(self) -> None:
        self._waiting: list[Delivery] = []
        self.taken: list[list[Delivery]] = []
        self.changed = asyncio.Condition()

    def plan(self, *, followed: bool = False) -> None:
        """One more is due."""
        self._waiting.append(replace(notice(uuid4(), 1, "ru", "Новость"), followed=followed))

    def again(self, *deliveries: Delivery) -> None:
        """These are due once more."""
        self._waiting.extend(deliveries)

    async def claim(self, most: int) -> Sequence[Delivery]:
        """Take them."""
        taken, self._waiting = self._waiting[:most], self._waiting[most:]
        if taken:
            async with self.changed:
                self.taken.append(taken)
                self.changed.notify_all()
        return taken

    async def until_taken(self, count: int) -> None:
        """Wait until so many were taken."""
        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: sum(map(len, self.taken)) == count)


@pytest.fixture(autouse=True)
def _no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zavhoz_notifier.application.hands._POLL_SECONDS", 600.0)


@contextlib.asynccontextmanager
async def busy(hands: Hands, work: asyncio.Semaphore) -> AsyncIterator[None]:
    """The hands at work; each piece takes until `work` lets one go."""
    stop = asyncio.Event()

    async def do(_: Delivery) -> None:
        await work.acquire()

    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(hands.run(do, stop))
        try:
            yield
        finally:
            stop.set()
            hands.wake()


async def _look() -> None:
    """Whoever may look does so meanwhile."""
    for _ in range(9):
        await asyncio.sleep(0)


async def _one_is_taken(due: Due, hands: Hands) -> None:
    due.plan()
    hands.wake()
    await due.until_taken(1)


async def test_what_comes_alone_is_taken_at_once_and_a_crowd_waits() -> None:
    due, work = Due(), asyncio.Semaphore(100)
    hands = Hands(due.claim, 10, space_seconds=600.0)
    async with busy(hands, work):
        await _one_is_taken(due, hands)
        for _ in range(3):
            due.plan()
            hands.wake()
            await _look()
        assert len(due.taken) == 1


async def test_a_crowd_is_taken_together_when_the_space_is_over() -> None:
    due, work = Due(), asyncio.Semaphore(100)
    hands = Hands(due.claim, 10, space_seconds=0.05)
    async with busy(hands, work):
        await _one_is_taken(due, hands)
        for _ in range(3):
            due.plan()
        hands.wake()
        await due.until_taken(4)
    assert [len(taken) for taken in due.taken] == [1, 3]


@pytest.mark.parametrize(("at_once", "followed"), [(10, True), (1, False)])
async def test_while_something_waits_nothing_waits_for_company(at_once: int, *, followed: bool) -> None:
    due, work = Due(), asyncio.Semaphore(0)
    hands = Hands(due.claim, at_once, space_seconds=600.0, behind=True)
    due.plan(followed=followed)
    async with busy(hands, work):
        await due.until_taken(1)
        hands.wake()
        await _look()  # they find nothing
        due.plan()
        hands.wake()
        if not followed:
            work.release()
        await due.until_taken(2)
        work.release()
        work.release()


@pytest.mark.parametrize("behind", [False, True])
async def test_whoever_finds_no_hands_free_is_taken_when_one_is(*, behind: bool) -> None:
    due, work = Due(), asyncio.Semaphore(0)
    for _ in range(5):
        due.plan()
    hands = Hands(due.claim, 2, behind=behind)
    async with busy(hands, work):
        await due.until_taken(2)
        assert len(hands.under_way) == 2
        for count in (3, 4, 5):
            work.release()
            await due.until_taken(count)
            assert len(hands.under_way) == 2
        work.release()
        work.release()
    assert not hands.under_way


async def test_what_waits_behind_something_is_taken_when_that_is_done() -> None:
    due, work = Due(), asyncio.Semaphore(0)
    due.plan()
    hands = Hands(due.claim, 10, behind=True)
    async with busy(hands, work):
        await due.until_taken(1)
        due.plan()  # nobody is told: it was there before, behind the other
        work.release()
        await due.until_taken(2)
        work.release()


async def test_what_comes_again_while_it_is_under_way_is_not_done_twice() -> None:
    due, work = Due(), asyncio.Semaphore(0)
    hands = Hands(due.claim, 10, behind=True)
    async with busy(hands, work):
        await _one_is_taken(due, hands)
        due.again(*due.taken[0])
        due.plan()
        hands.wake()
        await due.until_taken(3)
        await _look()
        assert len(hands.under_way) == 2
        work.release()
        work.release()
    assert not hands.under_way
    assert work.locked()


async def test_at_the_end_nothing_more_is_taken_and_nobody_waits_for_company() -> None:
    due, work = Due(), asyncio.Semaphore(100)
    hands = Hands(due.claim, 10, space_seconds=600.0)
    async with busy(hands, work):
        await _one_is_taken(due, hands)
        due.plan()
    assert len(due.taken) == 1
