"""getUpdates: what is confirmed is forgotten, what is not comes again, and who waits is woken."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
PATIENCE = 10.0


async def waiting(sandbox: Sandbox, polls: int) -> None:
    """Until this many polls have begun."""
    async with asyncio.timeout(PATIENCE):
        while sandbox.poller._turn < polls:  # noqa: ASYNC110  # it becomes true in another task of this loop
            await asyncio.sleep(0)


def texts(updates: list[dict[str, Any]]) -> list[str]:
    """The texts of messages."""
    return [update["message"]["text"] for update in updates]


@pytest.fixture
async def five(anna: Person) -> list[str]:
    """Five messages that wait for the bot, `/start` the first."""
    for number in range(1, 5):
        await anna.text(str(number))
    return ["/start", "1", "2", "3", "4"]


async def test_unconfirmed_updates_come_again(call: Call, five: list[str]) -> None:
    _, first = await call("getUpdates")
    _, again = await call("getUpdates")
    assert texts(first) == five
    assert again == first
    ids = [update["update_id"] for update in first]
    assert ids == sorted(set(ids))


async def test_an_offset_confirms_for_good(call: Call, client: SandboxClient, five: list[str]) -> None:
    _, updates = await call("getUpdates")
    _, rest = await call("getUpdates", offset=updates[2]["update_id"])
    assert texts(rest) == five[2:]
    _, from_the_start = await call("getUpdates", offset=updates[0]["update_id"])
    assert texts(from_the_start) == five[2:]
    assert (await client.updates())["pending"] == 3
    assert texts((await client.updates())["updates"]) == five
    assert await call("getUpdates", offset=updates[-1]["update_id"] + 1) == (200, [])


async def test_a_limit_does_not_confirm(call: Call, five: list[str]) -> None:
    assert texts((await call("getUpdates", limit=2))[1]) == five[:2]
    assert texts((await call("getUpdates"))[1]) == five


async def test_a_negative_offset_keeps_the_newest(call: Call, five: list[str]) -> None:
    assert texts((await call("getUpdates", offset=-2))[1]) == five[-2:]
    assert texts((await call("getUpdates"))[1]) == five[-2:]


@pytest.mark.usefixtures("anna")
async def test_a_poll_waits_and_is_woken(call: Call, sandbox: Sandbox, anna: Person) -> None:
    _, [start] = await call("getUpdates")
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        poll = group.create_task(call("getUpdates", offset=start["update_id"] + 1, timeout=50))
        await waiting(sandbox, 2)
        assert not poll.done()
        await anna.text("wake up")
    assert texts(poll.result()[1]) == ["wake up"]


async def test_a_poll_in_vain_ends_in_time(call: Call) -> None:
    began = time.monotonic()
    assert await call("getUpdates", timeout=1) == (200, [])
    assert 0.9 < time.monotonic() - began < PATIENCE


async def test_a_second_poller_ends_the_first(call: Call, sandbox: Sandbox) -> None:
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        first = group.create_task(call("getUpdates", timeout=50))
        await waiting(sandbox, 1)
        second = group.create_task(call("getUpdates", timeout=1))
    code, description = first.result()
    assert code == 409
    assert description.startswith("Conflict: terminated by other getUpdates request")
    assert second.result() == (200, [])


async def test_only_allowed_updates_are_queued_and_it_is_remembered(call: Call, anna: Person) -> None:
    await call("getUpdates", offset=-1, allowed_updates=["callback_query"])
    await anna.text("not wanted")
    await anna.begin_press(1, data="wanted")
    _, updates = await call("getUpdates")
    assert [sorted(set(update) - {"update_id"})[0] for update in updates] == ["message", "callback_query"]
    assert updates[0]["message"]["text"] == "/start"
    await call("getUpdates", allowed_updates="[]")
    await anna.text("wanted again")
    assert (await call("getUpdates"))[1][-1]["message"]["text"] == "wanted again"


async def test_what_is_injected_comes_as_it_is(call: Call, client: SandboxClient, anna: Person) -> None:
    _, [start] = await call("getUpdates")
    await client.inject(start)
    await client.inject(start | {"update_id": start["update_id"] + 1000})
    _, updates = await call("getUpdates", offset=start["update_id"])
    assert [update["update_id"] - start["update_id"] for update in updates] == [0, 0, 1000]
    assert updates[0] == updates[1]
    assert updates[0]["message"]["from"]["id"] == anna.id


async def test_the_time_a_bot_takes_is_without_that_of_the_stand_in(
    call: Call, client: SandboxClient, sandbox: Sandbox, anna: Person
) -> None:
    (start,) = (await call("getUpdates"))[1]
    world, message = sandbox.world, start["message"]
    async with asyncio.TaskGroup() as group:
        group.create_task(call("getUpdates", offset=start["update_id"] + 1, timeout=50))
        await waiting(sandbox, 2)
        async with world.changed:  # so that the poll goes on waiting, though there is something for it
            waited_for = world.press(world.people[anna.id], message, "waited for")
            world.clock.advance(20)
            world.changed.notify_all()
    in_nobodys_hand = await anna.begin_press(message["message_id"], data="in nobody's hand")
    await client.advance(10)
    for _ in range(2):  # not confirmed, it is given out again
        assert len((await call("getUpdates"))[1]) == 2
        await client.advance(10)
    for press, seconds in ((waited_for.id, 30), (in_nobodys_hand, 30)):
        assert await call("answerCallbackQuery", callback_query_id=press) == (200, True)
        assert await client.seconds_to_answer(press) == pytest.approx(seconds, abs=5)
