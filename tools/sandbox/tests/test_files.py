"""Photos and documents, from a person's hand to the bytes that are downloaded."""

from __future__ import annotations

import struct
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from zavhoz_sandbox.client import Person
from zavhoz_sandbox.images import image_size
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
MAX_BYTES = 20 * 1024 * 1024


def png(width: int, height: int) -> bytes:
    """The beginning of a PNG, all that tells its size."""
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02\0\0\0"


def jpeg(width: int, height: int) -> bytes:
    """The beginning of a JPEG with a segment before the frame."""
    before = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9
    return b"\xff\xd8" + before + b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, height, width, 3) + b"\0" * 9


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (png(640, 480), (640, 480)),
        (jpeg(300, 200), (300, 200)),
        (b"neither", (1, 1)),
        (b"", (1, 1)),
        (png(640, 480)[:20], (1, 1)),
        (jpeg(300, 200)[:20], (1, 1)),
        (b"\xff\xd8\xff\xe0\xff\xff" + b"\0" * 20, (1, 1)),
    ],
)
def test_the_size_of_a_picture(content: bytes, size: tuple[int, int]) -> None:
    assert image_size(content) == size


async def test_a_photo_is_several_files(call: Call, anna: Person) -> None:
    sent = await anna.photo(png(640, 480), caption="Течёт", media_group_id="9")
    (update,) = (await call("getUpdates", offset=-1))[1]
    sizes = update["message"]["photo"]
    assert [(size["width"], size["height"]) for size in sizes] == [(160, 120), (640, 480)]
    assert len({size["file_id"] for size in sizes} | {size["file_unique_id"] for size in sizes}) == 4
    assert (update["message"]["caption"], update["message"]["media_group_id"]) == ("Течёт", "9")
    assert sent.text == "Течёт"


async def test_a_document_is_downloaded_as_it_was_sent(
    call: Call, http: aiohttp.ClientSession, url: str, sandbox: Sandbox, anna: Person
) -> None:
    content = bytes(range(256)) * 2000
    document = (await anna.document(content, "акт.pdf", caption="Акт")).raw["document"]
    assert document["file_name"] == "акт.pdf"
    assert document["mime_type"] == "application/pdf"
    assert document["file_size"] == len(content)
    _, file = await call("getFile", file_id=document["file_id"])
    assert file["file_unique_id"] == document["file_unique_id"]
    assert file["file_size"] == len(content)
    async with http.get(f"{url}/file/bot{sandbox.token}/{file['file_path']}") as response:
        assert response.headers["Content-Length"] == str(len(content))
        assert await response.read() == content


@pytest.mark.parametrize(("token", "path"), [("100001:wrong", None), (None, "documents/file_999")])
async def test_no_download_without_token_and_path(
    call: Call,
    http: aiohttp.ClientSession,
    url: str,
    sandbox: Sandbox,
    anna: Person,
    token: str | None,
    path: str | None,
) -> None:
    document = (await anna.document(b"secret", "x.pdf")).raw["document"]
    _, file = await call("getFile", file_id=document["file_id"])
    async with http.get(f"{url}/file/bot{token or sandbox.token}/{path or file['file_path']}") as response:
        assert response.status == 404
        assert (await response.json())["ok"] is False


@pytest.mark.parametrize(("length", "fits"), [(MAX_BYTES, True), (MAX_BYTES + 1, False)])
async def test_files_over_20_mb_cannot_be_fetched(call: Call, sandbox: Sandbox, length: int, *, fits: bool) -> None:
    stored = sandbox.world.store("document", bytes(length))
    code, answer = await call("getFile", file_id=stored.file_id)
    assert (code, answer if code == 400 else "") == ((200, "") if fits else (400, "Bad Request: file is too big"))


async def test_a_file_is_sent_again_by_its_id(call: Call, anna: Person) -> None:
    photo = (await anna.photo(png(64, 48))).raw["photo"][-1]
    _, sent = await call("sendPhoto", chat_id=7, photo=photo["file_id"], caption="<b>x</b>", parse_mode="HTML")
    assert sent["photo"][-1]["file_id"] == photo["file_id"]
    assert (sent["photo"][-1]["width"], sent["photo"][-1]["height"]) == (64, 48)
    assert sent["caption"] == "x"
    assert sent["caption_entities"] == [{"type": "bold", "offset": 0, "length": 1}]
    no_text = await call("editMessageText", chat_id=7, message_id=sent["message_id"], text="x")
    assert no_text == (400, "Bad Request: there is no text in the message to edit")
