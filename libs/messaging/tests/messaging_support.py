"""What the tests of messaging share: messages to send, a handler that records, a consumer that runs meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

from prometheus_client import REGISTRY
from sqlalchemy import MetaData

from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Actor, Origin
from zavhoz_contracts.people.v1.commands import RegisterPerson
from zavhoz_contracts.registry import Queue
from zavhoz_contracts.requests.v1.events import RequestCompleted
from zavhoz_messaging.consumer import Consumer, Handler, Pace
from zavhoz_messaging.inbox import inbox_table
from zavhoz_messaging.outbox import Event, events_table
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.topology import Ladder, WorkQueue

QUICK = WorkQueue(Queue.REQUESTS_COMMANDS, Ladder((20, 40)))
"""The commands' queue with a ladder of two short steps."""

METADATA = MetaData()
INBOX, EVENTS = inbox_table(METADATA), events_table(METADATA)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def command(name: str = "Anna", id: UUID | None = None) -> Envelope[RegisterPerson]:
    data = RegisterPerson(actor=Actor(telegram_id=1, name=name, seen_at=NOW), origin=Origin(chat_id=1))
    return wrap(data, source="/zavhoz/gateway", subject="person", id=id or uuid4())


def event(aggregate_id: UUID, version: int) -> Event:
    return Event(
        event_id=uuid4(),
        aggregate_type="request",
        aggregate_id=aggregate_id,
        version=version,
        data=RequestCompleted(request_id=aggregate_id, number=1, actor_id=uuid4(), occurred_at=NOW),
        occurred_at=NOW,
        correlation_id=uuid4(),
        causation_id=uuid4(),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )


class Recorder:
    """A handler that keeps what it was given, group by group, and fails as told."""

    def __init__(self, fail: Callable[[Envelope[Any]], None] = lambda _: None) -> None:
        self.groups: list[list[str]] = []
        self.done: list[str] = []
        self.fail = fail
        self._more = asyncio.Condition()

    async def __call__(self, deliveries: Any) -> None:
        names = [delivery.envelope.data.actor.name for delivery in deliveries]
        async with self._more:
            self.groups.append(names)
            self._more.notify_all()
        for delivery in deliveries:
            self.fail(delivery.envelope)
        async with self._more:
            self.done += names
            self._more.notify_all()

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds), self._more:
            await self._more.wait_for(condition)


@contextlib.asynccontextmanager
async def consuming(
    url: str,
    publisher: Publisher,
    handle: Handler,
    *,
    work: WorkQueue = QUICK,
    pace: Pace | None = None,
    health: dict[str, tuple[bool, str]] | None = None,
    alone: asyncio.Lock | None = None,
) -> AsyncIterator[asyncio.Event]:
    """A consumer that runs meanwhile; it drains at the end."""
    ready = asyncio.Event()

    def on_health(name: str, ok: bool, detail: str) -> None:
        if health is not None:
            health[name] = (ok, detail)
        if ok:
            ready.set()

    stop = asyncio.Event()
    consumer = Consumer(url, work, handle, publisher, pace=pace or Pace(), on_health=on_health, alone=alone)
    async with asyncio.TaskGroup() as group:
        group.create_task(consumer.run(stop))
        async with asyncio.timeout(20):
            await ready.wait()
        try:
            yield stop
        finally:
            stop.set()


_BASIC_ACK = b"\x00\x3c\x00\x50"  # class and method, https://www.rabbitmq.com/amqp-0-9-1-reference#basic.ack


class Wire:
    """The wire between a client and the broker, to be cut, or frozen towards the client, at will."""

    def __init__(self, url: str) -> None:
        self._broker = urlsplit(url)
        self._writers: list[asyncio.StreamWriter] = []
        self.connections = 0
        self.acks = 0  # that went to the broker
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.url = ""

    async def cut(self) -> None:
        """Drop every connection without a word; new ones are taken."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        up_reader, up_writer = await asyncio.open_connection(self._broker.hostname, self._broker.port)
        self._writers += [writer, up_writer]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(reader, up_writer, to_broker=True))
            group.create_task(self._pump(up_reader, writer, to_broker=False))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, to_broker: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not to_broker:
                    await self.flowing.wait()
                writer.write(data)
                await writer.drain()
                self.acks += to_broker and data.count(_BASIC_ACK)
        writer.transport.abort()


@contextlib.asynccontextmanager
async def wire_to(url: str) -> AsyncIterator[Wire]:
    wire = Wire(url)
    server = await asyncio.start_server(wire.serve, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    user = wire._broker.netloc.rpartition("@")[0]
    wire.url = urlunsplit(wire._broker._replace(netloc=f"{user}@127.0.0.1:{port}"))
    try:
        yield wire
    finally:
        server.close()
        await wire.cut()


def counted(name: str, **labels: str) -> float:
    """The value of a metric now."""
    return REGISTRY.get_sample_value(name, labels) or 0.0
