"""What goes wrong on request: exactly so often, for whom it is meant, and with the right trace in the log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]


@pytest.mark.parametrize(
    ("kind", "code", "description"),
    [
        ("429", 429, "Too Many Requests: retry after 1"),
        ("403", 403, "Forbidden: bot was blocked by the user"),
        ("400", 400, "Bad Request: chat not found"),
        ("5xx", 502, "Bad Gateway"),
    ],
)
async def test_an_error_instead_of_the_effect(
    call: Call, client: SandboxClient, anna: Person, kind: str, code: int, description: str
) -> None:
    await client.fault(kind, times=2)
    assert await call("sendMessage", chat_id=7, text="x") == (code, description)
    assert await call("sendMessage", chat_id=7, text="x") == (code, description)
    assert len(await anna.chat()) == 1
    assert (await call("sendMessage", chat_id=7, text="x"))[0] == 200
    assert [logged["status"] for logged in await client.calls()] == [code, code, 200]


async def test_flood_control_says_how_long(
    http: aiohttp.ClientSession, url: str, sandbox: Sandbox, client: SandboxClient
) -> None:
    await client.fault("429", retry_after=17)
    async with http.get(f"{url}/bot{sandbox.token}/getMe") as response:
        assert response.status == 429
        assert await response.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 17",
            "parameters": {"retry_after": 17},
        }


async def test_a_fault_goes_on_for_another_chat(
    call: Call, http: aiohttp.ClientSession, url: str, client: SandboxClient, anna: Person
) -> None:
    boris = await client.person(8, "Борис")
    await boris.text("привет")
    id = await client.fault("403", method="sendMessage", chat=anna.id, times=2)
    for given, status in (({"chat": boris.id}, 200), ({"times": 0}, 400)):
        async with http.patch(f"{url}/sandbox/faults", params={"id": id}, json=given) as response:
            assert response.status == status
    async with http.patch(f"{url}/sandbox/faults", params={"id": id + 1}, json={}) as response:
        assert (response.status, await response.text()) == (404, "no such fault waits")
    assert (await call("sendMessage", chat_id=anna.id, text="x"))[0] == 200
    assert [(await call("sendMessage", chat_id=boris.id, text="x"))[0] for _ in range(3)] == [403, 403, 200]


async def test_a_fault_is_for_its_chat_and_method(call: Call, client: SandboxClient, anna: Person) -> None:
    boris = await client.person(8, "Борис")
    await boris.text("привет")
    await client.fault("403", method="sendMessage", chat=anna.id)
    assert (await call("sendChatAction", chat_id=anna.id, action="typing"))[0] == 200
    assert (await call("sendMessage", chat_id=boris.id, text="x"))[0] == 200
    assert (await call("sendMessage", chat_id=anna.id, text="x"))[0] == 403


async def test_faults_are_met_one_after_another_and_cleared(call: Call, client: SandboxClient) -> None:
    await client.fault("429")
    await client.fault("5xx")
    assert [fault["kind"] for fault in await client.faults()] == ["429", "5xx"]
    assert [(await call("getMe"))[0] for _ in range(3)] == [429, 502, 200]
    assert await client.faults() == []
    await client.fault("429", times=100)
    await client.clear_faults()
    assert (await call("getMe"))[0] == 200


async def test_a_fault_of_polling(call: Call, client: SandboxClient) -> None:
    await client.fault("5xx", method="getUpdates")
    assert await call("getUpdates") == (502, "Bad Gateway")
    assert await call("getUpdates") == (200, [])


async def test_a_slow_call_takes_its_time_and_acts(call: Call, client: SandboxClient, anna: Person) -> None:
    await client.fault("slow", seconds=0.3)
    began = time.monotonic()
    assert (await call("sendMessage", chat_id=7, text="at last"))[0] == 200
    assert time.monotonic() - began >= 0.3
    (logged,) = await client.calls("sendMessage")
    assert logged["finished_ms"] - logged["started_ms"] >= 300
    assert (await anna.chat())[-1].text == "at last"


@pytest.mark.parametrize(("kind", "acted"), [("drop_after_receipt", True), ("drop_before_receipt", False)])
async def test_a_connection_that_breaks(
    call: Call, client: SandboxClient, anna: Person, kind: str, *, acted: bool
) -> None:
    await client.fault(kind, method="sendMessage")
    with pytest.raises(aiohttp.ClientConnectionError):
        await call("sendMessage", chat_id=7, text="perhaps")
    assert [message.text for message in await anna.chat() if not message.mine] == ["perhaps"] * acted
    (logged,) = await client.calls("sendMessage")
    assert logged["cut"] is True
    assert (await call("getMe"))[0] == 200


@pytest.mark.parametrize("kind", ["429", "5xx"])
async def test_a_download_that_is_refused(
    call: Call, http: aiohttp.ClientSession, url: str, sandbox: Sandbox, client: SandboxClient, anna: Person, kind: str
) -> None:
    address = await _address(call, url, sandbox, anna)
    await client.fault(kind, method="download")
    async with http.get(address) as response:
        assert response.status == {"429": 429, "5xx": 502}[kind]
    async with http.get(address) as response:
        assert len(await response.read()) == 100_000


async def test_a_download_that_breaks_half_way(
    call: Call, http: aiohttp.ClientSession, url: str, sandbox: Sandbox, client: SandboxClient, anna: Person
) -> None:
    address = await _address(call, url, sandbox, anna)
    await client.fault("drop_after_receipt", method="download")
    async with http.get(address) as response:
        assert response.headers["Content-Length"] == "100000"
        with pytest.raises(aiohttp.ClientError):
            await response.read()


async def _address(call: Call, url: str, sandbox: Sandbox, anna: Person) -> str:
    document = (await anna.document(b"x" * 100_000, "x.bin")).raw["document"]
    _, file = await call("getFile", file_id=document["file_id"])
    return f"{url}/file/bot{sandbox.token}/{file['file_path']}"


@pytest.mark.parametrize("fault", [{"kind": "earthquake"}, {"kind": "429", "times": 0}, {"kind": "429", "who": 7}])
async def test_a_fault_that_makes_no_sense_is_refused(client: SandboxClient, fault: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="the stand-in refused"):
        await client.fault(**fault)


@pytest.mark.usefixtures("anna")
async def test_the_log_tells_of_every_call(call: Call, client: SandboxClient) -> None:
    before = time.time() * 1000
    await call("getMe")
    await call("sendMessage", chat_id=7, text="")
    await call("getUpdates")
    first, second = await client.calls()
    assert (first["method"], first["chat"], first["status"]) == ("getMe", None, 200)
    assert (second["method"], second["chat"], second["status"]) == ("sendMessage", 7, 400)
    assert second["arguments"] == {"chat_id": 7, "text": ""}
    assert second["answer"]["description"] == "Bad Request: message text is empty"
    assert before <= first["started_ms"] <= first["finished_ms"] <= second["started_ms"] <= second["finished_ms"]
    assert await client.calls("sendMessage") == [second]
    assert await client.calls(since=first["number"]) == [second]


async def test_the_log_is_bounded(sandbox: Sandbox) -> None:
    assert sandbox.calls.maxlen == 100_000


async def test_faults_do_not_hold_up_others(call: Call, sandbox: Sandbox, client: SandboxClient, anna: Person) -> None:
    await client.fault("slow", chat=anna.id, seconds=5)
    async with asyncio.timeout(4), asyncio.TaskGroup() as group:
        slow = group.create_task(call("sendChatAction", chat_id=7, action="typing"))
        while sandbox.faults.waiting():  # noqa: ASYNC110  # it is met in another task of this loop
            await asyncio.sleep(0)
        assert (await call("getMe"))[0] == 200
        assert not slow.done()
        slow.cancel()
