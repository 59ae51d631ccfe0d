"""The topology as a real broker has it: declared again and again without harm, never with other arguments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlsplit

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelPreconditionFailed

from zavhoz_contracts.registry import Exchange, Queue, bindings
from zavhoz_devstack.servers.rabbitmq import Management
from zavhoz_messaging.topology import ALL, EVENTS_STREAM, Ladder, WorkQueue, declare

WORK = WorkQueue(Queue.REQUESTS_COMMANDS)


@pytest.fixture
async def channel(amqp_vhost_url: str) -> AsyncIterator[AbstractChannel]:
    connection = await aio_pika.connect(amqp_vhost_url)
    async with connection, connection.channel() as channel:
        yield channel


def _declared(management: Management, url: str, what: str) -> list[dict[str, Any]]:
    answer = management.call("GET", f"{what}/{quote(urlsplit(url).path[1:], safe='')}")
    assert isinstance(answer, list)
    return answer


def test_the_names_of_a_ladder_are_its_delays() -> None:
    assert WORK.retries == tuple(f"{WORK.name}.retry.{step}" for step in ("1s", "5s", "30s", "5m"))
    ladder = Ladder((20, 1_500, 90_000, 3_600_000))
    assert [ladder.name(step) for step in range(4)] == ["20ms", "1500ms", "90s", "60m"]
    assert (WORK.suspect, WORK.dead) == (f"{WORK.name}.suspect", f"{WORK.name}.dead")


async def test_declaring_twice_is_harmless(
    channel: AbstractChannel, amqp_vhost_url: str, amqp_management: Management
) -> None:
    await declare(channel)
    before = [
        sorted((one["name"], str(one["arguments"])) for one in _declared(amqp_management, amqp_vhost_url, "queues")),
        sorted(one["properties_key"] for one in _declared(amqp_management, amqp_vhost_url, "bindings")),
    ]
    await channel.default_exchange.publish(aio_pika.Message(b"kept"), WORK.dead)
    await declare(channel)
    after = [
        sorted((one["name"], str(one["arguments"])) for one in _declared(amqp_management, amqp_vhost_url, "queues")),
        sorted(one["properties_key"] for one in _declared(amqp_management, amqp_vhost_url, "bindings")),
    ]
    assert after == before
    kept = await (await channel.get_queue(WORK.dead, ensure=False)).get()
    assert kept is not None
    assert kept.body == b"kept"


async def test_every_queue_is_durable_replicated_and_never_drops_what_is_new(
    channel: AbstractChannel, amqp_vhost_url: str, amqp_management: Management
) -> None:
    await declare(channel)
    queues = {one["name"]: one for one in _declared(amqp_management, amqp_vhost_url, "queues")}
    expected = {name for work in ALL for name in (work.name, work.suspect, work.dead, *work.retries)}
    assert set(queues) == {*expected, EVENTS_STREAM}
    for name, queue in queues.items():
        arguments = queue["arguments"]
        assert queue["durable"], name
        assert arguments["x-queue-type"] == ("stream" if name == EVENTS_STREAM else "quorum"), name
        assert not {"x-max-length", "x-max-length-bytes"} & set(arguments), name
    for work in ALL:
        for name in (work.name, work.suspect, *work.retries):
            arguments = queues[name]["arguments"]
            assert arguments["x-overflow"] == "reject-publish", name
            assert arguments["x-dead-letter-strategy"] == "at-least-once", name
            assert arguments["x-dead-letter-exchange"] == "", name
            target = work.name if name in work.retries else work.dead
            assert arguments["x-dead-letter-routing-key"] == target, name
        limits = [queues[name]["arguments"]["x-delivery-limit"] for name in (work.name, work.suspect, work.dead)]
        assert limits == [20, 3, 1_000_000_000]
        delays = tuple(queues[name]["arguments"]["x-message-ttl"] for name in work.retries)
        assert delays == work.ladder.delays_ms


async def test_each_queue_is_bound_for_what_the_registry_says_and_the_stream_for_every_event(
    channel: AbstractChannel, amqp_vhost_url: str, amqp_management: Management
) -> None:
    await declare(channel)
    bound = {
        (one["source"], one["routing_key"], one["destination"])
        for one in _declared(amqp_management, amqp_vhost_url, "bindings")
        if one["source"]
    }
    wanted = {(exchange.value, key, work.name) for work in ALL for exchange, key in bindings(work.queue)}
    assert wanted
    assert bound == wanted | {(Exchange.EVENTS.value, "#", EVENTS_STREAM)}


@pytest.mark.parametrize(
    ("name", "argument", "value"),
    [(WORK.name, "x-delivery-limit", 5), (WORK.retries[0], "x-message-ttl", 7), (WORK.dead, "x-max-length", 1)],
)
async def test_a_queue_made_with_other_arguments_is_an_error_that_names_them(
    channel: AbstractChannel, name: str, argument: str, value: int
) -> None:
    await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum", argument: value})
    with pytest.raises(ChannelPreconditionFailed, match="inequivalent arg"):
        await declare(channel, [WORK])
