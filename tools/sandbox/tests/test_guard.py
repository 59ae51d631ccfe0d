"""Whom the page and the control API are for: this machine's own browser, and no other site that is open in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from zavhoz_sandbox.page.guard import is_loopback
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app

Get = Callable[..., Coroutine[Any, Any, int]]
GUARDED = ["/", "/page/index.html", "/sandbox/updates"]


@asynccontextmanager
async def serving(sandbox: Sandbox, bound: str) -> AsyncIterator[str]:
    """The stand-in, as if it were bound to `bound`."""
    runner = web.AppRunner(make_app(sandbox, bound), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture
def get(url: str, http: aiohttp.ClientSession) -> Get:
    async def getting(path: str, **headers: str) -> int:
        async with http.get(f"{url}{path}", headers=headers) as response:
            return response.status

    return getting


@pytest.mark.parametrize("path", GUARDED)
async def test_a_name_that_leads_here_is_no_way_in(get: Get, path: str) -> None:
    for host in ("127.0.0.1", "127.0.0.2:8081", "[::1]:8081", "localhost:1"):
        assert await get(path, Host=host) == 200
    for host in ("rebound.example:8081", "127.0.0.1.example", "10.0.0.1", "localhost.example", "[::1", ""):
        assert await get(path, Host=host) == 403


@pytest.mark.parametrize("path", GUARDED)
async def test_another_site_is_refused(get: Get, url: str, path: str) -> None:
    assert await get(path, Origin=url) == 200
    for origin in ("http://example.org", "null", "http://127.0.0.1:1", f"{url}.example"):
        assert await get(path, Origin=origin) == 403


async def test_another_site_cannot_act_nor_listen(http: aiohttp.ClientSession, url: str) -> None:
    strange = {"Origin": "http://example.org"}
    for path in ("/sandbox/people", "/v1/traces"):
        async with http.post(f"{url}{path}", data=b'{"id": 5, "first_name": "Eve"}', headers=strange) as response:
            assert response.status == 403
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await http.ws_connect(f"{url}/sandbox/feed", headers=strange)
    assert refused.value.status == 403
    async with http.ws_connect(f"{url}/sandbox/feed", headers={"Origin": url}) as socket:
        assert (await socket.receive_json())["people"] == []


async def test_the_bot_api_is_for_whoever_has_the_token(get: Get, sandbox: Sandbox) -> None:
    assert await get(f"/bot{sandbox.token}/getMe", Host="sandbox:8081", Origin="http://example.org") == 200


async def test_beyond_the_loopback_any_name_will_do(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    async with serving(sandbox, "0.0.0.0") as url:  # noqa: S104
        for path in GUARDED:
            async with http.get(f"{url}{path}", headers={"Host": "sandbox:8080"}) as response:
                assert response.status == 200
            strange = {"Host": "sandbox:8080", "Origin": "http://example.org"}
            async with http.get(f"{url}{path}", headers=strange) as response:
                assert response.status == 403


async def test_the_page_runs_only_what_comes_with_it(http: aiohttp.ClientSession, url: str) -> None:
    async with http.get(f"{url}/") as response:
        assert response.content_type == "text/html"
        policy = dict(one.strip().split(" ", 1) for one in response.headers["Content-Security-Policy"].split(";"))
        assert (policy["default-src"], policy["connect-src"]) == ("'self'", "'self'")
        assert "script-src" not in policy
        assert response.headers["Cache-Control"] == "no-cache"
        page = await response.text()
    assert 'src="/page/' in page
    async with http.get(f"{url}/page/main.js") as response:
        assert (response.status, "javascript" in response.content_type) == (200, True)
        assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(("host", "here"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("::", False)])
def test_what_is_this_machine_only(host: str, *, here: bool) -> None:
    assert is_loopback(host) is here
