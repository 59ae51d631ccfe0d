"""The poller against a Telegram that remembers what it was told to forget."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from zavhoz_chassis.health import Health
from zavhoz_contracts.errors import Outage, Permanent, Transient, ZavhozError
from zavhoz_gateway.entrypoints.lanes import Backoff
from zavhoz_gateway.entrypoints.polling import Poller
from zavhoz_gateway.entrypoints.reading import Fetched

QUICK = Backoff(first=0.001, last=0.004)


class Telegram:
    """getUpdates as Telegram does it: what is below the offset is forgotten, the rest given again."""

    def __init__(self) -> None:
        self.pending: list[Fetched] = []
        self.offsets: list[int | None] = []
        self.failures: list[ZavhozError] = []
        self.prepared = 0
        self._lapsed = False
        self._more = asyncio.Condition()

    async def add(self, *updates: tuple[int, str]) -> None:
        async with self._more:
            self.pending += [Fetched(update_id, person, None) for update_id, person in updates]
            self._more.notify_all()

    async def lapse(self) -> None:
        """End the waiting call with nothing, as Telegram does when its time is up."""
        async with self._more:
            self._lapsed = True
            self._more.notify_all()

    async def prepare(self) -> None:
        self.prepared += 1
        if self.failures:
            raise self.failures.pop(0)

    async def fetch(self, offset: int | None, *, timeout: int, limit: int) -> Sequence[Fetched]:
        self.offsets.append(offset)
        if self.failures:
            raise self.failures.pop(0)
        if offset is not None:
            self.pending = [update for update in self.pending if update.update_id >= offset]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout), self._more:
                await self._more.wait_for(lambda: bool(self.pending) or self._lapsed)
        self._lapsed = False
        return self.pending[:limit]


class Handler:
    """Records what it handled; holds the updates it was told to hold."""

    def __init__(self) -> None:
        self.handled: list[int] = []
        self.held: dict[int, asyncio.Event] = {}
        self.fails: dict[int, int] = {}
        self._changed = asyncio.Condition()

    async def __call__(self, fetched: Fetched) -> None:
        if fetched.update_id in self.held:
            await self.held[fetched.update_id].wait()
        if self.fails.get(fetched.update_id, 0) > 0:
            self.fails[fetched.update_id] -= 1
            raise Outage("gone", dependency="rabbitmq")
        async with self._changed:
            self.handled.append(fetched.update_id)
            self._changed.notify_all()

    async def until(self, *update_ids: int) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: set(update_ids) <= set(self.handled))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # it becomes true in another task of this loop
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def polling(telegram: Telegram, handler: Handler, health: Health | None = None) -> AsyncIterator[asyncio.Event]:
    poller = Poller(
        telegram, handler, health or Health(), poll_seconds=30, people_at_once=4, backoff=QUICK, lane_backoff=QUICK
    )
    stop = asyncio.Event()
    async with asyncio.timeout(20):
        async with asyncio.TaskGroup() as group:
            group.create_task(poller.run(stop))
            try:
                yield stop
            finally:
                stop.set()
        await poller.confirm()


async def test_what_is_handled_is_forgotten_at_the_end_without_another_update() -> None:
    telegram, handler = Telegram(), Handler()
    await telegram.add((7, "a"), (8, "b"))
    async with polling(telegram, handler):
        await handler.until(7, 8)
    assert telegram.pending == []
    assert sorted(handler.handled) == [7, 8], "each once"


async def test_one_stuck_person_holds_the_offset_but_nobody_else() -> None:
    telegram, handler = Telegram(), Handler()
    handler.held[1] = asyncio.Event()
    await telegram.add((1, "slow"), (2, "b"))
    async with polling(telegram, handler):
        await handler.until(2)
        await telegram.add((3, "c"), (4, "slow"))
        await handler.until(3)
        assert telegram.pending[0].update_id == 1, "nothing is forgotten while the first is not finished"
        assert 4 not in handler.handled
        handler.held[1].set()
        await handler.until(4)
    assert handler.handled == [2, 3, 1, 4]
    assert telegram.pending == []


async def test_a_stop_leaves_to_the_next_what_is_not_finished() -> None:
    telegram, handler = Telegram(), Handler()
    handler.fails[2] = 1_000
    await telegram.add((1, "a"), (2, "b"), (3, "c"))
    async with polling(telegram, handler):
        await handler.until(1, 3)
    assert [update.update_id for update in telegram.pending] == [2, 3]
    handler.fails.clear()
    async with polling(telegram, handler):
        await handler.until(2)
    assert telegram.pending == []


async def test_updates_survive_an_outage() -> None:
    telegram, handler = Telegram(), Handler()
    handler.fails[1] = 5
    await telegram.add((1, "a"), (2, "a"))
    async with polling(telegram, handler):
        await handler.until(1, 2)
    assert handler.handled == [1, 2]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Outage("connection refused", dependency="telegram"), "connection refused"),
        (Permanent("Conflict: terminated by other getUpdates request", reason="conflict"), "Conflict"),
        (Transient("Too Many Requests", retry_after=0.002), "Too Many Requests"),
    ],
)
async def test_failures_of_polling_show_and_pass(error: ZavhozError, said: str) -> None:
    telegram, handler, health = Telegram(), Handler(), Health()
    seen: list[str] = []
    note = health.set

    def set_(name: str, ok: bool, detail: str = "") -> None:
        seen.append(detail)
        note(name, ok, detail)

    health.set = set_  # type: ignore[method-assign]
    telegram.failures = [error, error, error]
    await telegram.add((1, "a"))
    async with polling(telegram, handler, health):
        await handler.until(1)
        assert health.ready
    assert any(said in detail for detail in seen)
    assert telegram.prepared == 4, "it is prepared again until that worked"


async def test_ids_that_jump_down_are_not_hidden() -> None:
    telegram, handler = Telegram(), Handler()
    await telegram.add((900, "a"))
    async with polling(telegram, handler):
        await handler.until(900)
        await until(lambda: telegram.pending == [])
        calls = len(telegram.offsets)
        await telegram.lapse()
        await until(lambda: len(telegram.offsets) > calls)
        assert telegram.offsets[-1] is None, "an old high offset would make Telegram forget the new low ids"
        await telegram.add((5, "a"))
        await handler.until(5)
    assert telegram.pending == []
