"""A connection and its channels on a real broker."""

from __future__ import annotations

import asyncio

import pytest
from aio_pika.abc import AbstractConnection

from zavhoz_messaging.connection import ConnectionLost, connected, own_channel

_MOMENTS, _APART_SECONDS = 100, 0.0001
"""A channel is opened, used and closed several times within them."""


@pytest.mark.timeout(30)
async def test_who_works_until_cancelled_ends_whenever_that_is(amqp_vhost_url: str) -> None:
    async def work(connection: AbstractConnection) -> None:
        while True:
            async with own_channel(connection) as channel:
                await channel.set_qos(1)

    for moment in range(_MOMENTS):
        # Each on its own, for a channel that was not opened or closed in peace may end the connection.
        async with connected(amqp_vhost_url, "test") as connection, asyncio.timeout(5), asyncio.TaskGroup() as group:
            working = group.create_task(work(connection))
            asyncio.get_running_loop().call_later(moment * _APART_SECONDS, working.cancel)


async def test_a_cancellation_that_nobody_asked_for_is_a_lost_connection(amqp_vhost_url: str) -> None:
    async with connected(amqp_vhost_url, "test") as connection:
        with pytest.raises(ConnectionLost, match="went away"):
            async with own_channel(connection):
                raise asyncio.CancelledError
