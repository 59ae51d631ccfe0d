"""The stand-in as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import aiohttp
import pytest

from zavhoz_sandbox.client import SandboxClient

PATIENCE = 30.0


@contextlib.asynccontextmanager
async def running(*options: str) -> AsyncIterator[tuple[Process, str]]:
    """The process and the address that it prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zavhoz_sandbox", "--port", "0", *options, stdout=PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = (await process.stdout.readline()).decode()
        address = re.search(r"127\.0\.0\.1:[0-9]+", line)
        assert address is not None, line
        yield process, f"http://{address[0]}"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_ends_when_told_to_even_with_polls_open(number: signal.Signals) -> None:
    async with (
        running("--token", "5:x") as (process, url),
        aiohttp.ClientSession() as http,
        SandboxClient(url) as client,
    ):
        async with http.get(f"{url}/bot5:x/getMe") as response:
            assert (await response.json())["result"]["id"] == 5
        await (await client.person(7, "Анна")).text("/start")

        async def poll() -> None:
            with contextlib.suppress(aiohttp.ClientConnectionError):
                async with http.get(f"{url}/bot5:x/getUpdates", params={"timeout": "50", "offset": "9999999999"}):
                    pass

        async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
            group.create_task(poll())
            while (await client.updates())["pending"]:  # the poll has begun once its offset swept the update away
                pass
            process.send_signal(number)
            assert await process.wait() == 0


async def test_pages_are_let_go_when_it_ends_even_those_that_do_not_listen() -> None:
    async with (
        running() as (process, url),
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{url}/sandbox/feed") as listening,
        http.ws_connect(f"{url}/sandbox/feed"),
        asyncio.timeout(PATIENCE),
    ):
        assert (await listening.receive_json())["kind"] == "snapshot"
        process.send_signal(signal.SIGTERM)
        assert (await listening.receive()).data == aiohttp.WSCloseCode.GOING_AWAY
        assert await process.wait() == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_it_says_where_its_page_is(host: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zavhoz_sandbox", "--host", host, "--port", "0", stdout=PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as http:
            line = (await process.stdout.readline()).decode()
            page = re.search(r"its page is at (http://\S+)\n", line)
            assert page is not None, line
            async with http.get(page[1]) as response:
                assert (response.status, response.content_type) == (200, "text/html")
    finally:
        process.kill()
        await process.wait()


async def test_a_token_without_an_id_is_refused() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "zavhoz_sandbox", "--token", "nonsense", stderr=PIPE
    )
    async with asyncio.timeout(PATIENCE):
        _, said = await process.communicate()
    assert process.returncode == 2
    assert b"--token must look like <id>:<secret>" in said
