"""The consumer on a real broker: groups, failures by class, suspects, outages, stopping."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import aio_pika
import aiormq
import pytest
from aio_pika.exceptions import PublishError
from messaging_support import QUICK, Recorder, Wire, command, consuming, counted
from structlog.testing import capture_logs

from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.errors import Outage, Permanent, Transient
from zavhoz_contracts.registry import Queue
from zavhoz_messaging import delivery as headers
from zavhoz_messaging.consumer import Pace
from zavhoz_messaging.errors import BrokerUnavailable
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.testing import depth, take_one, wait_until
from zavhoz_messaging.topology import WorkQueue, declare


def failing(name: str, error: Exception, times: int = 1_000) -> Any:
    left = [times]

    def fail(envelope: Envelope[Any]) -> None:
        if envelope.data.actor.name == name and left[0] > 0:
            left[0] -= 1
            raise error

    return fail


async def prepared(url: str) -> None:
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        await declare(channel, [QUICK])


async def test_what_is_there_is_handled_together_and_answered(amqp_vhost_url: str, publisher: Publisher) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(50)])
    recorder = Recorder()
    async with consuming(amqp_vhost_url, publisher, recorder):
        await recorder.until(lambda: len(recorder.done) == 50)
    assert sorted(recorder.done, key=int) == [str(n) for n in range(50)]
    assert len(recorder.groups) < 25, "messages that wait together are handled together"
    await wait_until(lambda: _empty(amqp_vhost_url), "an empty queue")


async def _empty(url: str) -> bool:
    return await depth(url, QUICK.name) == 0


async def test_no_more_is_taken_than_may_be_in_hand(amqp_vhost_url: str, publisher: Publisher) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(50)])
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(_: Any) -> None:
        begun.set()
        await go_on.wait()

    async with consuming(amqp_vhost_url, publisher, handle, pace=Pace(group=2, prefetch=5)):
        await begun.wait()

        async def the_others_stay() -> bool:
            return await depth(amqp_vhost_url, QUICK.name) == 45

        await wait_until(the_others_stay, "all but five are with the broker")
        go_on.set()
        await wait_until(lambda: _empty(amqp_vhost_url), "an empty queue")


@pytest.mark.parametrize("seconds", [600.0, 0.05])
async def test_what_comes_alone_is_handled_at_once_and_a_crowd_together(
    amqp_vhost_url: str, publisher: Publisher, seconds: float
) -> None:
    await prepared(amqp_vhost_url)
    recorder = Recorder()
    async with consuming(amqp_vhost_url, publisher, recorder, pace=Pace(group=100, space_seconds=seconds)):
        for name in "abcd":
            await publisher.publish(command(name))
            if name == "a":
                await recorder.until(lambda: recorder.done == ["a"])
        if seconds < 1:
            await recorder.until(lambda: len(recorder.done) == 4)  # it is over, however they came
            return
        await wait_until(lambda: _empty(amqp_vhost_url), "the others are with the consumer")
    assert [sorted(group) for group in recorder.groups] == [["a"], ["b", "c", "d"]]


async def test_a_full_group_and_the_end_wait_for_no_company(amqp_vhost_url: str, publisher: Publisher) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(8)])
    recorder, go_on = Recorder(), asyncio.Event()

    async def handle(deliveries: Any) -> None:
        await go_on.wait()
        await recorder(deliveries)

    pace = Pace(group=2, prefetch=9, space_seconds=600.0)
    async with asyncio.timeout(60), consuming(amqp_vhost_url, publisher, handle, pace=pace):
        await wait_until(lambda: _empty(amqp_vhost_url), "all are with the consumer")
        go_on.set()
        await recorder.until(lambda: len(recorder.done) >= 7)  # the first group may have been of one
        await publisher.publish(command("late"))
        await wait_until(lambda: _empty(amqp_vhost_url), "the late one is with the consumer")
    assert sorted(recorder.done) == [*map(str, range(8)), "late"]


async def test_a_bad_message_does_not_hold_its_neighbours(amqp_vhost_url: str, publisher: Publisher) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(10)])
    recorder = Recorder(failing("4", Permanent("never", reason="no_way")))
    async with consuming(amqp_vhost_url, publisher, recorder):
        await recorder.until(lambda: len(recorder.done) == 9)
        dead = await take_one(amqp_vhost_url, QUICK.dead)
    assert set(recorder.done) == {str(n) for n in range(10)} - {"4"}
    assert json.loads(dead.body)["data"]["actor"]["name"] == "4"
    assert dead.headers[headers.REASON] == "no_way"
    assert dead.headers[headers.ERROR] == "Permanent: never"
    assert dead.headers[headers.QUEUE] == QUICK.name


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"not json", "malformed"),
        (b'{"type": "zavhoz.unheard.of.v1"}', "unknown_type"),
        (b'{"type": "zavhoz.person.register.v1"}', "malformed"),
    ],
)
async def test_what_is_no_message_is_a_dead_letter_with_its_reason(
    amqp_vhost_url: str, publisher: Publisher, body: bytes, reason: str
) -> None:
    await prepared(amqp_vhost_url)
    await publisher.send(Outgoing(body, "", QUICK.name))
    await publisher.publish(command("good"))
    recorder = Recorder()
    async with consuming(amqp_vhost_url, publisher, recorder):
        await recorder.until(lambda: recorder.done == ["good"])
        dead = await take_one(amqp_vhost_url, QUICK.dead)
    assert dead.body == body
    assert dead.headers[headers.REASON] == reason


async def test_a_transient_failure_is_tried_again_after_a_delay(amqp_vhost_url: str, publisher: Publisher) -> None:
    recorder = Recorder(failing("x", Transient("lost a race"), times=2))
    seen: list[tuple[int, int]] = []

    async def handle(deliveries: Any) -> None:
        seen.extend((one.attempt, len(one.message.headers.get("x-death", []))) for one in deliveries)
        await recorder(deliveries)

    async with consuming(amqp_vhost_url, publisher, handle):
        await publisher.publish(command("x"))
        await recorder.until(lambda: recorder.done == ["x"])
    assert seen == [(0, 0), (1, 1), (2, 1)], (
        "each copy is fresh: the broker's marks of the last round are not carried on"
    )
    assert await depth(amqp_vhost_url, QUICK.dead) == 0


@pytest.mark.parametrize("error", [Transient("still busy"), ValueError("a bug")])
async def test_after_the_ladder_comes_the_dead_letter(
    amqp_vhost_url: str, publisher: Publisher, error: Exception
) -> None:
    recorder = Recorder(failing("x", error))
    async with consuming(amqp_vhost_url, publisher, recorder):
        await publisher.publish(command("x"))
        dead = await take_one(amqp_vhost_url, QUICK.dead)
    assert len(recorder.groups) == 1 + len(QUICK.retries)
    assert dead.headers[headers.REASON] == "exhausted"
    assert dead.headers[headers.ATTEMPT] == len(QUICK.retries)
    assert not any(name.startswith("x-death") for name in dead.headers)


async def test_an_outage_holds_the_work_and_shows(amqp_vhost_url: str, publisher: Publisher) -> None:
    away = True

    def fail(_: Envelope[Any]) -> None:
        if away:
            raise Outage("gone", dependency="postgres")

    health: dict[str, tuple[bool, str]] = {}
    recorder = Recorder(fail)
    async with consuming(amqp_vhost_url, publisher, recorder, health=health):
        await publisher.publish(command("x"))
        await recorder.until(lambda: len(recorder.groups) >= 2)
        assert health[QUICK.name] == (False, "waits for postgres: gone")
        assert counted("zavhoz_consumer_outage", queue=QUICK.name) == 1
        away = False
        await recorder.until(lambda: recorder.done == ["x"])
    assert health[QUICK.name][0]
    assert await depth(amqp_vhost_url, QUICK.dead) == 0


async def test_work_held_too_long_is_handed_back_uncounted(amqp_vhost_url: str, publisher: Publisher) -> None:
    recorder = Recorder(failing("x", Outage("gone", dependency="postgres"), times=2))
    counted: list[tuple[int, int]] = []

    async def handle(deliveries: Any) -> None:
        counted.extend((headers.returns(one.message), one.attempt) for one in deliveries)
        await recorder(deliveries)

    async with consuming(amqp_vhost_url, publisher, handle, pace=Pace(hold_seconds=0.1)):
        await publisher.publish(command("x"))
        await recorder.until(lambda: recorder.done == ["x"])
    assert counted == [(0, 0)] * 3
    assert await depth(amqp_vhost_url, QUICK.dead) == 0


async def test_work_held_at_a_stop_is_handed_back_uncounted(amqp_vhost_url: str, publisher: Publisher) -> None:
    recorder = Recorder(failing("x", Outage("gone", dependency="postgres")))
    async with consuming(amqp_vhost_url, publisher, recorder):
        await publisher.publish(command("x"))
        await recorder.until(lambda: len(recorder.groups) >= 1)
    back = await take_one(amqp_vhost_url, QUICK.name)
    assert (headers.returns(back), headers.attempt(back)) == (0, 0)


async def test_a_stop_finishes_what_is_in_hand(amqp_vhost_url: str, publisher: Publisher) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(20)])
    entered, go_on = asyncio.Event(), asyncio.Event()
    recorder = Recorder()

    async def slow(deliveries: Any) -> None:
        entered.set()
        await go_on.wait()
        await recorder(deliveries)

    async with consuming(amqp_vhost_url, publisher, slow, pace=Pace(group=5, prefetch=20)) as stop:
        await entered.wait()
        stop.set()
        await publisher.publish(command("later"))
        go_on.set()
    assert 1 <= len(recorder.done) == len(set(recorder.done)) <= 20
    left = await depth(amqp_vhost_url, QUICK.name)
    assert left == 21 - len(recorder.done)
    returned = [headers.returns(await take_one(amqp_vhost_url, QUICK.name)) for _ in range(left)]
    assert set(returned) == {0}, "a graceful stop counts against nobody"


_KILLED_BY = """
import asyncio, os, sys
import structlog
sys.path.insert(0, sys.argv[2])
structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
from messaging_support import QUICK, consuming, Pace
from zavhoz_messaging.publisher import publishing

async def handle(deliveries):
    if any(delivery.envelope.data.actor.name == "killer" for delivery in deliveries):
        os._exit(9)
    for delivery in deliveries:
        print(delivery.envelope.data.actor.name, flush=True)

async def main():
    async with publishing(sys.argv[1], "child") as publisher:
        async with consuming(sys.argv[1], publisher, handle, pace=Pace(group=50, prefetch=50)):
            await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_message_that_kills_its_process_harms_only_itself(amqp_vhost_url: str, publisher: Publisher) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish(command("killer"))
    await publisher.publish_many([command(str(n)) for n in range(19)])
    seen: list[str] = []
    for _ in range(12):  # a supervisor that starts it again each time
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _KILLED_BY, amqp_vhost_url, str(Path(__file__).parent),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        async with asyncio.timeout(30):
            while len(seen) < 19 and (line := await child.stdout.readline()):
                seen.append(line.decode().strip())
        if len(seen) == 19:
            child.kill()
        await child.wait()
        if len(seen) == 19:
            break
    dead = await take_one(amqp_vhost_url, QUICK.dead)
    assert json.loads(dead.body)["data"]["actor"]["name"] == "killer"
    assert sorted(seen, key=int) == [str(n) for n in range(19)]
    assert await depth(amqp_vhost_url, QUICK.dead) == 0


async def test_a_process_has_one_suspect_at_a_time_whatever_queue_it_is_from(
    amqp_vhost_url: str, publisher: Publisher
) -> None:
    others, alone, both = WorkQueue(Queue.NOTIFIER_COMMANDS), asyncio.Lock(), asyncio.Event()
    handled, inside = [0], [0]

    async def handle(_: Any) -> None:
        inside[0] += 1
        if inside[0] == 2:
            both.set()
        with contextlib.suppress(TimeoutError):  # the lane of the other queue looks for a suspect once a second
            await asyncio.wait_for(both.wait(), 2.5)
        inside[0] -= 1
        handled[0] += 1

    await prepared(amqp_vhost_url)
    for queue in (QUICK.suspect, others.suspect):
        await publisher.send(Outgoing(command("x").to_json(), "", queue))

    async def done() -> bool:
        return handled[0] == 2

    async with (
        consuming(amqp_vhost_url, publisher, handle, alone=alone),
        consuming(amqp_vhost_url, publisher, handle, work=others, alone=alone),
    ):
        await wait_until(done, "both are handled")
    assert not both.is_set()


async def test_a_queue_deleted_under_the_consumer_comes_back(amqp_vhost_url: str, publisher: Publisher) -> None:
    recorder = Recorder()
    async with consuming(amqp_vhost_url, publisher, recorder):
        connection = await aio_pika.connect(amqp_vhost_url)
        async with connection, connection.channel() as channel:
            await channel.queue_delete(QUICK.name)
        await publisher.publish(command("x"))
        await recorder.until(lambda: recorder.done == ["x"])


async def test_a_binding_that_was_removed_is_made_again(amqp_vhost_url: str, publisher: Publisher) -> None:
    recorder = Recorder()
    async with consuming(amqp_vhost_url, publisher, recorder, pace=Pace(redeclare_seconds=0.2)):
        connection = await aio_pika.connect(amqp_vhost_url)
        async with connection, connection.channel(on_return_raises=True) as channel:
            queue = await channel.get_queue(QUICK.name, ensure=False)
            exchange = await channel.get_exchange("zavhoz.commands", ensure=False)

            async def routed() -> bool:
                message = aio_pika.Message(command("x").to_json())
                with contextlib.suppress(PublishError, TimeoutError):  # it may be taken, and its confirm be lost
                    await exchange.publish(message, "zavhoz.person.register.v1", timeout=5)
                    return True
                return False

            async def gone() -> bool:
                """Remove the binding; it may be back before anything can be published."""
                await queue.unbind("zavhoz.commands", "zavhoz.person.register.v1")
                return not await routed()

            await wait_until(gone, "nothing to be routed")
            await wait_until(routed, "the binding to be back")
        await recorder.until(lambda: "x" in recorder.done)


def test_a_pace_without_limits_is_refused() -> None:
    with pytest.raises(ValueError, match="group 0"):
        Pace(group=0)
    with pytest.raises(ValueError, match="at most prefetch"):
        Pace(group=10, prefetch=5)


class Blocked(Publisher):
    """A publisher whose broker takes nothing the first times: its memory alarm is on."""

    def __init__(self, publisher: Publisher, times: int) -> None:
        super().__init__()
        self._publisher = publisher
        self.left = times

    async def send(self, message: Outgoing) -> None:
        if self.left > 0:
            self.left -= 1
            raise BrokerUnavailable("blocked")
        await self._publisher.send(message)


async def test_a_broker_that_takes_nothing_is_waited_for(amqp_vhost_url: str, publisher: Publisher) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish(command("bad"))
    recorder, seen = Recorder(failing("bad", Permanent("never"))), list[tuple[bool, str]]()

    class Health(dict[str, tuple[bool, str]]):
        def __setitem__(self, name: str, value: tuple[bool, str]) -> None:
            seen.append(value)

    async with consuming(amqp_vhost_url, Blocked(publisher, 2), recorder, health=Health()):
        dead = await take_one(amqp_vhost_url, QUICK.dead)
    assert dead.headers[headers.REASON] == "permanent"
    assert (False, "waits for rabbitmq: blocked") in seen
    assert seen[-1] == (True, "")
    assert recorder.groups == [["bad"]]


async def test_what_moves_on_is_answered_when_its_copy_is_confirmed(
    wire: Wire, amqp_vhost_url: str, publisher: Publisher
) -> None:
    await publisher.publish(command("bad"))
    blocked = Blocked(publisher, 1_000)
    recorder = Recorder(failing("bad", Permanent("never")))

    async def it_was_tried() -> bool:
        return blocked.left < 1_000

    async with consuming(wire.url, blocked, recorder):
        await wait_until(it_was_tried, "the broker does not take the copy")
        await depth(amqp_vhost_url, QUICK.name)  # an ack that came too early has reached the broker by now
        assert wire.acks == 0
        blocked.left = 0
        await take_one(amqp_vhost_url, QUICK.dead)

        async def answered() -> bool:
            return wire.acks == 1

        await wait_until(answered, "the ack")


async def test_it_is_ready_again_when_an_outage_ends_with_another_error(
    amqp_vhost_url: str, publisher: Publisher
) -> None:
    errors = iter([Outage("gone", dependency="postgres"), Permanent("never")])

    def fail(_: Envelope[Any]) -> None:
        raise next(errors)

    health: dict[str, tuple[bool, str]] = {}
    async with consuming(amqp_vhost_url, publisher, Recorder(fail), health=health):
        await publisher.publish(command("x"))
        await take_one(amqp_vhost_url, QUICK.dead)
        assert health[QUICK.name] == (True, "")
    assert counted("zavhoz_consumer_outage", queue=QUICK.name) == 0


async def test_what_waits_behind_a_held_message_is_handed_back_with_it(
    amqp_vhost_url: str, publisher: Publisher
) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(6)])
    recorder = Recorder(failing("0", Outage("gone", dependency="postgres"), times=2))
    with capture_logs() as logs:
        async with consuming(amqp_vhost_url, publisher, recorder, pace=Pace(group=1, prefetch=6, hold_seconds=0.1)):
            await recorder.until(lambda: len(recorder.done) == 6)
    assert [log["messages"] for log in logs if log["event"] == "handed back"] == [6]
    assert recorder.done == ["0", "1", "2", "3", "4", "5"]


async def test_a_drain_ends_in_time_and_hands_back_what_is_not_done(amqp_vhost_url: str, publisher: Publisher) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(5)])
    entered = asyncio.Event()

    async def forever(_: Any) -> None:
        entered.set()
        await asyncio.Event().wait()

    async with asyncio.timeout(15):
        async with consuming(amqp_vhost_url, publisher, forever, pace=Pace(group=2, prefetch=5, drain_seconds=0.2)):
            await entered.wait()
    back = [await take_one(amqp_vhost_url, QUICK.name) for _ in range(5)]
    assert [(headers.returns(one), headers.attempt(one)) for one in back] == [(0, 0)] * 5


async def test_a_lost_connection_cancels_the_handler_and_the_work_comes_again(
    wire: Wire, amqp_vhost_url: str, publisher: Publisher
) -> None:
    entered, cancelled = asyncio.Event(), asyncio.Event()
    recorder = Recorder()

    async def handle(deliveries: Any) -> None:
        if not entered.is_set():
            entered.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise
        await recorder(deliveries)

    async with consuming(wire.url, publisher, handle):
        await publisher.publish(command("x"))
        await entered.wait()
        await depth(amqp_vhost_url, QUICK.name)  # an ack that came too early has reached the broker by now
        assert wire.acks == 0, "what is not done yet is not answered"
        await wire.cut()
        async with asyncio.timeout(10):
            await cancelled.wait()
        await recorder.until(lambda: recorder.done == ["x"])


async def test_a_group_is_answered_with_one_ack(
    amqp_vhost_url: str, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(40)])
    acks: list[bool] = []
    basic_ack = aiormq.Channel.basic_ack

    async def counting(channel: Any, tag: int, multiple: bool = False, **options: Any) -> None:
        acks.append(multiple)
        await basic_ack(channel, tag, multiple, **options)

    monkeypatch.setattr(aiormq.Channel, "basic_ack", counting)
    recorder = Recorder()
    async with consuming(amqp_vhost_url, publisher, recorder):
        await recorder.until(lambda: len(recorder.done) == 40)
    groups = [group for group in recorder.groups if len(group) > 1]
    assert groups
    assert len(acks) == len(recorder.groups)
    assert acks.count(True) == len(groups)
    assert await depth(amqp_vhost_url, QUICK.name) == 0


async def test_what_was_done_alone_does_not_come_again(wire: Wire, amqp_vhost_url: str, publisher: Publisher) -> None:
    """A group failed; the connection is lost while its last message is handled alone: the first ones are answered."""
    await prepared(amqp_vhost_url)
    await publisher.publish_many([command(str(n)) for n in range(3)])
    alone: list[str] = []
    reached = asyncio.Event()

    async def handle(deliveries: Any) -> None:
        if len(deliveries) > 1:
            raise ValueError("not together")
        name = deliveries[0].envelope.data.actor.name
        alone.append(name)
        if alone == ["0", "1", "2"]:
            reached.set()
            await asyncio.Event().wait()

    async def answered() -> bool:
        return wire.acks == 2 and await depth(amqp_vhost_url, QUICK.name) == 0

    async def again() -> bool:
        return len(alone) >= 4

    async with consuming(wire.url, publisher, handle):
        await reached.wait()
        await wait_until(answered, "two acks")
        await wire.cut()
        await wait_until(again, "the last one to come again")
    assert alone == ["0", "1", "2", "2"]
