"""What many ask for one by one is done together, and each gets their own answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from notifier_support import Town

from zavhoz_contracts.message import Role
from zavhoz_notifier.application.batching import Batched


class Work:
    """Notes its calls; while `held`, a call does not end. Odd numbers are found, with the number of the call."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.free = asyncio.Event()
        self.free.set()
        self.failing = False

    async def __call__(self, keys: Sequence[int]) -> Mapping[int, int]:
        self.calls.append(sorted(keys))
        call = len(self.calls)
        await self.free.wait()
        if self.failing:
            raise ConnectionError
        return {key: call for key in keys if key % 2}


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_is_asked_at_once_is_one_call_and_each_key_once() -> None:
    work = Work()
    batched = Batched(work, most=10)
    assert await asyncio.gather(*(batched.get(key) for key in (1, 2, 3, 1))) == [1, None, 1, 1]
    assert work.calls == [[1, 2, 3]]


async def test_no_call_is_for_more_than_the_most() -> None:
    work = Work()
    batched = Batched(work, most=3)
    await asyncio.gather(*(batched.get(key) for key in range(8)))
    assert work.calls == [[0, 1, 2], [3, 4, 5], [6, 7]]


async def test_who_asks_during_a_call_gets_an_answer_begun_afterwards() -> None:
    work = Work()
    batched = Batched(work, most=10)
    work.free.clear()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(batched.get(1))
        await _turns()
        second = [group.create_task(batched.get(key)) for key in (1, 3)]
        await _turns()
        assert work.calls == [[1]], "one call after another"
        work.free.set()
    assert (first.result(), [one.result() for one in second]) == (1, [2, 2])


async def test_a_failure_is_everybodys_and_the_next_begins_anew() -> None:
    work = Work()
    batched = Batched(work, most=10)
    work.failing = True
    failed = await asyncio.gather(*(batched.get(key) for key in (1, 3)), return_exceptions=True)
    assert [type(one) for one in failed] == [ConnectionError, ConnectionError]
    work.failing = False
    assert await batched.get(1) == 2


@pytest.mark.parametrize("cancelled", [0, 1])
async def test_whoever_is_cancelled_takes_nobody_along(cancelled: int) -> None:
    work = Work()
    batched = Batched(work, most=10)
    work.free.clear()
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(batched.get(key)) for key in (1, 3, 3)]
        await _turns()
        asking[cancelled].cancel()
        await _turns()
        work.free.set()
    assert asking.pop(cancelled).cancelled()
    assert {one.result() for one in asking} == {len(work.calls)}


async def test_a_backlog_of_events_is_planned_with_few_questions(town: Town) -> None:
    anna = await town.someone(1, "Анна")
    marina = await town.someone(2, "Марина", Role.MANAGER)
    events = []
    for number in range(40):
        created = town.desk.created(anna.known, f"Заявка {number}")
        events += [created, town.desk.taken(created.data.request_id, marina.known)]
    async with town.notifier("consumer"):
        pass  # its queue is there now
    await town.publish(*events)
    async with town.notifier("consumer"):
        await town.taken(*events)
    assert len(town.desk.asked) < 20, "eighty events; a card and an audience for each would be 120"
    notices = await town.rows("SELECT chat_id, content ->> 'text' AS text FROM deliveries WHERE kind = 'notice'")
    assert sorted(row.text.split()[0] for row in notices) == sorted(f"<b>#{number + 1}</b>" for number in range(40))
