"""The bytes of what was sent, for the page: pictures and sound are shown, everything else is only given out."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from aiohttp import web

from zavhoz_sandbox.stored import UNKNOWN, StoredFile

_SIGNATURES: Final = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
)
_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_PLAYED: Final = ("audio/", "video/")


def content_of(stored: StoredFile, request: web.Request) -> web.Response:
    """A file, or the part of it that was asked for.

    What it is, its first bytes say before whoever sent it: nobody's page is to run as one of ours.

    Raises:
        HTTPRequestRangeNotSatisfiable: it has no such part.
    """
    named = str(stored.facts.get("mime_type", ""))
    named = named if _TYPE.fullmatch(named) else UNKNOWN
    seen = next((kind for at, mark, kind in _SIGNATURES if stored.content.startswith(mark, at)), None)
    headers = {
        "Content-Type": named if named.startswith(_PLAYED) else seen or named,
        "Cache-Control": "private, max-age=86400, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    if seen is None and not named.startswith(_PLAYED):
        name = stored.facts.get("file_name") or stored.path.rpartition("/")[2]
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return part_of(stored.content, headers, request)


def part_of(content: bytes, headers: dict[str, str], request: web.Request) -> web.Response:
    """Bytes, or one range of them (https://www.rfc-editor.org/rfc/rfc9110#section-14): players ask for those.

    Raises:
        HTTPRequestRangeNotSatisfiable: there is no such range.
    """
    size = len(content)
    headers = {**headers, "Accept-Ranges": "bytes"}
    try:
        asked = request.http_range
    except ValueError:
        return web.Response(body=content, headers=headers)  # one that makes no sense is as none
    if asked.start is None:
        return web.Response(body=content, headers=headers)
    begin, end, _ = asked.indices(size)
    if begin >= end:
        raise web.HTTPRequestRangeNotSatisfiable(headers={"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {begin}-{end - 1}/{size}"
    return web.Response(status=206, body=content[begin:end], headers=headers)
