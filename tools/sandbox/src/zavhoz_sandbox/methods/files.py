"""Files: sendPhoto, sendDocument, sendMediaGroup, getFile."""

from __future__ import annotations

import secrets
from typing import Any, Final

from zavhoz_sandbox.answers import bad_request
from zavhoz_sandbox.arguments import AlbumArgument, AlbumToChat, Arguments, ToChat, Upload, checked
from zavhoz_sandbox.images import image_size
from zavhoz_sandbox.methods.content import CAPTION_MAX, formatted, place_of, reply_of, send, shown
from zavhoz_sandbox.world import StoredFile, World

DOWNLOAD_MAX_BYTES: Final = 20 * 1024 * 1024
PHOTO_MAX_BYTES: Final = 10 * 1024 * 1024
ALBUM_MIN: Final = 2
ALBUM_MAX: Final = 10
_APART: Final = ("document", "audio")


class SendPhoto(ToChat):
    """The arguments of sendPhoto."""

    photo: Upload | str
    caption: str | None = None
    parse_mode: str | None = None


class SendDocument(ToChat):
    """The arguments of sendDocument."""

    document: Upload | str
    caption: str | None = None
    parse_mode: str | None = None


class SendMediaGroup(AlbumToChat):
    """The arguments of sendMediaGroup."""

    media: AlbumArgument


async def send_photo(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendphoto"""
    arguments = checked(SendPhoto, given)
    return _send(world, arguments, "photo", arguments.photo, arguments.caption, arguments.parse_mode)


async def send_document(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#senddocument"""
    arguments = checked(SendDocument, given)
    return _send(world, arguments, "document", arguments.document, arguments.caption, arguments.parse_mode)


def _send(
    world: World, to: ToChat, kind: str, file: Upload | str, caption: str | None, parse_mode: str | None
) -> dict[str, Any]:
    place_of(world, to)  # where it goes is looked at before what it holds
    return send(world, to, {**_captioned(caption, parse_mode), **_described(world, kind, file)})


async def send_media_group(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendmediagroup

    The real one takes an album of one, against its documentation; this one does not.
    """
    arguments = checked(SendMediaGroup, given)
    place = place_of(world, arguments)
    kinds = [part.type for part in arguments.media]
    if not kinds:
        raise bad_request("there are no messages to send")
    if len(kinds) < ALBUM_MIN:
        raise bad_request("an album has 2 to 10 parts (the stand-in takes the documentation at its word)")
    if len(kinds) > ALBUM_MAX:
        raise bad_request("too many messages to send as an album")
    for kind in _APART:
        if kind in kinds and len(set(kinds)) > 1:
            raise bad_request(f"{kind} can't be mixed with other media types")
    reply = reply_of(world, arguments)
    # All is checked before anything is sent.
    captions = [_captioned(part.caption, part.parse_mode) for part in arguments.media]
    contents = [_described(world, part.type, part.media) for part in arguments.media]
    group = {"media_group_id": str(secrets.randbits(62))}
    return [
        world.message(place, world.bot(), shown({**reply, **group, **caption, **content}))
        for caption, content in zip(captions, contents, strict=True)
    ]


def _captioned(caption: str | None, parse_mode: str | None) -> dict[str, Any]:
    text, entities = formatted(caption or "", parse_mode, CAPTION_MAX, "caption")
    return {"caption": text or None, "caption_entities": entities}


def _described(world: World, kind: str, file: Upload | str) -> dict[str, Any]:
    stored, name = _sent_again(world, kind, file) if isinstance(file, str) else _uploaded(world, kind, file)
    sizes = {"file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_size": len(stored.content)}
    if kind == "photo":
        width, height = image_size(stored.content)
        return {kind: [{**sizes, "width": width, "height": height}]}
    return {kind: {**sizes, "file_name": name}}


def _sent_again(world: World, kind: str, file_id: str) -> tuple[StoredFile, str]:
    stored = world.files.get(file_id)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {stored.kind.capitalize()} as {kind.capitalize()}")
    return stored, stored.path.rsplit("/", 1)[1]


def _uploaded(world: World, kind: str, file: Upload) -> tuple[StoredFile, str]:
    if not file.content:
        raise bad_request("file must be non-empty")
    if kind == "photo" and len(file.content) > PHOTO_MAX_BYTES:
        size = f"file of size {len(file.content)} bytes"
        raise bad_request(f"{size} is too big for a photo; the maximum size is {PHOTO_MAX_BYTES} bytes")
    if kind == "photo" and image_size(file.content) == (1, 1):
        raise bad_request("IMAGE_PROCESS_FAILED")
    return world.store(file.content, kind, ".jpg" if kind == "photo" else ""), file.name


class GetFile(Arguments):
    """The arguments of getFile."""

    file_id: str


async def get_file(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#getfile"""
    stored = world.files.get(checked(GetFile, given).file_id)
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > DOWNLOAD_MAX_BYTES:
        raise bad_request("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.file_unique_id,
        "file_size": len(stored.content),
        "file_path": world.link(stored),
    }
