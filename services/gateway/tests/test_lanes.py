"""One person's updates in order, different people's at once, nothing lost to a failure that passes."""

from __future__ import annotations

import asyncio

import pytest

from zavhoz_chassis.health import Health
from zavhoz_contracts.errors import Outage, Transient
from zavhoz_gateway.entrypoints.lanes import Backoff, Lanes

QUICK = Backoff(first=0.001, last=0.004)


class Work:
    """A handler whose every item waits to be let go, unless all are; it fails as often as it is told."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.done: list[str] = []
        self.failures: dict[str, list[Exception]] = {}
        self.open = asyncio.Event()
        self._changed = asyncio.Condition()

    async def __call__(self, item: str) -> None:
        async with self._changed:
            self.begun.append(item)
            self._changed.notify_all()
        if self.failures.get(item):
            raise self.failures[item].pop(0)
        await self.open.wait()
        async with self._changed:
            self.done.append(item)
            self._changed.notify_all()

    async def until_begun(self, count: int) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.begun) >= count)


async def test_one_persons_in_order_and_different_peoples_at_once() -> None:
    work = Work()
    async with asyncio.TaskGroup() as group:
        lanes = Lanes(group, work, Health(), at_once=10)
        for item in ("a1", "a2", "b1", "a3"):
            lanes.submit(item[0], item)
        await work.until_begun(2)
        assert work.begun == ["a1", "b1"]
        work.open.set()
    assert [item for item in work.done if item[0] == "a"] == ["a1", "a2", "a3"]
    assert "b1" in work.done


async def test_only_so_many_people_at_once() -> None:
    work = Work()
    async with asyncio.TaskGroup() as group:
        lanes = Lanes(group, work, Health(), at_once=2)
        for person in "abcd":
            lanes.submit(person, person)
        await work.until_begun(2)
        await asyncio.sleep(0)
        assert work.begun == ["a", "b"]
        work.open.set()
    assert sorted(work.done) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("error", [Outage("gone", dependency="rabbitmq"), Transient("busy", retry_after=0.002)])
async def test_a_failure_that_passes_holds_up_that_person_alone_and_keeps_the_order(error: Exception) -> None:
    work = Work()
    work.open.set()
    work.failures["a1"] = [error, error, error]
    async with asyncio.TaskGroup() as group:
        lanes = Lanes(group, work, Health(), at_once=1, backoff=QUICK)
        for item in ("a1", "a2", "b1"):
            lanes.submit(item[0], item)
    assert work.begun.count("a1") == 4
    assert work.done[0] == "b1", "the slot is free while a1 waits"
    assert work.done[1:] == ["a1", "a2"]


async def test_an_outage_shows_until_it_is_over() -> None:
    work, health = Work(), Health()
    work.failures["a"] = [Outage("no confirm", dependency="rabbitmq")]
    async with asyncio.TaskGroup() as group:
        lanes = Lanes(group, work, health, at_once=1, backoff=QUICK)
        assert health.ready
        lanes.submit("a", "a")
        await work.until_begun(2)
        assert "no confirm" in health.report()["updates"]
        work.open.set()
    assert health.ready


async def test_a_stop_finishes_what_is_being_done_and_leaves_the_rest() -> None:
    work = Work()
    work.failures["b1"] = [Outage("gone", dependency="rabbitmq")] * 1000
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        lanes = Lanes(group, work, Health(), at_once=5, backoff=Backoff(first=60, last=60))
        for item in ("a1", "a2", "b1", "b2"):
            lanes.submit(item[0], item)
        await work.until_begun(2)
        lanes.stop()
        work.open.set()
    assert work.done == ["a1"]


def test_delays_double_up_to_a_bound_and_heed_the_other_side() -> None:
    backoff = Backoff(first=1, last=8)
    assert [backoff.after(attempt) for attempt in (1, 2, 3, 4, 5, 100)] == [1, 2, 4, 8, 8, 8]
    assert backoff.after(1, hint=30.0) == 30.0
