"""The port to the AMQP client on the consuming side: messages taken from a queue, and their answers.

It stands on the client's lower layer: no task for each message, and what came before the answer to a cancel is here
before that answer is. A faster client needs this module and `Publisher` (with `wave`) anew.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.commands import Basic

from zavhoz_messaging.connection import own_channel


class Taken:
    """One message taken from a queue. Until it is `answered` the broker keeps it for us."""

    __slots__ = ("_channel", "_tag", "answered", "body", "headers")

    def __init__(self, channel: AbstractChannel, message: DeliveredMessage) -> None:
        self.body: bytes = message.body
        self.headers: Mapping[str, Any] = message.header.properties.headers or {}
        self.answered = False
        self._channel = channel
        self._tag = message.delivery_tag or 0

    async def ack(self) -> None:
        """Answer it: the broker may forget it."""
        await self._channel.basic_ack(self._tag)
        self.answered = True


async def ack_all(messages: Sequence[Taken]) -> None:
    """Answer what is not answered yet with a single ack.

    It answers everything that the channel delivered before, too: right for who handles messages in their order.
    """
    waiting = [message for message in messages if not message.answered]
    if waiting:
        await waiting[-1]._channel.basic_ack(waiting[-1]._tag, multiple=True)  # noqa: SLF001  # one class, one function
        for message in waiting:
            message.answered = True


@contextlib.asynccontextmanager
async def getting(connection: AbstractConnection, queue: str) -> AsyncIterator[Callable[[], Awaitable[Taken | None]]]:
    """Ask `queue` for one message at a time; yields what asks, and gets None when there is none.

    Only what was asked for is with us unanswered, and counts as returned when we die.
    """
    async with own_channel(connection) as channel:
        underlay = await channel.get_underlay_channel()

        async def get() -> Taken | None:
            message = await underlay.basic_get(queue)
            return Taken(underlay, message) if isinstance(message.delivery, Basic.GetOk) else None

        yield get


@dataclass(frozen=True, slots=True)
class Taking:
    """A consumer of ours at the broker: the tag by which the broker knows it, and what ends it."""

    tag: str
    cancel: Callable[[], Awaitable[object]]


@contextlib.asynccontextmanager
async def taking(
    connection: AbstractConnection, queue: str, prefetch: int, arrived: Callable[[Taken | None], None]
) -> AsyncIterator[Taking]:
    """Take from `queue`, at most `prefetch` unanswered.

    `arrived` gets each message in order, and None when the broker ended it (its queue was deleted) or the channel went.
    After the end that was asked for nothing more arrives; what came before may still be answered.
    """

    def gone(*_: object) -> None:
        arrived(None)

    async with own_channel(connection) as channel:
        await channel.set_qos(prefetch_count=prefetch)  # of this consumer; a global one ends the connection
        underlay = await channel.get_underlay_channel()

        async def on_message(message: DeliveredMessage) -> None:
            arrived(Taken(underlay, message))

        underlay.on_consumer_cancel_callbacks.add(gone)
        channel.close_callbacks.add(gone)
        tag = (await underlay.basic_consume(queue, on_message)).consumer_tag or ""
        yield Taking(tag, lambda: underlay.basic_cancel(tag))
