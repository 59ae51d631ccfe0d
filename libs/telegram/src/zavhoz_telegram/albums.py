"""Files that Telegram has, sent again by their ids: which of them go together, two to ten, or one by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import RootModel

from zavhoz_contracts.api.v1 import AlbumFile
from zavhoz_contracts.message import AttachmentKind
from zavhoz_telegram.answers import SentMessage
from zavhoz_telegram.client import Bot, read
from zavhoz_telegram.screens import Screen

TOGETHER_MAX: Final = 10
"""https://core.telegram.org/bots/api#sendmediagroup"""
_METHODS: Final[Mapping[AttachmentKind, str]] = {
    AttachmentKind.PHOTO: "sendPhoto",
    AttachmentKind.VIDEO: "sendVideo",
    AttachmentKind.DOCUMENT: "sendDocument",
    AttachmentKind.AUDIO: "sendAudio",
    AttachmentKind.VOICE: "sendVoice",
    AttachmentKind.VIDEO_NOTE: "sendVideoNote",
    AttachmentKind.ANIMATION: "sendAnimation",
}


_TOGETHER: Final = (
    frozenset({AttachmentKind.PHOTO, AttachmentKind.VIDEO}),
    frozenset({AttachmentKind.DOCUMENT}),
    frozenset({AttachmentKind.AUDIO}),
)
"""Other kinds are not mixed, or go one by one (https://core.telegram.org/bots/api#sendmediagroup)."""


class _Sent(RootModel[list[SentMessage]]):
    """The messages of an album."""


def albums(files: Sequence[AlbumFile]) -> list[list[AlbumFile]]:
    """What is sent, each with one call: of each sort the newest 10, in the order they were sent."""
    sorts = [[file for file in files if file.kind in sort][-TOGETHER_MAX:] for sort in _TOGETHER]
    alone = [file for file in files if not any(file.kind in sort for sort in _TOGETHER)][-TOGETHER_MAX:]
    return [sort for sort in sorts if sort] + [[file] for file in alone]


async def send_files(
    bot: Bot, chat_id: int, files: Sequence[tuple[AttachmentKind, str]], caption: Screen, reply_to: int | None
) -> int:
    """Send files of one album, or a single one, as a reply if that message is still there; returns the first's id.

    Each part has the caption, so that a reply to any of them says what it is about. What can have none, a video note,
    has the caption's buttons instead. Raises the errors of `errors`; `Refused` when Telegram does not know a file.
    """
    common: dict[str, object] = {"chat_id": chat_id}
    if reply_to is not None:
        common["reply_parameters"] = {"message_id": reply_to, "allow_sending_without_reply": True}
    words = {"caption": caption.text, "parse_mode": "HTML"}
    if len(files) > 1:
        media = [{"type": kind.value, "media": file_id, **words} for kind, file_id in files]
        return read(_Sent, await bot.call("sendMediaGroup", {**common, "media": media})).root[0].message_id
    ((kind, file_id),) = files
    said = {"reply_markup": caption.keyboard} if kind is AttachmentKind.VIDEO_NOTE else words
    return read(SentMessage, await bot.call(_METHODS[kind], {**common, kind.value: file_id, **said})).message_id
