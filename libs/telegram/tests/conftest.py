"""A small Bot API server that answers what a test tells it to, and a reader of the Bot API's HTML."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from zavhoz_telegram.client import Bot, open_bot

TOKEN = "123456:not-a-real-secret"
_TOKENS = re.compile(r"<b>|</b>|&(?:amp|lt|gt|quot|#x27);|[^<>&]", re.DOTALL)


@dataclass
class FakeApi:
    """Answers every call with `respond`; `calls` are (method, parameters)."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    respond: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    def answer(self, status: int, body: object) -> None:
        """Answer with JSON from now on."""

        async def respond(_: web.Request) -> web.Response:
            return web.json_response(body, status=status)

        self.respond = respond

    def refuse(self, code: int, description: str, **parameters: int) -> None:
        """Answer as Telegram refuses: the HTTP status equals `error_code`."""
        body: dict[str, object] = {"ok": False, "error_code": code, "description": description}
        self.answer(code, body | ({"parameters": parameters} if parameters else {}))

    def say(self, status: int, text: str | bytes) -> None:
        """Answer with something that is not JSON."""

        async def respond(_: web.Request) -> web.Response:
            body = text if isinstance(text, bytes) else text.encode()
            return web.Response(status=status, body=body, content_type="text/html", charset="utf-8")

        self.respond = respond


def _form(posted: Mapping[str, Any]) -> dict[str, Any]:
    """What a form says; a file as its name and its bytes."""
    return {
        name: (value.filename, value.file.read()) if isinstance(value, web.FileField) else value
        for name, value in posted.items()
    }


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    """The server, on a free port of the loopback."""
    fake = FakeApi()

    async def handle(request: web.Request) -> web.StreamResponse:
        is_json = request.content_type == "application/json"
        given = await request.json() if is_json else _form(await request.post())
        fake.calls.append((request.match_info["method"], given))
        assert fake.respond is not None
        return await fake.respond(request)

    app = web.Application()
    app.router.add_post(f"/bot{TOKEN}/{{method}}", handle)
    async with TestServer(app, host="127.0.0.1") as server:
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[str], Awaitable[Bot]]]:
    """Make bots that are closed afterwards."""
    async with AsyncExitStack() as stack:
        yield lambda url: stack.enter_async_context(open_bot(TOKEN, url))


@pytest.fixture(scope="session")
def visible() -> Callable[[str], str]:
    """Read the Bot API's HTML strictly, with <b> as the only tag; returns the text that people see."""

    def read(source: str) -> str:
        end, depth, seen = 0, 0, []
        for token in _TOKENS.finditer(source):
            assert token.start() == end, f"not HTML of the Bot API at {source[end : end + 20]!r}"
            end = token.end()
            depth += {"<b>": 1, "</b>": -1}.get(token[0], 0)
            assert depth in (0, 1), f"tags do not match at {source[: token.end()][-20:]!r}"
            seen.append("" if token[0] in ("<b>", "</b>") else html.unescape(token[0]) if "&" in token[0] else token[0])
        assert (end, depth) == (len(source), 0), f"not closed, or not HTML: {source[end : end + 20]!r}"
        return "".join(seen)

    return read
