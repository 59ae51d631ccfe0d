"""Files: sendMediaGroup, getFile, and what all that send files have in common."""

from __future__ import annotations

import secrets
from typing import Any, Final

from zavhoz_sandbox.answers import bad_request
from zavhoz_sandbox.arguments import AlbumArgument, AlbumToChat, Arguments, Upload, checked
from zavhoz_sandbox.images import image_size
from zavhoz_sandbox.methods.content import CAPTION_MAX, formatted, place_of, reply_of, shown
from zavhoz_sandbox.stored import StoredFile, facts_of
from zavhoz_sandbox.world import World

DOWNLOAD_MAX_BYTES: Final = 20 * 1024 * 1024
PHOTO_MAX_BYTES: Final = 10 * 1024 * 1024
ALBUM_MIN: Final = 2
ALBUM_MAX: Final = 10
_APART: Final = ("document", "audio")


class SendMediaGroup(AlbumToChat):
    """The arguments of sendMediaGroup."""

    media: AlbumArgument


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
    captions = [captioned(part.caption, part.parse_mode) for part in arguments.media]
    contents = [described(world, part.type, part.media, {}) for part in arguments.media]
    group = {"media_group_id": str(secrets.randbits(62))}
    return [
        world.message(place, world.bot(), shown({**reply, **group, **caption, **content}))
        for caption, content in zip(captions, contents, strict=True)
    ]


def captioned(caption: str | None, parse_mode: str | None) -> dict[str, Any]:
    text, entities = formatted(caption or "", parse_mode, CAPTION_MAX, "caption")
    return {"caption": text or None, "caption_entities": entities}


def described(world: World, kind: str, file: Upload | str, given: dict[str, Any]) -> dict[str, Any]:
    """The field of a `Message` for a file that is uploaded, or was sent before and is named by its id.

    Raises:
        ApiError: there is no such file, or it is not what it is sent as.
    """
    stored = _sent_again(world, kind, file) if isinstance(file, str) else _uploaded(world, kind, file, given)
    return {kind: [stored.shown()] if kind == "photo" else stored.shown()}


def _sent_again(world: World, kind: str, file_id: str) -> StoredFile:
    stored = world.files.get(file_id)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if stored.kind != kind:
        raise bad_request(f"can't use file of type {_named(stored.kind)} as {_named(kind)}")
    return stored


def _named(kind: str) -> str:
    return kind.title().replace("_", "")


def _uploaded(world: World, kind: str, file: Upload, given: dict[str, Any]) -> StoredFile:
    if not file.content:
        raise bad_request("file must be non-empty")
    if kind == "photo" and len(file.content) > PHOTO_MAX_BYTES:
        size = f"file of size {len(file.content)} bytes"
        raise bad_request(f"{size} is too big for a photo; the maximum size is {PHOTO_MAX_BYTES} bytes")
    if kind == "photo" and image_size(file.content) == (1, 1):
        raise bad_request("IMAGE_PROCESS_FAILED")
    return world.store(kind, file.content, facts_of(kind, file.content, {**given, "file_name": file.name}))


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
