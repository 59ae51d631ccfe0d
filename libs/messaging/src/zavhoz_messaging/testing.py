"""Helpers for tests of what speaks over the broker: an independent subscriber, queue depths, and a probe."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import aio_pika
from aio_pika.abc import AbstractIncomingMessage

from zavhoz_contracts.envelope import Envelope, parse
from zavhoz_contracts.registry import Exchange
from zavhoz_messaging import topology


async def wait_until(probe: Callable[[], Awaitable[bool]], what: str, *, timeout: float = 20.0) -> None:
    """Ask `probe` again and again until it is true.

    Raises:
        AssertionError: not within `timeout` seconds; says `what` was waited for.
    """
    try:
        async with asyncio.timeout(timeout):
            while not await probe():  # noqa: ASYNC110  # what it asks lives in another process
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not within {timeout} s: {what}") from None


class Subscriber:
    """What an internal system of somebody else would see: everything published, in order of arrival."""

    def __init__(self) -> None:
        self.messages: list[Envelope[Any]] = []
        self._more = asyncio.Condition()

    def of(self, *types: str) -> list[Envelope[Any]]:
        """The messages seen so far, of these types (all when none are named)."""
        return [message for message in self.messages if not types or message.type in types]

    async def wait_for(self, count: int, *types: str, timeout: float = 20.0) -> list[Envelope[Any]]:
        """Wait until `count` messages of these types were seen.

        Raises:
            AssertionError: not within `timeout` seconds; says what was seen instead.
        """
        try:
            async with asyncio.timeout(timeout), self._more:
                await self._more.wait_for(lambda: len(self.of(*types)) >= count)
        except TimeoutError:
            seen = [message.type for message in self.messages]
            raise AssertionError(f"waited for {count} of {types or 'any'}, saw {seen}") from None
        return self.of(*types)

    async def take(self, message: AbstractIncomingMessage) -> None:
        """Take one message from the broker."""
        async with self._more:
            self.messages.append(parse(message.body))
            self._more.notify_all()


@contextlib.asynccontextmanager
async def subscribed(amqp_url: str, *exchanges: Exchange, keys: tuple[str, ...] = ("#",)) -> AsyncIterator[Subscriber]:
    """Declare the topology and bind a queue of one's own to `exchanges` (events when none are named).

    A direct exchange matches a routing key as it is written: name the keys wanted.
    """
    subscriber = Subscriber()
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        await topology.declare(channel)
        queue = await channel.declare_queue(exclusive=True)
        for exchange in exchanges or (Exchange.EVENTS,):
            for key in keys:
                await queue.bind(exchange.value, key)
        await queue.consume(subscriber.take, no_ack=True)
        yield subscriber


async def depth(amqp_url: str, queue: str) -> int:
    """How many messages are ready in a queue."""
    return (await depths(amqp_url, [queue]))[queue]


async def depths(amqp_url: str, queues: Iterable[str]) -> dict[str, int]:
    """How many messages are ready in each of these queues."""
    connection = await aio_pika.connect(amqp_url)
    async with connection:
        channel = await connection.channel()
        found = {queue: await channel.declare_queue(queue, passive=True) for queue in queues}
        return {name: queue.declaration_result.message_count or 0 for name, queue in found.items()}


async def take_one(amqp_url: str, queue: str, *, timeout: float = 20.0) -> AbstractIncomingMessage:
    """Take the next message out of a queue, waiting for it."""
    connection = await aio_pika.connect(amqp_url)
    taken: list[AbstractIncomingMessage] = []
    async with connection:
        channel = await connection.channel()
        source = await channel.get_queue(queue, ensure=False)

        async def try_to() -> bool:
            message = await source.get(no_ack=True, fail=False)
            if message is not None:
                taken.append(message)
            return bool(taken)

        await wait_until(try_to, f"a message in {queue}", timeout=timeout)
    return taken[0]
