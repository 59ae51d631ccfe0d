"""The stand-in on a free port of the loopback, a bot that speaks plain HTTP with it, and somebody to talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app

TOKEN = "100001:token-of-the-stand-in"


@pytest.fixture
def sandbox() -> Sandbox:
    """The stand-in itself, to look into."""
    return Sandbox(TOKEN)


@pytest.fixture
async def url(sandbox: Sandbox) -> AsyncIterator[str]:
    """Where the stand-in listens."""
    runner = web.AppRunner(make_app(sandbox), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Plain HTTP; a call that does not come back fails its test."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session


@pytest.fixture
def call(url: str, http: aiohttp.ClientSession) -> Callable[..., Coroutine[Any, Any, tuple[int, Any]]]:
    """Call a method with JSON: (200, result) or (error_code, description). The two ways of saying so must agree."""

    async def calling(method: str, **arguments: Any) -> tuple[int, Any]:
        async with http.post(f"{url}/bot{TOKEN}/{method}", json=arguments) as response:
            body = await response.json()
            assert body["ok"] is (response.status == 200)
            if body["ok"]:
                return 200, body["result"]
            assert body["error_code"] == response.status
            return response.status, body["description"]

    return calling


@pytest.fixture
async def client(url: str) -> AsyncIterator[SandboxClient]:
    """The control API."""
    async with SandboxClient(url) as client:
        yield client


@pytest.fixture
async def anna(client: SandboxClient) -> Person:
    """Somebody who wrote to the bot, so that it may write back."""
    anna = await client.person(7, "Анна", username="anna")
    await anna.text("/start")
    return anna
