"""What the real thing does and the stand-in did not: each was seen failing before it was mended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]


@pytest.mark.parametrize(
    "markup",
    [{"keyboard": [[{"text": "Мои заявки"}]]}, {"remove_keyboard": True}, {"force_reply": True}],
)
@pytest.mark.usefixtures("anna")
async def test_a_message_carries_inline_keyboards_only(call: Call, markup: dict[str, Any]) -> None:
    code, sent = await call("sendMessage", chat_id=7, text="x", reply_markup=markup)
    assert code == 200
    assert "reply_markup" not in sent


@pytest.mark.parametrize(
    "reply",
    [
        {"reply_parameters": {"message_id": 1, "quote": "/s", "quote_parse_mode": "HTML", "quote_position": 0}},
        {"reply_to_message_id": 1},
    ],
)
@pytest.mark.usefixtures("anna")
async def test_every_way_to_reply(call: Call, reply: dict[str, Any]) -> None:
    code, sent = await call("sendMessage", chat_id=7, text="x", **reply)
    assert code == 200, sent
    assert sent["reply_to_message"]["message_id"] == 1


@pytest.mark.usefixtures("anna")
async def test_entities_end_where_the_trimmed_text_does(call: Call) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="<b>ab </b><i> </i>", parse_mode="HTML")
    assert (sent["text"], sent["entities"]) == ("ab", [{"type": "bold", "offset": 0, "length": 2}])


@pytest.mark.usefixtures("anna")
async def test_the_log_keeps_what_was_answered_then(call: Call, client: SandboxClient) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="before")
    await call("editMessageText", chat_id=7, message_id=sent["message_id"], text="after")
    (logged,) = await client.calls("sendMessage")
    assert logged["answer"]["result"]["text"] == "before"


async def test_an_update_shows_the_message_that_was_pressed_then(call: Call, anna: Person) -> None:
    _, sent = await call("sendMessage", chat_id=7, text="before")
    await anna.begin_press(sent["message_id"], data="x")
    await call("editMessageText", chat_id=7, message_id=sent["message_id"], text="after")
    (update,) = (await call("getUpdates", offset=-1))[1]
    assert update["callback_query"]["message"]["text"] == "before"


async def test_a_slow_download_is_complete(
    call: Call, http: aiohttp.ClientSession, url: str, sandbox: Sandbox, client: SandboxClient, anna: Person
) -> None:
    document = (await anna.document(b"x" * 100_000, "x.bin")).raw["document"]
    _, file = await call("getFile", file_id=document["file_id"])
    await client.fault("slow", method="download", seconds=0.1)
    async with http.get(f"{url}/file/bot{sandbox.token}/{file['file_path']}") as response:
        assert len(await response.read()) == 100_000


async def test_people_send_large_files(anna: Person) -> None:
    assert (await anna.document(bytes(2_000_000), "x.bin")).raw["document"]["file_size"] == 2_000_000


async def test_a_form_that_is_none(http: aiohttp.ClientSession, url: str, sandbox: Sandbox) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    async with http.post(f"{url}/bot{sandbox.token}/getMe", data=b"garbage", headers=kind) as response:
        assert response.status == 400
        assert (await response.json())["error_code"] == 400


async def test_an_upload_over_50_mb(http: aiohttp.ClientSession, url: str, sandbox: Sandbox) -> None:
    async def pieces() -> Any:
        for _ in range(51):
            yield bytes(1024 * 1024)

    form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    form.add_field("document", pieces(), filename="x")
    async with http.post(f"{url}/bot{sandbox.token}/sendDocument", data=form) as response:
        assert response.status == 413
        assert (await response.json())["error_code"] == 413


async def test_updates_go_on_after_an_injected_jump(call: Call, client: SandboxClient, anna: Person) -> None:
    await client.inject({"update_id": 10**9, "message": {"text": "injected"}})
    await call("getUpdates", offset=10**9 + 1)
    await anna.text("after")
    (update,) = (await call("getUpdates", offset=10**9 + 1))[1]
    assert update["message"]["text"] == "after"
