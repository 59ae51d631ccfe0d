"""An internal system of somebody else, which hears every event: by a durable queue of its own, through anything.

It counts what it gets by itself, and uses nothing of ours but the address: what it has is what an outsider would have.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from aio_pika.exceptions import AMQPError

AGAIN_SECONDS = 0.3
_LOST = (AMQPError, OSError, TimeoutError, asyncio.InvalidStateError, RuntimeError)


@dataclass(slots=True)
class Heard:
    """What came, in order; each event once, whatever was delivered again."""

    queue: str = field(default_factory=lambda: f"audit.{secrets.token_hex(6)}")
    events: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    """By event id: source, subject and version."""
    again: int = 0
    """Deliveries of an event that was there already."""

    def take(self, body: bytes) -> None:
        """Note one event (CloudEvents, structured JSON)."""
        event = json.loads(body)
        if event["id"] in self.events:
            self.again += 1
        else:
            self.events[event["id"]] = (event["source"], event["subject"], int(event.get("sequence", 0)))

    def disordered(self) -> list[str]:
        """Where the versions of an aggregate did not come in their order, without gaps; one sentence each."""
        last: dict[tuple[str, str], int] = {}
        found = []
        for source, subject, version in self.events.values():
            before = last.get((source, subject), 0)
            if version != before + 1:
                found.append(f"{source} {subject}: version {version} came after {before}")
            last[source, subject] = version
        return found


@asynccontextmanager
async def hearing(amqp_url: str) -> AsyncIterator[Heard]:
    """A subscriber that listens while inside, from before this returns."""
    heard = Heard()
    bound = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(_listen(amqp_url, heard, bound), name="subscriber")
        try:
            await bound.wait()
            yield heard
        finally:
            listening.cancel()


async def _listen(amqp_url: str, heard: Heard, bound: asyncio.Event) -> None:
    while True:
        with suppress(*_LOST):
            connection = await aio_pika.connect(amqp_url, heartbeat=5, timeout=5)
            try:
                await _consume(connection, heard, bound)
            finally:
                with suppress(*_LOST):
                    await asyncio.wait_for(connection.close(), 2)
        await asyncio.sleep(AGAIN_SECONDS)


async def _consume(connection: aio_pika.abc.AbstractConnection, heard: Heard, bound: asyncio.Event) -> None:
    gone = asyncio.Event()
    connection.close_callbacks.add(lambda *_: gone.set())
    channel = await connection.channel()
    channel.close_callbacks.add(lambda *_: gone.set())
    await channel.set_qos(prefetch_count=200)
    queue = await channel.declare_queue(heard.queue, durable=True, arguments={"x-queue-type": "quorum"})
    await queue.bind("zavhoz.events", "#")

    async def take(message: AbstractIncomingMessage) -> None:
        heard.take(message.body)
        with suppress(*_LOST):  # then it comes again
            await message.ack()

    await queue.consume(take)
    bound.set()
    await gone.wait()
