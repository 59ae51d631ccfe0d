"""The proxy passes bytes on, and does to them what it is told to, and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from zavhoz_devstack.faults.proxy import Address, Proxy
from zavhoz_messaging.testing import wait_until

SECONDS = 10


class Echo:
    """A server that says its name and then what it is told, and remembers it."""

    def __init__(self, name: str = "a") -> None:
        self.name = name
        self.taken = b""
        self.reset = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(f"{self.name}\n".encode())
            while data := await reader.read(65536):
                self.taken += data
                writer.write(data)
                await writer.drain()
            writer.write(b"bye")
        except ConnectionResetError:
            self.reset += 1
        finally:
            writer.close()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        async with server:
            yield f"redis://user:pw@127.0.0.1:{server.sockets[0].getsockname()[1]}/3"


class Client:
    """A connection through the proxy, and nothing that waits for ever."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def told(self, expected: bytes) -> None:
        async with asyncio.timeout(SECONDS):
            assert await self.reader.readexactly(len(expected)) == expected

    async def ask(self, said: bytes) -> None:
        self.writer.write(said)
        await self.told(said)

    async def is_reset(self) -> bool:
        try:
            async with asyncio.timeout(SECONDS):
                await self.reader.read()
        except ConnectionResetError:
            return True
        return False


@contextlib.asynccontextmanager
async def client_of(proxy: Proxy, name: str = "a") -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    client = Client(reader, writer)
    try:
        await client.told(f"{name}\n".encode())
        yield client
    finally:
        writer.close()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    async with echo.listening() as url, Proxy(url) as proxy:
        assert proxy.url(url) == f"redis://user:pw@127.0.0.1:{proxy.port}/3"
        yield proxy


async def test_passes_on_what_is_said_and_the_end_of_it(proxy: Proxy, echo: Echo) -> None:
    async with client_of(proxy) as client:
        await client.ask(b"x" * 1_000_000)
        client.writer.write_eof()
        await client.told(b"bye")
        assert await client.reader.read() == b""
    assert (len(echo.taken), echo.reset) == (1_000_000, 0)


async def test_cut_resets_both_sides_and_takes_new_connections(proxy: Proxy, echo: Echo) -> None:
    async with client_of(proxy) as client:
        assert proxy.connections == 1
        assert proxy.cut() == 1
        assert await client.is_reset()
    await reset(echo)
    assert proxy.connections == 0
    async with client_of(proxy) as client:
        await client.ask(b"again")


async def test_refuses_new_connections_and_keeps_the_open_ones(proxy: Proxy) -> None:
    async with client_of(proxy) as client:
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", proxy.port)
        await client.ask(b"still here")
    proxy.accept()
    async with client_of(proxy) as client:
        await client.ask(b"welcome")


async def test_a_black_hole_holds_everything_back_until_it_is_healed(proxy: Proxy, echo: Echo) -> None:
    async with client_of(proxy) as client:
        await client.ask(b"before")
        proxy.blackhole()
        client.writer.write(b"during")
        late, latecomer = await asyncio.open_connection("127.0.0.1", proxy.port)
        latecomer.write(b"late")
        for reader in (client.reader, late):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await reader.read(1)
        assert echo.taken == b"before"
        proxy.heal()
        await client.told(b"during")
        await Client(late, latecomer).told(b"a\nlate")
        latecomer.close()


async def test_what_is_held_back_is_lost_with_a_cut(proxy: Proxy, echo: Echo) -> None:
    async with client_of(proxy) as client:
        proxy.blackhole()
        client.writer.write(b"lost")
        proxy.cut()
        proxy.heal()
        assert await client.is_reset()
    await reset(echo)
    assert echo.taken == b""


async def test_slow_is_slow_both_ways(proxy: Proxy) -> None:
    async with client_of(proxy) as client:
        proxy.slow(0.1)
        began = time.monotonic()
        await client.ask(b"hello")
        assert time.monotonic() - began >= 0.2
        proxy.slow(0)
        await client.ask(b"hello")


@pytest.mark.parametrize("passing", [False, True], ids=["lost", "passed on"])
async def test_cut_when_certain_bytes_go_by(proxy: Proxy, echo: Echo, *, passing: bool) -> None:
    trap = proxy.cut_when("to server", lambda data: b"COMMIT" in data, passing=passing)
    async with client_of(proxy) as other, client_of(proxy) as client:
        await client.ask(b"BEGIN;")
        assert not trap.wait(0)
        await client.ask(b"COM")
        client.writer.write(b"MIT")
        assert await asyncio.to_thread(trap.wait, SECONDS)
        assert await client.is_reset()
        await reset(echo)
        assert echo.taken == (b"BEGIN;COMMIT" if passing else b"BEGIN;COM")
        await other.ask(b"COMMIT")  # once was asked for
        assert trap.sprung == 1


async def test_cut_when_the_answer_comes(proxy: Proxy, echo: Echo) -> None:
    trap = proxy.cut_when("to client", lambda data: b"COMMIT" in data, times=2)
    for number in (1, 2):
        async with client_of(proxy) as client:
            client.writer.write(b"COMMIT")
            assert await client.is_reset()
        assert trap.sprung == number
    assert echo.taken == b"COMMITCOMMIT"
    async with client_of(proxy) as client:
        await client.ask(b"COMMIT")


async def test_of_several_servers_each_in_turn_but_those_that_do_not_answer() -> None:
    answering = {"a", "b"}
    names: dict[int, str] = {}

    async def probe(address: Address) -> bool:
        return names[address[1]] in answering

    async with Echo("a").listening() as a, Echo("b").listening() as b:
        names = {int(a.rpartition(":")[2][:-2]): "a", int(b.rpartition(":")[2][:-2]): "b"}
        async with Proxy(a, b, probe=probe) as proxy:
            for name in "abab":
                async with client_of(proxy, name):
                    pass
            answering.remove("a")
            for name in "bb":
                async with client_of(proxy, name):
                    pass


async def test_nobody_there_is_a_reset() -> None:
    async with Echo().listening() as url:
        pass
    async with Proxy(url) as proxy:
        with pytest.raises(ConnectionResetError):
            async with client_of(proxy):
                pass


async def reset(echo: Echo) -> None:
    """Wait until the server's side was reset, once."""

    async def noticed() -> bool:
        return echo.reset == 1

    await wait_until(noticed, "the server's side to be reset")
