"""How a call may come: any verb, four encodings, one token."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox

MARKUP = {"inline_keyboard": [[{"text": "Да", "callback_data": "yes"}]]}


@pytest.fixture
def bot(url: str, sandbox: Sandbox) -> str:
    """The address of the bot's methods."""
    return f"{url}/bot{sandbox.token}"


async def test_every_encoding_means_the_same(http: aiohttp.ClientSession, bot: str, anna: Person) -> None:
    fields = {"chat_id": "7", "text": "Кран & <кот>", "reply_markup": json.dumps(MARKUP)}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    async with http.get(f"{bot}/sendMessage", params=fields) as by_query:
        assert by_query.status == 200
    async with http.post(f"{bot}/sendMessage", data=fields) as by_form:
        assert by_form.request_info.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert by_form.status == 200
    async with http.post(f"{bot}/sendMessage", json={**fields, "chat_id": 7, "reply_markup": MARKUP}) as by_json:
        assert by_json.status == 200
    async with http.post(f"{bot}/sendMessage", data=multipart) as by_multipart:
        assert by_multipart.request_info.headers["Content-Type"].startswith("multipart/form-data")
        assert by_multipart.status == 200
    seen = [(one.text, one.buttons) for one in await anna.chat() if not one.mine]
    assert seen == [("Кран & <кот>", ((("Да", "yes"),),))] * 4


async def test_methods_are_found_whatever_their_case(http: aiohttp.ClientSession, bot: str) -> None:
    async with http.get(f"{bot}/GETME") as response:
        me = (await response.json())["result"]
    assert (me["id"], me["is_bot"]) == (100001, True)


@pytest.mark.parametrize("token", ["100001:another", "100002:token-of-the-stand-in", "nonsense"])
async def test_another_token_is_nobodys(http: aiohttp.ClientSession, url: str, token: str) -> None:
    async with http.post(f"{url}/bot{token}/getMe") as response:
        assert response.status == 401
        assert await response.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


@pytest.mark.parametrize(
    ("kind", "body", "why"),
    [
        ("application/json", b"{", "can't parse JSON object"),
        ("application/json", b"\xff\xfe", "can't parse JSON object"),
        ("application/json", b"[]", "object expected as JSON body"),
        ("text/plain", b"chat_id=7", "unsupported content type"),
    ],
)
async def test_a_body_that_cannot_be_read(
    http: aiohttp.ClientSession, bot: str, kind: str, body: bytes, why: str
) -> None:
    async with http.post(f"{bot}/sendMessage", data=body, headers={"Content-Type": kind}) as response:
        assert response.status == 400
        assert await response.json() == {"ok": False, "error_code": 400, "description": f"Bad Request: {why}"}


async def _pieces(document: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(document), 1000):
        yield document[start : start + 1000]


@pytest.mark.parametrize("attached", [False, True])
async def test_an_upload_in_chunks(
    http: aiohttp.ClientSession, bot: str, client: SandboxClient, anna: Person, *, attached: bool
) -> None:
    content = bytes(range(256)) * 40
    form = aiohttp.FormData(quote_fields=False, default_to_multipart=True)
    form.add_field("chat_id", "7")
    form.add_field("caption", "<i>Смета</i>")
    form.add_field("parse_mode", "HTML")
    if attached:
        form.add_field("document", "attach://1234")
    form.add_field("1234" if attached else "document", _pieces(content), filename="смета.pdf")
    async with http.post(f"{bot}/sendDocument", data=form) as response:
        assert response.request_info.headers["Transfer-Encoding"] == "chunked"
        assert response.status == 200, await response.text()
        document = (await response.json())["result"]["document"]
    assert (document["file_name"], document["file_size"]) == ("смета.pdf", len(content))
    assert (await anna.chat())[-1].text == "Смета"
    logged = (await client.calls("sendDocument"))[0]["arguments"]
    assert logged["document"] == f"<{len(content)} bytes>"

    async with http.post(f"{bot}/getFile", data={"file_id": document["file_id"]}) as response:
        path = (await response.json())["result"]["file_path"]
    async with http.get(bot.replace("/bot", "/file/bot") + "/" + path) as response:
        assert await response.read() == content


async def test_an_upload_that_is_named_but_not_there(http: aiohttp.ClientSession, bot: str, anna: Person) -> None:
    form = aiohttp.FormData({"chat_id": str(anna.id), "document": "attach://1234"}, default_to_multipart=True)
    async with http.post(f"{bot}/sendDocument", data=form) as response:
        assert response.status == 400
        assert "attach://1234" in (await response.json())["description"]
