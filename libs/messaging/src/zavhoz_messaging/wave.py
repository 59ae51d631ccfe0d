"""Many messages written to a channel in one piece, and their confirms awaited together.

`Channel.basic_publish` costs a task, four futures and a system call for each message, which was half of what the relay
did. This keeps the same books of the channel (aiormq 7: lock, delivery tag, confirmations, write queue), so that both
can be used on one channel.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence

from aiormq import Channel
from aiormq.abc import ChannelFrame
from pamqp.body import ContentBody
from pamqp.commands import Basic
from pamqp.frame import marshal
from pamqp.header import ContentHeader

from zavhoz_messaging.outgoing import Outgoing

Confirm = asyncio.Future[object]


async def publish_wave(channel: Channel, messages: Sequence[Outgoing], seconds: float) -> list[bool]:
    """Publish messages, mandatory, in this order; returns which of them were confirmed within that many seconds.

    The others were returned or refused, or nobody knows.

    Raises:
        TimeoutError: the connection takes nothing; nothing was sent.
        ChannelInvalidStateError: the channel is closed; nothing was sent.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    written = [(message, message.properties()) for message in messages]
    payload = b"".join(frame for message, properties in written for frame in _frames(channel, message, properties))
    ids = [str(properties.message_id) for _, properties in written]
    async with asyncio.timeout_at(deadline), channel.lock:
        await channel.write_queue.put(ChannelFrame(payload, should_close=False))
        # Noted before anybody else has a turn: no confirm can come earlier, and what was not put has left no trace.
        confirms, settled = _expect(channel, ids)
    try:
        await asyncio.wait([settled], timeout=deadline - loop.time())
        return [_acknowledged(confirm) for confirm in confirms]
    finally:
        for message_id, confirm in zip(ids, confirms, strict=True):
            confirm.cancel()
            channel.message_id_delivery_tag.pop(message_id, None)


def _acknowledged(confirm: Confirm) -> bool:
    return confirm.done() and confirm.exception() is None and isinstance(confirm.result(), Basic.Ack)


def _frames(channel: Channel, message: Outgoing, properties: Basic.Properties) -> list[bytes]:
    """A message as AMQP frames."""
    header = ContentHeader(properties=properties, body_size=len(message.body))
    size = channel.max_content_size
    parts = [ContentBody(message.body[at : at + size]) for at in range(0, len(message.body), size)]
    return [
        _method(message.exchange, message.routing_key, channel.number),
        marshal(header, channel.number),
        *(marshal(part, channel.number) for part in parts),
    ]


@functools.lru_cache(maxsize=256)  # there are some dozens of types, and a relay writes the same few again and again
def _method(exchange: str, routing_key: str, channel: int) -> bytes:
    return marshal(Basic.Publish(exchange=exchange, routing_key=routing_key, mandatory=True), channel)


def _expect(channel: Channel, message_ids: Sequence[str]) -> tuple[list[Confirm], Confirm]:
    """A future for the confirm of each message, and one that is done with all of them, or when the channel closes."""
    loop = asyncio.get_running_loop()
    settled: Confirm = channel.create_future()
    confirms: list[Confirm] = []
    missing = len(message_ids)

    def done(_: Confirm) -> None:
        nonlocal missing
        missing -= 1
        if not missing and not settled.done():
            settled.set_result(None)

    for message_id in message_ids:
        channel.delivery_tag += 1
        confirm: Confirm = loop.create_future()
        confirm.add_done_callback(done)
        channel.confirmations[channel.delivery_tag] = confirm
        channel.message_id_delivery_tag[message_id] = channel.delivery_tag
        confirms.append(confirm)
    return confirms, settled
