"""Albums and uploads: several files at once, from people and from the bot."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Coroutine
from typing import Any

import aiohttp
import pytest

from zavhoz_sandbox.client import Part, Person, SandboxClient
from zavhoz_sandbox.sandbox import Sandbox

Call = Callable[..., Coroutine[Any, Any, tuple[int, Any]]]
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x30\x08\x02\0\0\0"
LARGE = 10 * 1024 * 1024 + 1


def media(*kinds: str, **more: str) -> list[dict[str, str]]:
    """The `media` of an album whose files are attached as f0, f1, …"""
    return [{"type": kind, "media": f"attach://f{number}", **more} for number, kind in enumerate(kinds)]


async def upload(http: aiohttp.ClientSession, address: str, fields: dict[str, str], files: int) -> tuple[int, Any]:
    form = aiohttp.FormData(fields, default_to_multipart=True)
    for number in range(files):
        form.add_field(f"f{number}", PNG, filename=f"{number}.png")
    async with http.post(address, data=form) as response:
        body = await response.json()
        return response.status, body.get("result", body.get("description"))


@pytest.fixture
def album(http: aiohttp.ClientSession, url: str, sandbox: Sandbox) -> Call:
    """SendMediaGroup to Anna with as many PNGs as `files`, in multipart."""

    async def sending(parts: Any, files: int, **fields: str) -> tuple[int, Any]:
        given = {"chat_id": "7", "media": json.dumps(parts), **fields}
        return await upload(http, f"{url}/bot{sandbox.token}/sendMediaGroup", given, files)

    return sending


async def test_an_album_from_a_person_is_an_update_for_each_part(call: Call, anna: Person) -> None:
    sent = await anna.album(Part(PNG, caption="Течёт"), Part(PNG), Part(b"film", "video"), reply_to=1)
    messages = [update["message"] for update in (await call("getUpdates"))[1][1:]]
    assert messages == [one.raw for one in sent]
    assert len({one["media_group_id"] for one in messages}) == 1
    assert len({one["message_id"] for one in messages}) == 3
    assert [one.get("caption") for one in messages] == ["Течёт", None, None]
    assert [next(kind for kind in ("photo", "video") if kind in one) for one in messages] == ["photo", "photo", "video"]
    assert [one["reply_to_message"]["text"] for one in messages] == ["/start"] * 3
    again = await anna.album(Part(PNG), Part(PNG))
    assert again[0].raw["media_group_id"] != messages[0]["media_group_id"]


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        (["photo"], "2 to 10 parts"),
        (["photo"] * 11, "2 to 10 parts"),
        (["photo", "document"], "do not go into one album"),
        (["audio", "video"], "do not go into one album"),
    ],
)
async def test_albums_that_nobody_can_send(anna: Person, kinds: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        await anna.album(*(Part(PNG, kind) for kind in kinds))


@pytest.mark.parametrize(
    ("kind", "field"),
    [("voice", {"duration": 1}), ("video", {"width": 640, "height": 480}), ("audio", {"file_name": "file.mp3"})],
)
async def test_other_kinds_of_files(call: Call, anna: Person, kind: str, field: dict[str, Any]) -> None:
    sent = await anna.media(kind, b"sound", mime_type="x/y", caption="Слышите?", reply_to=1)
    (update,) = (await call("getUpdates", offset=-1))[1]
    assert update["message"] == sent.raw
    described = update["message"][kind]
    assert described | field == described
    assert (described["mime_type"], described["file_size"], sent.text) == ("x/y", 5, "Слышите?")
    assert (await call("getFile", file_id=described["file_id"]))[1]["file_path"].startswith(f"{kind}s/")


async def test_somebody_mends_what_they_wrote(call: Call, anna: Person) -> None:
    said = await anna.text("Тичёт")
    await anna.edit(said, "Течёт")
    (update,) = (await call("getUpdates", offset=-1))[1]
    assert update["edited_message"]["text"] == "Течёт"
    assert update["edited_message"]["message_id"] == said.id
    assert update["edited_message"]["edit_date"] > 0
    _, sent = await call("sendMessage", chat_id=7, text="x")
    with pytest.raises(ValueError, match="no message of theirs"):
        await anna.edit(next(one for one in await anna.chat() if one.id == sent["message_id"]), "y")


async def test_an_album_from_the_bot(album: Call, anna: Person, client: SandboxClient) -> None:
    code, sent = await album(media("photo", "photo", caption="<b>Готово</b>", parse_mode="HTML"), 2)
    assert code == 200, sent
    assert len({one["media_group_id"] for one in sent}) == 1
    assert [(one["photo"][0]["width"], one["caption"]) for one in sent] == [(64, "Готово")] * 2
    assert [one.text for one in await anna.chat() if not one.mine] == ["Готово"] * 2
    (logged,) = await client.calls("sendMediaGroup")
    assert [part["media"] for part in logged["arguments"]["media"]] == [f"<{len(PNG)} bytes>"] * 2


@pytest.mark.parametrize(
    ("parts", "files", "description"),
    [
        ([], 0, "Bad Request: there are no messages to send"),
        (media(*["photo"] * 11), 11, "Bad Request: too many messages to send as an album"),
        (media("photo", "document"), 2, "Bad Request: document can't be mixed with other media types"),
        (media("audio", "video"), 2, "Bad Request: audio can't be mixed with other media types"),
        (media("photo", "photo", caption="x" * 1025), 2, "Bad Request: message caption is too long"),
        (media("photo", "photo"), 1, "Bad Request: there is no file 'attach://f1' in the request"),
        (
            [{"type": "photo", "media": "nobody's"}] * 2,
            0,
            "Bad Request: wrong file identifier/HTTP URL specified",
        ),
    ],
)
async def test_albums_that_are_refused(
    album: Call, anna: Person, parts: list[dict[str, str]], files: int, description: str
) -> None:
    assert await album(parts, files) == (400, description)
    assert [one.text for one in await anna.chat()] == ["/start"]


@pytest.mark.usefixtures("anna")
async def test_what_the_real_one_would_let_pass(album: Call) -> None:
    one = await album(media("photo"), 1)
    assert one[0] == 400
    assert "2 to 10 parts" in one[1]
    unnamed = await album(media("photo", "photo"), 3)
    assert unnamed[0] == 400
    assert "f2" in unnamed[1]
    with_markup = await album(media("photo", "photo"), 2, reply_markup="{}")
    assert with_markup[0] == 400
    assert "reply_markup" in with_markup[1]


@pytest.mark.parametrize(
    ("method", "content", "description"),
    [
        ("sendPhoto", b"no picture", "Bad Request: IMAGE_PROCESS_FAILED"),
        ("sendPhoto", b"", "Bad Request: file must be non-empty"),
        (
            "sendPhoto",
            PNG + bytes(LARGE - len(PNG)),
            f"Bad Request: file of size {LARGE} bytes is too big for a photo; the maximum size is 10485760 bytes",
        ),
        ("sendDocument", b"", "Bad Request: file must be non-empty"),
    ],
    ids=["no picture", "empty photo", "large photo", "empty document"],
)
@pytest.mark.usefixtures("anna")
async def test_uploads_that_are_refused(
    http: aiohttp.ClientSession, url: str, sandbox: Sandbox, method: str, content: bytes, description: str
) -> None:
    form = aiohttp.FormData({"chat_id": "7"}, default_to_multipart=True)
    form.add_field(method.removeprefix("send").lower(), io.BytesIO(content), filename="x")
    async with http.post(f"{url}/bot{sandbox.token}/{method}", data=form) as response:
        assert (response.status, (await response.json())["description"]) == (400, description)


async def test_a_photo_is_attached_by_name(
    http: aiohttp.ClientSession, url: str, sandbox: Sandbox, anna: Person
) -> None:
    fields = {"chat_id": str(anna.id), "photo": "attach://f0", "caption": "вот"}
    code, sent = await upload(http, f"{url}/bot{sandbox.token}/sendPhoto", fields, 1)
    assert (code, sent["photo"][0]["height"], sent["caption"]) == (200, 48, "вот")


async def test_a_document_is_no_photo(call: Call, anna: Person) -> None:
    document = (await anna.document(b"x", "x.pdf")).raw["document"]
    refused = await call("sendPhoto", chat_id=7, photo=document["file_id"])
    assert refused == (400, "Bad Request: can't use file of type Document as Photo")
