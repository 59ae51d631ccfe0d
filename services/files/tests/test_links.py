"""Links: made for who may see the request, good for a while, and what they lead to is given out harmlessly."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession, web
from files_support import REFUSED, STORED, World, picture, zipped
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from zavhoz_chassis.health import Health
from zavhoz_chassis.http import App, serving
from zavhoz_contracts.message import AttachmentKind
from zavhoz_files.domain.links import LinkState, judge, sign
from zavhoz_files.domain.naming import content_disposition, file_name
from zavhoz_files.storage import ObjectStorage

KEY, OLD_KEY = "k" * 32, "o" * 32
TOKEN, OWN_TOKEN = "token-of-the-gateway", "token-of-the-files"
ID = UUID("12345678-1234-5678-1234-567812345678")


@dataclass
class Office:
    """The requests service: who may see which attachment."""

    may_see: set[tuple[UUID, str]] = field(default_factory=set)
    known: set[UUID] = field(default_factory=set)
    names: dict[UUID, str] = field(default_factory=dict)
    away: bool = False

    async def answer(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bearer {OWN_TOKEN}"
        if self.away:
            return web.json_response({"status": 503, "code": "unavailable"}, status=503)
        id, as_ = UUID(request.match_info["attachment"]), request.query["as"]
        if id not in self.known:
            return web.json_response({"status": 404, "code": "not_found"}, status=404)
        if (id, as_) not in self.may_see:
            return web.json_response({"status": 403, "code": "forbidden"}, status=403)
        shown = {"attachment_id": str(id), "kind": "photo", "status": "stored", "file_name": self.names.get(id)}
        return web.json_response(shown)


@dataclass(frozen=True)
class Answer:
    """What the HTTP side answered."""

    status: int
    headers: Any
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


@dataclass
class Api:
    """The service's HTTP side, as clients reach it."""

    world: World
    office: Office
    session: ClientSession
    url: str

    async def file(self, content: bytes, name: str, as_: str) -> UUID:
        """A file that is stored, of a request that `as_` may see."""
        sent = await self.world.document(content, name)
        async with self.world.service("worker"):
            added = await self.world.announce(sent, AttachmentKind.DOCUMENT)
            await self.world.subscriber.wait_for(len(self.world.subscriber.of(STORED)) + 1, STORED)
        id: UUID = added.data.attachment.attachment_id
        self.office.known.add(id)
        self.office.names[id] = name
        self.office.may_see.add((id, as_))
        return id

    async def call(self, method: str, path: str, **given: Any) -> Answer:
        """Call, with a path or a whole address."""
        url = path if "://" in path else self.url + path
        async with self.session.request(method, url, **given) as response:
            return Answer(response.status, response.headers, await response.read())

    async def ask(self, id: UUID, as_: str, token: str = TOKEN) -> Answer:
        """Ask for a link, as another service does."""
        headers = {"Authorization": f"Bearer {token}"}
        return await self.call("POST", f"/v1/attachments/{id}/link", params={"as": as_}, headers=headers)

    async def link(self, id: UUID, as_: str) -> str:
        """A link."""
        answer = await self.ask(id, as_)
        assert answer.status == 200, answer.content
        return str(answer.json()["url"])


@pytest.fixture
async def api(world: World) -> AsyncIterator[Api]:
    office, health = Office(), Health()
    requests = web.Application()
    requests.router.add_get("/v1/requests/{request}/attachments/{attachment}", office.answer)
    runner = web.AppRunner(requests, access_log=None, shutdown_timeout=0.1)
    app = App("files", health)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = await stack.enter_async_context(serving(app, "127.0.0.1", 0))
        url = f"http://127.0.0.1:{port}"
        process = await stack.enter_async_context(
            world.service(
                "api",
                health=health,
                files_link_key=(SecretStr(KEY), SecretStr(OLD_KEY)),
                files_public_url=SecretStr(url),
                api_tokens={"gateway": SecretStr(TOKEN)},
                requests_api_url=SecretStr(f"http://127.0.0.1:{runner.addresses[0][1]}"),
                api_token=SecretStr(OWN_TOKEN),
            )
        )
        app.include(process.routers)
        session = await stack.enter_async_context(ClientSession())
        yield Api(world, office, session, url)


async def test_who_may_see_the_request_gets_the_file(api: Api) -> None:
    content = "Течёт кран <script>\n".encode() * 2000
    id = await api.file(content, "план <этаж 2>.txt", "tg:1")
    answer = await api.call("GET", await api.link(id, "tg:1"))
    assert answer.status == 200
    assert answer.content == content
    headers = answer.headers
    assert headers["content-type"] == "text/plain; charset=utf-8"
    assert headers["content-length"] == str(len(content))
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox")
    assert headers["cache-control"].startswith("private, max-age=")
    assert headers["referrer-policy"] == "no-referrer"
    disposition = headers["content-disposition"]
    assert disposition.startswith("attachment; ")
    assert unquote(disposition.partition("filename*=UTF-8''")[2]) == "план _этаж 2_.txt"


@pytest.mark.parametrize("store", ["folder"], indirect=True)
async def test_nobody_else_gets_one(api: Api) -> None:
    id = await api.file(picture(), "a.jpg", "tg:1")
    assert (await api.ask(id, "tg:2")).status == 403
    assert (await api.ask(uuid4(), "tg:1")).status == 404
    for token in ("", "wrong", OWN_TOKEN, TOKEN + "x"):
        assert (await api.ask(id, "tg:1", token)).status == 401
    api.office.known.clear()
    assert (await api.ask(id, "tg:1")).status == 404
    api.office.away = True
    answer = await api.ask(id, "tg:1")
    assert (answer.status, answer.json()["code"]) == (503, "unavailable")


@pytest.mark.parametrize("store", ["folder"], indirect=True)
async def test_a_link_is_good_for_its_file_and_its_time_alone(api: Api) -> None:
    id, other = await api.file(picture(), "a.jpg", "tg:1"), await api.file(picture(shade=9), "b.jpg", "tg:1")
    link = await api.link(id, "tg:1")
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert 890 <= int(query["expires"]) - time.time() <= 900

    async def status(id: UUID = id, **changed: str) -> int:
        answer = await api.call("GET", f"/v1/attachments/{id}/content", params=query | changed)
        if answer.status != 200:
            assert "content-disposition" not in answer.headers
            assert KEY.encode() not in answer.content
        return answer.status

    past = str(int(time.time()) - 1)
    unheard = uuid4()
    assert await status() == 200
    assert await status(other) == 403
    assert await status(expires=str(int(query["expires"]) + 1)) == 403
    assert await status(signature=query["signature"][:-1] + "х") == 403
    assert await status(signature="") == 403
    assert await status(expires="9" * 30) == 403
    assert await status(expires="٣") == 403
    assert (await api.call("GET", f"/v1/attachments/{id}/content")).status == 403
    assert await status(expires=past, signature=sign(KEY.encode(), id, int(past))) == 410
    assert await status(unheard, signature=sign(KEY.encode(), unheard, int(query["expires"]))) == 404
    assert await status(signature=sign(OLD_KEY.encode(), id, int(query["expires"]))) == 200
    assert await status(signature=sign(b"x" * 32, id, int(query["expires"]))) == 403


@pytest.mark.parametrize("store", ["folder"], indirect=True)
async def test_what_was_refused_has_no_link(api: Api) -> None:
    async with api.world.service("worker"):
        sent = await api.world.document(zipped("a.txt"), "a.zip")
        added = await api.world.announce(sent, AttachmentKind.DOCUMENT)
        await api.world.subscriber.wait_for(1, REFUSED)
    id = added.data.attachment.attachment_id
    api.office.known.add(id)
    api.office.may_see.add((id, "tg:1"))
    assert (await api.ask(id, "tg:1")).status == 404


async def test_an_object_that_is_missing_is_a_failure_that_shows(api: Api) -> None:
    id = await api.file(picture(), "a.jpg", "tg:1")
    link = await api.link(id, "tg:1")
    storage = ObjectStorage.from_settings(api.world.settings)
    for key in await api.world.store.keys():
        await storage.delete(key)
    assert (await api.call("GET", link)).status == 500


@given(st.uuids(), st.integers(0, 2**40), st.binary(min_size=32), st.binary(min_size=32), st.floats(0, 2**41))
def test_only_the_key_that_signed_makes_a_link_good(
    id: UUID, expires: int, key: bytes, other: bytes, now: float
) -> None:
    signature = sign(key, id, expires)
    expected = LinkState.GOOD if now < expires else LinkState.EXPIRED
    assert judge([other, key], id, str(expires), signature, now) is expected
    assert judge([key], id, str(expires + 1), signature, now) is LinkState.FORGED
    if other != key:
        assert judge([other], id, str(expires), signature, now) is LinkState.FORGED


@pytest.mark.parametrize(
    ("given_name", "media_type", "name"),
    [
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("IMG_1.HEIC", "image/jpeg", "IMG_1.jpg"),
        ("holiday.exe", "application/pdf", "holiday.pdf"),
        ("run.html", "text/plain", "run.txt"),
        ("table.csv", "text/plain", "table.csv"),
        ("../../etc/passwd", "text/plain", "_.._etc_passwd.txt"),
        ("a\u202efdp.exe", "application/pdf", "a_fdp.pdf"),
        ("  ..", "image/png", "attachment-12345678.png"),
        (None, "image/png", "attachment-12345678.png"),
        ("счёт №5.pdf", "application/pdf", "счёт №5.pdf"),
        ("x" * 300, "application/pdf", "x" * 100 + ".pdf"),
    ],
)
def test_names_open_as_what_the_bytes_are(given_name: str | None, media_type: str, name: str) -> None:
    assert file_name(ID, given_name, media_type) == name


@given(st.text())
def test_no_name_breaks_out_of_its_header(given_name: str) -> None:
    header: Any = content_disposition(file_name(ID, given_name, "application/pdf"))
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert header.startswith("attachment; filename=")
