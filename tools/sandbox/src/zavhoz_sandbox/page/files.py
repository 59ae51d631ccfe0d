"""The bytes of what was sent, for the page: pictures and sound are shown, everything else is only given out."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from zavhoz_sandbox.world import StoredFile

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


def content_of(stored: StoredFile) -> web.Response:
    """A file, by what its first bytes say it is."""
    kind = next((kind for at, mark, kind in _SIGNATURES if stored.content.startswith(mark, at)), None)
    headers = {
        "Content-Type": kind or "application/octet-stream",
        "Cache-Control": "private, max-age=86400, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    if kind is None:
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=stored.content, headers=headers)
