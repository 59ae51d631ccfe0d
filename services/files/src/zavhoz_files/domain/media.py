"""Which files are kept, told from their bytes and never from a name or a stated type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from zavhoz_contracts.files.v1.events import AttachmentRefusalReason

IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/heif", "image/heic"})
DOCUMENTS: Final = frozenset(
    {
        "application/pdf",
        "text/plain",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    }
)
RECORDINGS: Final = frozenset({"video/mp4", "video/quicktime", "video/webm", "audio/ogg", "audio/mpeg", "audio/mp4"})
"""Films, and sounds: voice messages are Ogg with Opus. Kept as they came."""
KEPT: Final = IMAGES | DOCUMENTS | RECORDINGS
"""Everything else is refused: executables, archives, and what a browser would run (HTML, SVG)."""
EXECUTABLES: Final = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-elf",
        "application/x-mach-binary",
        "application/java-vm",
        "application/vnd.android.dex",
        "application/vnd.ms-office.macro-enabled",
        "text/x-shellscript",
    }
)
ARCHIVES: Final = frozenset(
    {
        "application/zip",
        "application/gzip",
        "application/x-7z-compressed",
        "application/vnd.rar",
        "application/x-bzip2",
        "application/x-xz",
        "application/zstd",
        "application/x-tar",
        "application/vnd.ms-cab-compressed",
    }
)
"""These are told apart from the rest only so that the sender hears what to do instead."""

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Received:
    """A file that came through whole: `size` in bytes, `sha256` lower-case hex, `media_type` as its bytes say."""

    size: int
    sha256: str
    media_type: str


def judge(received: Received) -> AttachmentRefusalReason | None:
    """Why the file is not kept, or none if it is."""
    if received.size == 0:
        return AttachmentRefusalReason.EMPTY
    if received.media_type in EXECUTABLES:
        return AttachmentRefusalReason.EXECUTABLE
    if received.media_type in ARCHIVES:
        return AttachmentRefusalReason.ARCHIVE
    if received.media_type not in KEPT:
        return AttachmentRefusalReason.TYPE_NOT_ALLOWED
    return None


def object_key(sha256: str) -> str:
    """Where the bytes live: by content, so that storing twice, or after a crash half-way, leaves one copy.

    Two levels of folders keep any one of them small (65,536 leaves).
    """
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"not a SHA-256 in lower-case hex: {sha256!r}")
    return f"sha256/{sha256[:2]}/{sha256[2:4]}/{sha256}"
