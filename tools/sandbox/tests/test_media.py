"""What else than text: from the bot, from people, and as the page has the bytes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from zavhoz_sandbox.client import Person, SandboxClient
from zavhoz_sandbox.page import samples
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
Send = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
JPEG = b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x30\x00\x40" + bytes(20)
OGG, MP4 = b"OggS" + bytes(60), b"\x00\x00\x00\x18ftypisom" + bytes(60)


@pytest.fixture
def send(url: str, http: aiohttp.ClientSession, sandbox: Sandbox) -> Send:
    """Call a method with a form, in which a file has a name."""

    async def sending(method: str, file: tuple[str, bytes, str], **arguments: Any) -> tuple[int, Any]:
        field, content, name = file
        form = aiohttp.FormData({key: str(value) for key, value in arguments.items()}, quote_fields=False)
        form.add_field(field, content, filename=name)
        async with http.post(f"{url}/bot{sandbox.token}/{method}", data=form) as response:
            body = await response.json()
            return response.status, body.get("result") or body["description"]

    return sending


@pytest.mark.parametrize(
    ("method", "kind", "file", "arguments", "facts"),
    [
        (
            *("sendVideo", "video", (MP4, "tap.mp4"), {"duration": 3, "width": 320, "height": 240}),
            {"duration": 3, "width": 320, "height": 240, "mime_type": "video/mp4", "file_name": "tap.mp4"},
        ),
        ("sendVideoNote", "video_note", (MP4, "x"), {"duration": 2, "length": 240}, {"duration": 2, "length": 240}),
        ("sendVoice", "voice", (OGG, "x"), {"duration": 3}, {"duration": 3, "mime_type": "audio/ogg"}),
        (
            *("sendAudio", "audio", (b"ID3", "hum.mp3"), {"duration": 9, "title": "Гул", "performer": "Труба"}),
            {
                "duration": 9,
                "title": "Гул",
                "performer": "Труба",
                "mime_type": "audio/mpeg",
                "file_name": "hum.mp3",
            },
        ),
        (
            "sendDocument",
            "document",
            (b"%PDF", "акт.pdf"),
            {},
            {"mime_type": "application/pdf", "file_name": "акт.pdf"},
        ),
    ],
)
async def test_a_bot_sends_every_kind_of_file(
    call: Call,
    send: Send,
    anna: Person,
    method: str,
    kind: str,
    file: tuple[bytes, str],
    arguments: dict[str, Any],
    facts: dict[str, Any],
) -> None:
    content, name = file
    code, sent = await send(method, (kind, content, name), chat_id=anna.id, **arguments)
    assert code == 200
    described = sent[kind]
    ids = {key: described[key] for key in ("file_id", "file_unique_id")}
    assert described == {**ids, "file_size": len(content), **facts}
    code, again = await call(method, chat_id=anna.id, **{kind: described["file_id"]})
    assert (code, again[kind]) == (200, described)
    assert (await anna.chat())[-1].raw[kind] == described
    _, document = await send("sendDocument", ("document", b"x", "x"), chat_id=anna.id)
    if kind != "document":
        code, why = await call(method, chat_id=anna.id, **{kind: document["document"]["file_id"]})
        assert (code, why.startswith("Bad Request: can't use file of type Document as ")) == (400, True)


async def test_files_of_the_bot_have_captions_but_for_round_videos(send: Send, anna: Person) -> None:
    _, sent = await send("sendVideo", ("video", MP4, "x"), chat_id=anna.id, caption="<b>Тут</b>", parse_mode="HTML")
    assert (sent["caption"], sent["caption_entities"][0]["type"]) == ("Тут", "bold")
    code, why = await send("sendVideoNote", ("video_note", MP4, "x"), chat_id=anna.id, caption="Тут")
    assert (code, "'caption'" in why) == (400, True)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"latitude": 0, "longitude": -181}, "longitude"),
        ({"latitude": 0}, "longitude"),
        ({"latitude": 0, "longitude": 0, "horizontal_accuracy": 1501}, "horizontal_accuracy"),
        ({"latitude": 0, "longitude": 0, "title": "x"}, "title"),
    ],
)
async def test_a_bot_sends_places_that_there_are(
    call: Call, anna: Person, arguments: dict[str, Any], named: str
) -> None:
    place = {"latitude": 55.75, "longitude": 37.62}
    code, sent = await call("sendLocation", chat_id=anna.id, **place)
    assert (code, sent["location"]) == (200, place)
    code, why = await call("sendLocation", chat_id=anna.id, **arguments)
    assert (code, named in why) == (400, True)


async def test_people_send_places_round_videos_and_follow_links(call: Call, client: SandboxClient) -> None:
    boris = await client.person(8, "Борис", last_name="Котов", about="сторож")
    assert (await boris.start("loc_214")).text == "/start loc_214"
    assert (await boris.start()).text == "/start"
    await boris.location(55.75, 37.62)
    await boris.media("video_note", MP4, mime_type="video/mp4", caption="не бывает")
    told = [update["message"] for update in (await call("getUpdates"))[1]]
    assert told[0]["entities"] == [{"type": "bot_command", "offset": 0, "length": 6}]
    assert told[2]["location"] == {"latitude": 55.75, "longitude": 37.62}
    assert (told[3]["video_note"]["length"], "caption" in told[3]) == (384, False)
    with pytest.raises(ValueError, match="up to 64 letters"):
        await boris.start("нет")
    with pytest.raises(ValueError, match="latitudes go to 90"):
        await boris.location(90.5, 0)
    with pytest.raises(ValueError, match="'text' is missing"):
        await client.post("people/8/text", {})
    with pytest.raises(ValueError, match="at most 70"):
        await client.person(9, "Ева", about="я" * 71)


@pytest.fixture
def fetch(url: str, http: aiohttp.ClientSession) -> Any:
    """GET: status, headers, body."""

    async def fetching(path: str, **headers: str) -> tuple[int, Any, bytes]:
        async with http.get(f"{url}/sandbox/{path}", headers=headers) as response:
            return response.status, response.headers, await response.read()

    return fetching


@pytest.mark.parametrize(
    ("kind", "content", "mime_type", "shown"),
    [
        ("photo", JPEG, None, "image/jpeg"),
        ("document", b"\x89PNG\r\n\x1a\n", "text/html", "image/png"),
        ("document", b"RIFF\x00\x00\x00\x00WEBP", None, "image/webp"),
        ("voice", b"unheard of", "audio/ogg", "audio/ogg"),
        ("video_note", MP4, None, "video/mp4"),
        ("video", MP4, "video/quicktime", "video/quicktime"),
    ],
)
async def test_the_page_shows_pictures_and_plays_sound(
    fetch: Any, client: SandboxClient, kind: str, content: bytes, mime_type: str | None, shown: str
) -> None:
    kept = (await client.keep(kind, content, mime_type=mime_type))[kind]
    file_id = kept[-1]["file_id"] if kind == "photo" else kept["file_id"]
    status, headers, body = await fetch(f"files/{file_id}")
    assert (status, headers["Content-Type"], body) == (200, shown, content)
    assert "Content-Disposition" not in headers
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == (
        "nosniff",
        "private, max-age=86400, immutable",
    )


@pytest.mark.parametrize(
    ("content", "mime_type", "named"),
    [
        (b"%PDF", "application/pdf", "application/pdf"),
        (b"<script>alert(1)</script>", "text/html", "text/html"),
        (b"<svg onload='alert(1)'/>", "image/svg+xml", "image/svg+xml"),
        (b"x", "audio/ogg\r\nSet-Cookie: a=b", "application/octet-stream"),
    ],
)
async def test_everything_else_is_only_given_out(
    fetch: Any, client: SandboxClient, content: bytes, mime_type: str, named: str
) -> None:
    kept = await client.keep("document", content, mime_type=mime_type, file_name='акт "1".pdf')
    status, headers, body = await fetch(f"files/{kept['document']['file_id']}")
    assert (status, headers["Content-Type"], body) == (200, named, content)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Disposition"] == "attachment; filename*=UTF-8''%D0%B0%D0%BA%D1%82%20%221%22.pdf"


async def test_players_ask_for_parts(fetch: Any, client: SandboxClient) -> None:
    file_id = (await client.keep("voice", OGG))["voice"]["file_id"]
    parts = {"bytes=0-3": OGG[:4], "bytes=60-": OGG[60:], "bytes=-2": OGG[-2:], "bytes=2-500": OGG[2:]}
    for asked, part in parts.items():
        status, headers, body = await fetch(f"files/{file_id}", Range=asked)
        assert (status, body) == (206, part)
        begin = OGG.rindex(part) if asked == "bytes=-2" else int(asked.removeprefix("bytes=").partition("-")[0])
        assert headers["Content-Range"] == f"bytes {begin}-{begin + len(part) - 1}/64"
    assert (await fetch(f"files/{file_id}", Range="bytes=64-"))[0] == 416
    assert (await fetch(f"files/{file_id}", Range="miles=1-2"))[::2] == (200, OGG)
    assert (await fetch("files/nothing"))[0] == 404


async def test_a_kind_of_file_that_there_is_not(client: SandboxClient) -> None:
    with pytest.raises(ValueError, match="no files of kind 'sticker'"):
        await client.keep("sticker", b"x")


async def test_samples_are_told_and_given_out(
    fetch: Any, client: SandboxClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"name": "tap", "file": "tap.jpg", "kind": "photo", "title": {"en": "Tap"}, "mime_type": "image/jpeg"}
    (tmp_path / "samples.json").write_text(json.dumps([told]))
    (tmp_path / "tap.jpg").write_bytes(JPEG)
    monkeypatch.setattr(samples, "FOLDER", tmp_path)
    samples.samples.cache_clear()
    try:
        async with client.feed() as feed:
            assert (await feed.next("snapshot"))["samples"] == [{**told, "url": "/sandbox/samples/tap"}]
        status, headers, body = await fetch("samples/tap")
        assert (status, headers["Content-Type"], body) == (200, "image/jpeg", JPEG)
        assert (await fetch("samples/tap.jpg"))[0] == 404
    finally:
        samples.samples.cache_clear()


def test_there_may_be_no_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "FOLDER", tmp_path)
    samples.samples.cache_clear()
    assert samples.samples() == ()
    samples.samples.cache_clear()
