"""The publisher on a real broker: when it returns the broker has the message; otherwise it says what is known."""

from __future__ import annotations

import asyncio
from typing import cast
from uuid import uuid4

import aio_pika
import pytest
from aiormq import Channel
from aiormq.exceptions import ChannelInvalidStateError
from messaging_support import QUICK, Recorder, Wire, command, consuming, counted, event

from zavhoz_contracts.envelope import CONTENT_TYPE, MessageTooLarge, parse, wrap
from zavhoz_contracts.registry import Queue
from zavhoz_devstack.servers.choice import Broker
from zavhoz_messaging import topology
from zavhoz_messaging.connection import connected
from zavhoz_messaging.consumer import Pace
from zavhoz_messaging.errors import BrokerUnavailable, Refused, Unroutable
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import Publisher, publishing
from zavhoz_messaging.testing import depth, take_one, wait_until
from zavhoz_messaging.wave import publish_wave


async def test_a_message_is_persistent_and_whole(amqp_vhost_url: str, publisher: Publisher) -> None:
    sent = command()
    await publisher.publish(sent)
    taken = await take_one(amqp_vhost_url, QUICK.name)
    assert parse(taken.body) == sent
    assert taken.content_type == CONTENT_TYPE
    assert taken.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    assert taken.message_id != str(sent.id), "the id of the event is in the envelope; that of the attempt is another"


async def test_of_many_each_has_its_own_result(amqp_vhost_url: str, publisher: Publisher) -> None:
    messages = [command(str(n)) for n in range(20)]
    messages[7] = messages[7].model_copy(update={"subject": "x" * 65_536})
    results = await publisher.publish_many(messages)
    assert isinstance(results[7], MessageTooLarge)
    assert [result for n, result in enumerate(results) if n != 7] == [None] * 19
    assert await depth(amqp_vhost_url, QUICK.name) == 19


async def test_of_a_wave_each_message_has_the_answer_that_is_its_own(amqp_vhost_url: str) -> None:
    connection = await aio_pika.connect(amqp_vhost_url)
    async with connection, connection.channel() as channel, publishing(amqp_vhost_url, "p") as publisher:
        arguments: topology.Arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        await channel.declare_queue("full", exclusive=False, auto_delete=True, arguments=arguments)
        await publisher.send(Outgoing(b"0", "", "full"))

        def wave() -> list[Outgoing]:
            messages = [Outgoing.of(command(str(n))) for n in range(100)]
            return [Outgoing(b"1", "", "full"), *messages, Outgoing(b"2", "", "no.such.queue")]

        async with asyncio.TaskGroup() as group:  # several at once, with single ones between them
            waves = [group.create_task(publisher.send_many(wave())) for _ in range(3)]
            alone = [group.create_task(publisher.publish(command("alone"))) for _ in range(20)]
        for results in (task.result() for task in waves):
            assert [type(error) for error in results] == [Refused, *[type(None)] * 100, Unroutable]
        assert all(task.done() for task in alone)
        assert await depth(amqp_vhost_url, QUICK.name) == 320
        assert await publisher.send_many([]) == []


async def test_a_wave_leaves_nothing_behind_on_its_channel(amqp_vhost_url: str) -> None:
    async with connected(amqp_vhost_url, "p") as connection, connection.channel() as channel:
        await topology.declare(channel)
        underlay = cast("Channel", await channel.get_underlay_channel())
        underlay.max_content_size = 100  # so that bodies take several frames, as at a broker with a small frame_max
        sent = [command("x" * 200 + str(n)) for n in range(3)]
        lost = Outgoing(b"{}", "", "no.such.queue")
        assert await publish_wave(underlay, [*map(Outgoing.of, sent), lost], 5) == [True, True, True, False]
        assert not underlay.message_id_delivery_tag
        await wait_until(lambda: _true(not underlay.confirmations), "the confirm of what was returned")
        assert [parse((await take_one(amqp_vhost_url, QUICK.name)).body) for _ in sent] == sent
        await underlay.close()
        with pytest.raises(ChannelInvalidStateError):
            await publish_wave(underlay, [lost], 5)


async def test_a_wave_on_a_connection_that_is_lost_is_unknown_at_once(wire: Wire) -> None:
    async with connected(wire.url, "p") as connection, connection.channel() as channel:
        await topology.declare(channel)
        underlay = cast("Channel", await channel.get_underlay_channel())
        wire.flowing.clear()
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            wave = group.create_task(publish_wave(underlay, [Outgoing.of(command())] * 3, 60))
            await wait_until(lambda: _true(len(underlay.confirmations) == 3), "the wave to be written")
            await wire.cut()
        wire.flowing.set()
        assert wave.result() == [False] * 3


async def test_what_no_queue_takes_is_an_error(publisher: Publisher) -> None:
    with pytest.raises(Unroutable, match=r"no queue is bound for no\.such\.queue"):
        await publisher.send(Outgoing(b"{}", "", "no.such.queue"))


async def test_a_binding_that_is_missing_is_made_again(amqp_vhost_url: str, publisher: Publisher) -> None:
    await publisher.ready()
    connection = await aio_pika.connect(amqp_vhost_url)
    async with connection, connection.channel() as channel:
        await channel.queue_delete(QUICK.name)
    await publisher.publish(command())
    assert await depth(amqp_vhost_url, QUICK.name) == 1


async def test_what_the_broker_refuses_is_an_error(amqp_vhost_url: str, publisher: Publisher) -> None:
    connection = await aio_pika.connect(amqp_vhost_url)
    async with connection, connection.channel() as channel:
        arguments: topology.Arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
        await channel.declare_queue("full", exclusive=False, auto_delete=True, arguments=arguments)
        await publisher.send(Outgoing(b"1", "", "full"))
        with pytest.raises(Refused):
            await publisher.send(Outgoing(b"2", "", "full"))


async def test_after_a_lost_connection_it_publishes_on_the_next(wire: Wire, amqp_vhost_url: str) -> None:
    health: list[tuple[bool, str]] = []
    async with publishing(wire.url, "p", lambda _, ok, detail: health.append((ok, detail))) as publisher:
        await publisher.publish(command("before"))
        await wire.cut()
        await publisher.publish(command("after"))
    assert await depth(amqp_vhost_url, QUICK.name) == 2
    assert [ok for ok, _ in health] == [True, False, True]
    assert "lost" in health[1][1]


@pytest.mark.parametrize("together", [False, True])
async def test_a_connection_lost_in_flight_is_tried_again_under_the_same_event_id(
    wire: Wire, amqp_vhost_url: str, together: bool
) -> None:
    sent = command()
    async with publishing(wire.url, "p") as publisher:
        await publisher.ready()
        wire.flowing.clear()
        async with asyncio.TaskGroup() as group:
            group.create_task(publisher.publish_many([sent]) if together else publisher.publish(sent))
            await wait_until(lambda: _holds(amqp_vhost_url, 1), "the message without its confirm")
            wire.flowing.set()
            await wire.cut()
    copies = [await take_one(amqp_vhost_url, QUICK.name) for _ in range(2)]
    assert [parse(copy.body).id for copy in copies] == [sent.id] * 2
    assert copies[0].message_id != copies[1].message_id


async def _holds(url: str, count: int) -> bool:
    return await depth(url, QUICK.name) >= count


async def test_a_confirm_that_does_not_come_is_unknown_and_the_channel_goes_on(wire: Wire) -> None:
    health: dict[str, tuple[bool, str]] = {}

    def told(name: str, ok: bool, detail: str) -> None:
        health[name] = ok, detail

    async with publishing(wire.url, "p", told, confirm=0.2) as publisher:
        await publisher.ready()
        before, unknown = wire.connections, counted("zavhoz_publish_failures_total", reason="unknown")
        wire.flowing.clear()
        async with asyncio.TaskGroup() as group:
            group.create_task(publisher.publish(command()))
            await wait_until(
                lambda: _true(counted("zavhoz_publish_failures_total", reason="unknown") > unknown), "an unknown"
            )
            await wait_until(
                lambda: _true("not confirm what goes to zavhoz.commands" in health["publisher"][1]), "health"
            )
            assert not health["publisher"][0]
            wire.flowing.set()
        await wait_until(lambda: _true(health["publisher"] == (True, "")), "health to be well again")
        assert wire.connections == before, "slow is not broken: with a reconnect everything in flight would be doubled"


async def _true(value: bool) -> bool:
    return value


async def test_without_confirm_in_time_it_says_unavailable_and_works_again_later(wire: Wire) -> None:
    async with publishing(wire.url, "p", patience=0.3) as publisher:
        async with asyncio.timeout(20):
            await publisher.ready()
        wire.flowing.clear()
        with pytest.raises(BrokerUnavailable) as failed:
            await publisher.publish(command())
        assert failed.value.dependency == "rabbitmq"
        wire.flowing.set()
        await publisher.publish(command())


async def test_a_channel_that_the_broker_closed_is_replaced(amqp_vhost_url: str) -> None:
    async with publishing(amqp_vhost_url, "p", patience=3) as publisher:
        with pytest.raises(BrokerUnavailable, match="no exchange"):
            await publisher.send(Outgoing(b"{}", "no.such.exchange", "x"))
        await publisher.publish(command())


async def test_a_broker_that_is_away_is_an_outage(unused_tcp_port: int) -> None:
    health: list[tuple[bool, str]] = []
    url = f"amqp://guest:guest@127.0.0.1:{unused_tcp_port}/"
    async with publishing(url, "p", lambda _, ok, detail: health.append((ok, detail)), patience=0.2) as publisher:
        with pytest.raises(BrokerUnavailable):
            await publisher.publish(command())
    assert health
    assert not any(ok for ok, _ in health)


@pytest.fixture
def broker(own_rabbitmq: Broker) -> Broker:
    """A broker for this test alone, whatever AMQP_URL says.

    The session's one would not survive the kill: on RabbitMQ 3.10 a virtual host deleted right after a start crashes
    the supervisor of dead-letter workers, and every later quorum queue is refused with INTERNAL_ERROR.
    """
    own_rabbitmq.start()
    return own_rabbitmq


async def test_a_killed_broker_loses_nothing_that_was_confirmed(broker: Broker) -> None:
    recorder = Recorder()
    async with publishing(broker.url, "p", patience=60) as publisher, consuming(broker.url, publisher, recorder):
        await publisher.publish_many([command(str(n)) for n in range(50)])
        async with asyncio.TaskGroup() as group:
            results = group.create_task(publisher.publish_many([command(str(n)) for n in range(50, 100)]))
            await asyncio.to_thread(broker.kill)
            await asyncio.to_thread(broker.start)
        assert results.result() == [None] * 50
        await recorder.until(lambda: len(set(recorder.done)) == 100)


async def test_an_alarm_of_the_broker_holds_up_publishing_and_not_consuming(broker: Broker) -> None:
    recorder = Recorder()
    health: dict[str, tuple[bool, str]] = {}

    def tell(name: str, ok: bool, detail: str) -> None:
        health[name] = (ok, detail)

    async with publishing(broker.url, "p", tell, patience=2, confirm=1) as publisher:
        await publisher.publish_many([command(str(n)) for n in range(20)])
        await asyncio.to_thread(memory_limit, broker, "absolute", "1")
        with pytest.raises(BrokerUnavailable):
            await publisher.publish(command("held"))
        await wait_until(lambda: _true("alarm" in health["publisher"][1]), "health to name the alarm")
        # More than are given to it unanswered: on one connection with the publisher its answers would not be read.
        async with consuming(broker.url, publisher, recorder, pace=Pace(group=5, prefetch=5)):
            await recorder.until(lambda: len(recorder.done) >= 20)
            await asyncio.to_thread(memory_limit, broker, "0.4")

            async def publishes_again() -> bool:
                return await publisher.publish_many([command("later")]) == [None]

            await wait_until(publishes_again, "the alarm to be over")
        await wait_until(lambda: _true(health["publisher"][0]), "health to say that it is over")


def memory_limit(broker: Broker, *limit: str) -> None:
    """Above it the broker raises its memory alarm: https://www.rabbitmq.com/docs/alarms"""
    broker.control("set_vm_memory_high_watermark", *limit)


async def test_a_subscriber_that_stopped_slows_nobody(amqp_vhost_url: str, publisher: Publisher) -> None:
    full: topology.Arguments = {"x-queue-type": "quorum", "x-max-length": 2, "x-overflow": "drop-head"}
    connection = await aio_pika.connect(amqp_vhost_url)
    async with connection, connection.channel() as channel:
        await topology.declare(channel)
        queue = await channel.declare_queue("sub.stopped", durable=True, arguments=full)
        await queue.bind("zavhoz.events", "zavhoz.request.#")
    events = [event(uuid4(), 1) for _ in range(50)]
    envelopes = [wrap(one.data, source="/test", subject="request", version=1) for one in events]
    assert await publisher.publish_many(envelopes) == [None] * 50
    assert await depth(amqp_vhost_url, "sub.stopped") <= 2
    assert await depth(amqp_vhost_url, Queue.NOTIFIER_EVENTS) == 50, "what is ours keeps everything"
