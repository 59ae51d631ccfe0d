"""Publishing that means something: persistent, mandatory, confirmed, in time; or an error that says what is known."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final, cast

import structlog
from aio_pika.abc import AbstractConnection
from aiormq import Channel
from aiormq.exceptions import DeliveryError, PublishError

from zavhoz_contracts import tracing
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.errors import Permanent
from zavhoz_messaging import metrics, topology
from zavhoz_messaging.connection import LOST, ConnectionLost, OnHealth, keep_connected, own_channel, unblocked
from zavhoz_messaging.errors import BrokerUnavailable, Refused, Unroutable
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.wave import publish_wave

_TELL_SECONDS: Final = 1.0
PRODUCER: Final = tracing.SpanKind.PRODUCER
_log = structlog.get_logger("zavhoz.messaging")


def attributes(exchange: str) -> tracing.Attributes:
    """What a span about publishing says of it (https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/)."""
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send",
        "messaging.destination.name": exchange,
    }


class Publisher:
    """Publishes over a connection of its own; open it with `publishing`.

    An unknown outcome (no confirm within `confirm` seconds, connection lost in flight) is tried again with the same
    bytes, so under the same event id, until `patience` seconds are over; receivers drop what they have seen. The AMQP
    `message_id` is fresh each time: the client matches a returned message to its confirm by it.
    """

    name = "publisher"
    """What readiness calls it."""

    def __init__(self, *, patience: float = 10.0, confirm: float = 5.0) -> None:
        self._patience = patience
        self._confirm = confirm
        self._channel: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
        self._connection: AbstractConnection | None = None
        self._broken = asyncio.Event()
        self._unconfirmed: dict[str, float] = {}  # by exchange, when a confirm last did not come in time

    def unconfirmed(self) -> list[str]:
        """The exchanges for which no confirm came in time, and none since: it was within the last `patience`."""
        since = time.monotonic() - self._patience
        return sorted(exchange for exchange, at in self._unconfirmed.items() if at > since)

    def _count(self, exchange: str, count: int, began: float) -> None:
        self._unconfirmed.pop(exchange, None)
        metrics.PUBLISHED.labels(exchange).inc(count)
        metrics.PUBLISH_SECONDS.labels(exchange).observe(time.perf_counter() - began)

    async def publish(self, envelope: Envelope[Any]) -> None:
        """Publish one message; when this returns, the broker has it.

        Raises:
            BrokerUnavailable: no confirm in time; whether the broker has the message is unknown.
            Unroutable: no queue is bound for it.
            Refused: the broker said no.
            MessageTooLarge: over 64 KiB; nothing was sent.
        """
        message = Outgoing.of(envelope)
        with tracing.part(f"publish {message.exchange}", kind=PRODUCER, attributes=attributes(message.exchange)):
            await self.send(message.carried(tracing.current()))

    async def publish_many(self, envelopes: Sequence[Envelope[Any]]) -> list[Exception | None]:
        """Publish messages together; for each, in order, none or what `publish` raises."""
        messages: list[Outgoing | Permanent] = []
        for envelope in envelopes:
            try:
                messages.append(Outgoing.of(envelope))
            except Permanent as error:
                messages.append(error)
        results = iter(await self.send_many([one for one in messages if isinstance(one, Outgoing)]))
        return [next(results) if isinstance(one, Outgoing) else one for one in messages]

    async def send_many(self, messages: Sequence[Outgoing]) -> list[Exception | None]:
        """Publish bytes together, their confirms gathered; for each, in order, none or what `publish` raises.

        The first attempt is made for all of them under one timeout; what it did not get confirmed goes by `send`.
        """
        confirmed = await self._attempt(messages)
        results: list[Exception | None] = [None] * len(messages)

        async def again(index: int) -> None:
            try:
                await self.send(messages[index])
            except Exception as error:  # noqa: BLE001  # the caller is given it
                results[index] = error

        async with asyncio.TaskGroup() as group:
            for index, done in enumerate(confirmed):
                if not done:
                    group.create_task(again(index))
        return results

    async def _attempt(self, messages: Sequence[Outgoing]) -> list[bool]:
        """Which of these the broker has confirmed, each after one attempt; none of them while there is no channel."""
        if not messages or not self._channel.done():
            return [False] * len(messages)
        began = time.perf_counter()
        try:
            await reached(Point.PUBLISHING)
            confirmed = await publish_wave(self._channel.result(), messages, self._confirm)
            await reached(Point.CONFIRMED)
        except LOST:  # `send` meets it again, and tells what it is
            return [False] * len(messages)
        for exchange, count in Counter(
            message.exchange for message, done in zip(messages, confirmed, strict=True) if done
        ).items():
            self._count(exchange, count, began)
        return confirmed

    async def send(self, message: Outgoing) -> None:
        """Publish bytes. Raises as `publish` does."""
        last: BaseException | None = None
        returned, began = False, time.perf_counter()
        try:
            async with asyncio.timeout(self._patience):
                while True:
                    channel = await asyncio.shield(self._channel)
                    await reached(Point.PUBLISHING)
                    try:
                        await self._once(channel, message, self._confirm)
                    except PublishError as error:
                        metrics.PUBLISH_FAILED.labels("returned").inc()
                        if returned:
                            raise Unroutable(f"no queue is bound for {message.routing_key}") from error
                        returned, last = True, error
                        await self._redeclare()
                    except DeliveryError as error:
                        metrics.PUBLISH_FAILED.labels("refused").inc()
                        raise Refused(f"the broker refused {message.routing_key}") from error
                    except TimeoutError as error:
                        # Slow or half-open? Heartbeats tell, and end the connection; here it is only unknown.
                        last = error
                        self._unconfirmed[message.exchange] = time.monotonic()
                        metrics.PUBLISH_FAILED.labels("unknown").inc()
                    except LOST as error:
                        last = error
                        metrics.PUBLISH_FAILED.labels("unknown").inc()
                        self._give_up(channel)
                    else:
                        self._count(message.exchange, 1, began)
                        await reached(Point.CONFIRMED)
                        return
        except TimeoutError as error:
            metrics.PUBLISH_FAILED.labels("unavailable").inc()
            raise BrokerUnavailable(f"no confirm for {message.routing_key} in {self._patience} s: {last}") from error

    async def ready(self) -> None:
        """Wait until there is a channel to publish on."""
        await asyncio.shield(self._channel)

    async def _once(self, channel: Channel, message: Outgoing, timeout: float | None) -> None:
        task = asyncio.current_task()
        cancels = task.cancelling() if task else 0
        try:
            await channel.basic_publish(
                message.body,
                exchange=message.exchange,
                routing_key=message.routing_key,
                properties=message.properties(),
                mandatory=True,
                timeout=timeout,
            )
        except asyncio.CancelledError as error:
            if task is None or task.cancelling() > cancels:
                raise
            # Nobody cancelled us: so the client reports a connection that went away under a waiting publish.
            raise ConnectionResetError("the connection was lost while waiting for a confirm") from error

    def _give_up(self, channel: Channel) -> None:
        """Let nobody else use this channel; `serve` begins afresh."""
        if self._channel.done() and self._channel.result() is channel:
            self._channel = asyncio.get_running_loop().create_future()
            self._broken.set()

    async def _redeclare(self) -> None:
        """Declare everything again, on a channel of its own: a queue or binding was removed under us."""
        _log.warning("a message was returned; declaring the topology again")
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(*LOST):  # then the next attempt waits for a channel, or is returned again
                async with own_channel(connection) as channel:
                    await topology.declare(channel)

    async def serve(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        """Offer a channel for as long as it lives.

        Raises:
            ConnectionLost: the channel broke; connect again.
        """
        async with own_channel(connection) as declaring:
            await topology.declare(declaring)
        channel = connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.initialize()
        underlay = cast("Channel", await channel.get_underlay_channel())
        channel.close_callbacks.add(lambda *_: self._give_up(underlay))
        self._connection = connection
        self._broken.clear()
        if self._channel.done():
            self._channel = asyncio.get_running_loop().create_future()
        self._channel.set_result(underlay)
        try:
            async with asyncio.TaskGroup() as group:
                waits = [group.create_task(stop.wait()), group.create_task(self._broken.wait())]
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                for wait in waits:
                    wait.cancel()
        finally:
            self._connection = None
            self._give_up(underlay)
        if not stop.is_set():
            raise ConnectionLost("the channel for publishing broke")


async def _tell(publisher: Publisher, connection: AbstractConnection, on_health: OnHealth) -> None:
    """Keep health true: a broker may take nothing, or confirm nothing, though the connection lives.

    An alarm of memory or disk does the first; a queue without a leader that is bound to an exchange does the second, to
    everything that goes there.
    """
    while True:
        detail = ""
        if not await unblocked(connection):
            detail = "the broker takes nothing: its memory or disk alarm is on"
        elif names := publisher.unconfirmed():
            detail = f"the broker does not confirm what goes to {', '.join(names)}"
        on_health(Publisher.name, not detail, detail)
        await asyncio.sleep(_TELL_SECONDS)


@contextlib.asynccontextmanager
async def publishing(
    url: str, service: str, on_health: OnHealth = lambda *_: None, *, patience: float = 10.0, confirm: float = 5.0
) -> AsyncIterator[Publisher]:
    """A publisher with its connection, kept open while inside; `on_health` hears of it under `Publisher.name`."""
    publisher = Publisher(patience=patience, confirm=confirm)
    stop = asyncio.Event()
    name = f"{service}.{Publisher.name}"  # whose it is shows in the broker's list of connections

    def tell(_: str, ok: bool, detail: str) -> None:
        on_health(Publisher.name, ok, detail)

    async def use(connection: AbstractConnection) -> None:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(publisher.serve(connection, stop))
            await publisher.ready()
            telling = group.create_task(_tell(publisher, connection, on_health))
            serving.add_done_callback(lambda _: telling.cancel())

    async with asyncio.TaskGroup() as group:
        group.create_task(keep_connected(url, name, use, tell, stop), name=name)
        try:
            yield publisher
        finally:
            stop.set()
