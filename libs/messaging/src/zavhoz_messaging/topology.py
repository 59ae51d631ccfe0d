"""Exchanges, queues and bindings with their exact arguments: declared here and nowhere else, again on every connect.

Behaviour behind each argument: https://www.rabbitmq.com/docs/quorum-queues; they hold on RabbitMQ 3.10 to 4.x, and
nothing relies on a version's defaults.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

import structlog
from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel, AbstractExchange
from aio_pika.exceptions import ChannelNotFoundEntity
from pamqp.common import FieldTable

from zavhoz_contracts.registry import Exchange, Queue, bindings
from zavhoz_messaging import metrics

Arguments: TypeAlias = FieldTable
EVENTS_STREAM: Final = "events.stream"
_DAY_MS: Final = 24 * 60 * 60 * 1000
_log = structlog.get_logger("zavhoz.messaging")


@dataclass(frozen=True, slots=True)
class Ladder:
    """The delays, in milliseconds, after which a failed message is tried again; then it is a dead letter."""

    delays_ms: tuple[int, ...] = (1_000, 5_000, 30_000, 300_000)

    def name(self, step: int) -> str:
        """How a step is written in the name of its queue: `1s`, `5m`, `20ms`."""
        ms = self.delays_ms[step]
        if ms % 60_000 == 0:
            return f"{ms // 60_000}m"
        return f"{ms // 1000}s" if ms % 1000 == 0 else f"{ms}ms"


@dataclass(frozen=True, slots=True)
class WorkQueue:
    """One work queue with what belongs to it: where its suspects, its retries and its dead letters go."""

    queue: Queue
    ladder: Ladder = Ladder()

    @property
    def name(self) -> str:
        return self.queue.value

    @property
    def suspect(self) -> str:
        """What came back twice without an answer: handled one at a time, so that it harms only itself."""
        return f"{self.name}.suspect"

    @property
    def dead(self) -> str:
        return f"{self.name}.dead"

    @property
    def retries(self) -> tuple[str, ...]:
        """One queue for each delay, for a queue of mixed delays blocks behind its head."""
        return tuple(f"{self.name}.retry.{self.ladder.name(step)}" for step in range(len(self.ladder.delays_ms)))


ALL: Final = tuple(WorkQueue(queue) for queue in Queue)


def _work(dead: str, delivery_limit: int) -> Arguments:
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": delivery_limit,
        "x-overflow": "reject-publish",  # at-least-once dead-lettering is silently at-most-once without it
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead,
        "x-dead-letter-strategy": "at-least-once",
    }


def _retry(name: str, ttl_ms: int) -> Arguments:
    return {
        "x-queue-type": "quorum",
        "x-message-ttl": ttl_ms,
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": name,
        "x-dead-letter-strategy": "at-least-once",
    }


_DEAD: Final[Arguments] = {
    "x-queue-type": "quorum",
    # Peeking is get and nack: a low limit would lose what is only looked at; -1 drops messages on 3.10.
    "x-delivery-limit": 1_000_000_000,
    "x-message-ttl": 30 * _DAY_MS,
}
_STREAM: Final[Arguments] = {
    "x-queue-type": "stream",
    "x-max-age": "30D",
    "x-stream-max-segment-size-bytes": 1_000_000,  # age removes whole segments only
}


async def declare(channel: AbstractChannel, queues: Iterable[WorkQueue] = ALL) -> None:
    """Declare the exchanges, `queues` with their bindings, and the stream. Harmless when they are there already.

    The channel is for this alone: it is closed afterwards if the stream is down.

    Raises:
        aio_pika.exceptions.ChannelPreconditionFailed: something is there with other arguments; the text names which.
    """
    exchanges = {
        Exchange.COMMANDS: await channel.declare_exchange(Exchange.COMMANDS, ExchangeType.DIRECT, durable=True),
        Exchange.EVENTS: await channel.declare_exchange(Exchange.EVENTS, ExchangeType.TOPIC, durable=True),
        Exchange.PRIVATE: await channel.declare_exchange(Exchange.PRIVATE, ExchangeType.TOPIC, durable=True),
    }
    for work in queues:
        await channel.declare_queue(work.dead, durable=True, arguments=dict(_DEAD))
        for name, ttl_ms in zip(work.retries, work.ladder.delays_ms, strict=True):
            await channel.declare_queue(name, durable=True, arguments=_retry(work.name, ttl_ms))
        await channel.declare_queue(work.suspect, durable=True, arguments=_work(work.dead, delivery_limit=3))
        queue = await channel.declare_queue(work.name, durable=True, arguments=_work(work.dead, delivery_limit=20))
        for exchange, routing_key in bindings(work.queue):
            await queue.bind(exchanges[exchange], routing_key)
    await _declare_stream(channel, exchanges[Exchange.EVENTS])


async def _declare_stream(channel: AbstractChannel, events: AbstractExchange) -> None:
    """Last, for a stream that is down ends the channel. It holds the replay, not the work: that goes on without it.

    Seen on 3.10.8: a stream whose node was killed within about a second of its declaration stays down after the start,
    while the exchange it is bound to confirms what is published.
    """
    try:
        stream = await channel.declare_queue(EVENTS_STREAM, durable=True, arguments=dict(_STREAM))
        await stream.bind(events, "#")
    except ChannelNotFoundEntity as error:
        metrics.STREAM_AVAILABLE.set(0)
        _log.error("the stream of events is down; what is published now is missing in it", error=str(error))
    else:
        metrics.STREAM_AVAILABLE.set(1)
