"""A TCP proxy on the loopback address that can do to connections what networks do to them.

It runs in a thread of its own, so that it goes on while a test's event loop is busy or stands still; every method may
be called from any thread, blocks for a moment only, and has taken effect when it returns.
"""

import asyncio
import contextlib
import itertools
import logging
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

from zavhoz_devstack.ports import LOOPBACK, free_port

Direction = Literal["to server", "to client"]
Address = tuple[str, int]
BASIC_ACK = b"\x00\x00\x00\x0d\x00\x3c\x00\x50"
"""Within an AMQP 0-9-1 frame: payload of 13 bytes, class 60, method 80. From the server it is a publisher confirm."""
_PORTS = {"amqp": 5672, "postgresql": 5432, "redis": 6379, "http": 80}
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: closing sends RST, see socket(7)
_ORDERLY = struct.pack("ii", 0, 0)
_CHUNK = 65536
_REMEMBERED = 4096
_CONNECT_SECONDS = 2.0
_ANSWER_SECONDS = 10.0
_BACKLOG = 128
Result = TypeVar("Result")
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Trap:
    """Waits for certain bytes to go by, `left` times; the connection on which they do is then reset."""

    direction: Direction
    wanted: Callable[[bytes], bool]
    passing: bool
    left: int
    sprung: int = 0
    """How often it has cut."""
    _first: threading.Event = field(default_factory=threading.Event)

    def wait(self, seconds: float) -> bool:
        """Block until it has cut for the first time, `seconds` at most; whether it has."""
        return self._first.wait(seconds)

    def spring(self) -> None:
        """Count one cut."""
        self.left -= 1
        self.sprung += 1
        self._first.set()


async def accepts(address: Address) -> bool:
    """Whether a server takes connections; what a proxy with several of them asks before it connects."""
    try:
        connection = await _connect(address)
    except OSError:
        return False
    connection.close()
    return True


class Proxy:
    """Passes connections on to the server of a URL; of several, to the next in turn for which `probe` says yes.

    An async context manager: it listens while inside.
    """

    def __init__(self, *servers: str, probe: Callable[[Address], Awaitable[bool]] = accepts) -> None:
        self.port = free_port()
        self._servers = [_address(url) for url in servers]
        self._turn = itertools.cycle(range(len(servers)))
        self._probe = probe
        self._traps: list[Trap] = []
        self._delay = 0.0
        self._passing = asyncio.Event()
        self._passing.set()
        self._connections: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Task[None] | None = None
        self._tasks: asyncio.TaskGroup
        self._loop: asyncio.AbstractEventLoop
        self._end: asyncio.Event
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="proxy", daemon=True)

    async def __aenter__(self) -> Self:
        """Listen."""
        self._thread.start()
        await asyncio.to_thread(self._started.wait)
        self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Reset all connections, and listen no more."""
        self._loop.call_soon_threadsafe(self._end.set)
        await asyncio.to_thread(self._thread.join)

    def url(self, url: str) -> str:
        """The same URL by way of the proxy: same user, password and path."""
        parts = urlsplit(url)
        user, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{user}{at}{LOOPBACK}:{self.port}"))

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._connections)

    def cut(self) -> int:
        """Reset every connection, on both sides (RST); new ones are taken as before. Returns how many there were."""
        return self._do(self._cut())

    def refuse(self) -> None:
        """Take no more connections (ECONNREFUSED); those that are open stay open."""
        self._do(self._refuse())

    def accept(self) -> None:
        """Take connections again; does nothing when it does."""
        self._do(self._accept())

    def blackhole(self) -> None:
        """Pass nothing on, in neither direction, and close nothing, as if every packet were lost."""
        self._do(self._set(passing=False))

    def heal(self) -> None:
        """Pass on again: what was held back, and what has been closed meanwhile, too."""
        self._do(self._set(passing=True))

    def slow(self, seconds: float) -> None:
        """Let everything wait so long before it is passed on; 0 is as fast as can be."""
        self._delay = seconds

    def cut_when(
        self, direction: Direction, wanted: Callable[[bytes], bool], *, passing: bool = False, times: int = 1
    ) -> Trap:
        """Reset the connection on which bytes go by for which `wanted` is true; the others are left alone.

        `wanted` gets what has come and up to 4 KiB of what came before it. The bytes that came last are passed on
        before the reset if `passing`, else they are lost.
        """
        trap = Trap(direction, wanted, passing, times)
        self._traps.append(trap)
        return trap

    def _do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_ANSWER_SECONDS)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._end = asyncio.Event()
        async with asyncio.TaskGroup() as self._tasks:
            self._started.set()
            await self._end.wait()
            await self._refuse()
            await self._cut()

    async def _set(self, *, passing: bool) -> None:
        if passing:
            self._passing.set()
        else:
            self._passing.clear()

    async def _accept(self) -> None:
        if self._listener is None:
            listening = socket.create_server((LOOPBACK, self.port), backlog=_BACKLOG)
            listening.setblocking(False)
            self._listener = self._tasks.create_task(self._listen(listening))

    async def _refuse(self) -> None:
        if self._listener is not None:
            await _end(self._listener)
            self._listener = None

    async def _cut(self) -> int:
        tasks = list(self._connections)
        for task in tasks:
            await _end(task)
        return len(tasks)

    async def _listen(self, listening: socket.socket) -> None:
        with listening:
            while True:
                client, _ = await self._loop.sock_accept(listening)
                task = self._tasks.create_task(self._serve(client))
                self._connections.add(task)
                task.add_done_callback(self._connections.discard)
                task.add_done_callback(partial(_close, client))  # also if it never began

    async def _serve(self, client: socket.socket) -> None:
        """One connection: closed as its ends close it, or reset when this is cancelled or something breaks."""
        with contextlib.ExitStack() as sockets:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            await self._passing.wait()
            server = await self._choose()
            if server is None:
                return
            sockets.enter_context(server)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump("to server", client, server))
                    both.create_task(self._pump("to client", server, client))
            except* OSError as broken:
                log.debug("a connection was reset: %s", broken)
            else:  # both have said all they had to say
                for one in (client, server):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ORDERLY)

    async def _choose(self) -> socket.socket | None:
        for _ in self._servers:
            address = self._servers[next(self._turn)]
            with contextlib.suppress(OSError):
                if len(self._servers) == 1 or await self._probe(address):
                    return await _connect(address)
        return None

    async def _pump(self, direction: Direction, source: socket.socket, target: socket.socket) -> None:
        before = b""
        while True:
            broken: ConnectionError | None = None
            try:
                data = await self._loop.sock_recv(source, _CHUNK)
            except ConnectionError as error:
                broken = error
            await self._passing.wait()
            if broken is not None:
                raise broken
            if self._delay:
                await asyncio.sleep(self._delay)
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            trap = self._trapped(direction, before + data)
            if trap is None or trap.passing:
                await self._loop.sock_sendall(target, data)
            if trap is not None:
                trap.spring()
                raise ConnectionResetError("cut, as was asked")
            before = (before + data)[-_REMEMBERED:]

    def _trapped(self, direction: Direction, data: bytes) -> Trap | None:
        armed = (trap for trap in self._traps if trap.left > 0 and trap.direction == direction)
        return next((trap for trap in armed if trap.wanted(data)), None)


async def _connect(address: Address) -> socket.socket:
    connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await asyncio.get_running_loop().sock_connect(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


def _close(connection: socket.socket, _: object) -> None:
    connection.close()


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _address(url: str) -> Address:
    parts = urlsplit(url)
    return parts.hostname or LOOPBACK, parts.port or _PORTS[parts.scheme]
