"""Requests over one connection reach every server in turn, but for one that is gone."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from zavhoz_devstack.__main__ import main
from zavhoz_devstack.balancer import Balancer


def server(name: str) -> TestServer:
    """One of the servers: says who it is and what it was asked."""

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/broken":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        said = {
            "name": name,
            "path": request.path_qs,
            "body": await request.text(),
            "secret": request.headers.get("X-S"),
        }
        return web.json_response(said, status=503, headers={"Retry-After": "7"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    return TestServer(app)


@contextlib.asynccontextmanager
async def balanced(*servers: TestServer) -> AsyncIterator[ClientSession]:
    """A client of the balancer before the servers."""
    async with contextlib.AsyncExitStack() as stack:
        for one in servers:
            await stack.enter_async_context(one)
        front = await stack.enter_async_context(TestServer(Balancer([one.port or 0 for one in servers]).app()))
        yield await stack.enter_async_context(ClientSession(front.make_url("/")))


async def ask(client: ClientSession, path: str = "/telegram?x=1") -> dict[str, Any]:
    async with client.post(path, data="{}", headers={"X-S": "secret"}) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
        said: dict[str, Any] = await answer.json()
        return said


async def test_each_in_turn_with_all_that_was_said() -> None:
    async with balanced(server("a"), server("b")) as client:
        said = [await ask(client) for _ in range(4)]
    assert [one["name"] for one in said] == ["a", "b", "a", "b"]
    assert said[0] == {"name": "a", "path": "/telegram?x=1", "body": "{}", "secret": "secret"}


async def test_who_is_gone_is_passed_over() -> None:
    gone = server("gone")
    async with balanced(gone, server("b")) as client:
        await gone.close()
        assert [(await ask(client))["name"] for _ in range(3)] == ["b", "b", "b"]


async def test_nobody_there_and_an_answer_broken_off_are_said() -> None:
    one = server("a")
    async with balanced(one) as client:
        async with client.post("/broken") as answer:
            assert answer.status == 502
        await one.close()
        async with client.post("/") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


@pytest.mark.parametrize("wrong", [["--updates", "pigeon"], ["--gateways", "0"], ["--gateways", "many"]])
def test_wrong_options_are_named(capsys: pytest.CaptureFixture[str], wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["tour", *wrong])
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err
