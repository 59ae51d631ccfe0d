"""Commands as the gateway would send them, and a subscriber who notes when each event came."""

from __future__ import annotations

import asyncio
import contextlib
import time
from asyncio import subprocess
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aio_pika
from aiormq.abc import DeliveredMessage
from pydantic_core import from_json

from benchmarks import limits
from benchmarks.servers import Servers
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Actor, Origin
from zavhoz_contracts.requests.v1.commands import CreateRequest
from zavhoz_messaging import topology
from zavhoz_messaging.publisher import Publisher, publishing

PEOPLE = 500
"""Then nobody has more than 20 open requests after any part of a round: one more would be refused."""
WORDS = "Water drips from the tap in room 214, and the floor under it is wet already. " * 4
TOGETHER = 500
CREATED = "zavhoz.request.created.v1"


def creates(count: int, people: int = PEOPLE) -> list[Envelope[CreateRequest]]:
    """New requests by so many people in turn; each command is about 1 KiB as JSON."""
    now = datetime.now(UTC)
    commands = []
    for index in range(count):
        id, telegram_id = uuid4(), 10**9 + index % people
        actor = Actor(telegram_id=telegram_id, name=f"Person {index % people}", language="ru", seen_at=now)
        data = CreateRequest(request_id=id, actor=actor, origin=Origin(chat_id=telegram_id), description=WORDS)
        command = wrap(data, source="/zavhoz/gateway", subject=f"request/{id}")
        commands.append(command.model_copy(update={"traceparent": f"00-{uuid4().hex}-{uuid4().hex[:16]}-01"}))
    return commands


async def publish(publisher: Publisher, commands: Sequence[Envelope[CreateRequest]]) -> None:
    """Publish as fast as it goes, 500 confirms gathered at a time."""
    for start in range(0, len(commands), TOGETHER):
        errors = [error for error in await publisher.publish_many(commands[start : start + TOGETHER]) if error]
        if errors:
            raise errors[0]


async def prepare(amqp_url: str, commands: Sequence[Envelope[CreateRequest]]) -> None:
    """Declare everything and put these commands into the queue."""
    async with publishing(amqp_url, "bench") as publisher:
        await publish(publisher, commands)


class Arrivals:
    """When which event arrived; bodies are read afterwards, so that noting costs little."""

    def __init__(self) -> None:
        self._seen: list[tuple[float, bytes]] = []
        self._more = asyncio.Event()
        self._wanted = 0

    async def note(self, message: DeliveredMessage) -> None:
        """One event."""
        self._seen.append((time.perf_counter(), message.body))
        if len(self._seen) >= self._wanted:
            self._more.set()

    async def wait_for(self, count: int, timeout: float = 120.0) -> None:
        """Wait until that many have come in all.

        Raises:
            TimeoutError: not within `timeout` seconds.
        """
        self._wanted = count
        if len(self._seen) < count:
            self._more.clear()
            async with asyncio.timeout(timeout):
                await self._more.wait()

    def by_cause(self) -> dict[UUID, float]:
        """When the first event caused by each command came."""
        times: dict[UUID, float] = {}
        for at, body in reversed(self._seen):
            times[UUID(from_json(body)["causationid"])] = at
        return times


@contextlib.asynccontextmanager
async def rate_of_arrivals(servers: Servers, amqp_url: str, count: int) -> AsyncIterator[Awaitable[float]]:
    """The same by a client in C, which leaves the machine to what is measured; yields what waits for `count` events.

    It gives events per second, from the first to the last. The exchange must be there.

    Raises:
        TimeoutError: they did not come within two minutes.
    """
    program, *broker = limits.rabbitmq_client(servers.state.path, amqp_url)
    command = [program, "subscribe", *broker, str(count), "zavhoz.events", CREATED]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    if process.stdout is None or await process.stdout.readline() != b"ready\n":
        raise RuntimeError("the subscriber did not start")
    try:
        yield _figure(process.stdout)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _figure(output: asyncio.StreamReader) -> float:
    async with asyncio.timeout(120):
        return float(await output.readline())


@contextlib.asynccontextmanager
async def arrivals(amqp_url: str) -> AsyncIterator[Arrivals]:
    """An internal system's own queue on the exchange of events, for `request.created`."""
    noted = Arrivals()
    connection = await aio_pika.connect(amqp_url)
    async with connection, connection.channel() as channel, connection.channel() as declaring:
        await topology.declare(declaring)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind("zavhoz.events", CREATED)
        underlay = await channel.get_underlay_channel()
        await underlay.basic_consume(queue.name, noted.note, no_ack=True)
        yield noted
