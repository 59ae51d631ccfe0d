"""One AMQP connection at a time, opened again for as long as somebody wants it.

The library's own robust connection restores channels behind one's back; here whoever uses a connection is told that it
is lost, drops what it was doing, and begins afresh on the next one. That is what the delivery rules need: handlers are
cancelled, and everything is declared again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection
from aio_pika.exceptions import AMQPError

HEARTBEAT_SECONDS: Final = 5
"""A frozen broker is noticed after about three of them."""
RECONNECT_SECONDS: Final = 0.5
_CONNECT_SECONDS: Final = 5
_CLOSE_SECONDS: Final = 2

OnHealth = Callable[[str, bool, str], None]
_log = structlog.get_logger("zavhoz.messaging")


class ConnectionLost(Exception):
    """The connection, its channel or its consumer is gone: begin afresh."""


LOST: Final = (ConnectionLost, AMQPError, OSError, TimeoutError, asyncio.InvalidStateError, RuntimeError)
"""What a lost connection looks like from inside (the client raises RuntimeError for a closed transport)."""


@contextlib.asynccontextmanager
async def connected(url: str, name: str) -> AsyncIterator[AbstractConnection]:
    """One connection, named for the broker's list of connections; closed afterwards, whatever happened to it."""
    connection = await aio_pika.connect(
        url, heartbeat=HEARTBEAT_SECONDS, timeout=_CONNECT_SECONDS, client_properties={"connection_name": name}
    )
    try:
        yield connection
    finally:
        with contextlib.suppress(*LOST):
            await asyncio.wait_for(connection.close(), _CLOSE_SECONDS)


async def until_lost(connection: AbstractConnection) -> None:
    """Wait for the connection to end, and say so.

    Raises:
        ConnectionLost: always, sooner or later.
    """
    ended: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    def on_close(_: object, error: BaseException | None) -> None:
        if not ended.done():
            ended.set_result(error)

    # The client's `closed()` tells of a close that we asked for, and of no other.
    connection.close_callbacks.add(on_close)
    transport = connection.transport
    if transport is None or transport.connection.is_closed:
        raise ConnectionLost("the connection is closed")
    raise ConnectionLost(f"the connection was lost: {await ended or 'closed'}")


@contextlib.asynccontextmanager
async def own_channel(connection: AbstractConnection) -> AsyncIterator[AbstractChannel]:
    """A channel of one's own, closed afterwards, in which a cancellation is one that somebody asked for.

    The client reports a connection that went away by a cancellation nobody asked for; and it loses one that comes while
    a channel closes (seen with aiormq 7.2.4), so that who works until cancelled would never end.

    Raises:
        ConnectionLost: instead of the former.
        asyncio.CancelledError: the latter, once the channel is closed.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0

    def asked() -> bool:
        return task is not None and task.cancelling() > before

    try:
        async with connection.channel() as channel:
            yield channel
    except asyncio.CancelledError as error:
        if asked():
            raise
        raise ConnectionLost("the channel went away") from error
    if asked():
        raise asyncio.CancelledError


async def unblocked(connection: AbstractConnection) -> bool:
    """Whether the broker reads what we publish: not while an alarm is on (https://www.rabbitmq.com/docs/alarms).

    It says so, once somebody has published, by `connection.blocked`; this is how the client makes it known.
    """
    transport = connection.transport
    if transport is None:
        return False
    try:
        async with asyncio.timeout(0):
            await transport.connection.ready()
    except TimeoutError:
        return False
    return True


async def keep_connected(
    url: str, name: str, use: Callable[[AbstractConnection], Awaitable[None]], on_health: OnHealth, stop: asyncio.Event
) -> None:
    """Connect and `use` the connection; when it is lost, again after half a second, until `stop`.

    `use` is cancelled when the connection is lost, and returns by itself only after `stop`. `on_health` is told under
    `name` how it stands.
    """
    told = ""
    while not stop.is_set():
        lost: BaseException = ConnectionLost("nobody uses it any more")
        try:
            async with connected(url, name) as connection, asyncio.TaskGroup() as group:
                watcher = group.create_task(until_lost(connection), name=f"{name}: watch")
                await use(connection)
                watcher.cancel()
        except* LOST as errors:
            lost = _first(errors)
        if stop.is_set():
            return
        what = f"{type(lost).__name__}: {lost}"[:300]
        on_health(name, False, what)
        if what != told:  # a broker that is away for an hour is one line, not seven thousand
            _log.warning("not connected; trying again", connection=name, error=what)
            told = what
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), RECONNECT_SECONDS)


def _first(errors: BaseExceptionGroup) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
