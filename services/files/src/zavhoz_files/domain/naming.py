"""What a file is called when it is given out: as its sender called it, with the ending that its bytes deserve."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote
from uuid import UUID

_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_ENDINGS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    _OFFICE + "wordprocessingml.document": ".docx",
    _OFFICE + "spreadsheetml.sheet": ".xlsx",
    _OFFICE + "presentationml.presentation": ".pptx",
}
_ALSO: Final = {".jpg": (".jpeg",), ".ogg": (".oga", ".opus"), ".mp4": (".m4v",), ".txt": (".csv", ".md", ".log")}
"""Endings that may stay, for they open as harmlessly."""
_ENDING: Final = re.compile(r"\.[A-Za-z0-9]{1,8}$")
_UNWANTED: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069/\\:*?\"<>|]")
"""Control characters, those that turn the direction of writing, and what some file system cannot have in a name."""
_NOT_A_TOKEN: Final = re.compile(r"[^A-Za-z0-9._ -]")
_LONGEST: Final = 100


def file_name(attachment_id: UUID, given: str | None, media_type: str) -> str:
    """A name of at most some 110 characters that no system mistakes for a path or a program."""
    ending = _ENDINGS.get(media_type, ".bin")
    name = _UNWANTED.sub("_", given or "").strip(" .")
    found = _ENDING.search(name)
    stem = name[: found.start()].strip(" .") if found else name
    if found and found[0].lower() in _ALSO.get(ending, ()):
        ending = found[0].lower()
    return (stem[:_LONGEST] or f"attachment-{attachment_id.hex[:8]}") + ending


def content_disposition(name: str) -> str:
    """The header that has a browser save a file (RFC 6266), its name in UTF-8 (RFC 8187) and in ASCII."""
    plain = _NOT_A_TOKEN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
