"""A consumer that the broker gives nothing is noticed and begins afresh; on a real broker, asked for real."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractConnection
from messaging_support import QUICK, Recorder, Wire, command, counted
from structlog.testing import capture_logs

from zavhoz_devstack.servers.rabbitmq import Management as Devstacks
from zavhoz_messaging import lane
from zavhoz_messaging.consumer import Consumer, Handler, Pace
from zavhoz_messaging.management import Management, ManagementUnavailable
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.testing import depth, wait_until
from zavhoz_messaging.topology import declare
from zavhoz_messaging.transport import Taken, Taking, taking
from zavhoz_messaging.watchdog import CHECK, Watchdog

LASTING = Pace(renew_seconds=3600)
ONE = Pace(group=1, prefetch=1, renew_seconds=3600)
NOWHERE = "http://user:password@127.0.0.1:1"


class Watched:
    """A consumer with a watchdog that looks when it is told to."""

    def __init__(self, url: str, management_url: str | None, publisher: Publisher, handle: Handler, pace: Pace) -> None:
        self.health: dict[str, tuple[bool, str]] = {}
        self.life: dict[str, tuple[bool, str]] = {}
        self.consumer = Consumer(url, QUICK, handle, publisher, pace=pace, on_health=self._healthy)
        self.dog = Watchdog(
            [self.consumer], url, management_url, on_health=self._healthy, on_life=self._alive, every=3600
        )
        self._management = Management(management_url, url) if management_url else None

    def _healthy(self, name: str, ok: bool, detail: str) -> None:
        self.health[name] = (ok, detail)

    def _alive(self, name: str, ok: bool, detail: str) -> None:
        self.life[name] = (ok, detail)

    @property
    def tag(self) -> str:
        return self.consumer.state.tag if self.consumer.state else ""

    async def settled(self, besides: str = "") -> str:
        """Wait until it consumes, under another tag than this one; gives its tag."""

        async def consuming() -> bool:
            return self.tag not in {"", besides}

        await wait_until(consuming, "it consumes")
        return self.tag

    async def until_known(self, tag: str, *, known: bool = True) -> None:
        """Wait until the management API, which lags behind by some seconds, sees this consumer, or does not."""
        if self._management is None:
            return
        management = self._management

        async def told() -> bool:
            return (tag in {seen for _, seen in await management.consumers()}) is known

        await wait_until(told, f"the management API tells of {tag}")

    async def look(self, times: int = 1) -> None:
        for _ in range(times):
            await self.dog.look()


@contextlib.asynccontextmanager
async def watched(
    url: str, management_url: str | None, publisher: Publisher, handle: Handler, pace: Pace | None = None
) -> AsyncIterator[Watched]:
    one = Watched(url, management_url, publisher, handle, pace or LASTING)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(one.consumer.run(stop))
        try:
            yield one
        finally:
            stop.set()


class Wrong:
    """What goes wrong with the consumers of the work queue, while it goes wrong."""

    def __init__(self) -> None:
        self.takings: list[Taking] = []
        self.swallowing = False


@pytest.fixture
def wrong(monkeypatch: pytest.MonkeyPatch) -> Wrong:
    """Lets a test at the consumers, so that it can end them behind the lane's back, or swallow what they are given."""
    what = Wrong()

    @contextlib.asynccontextmanager
    async def spoiled(
        connection: AbstractConnection, queue: str, prefetch: int, arrived: Callable[[Taken | None], None]
    ) -> AsyncIterator[Taking]:
        ours = queue == QUICK.name
        swallow = ours and what.swallowing

        def swallowed(message: Taken | None) -> None:
            if message is None:
                arrived(message)

        async with taking(connection, queue, prefetch, swallowed if swallow else arrived) as consumer:
            if ours:
                what.takings.append(consumer)
            yield consumer

    monkeypatch.setattr(lane, "taking", spoiled)
    return what


async def test_a_consumer_that_the_broker_has_lost_begins_afresh(
    amqp_vhost_url: str, amqp_management: Devstacks, publisher: Publisher, wrong: Wrong
) -> None:
    recorder, before = Recorder(), counted("zavhoz_consumer_afresh_total", queue=QUICK.name)
    pace = Pace(renew_seconds=600)  # or it is renewed by itself, for it is quiet
    async with watched(amqp_vhost_url, amqp_management.url, publisher, recorder, pace) as one:
        tag = await one.settled()
        await one.until_known(tag)
        await one.look(2)
        assert one.health[CHECK] == (True, "")
        await wrong.takings[0].cancel()  # and the lane does not know
        await one.until_known(tag, known=False)
        await publisher.publish(command("waits"))
        await one.look()
        assert one.health[CHECK] == (True, ""), "once may be a moment's mistake"
        with capture_logs() as lines:
            await one.look()
        assert one.health[CHECK] == (False, f"{QUICK.name}: the broker does not know our consumer")
        assert [line["event"] for line in lines if line["log_level"] == "error"] == [
            "a consumer is stuck; it begins afresh"
        ]
        assert counted("zavhoz_consumer_stuck", queue=QUICK.name) == 1
        assert counted("zavhoz_consumer_afresh_total", queue=QUICK.name) == before + 1
        await recorder.until(lambda: recorder.done == ["waits"])
        await one.until_known(await one.settled(tag))
        await one.look(2)
        assert one.health[CHECK] == (True, "")
        assert counted("zavhoz_consumer_stuck", queue=QUICK.name) == 0
        assert one.life == {CHECK: (True, "")}


async def test_the_third_miss_of_what_began_afresh_wants_a_restart(
    amqp_vhost_url: str, amqp_management: Devstacks, publisher: Publisher, wrong: Wrong
) -> None:
    async with watched(amqp_vhost_url, amqp_management.url, publisher, Recorder()) as one:
        tag = await one.settled()
        await one.until_known(tag)
        await one.look()
        await wrong.takings[0].cancel()
        await one.until_known(tag, known=False)
        await one.look(2)
        tag = await one.settled(tag)
        await one.until_known(tag)
        await one.look()
        await wrong.takings[1].cancel()
        await one.until_known(tag, known=False)
        assert one.life == {CHECK: (True, "")}
        await one.look()
        assert one.life == {CHECK: (False, f"{QUICK.name}: the broker does not know our consumer")}


@pytest.mark.parametrize(
    "asked", [pytest.param(True, marks=pytest.mark.exhaustive), False], ids=["management", "no management"]
)
async def test_a_consumer_that_is_known_and_given_nothing_begins_afresh_too(
    amqp_vhost_url: str, amqp_management: Devstacks, publisher: Publisher, wrong: Wrong, asked: bool
) -> None:
    """As 3.10 has it after a queue was deleted and made again: its consumer counts, and gets nothing."""
    recorder, pace = Recorder(), ONE
    wrong.swallowing = True
    management_url = amqp_management.url if asked else None
    async with watched(amqp_vhost_url, management_url, publisher, recorder, pace) as one:
        tag = await one.settled()
        await one.until_known(tag)
        await publisher.publish_many([command("0"), command("1")])
        await one.look(3)
        assert one.health[CHECK] == (False, f"{QUICK.name}: 1 messages wait, and none arrives")
        tag = await one.settled(tag)
        await one.until_known(tag)
        await one.look(2)
        assert one.life[CHECK] == ((False, one.health[CHECK][1]) if asked else (True, ""))
        wrong.swallowing = False
        await one.look()
        await recorder.until(lambda: sorted(recorder.done) == ["0", "1"])
        await one.until_known(await one.settled(tag))
        await one.look(2)
        assert one.health[CHECK] == one.life[CHECK] == (True, "")


async def test_who_is_busy_or_has_nothing_to_do_is_not_stuck(amqp_vhost_url: str, publisher: Publisher) -> None:
    busy, release = asyncio.Event(), asyncio.Event()

    async def handle(_: Any) -> None:
        busy.set()
        await release.wait()

    async with watched(amqp_vhost_url, None, publisher, handle, ONE) as one:
        tag = await one.settled()
        await one.look(3)
        await publisher.publish_many([command(str(n)) for n in range(3)])
        await busy.wait()
        assert await depth(amqp_vhost_url, QUICK.name) == 2
        await one.look(4)
        assert one.health[CHECK] == one.life[CHECK] == (True, "")
        assert one.tag == tag
        release.set()


async def test_a_broker_that_is_away_wants_no_restart(wire: Wire, publisher: Publisher) -> None:
    async with watched(wire.url, None, publisher, Recorder()) as one:
        tag = await one.settled()
        await one.look()
        wire.flowing.clear()  # who connects again gets no further
        await wire.cut()

        async def away() -> bool:
            return not one.tag and one.health[QUICK.name][0] is False

        await wait_until(away, "the consumer notices, and readiness tells it")
        await one.look(5)
        assert one.life == {CHECK: (True, "")}
        wire.flowing.set()
        await one.settled(tag)
        await one.look(2)
        assert one.health[CHECK] == (True, "")


async def test_a_management_api_that_does_not_answer_is_as_none_and_is_said_once(
    amqp_vhost_url: str, publisher: Publisher, wrong: Wrong
) -> None:
    wrong.swallowing = True
    async with watched(amqp_vhost_url, None, publisher, Recorder(), ONE) as one:
        one.dog._management = Management(NOWHERE, amqp_vhost_url)
        tag = await one.settled()
        await publisher.publish_many([command("0"), command("1")])
        with capture_logs() as lines:
            await one.look(3)
            await one.settled(tag)
            await one.look(2)
        assert one.health[CHECK][0] is False
        assert one.life == {CHECK: (True, "")}
        told = [line for line in lines if line["event"] == "the broker cannot be asked for our consumers"]
        assert len(told) == 1
        assert "127.0.0.1:1" in told[0]["error"]
        assert "password" not in told[0]["error"]
        assert counted("zavhoz_management_available") == 0


async def test_the_management_api_is_asked_for_one_virtual_host(
    amqp_url: str, amqp_vhost_url: str, amqp_management: Devstacks
) -> None:
    assert await Management(amqp_management.url, amqp_vhost_url).consumers() == frozenset()
    await Management(amqp_management.url, amqp_url).consumers()  # "/", which has to be escaped
    stranger = Management(amqp_management.url.replace("://", "://nobody", 1), amqp_vhost_url)
    with pytest.raises(ManagementUnavailable, match="401"):
        await stranger.consumers()


async def made_again(url: str) -> None:
    """Delete the work queue and declare it again, at once."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        underlay = await channel.get_underlay_channel()
        await underlay.queue_delete(QUICK.name)
        await declare(channel, [QUICK])


async def test_what_a_left_behind_consumer_was_given_comes_to_the_next(
    amqp_vhost_url: str, publisher: Publisher
) -> None:
    """A queue deleted and made again without a pause: 3.10 leaves the consumer, and what it gives it never comes."""
    recorder = Recorder()
    async with watched(amqp_vhost_url, None, publisher, recorder, Pace(renew_seconds=0.5)) as one:
        await one.settled()
        for n in range(3):
            await made_again(amqp_vhost_url)
            await publisher.publish(command(str(n)))
            await recorder.until(lambda n=n: len(recorder.done) > n)
    assert recorder.done == ["0", "1", "2"]


async def test_a_quiet_consumer_is_renewed_and_loses_nothing(amqp_vhost_url: str, publisher: Publisher) -> None:
    handled = asyncio.Semaphore(0)

    async def handle(deliveries: Any) -> None:
        for _ in deliveries:
            handled.release()

    async with watched(amqp_vhost_url, None, publisher, handle, Pace(renew_seconds=0.2)) as one:
        tag = await one.settled()
        for n in range(3):
            tag = await one.settled(tag)
            await publisher.publish(command(str(n)))
            async with asyncio.timeout(20):
                await handled.acquire()
    assert one.health[QUICK.name] == (True, ""), "the connection has stayed"


async def test_it_looks_by_itself(amqp_vhost_url: str, publisher: Publisher, wrong: Wrong) -> None:
    recorder = Recorder()
    async with watched(amqp_vhost_url, None, publisher, recorder) as one, asyncio.TaskGroup() as group:
        stop = asyncio.Event()
        dog = Watchdog([one.consumer], amqp_vhost_url, None, on_health=one._healthy, on_life=one._alive, every=0.2)
        group.create_task(dog.run(stop))
        await one.settled()
        await wrong.takings[0].cancel()
        await publisher.publish(command("waits"))
        await recorder.until(lambda: recorder.done == ["waits"])

        async def well() -> bool:
            return one.health[CHECK] == (True, "")

        await wait_until(well, "all is well")
        stop.set()
    assert one.life[CHECK] == (True, "")
