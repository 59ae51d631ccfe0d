"""Files: sendPhoto, sendDocument, sendMediaGroup, getFile."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BeforeValidator

from zavhoz_sandbox.answers import bad_request
from zavhoz_sandbox.arguments import Arguments, ToChat, Upload, checked
from zavhoz_sandbox.methods.content import CAPTION_MAX, formatted, inline_of, reply_of, shown
from zavhoz_sandbox.world import World, image_size

DOWNLOAD_MAX_BYTES: Final = 20 * 1024 * 1024

File = Annotated[Upload | str, BeforeValidator(lambda value: value)]


class SendPhoto(ToChat):
    """The arguments of sendPhoto."""

    photo: File
    caption: str | None = None
    parse_mode: str | None = None


class SendDocument(ToChat):
    """The arguments of sendDocument."""

    document: File
    caption: str | None = None
    parse_mode: str | None = None


async def send_photo(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#sendphoto"""
    arguments = checked(SendPhoto, given)
    return _send_file(world, arguments, "photo", arguments.photo, arguments.caption, arguments.parse_mode)


async def send_document(world: World, given: dict[str, Any]) -> Any:
    """https://core.telegram.org/bots/api#senddocument"""
    arguments = checked(SendDocument, given)
    return _send_file(world, arguments, "document", arguments.document, arguments.caption, arguments.parse_mode)


def _send_file(
    world: World, to: ToChat, kind: str, file: Upload | str, caption: str | None, parse_mode: str | None
) -> Any:
    world.person_for_bot(to.chat_id)
    text, entities = formatted(caption or "", parse_mode, CAPTION_MAX, "caption")
    if isinstance(file, str):
        stored = world.files.get(file)
        if stored is None:
            raise bad_request("wrong file identifier/HTTP URL specified")
        name = stored.path.rsplit("/", 1)[1]
    else:
        name = file.name
        stored = world.store(file.content, f"{kind}s", ".jpg" if kind == "photo" else "")
    sizes = {"file_id": stored.file_id, "file_unique_id": stored.file_unique_id, "file_size": len(stored.content)}
    if kind == "photo":
        width, height = image_size(stored.content)
        described: Any = [{**sizes, "width": width, "height": height}]
    else:
        described = {**sizes, "file_name": name}
    content = {
        **reply_of(world, to),
        kind: described,
        "caption": text or None,
        "caption_entities": entities,
        "reply_markup": inline_of(to.reply_markup),
    }
    return world.message(to.chat_id, world.bot(), shown(content))


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
        "file_path": stored.path,
    }
