"""The arguments of every queue to the letter, and a stream that is down."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

import aio_pika
import pytest
from messaging_support import Recorder, command, consuming, counted

from zavhoz_contracts.registry import Queue
from zavhoz_devstack.servers.rabbitmq import Management
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.topology import EVENTS_STREAM, declare

_WORK = {
    "x-queue-type": "quorum",
    "x-delivery-limit": 20,
    "x-overflow": "reject-publish",
    "x-dead-letter-exchange": "",
    "x-dead-letter-strategy": "at-least-once",
}
_RETRY = {name: value for name, value in _WORK.items() if name != "x-delivery-limit"}


async def _declared(url: str) -> None:
    connection = await aio_pika.connect(url)
    async with connection, connection.channel() as channel:
        await declare(channel)


async def test_every_queue_has_exactly_its_arguments(amqp_vhost_url: str, amqp_management: Management) -> None:
    await _declared(amqp_vhost_url)
    vhost = quote(urlsplit(amqp_vhost_url).path[1:], safe="")
    queues: Any = amqp_management.call("GET", f"queues/{vhost}")
    wanted: dict[str, dict[str, object]] = {
        EVENTS_STREAM: {"x-queue-type": "stream", "x-max-age": "30D", "x-stream-max-segment-size-bytes": 1_000_000}
    }
    for queue in Queue:
        name = queue.value
        dead = {"x-dead-letter-routing-key": f"{name}.dead"}
        wanted[name] = _WORK | dead
        wanted[f"{name}.suspect"] = _WORK | dead | {"x-delivery-limit": 3}
        for delay, ms in (("1s", 1_000), ("5s", 5_000), ("30s", 30_000), ("5m", 300_000)):
            wanted[f"{name}.retry.{delay}"] = _RETRY | {"x-dead-letter-routing-key": name, "x-message-ttl": ms}
        wanted[f"{name}.dead"] = {
            "x-queue-type": "quorum",
            "x-delivery-limit": 1_000_000_000,
            "x-message-ttl": 2_592_000_000,
        }
    assert {queue["name"]: queue["arguments"] for queue in queues} == wanted
    assert all(queue["durable"] and not queue["auto_delete"] for queue in queues)


async def test_a_stream_that_is_down_does_not_stop_the_work(
    amqp_vhost_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As RabbitMQ 3.10 answers after a kill -9 that came within a second of the stream's declaration."""
    declare_queue = aio_pika.Channel.declare_queue

    async def with_a_stream_down(channel: Any, name: str, **options: Any) -> Any:
        if name != EVENTS_STREAM:
            return await declare_queue(channel, name, **options)
        await channel.get_queue("the.broker.closes.the.channel")
        raise AssertionError("unreachable: there is no such queue")

    monkeypatch.setattr(aio_pika.Channel, "declare_queue", with_a_stream_down)
    async with (
        publishing(amqp_vhost_url, "p") as publisher,
        consuming(amqp_vhost_url, publisher, recorder := Recorder()),
    ):
        await publisher.publish(command("x"))
        await recorder.until(lambda: recorder.done == ["x"])
    assert counted("zavhoz_stream_available") == 0
    monkeypatch.undo()
    await _declared(amqp_vhost_url)
    assert counted("zavhoz_stream_available") == 1
