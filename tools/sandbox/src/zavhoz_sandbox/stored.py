"""Files that somebody sent, and what a `Message` says of each kind."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from zavhoz_sandbox.images import image_size

KINDS: Final = ("photo", "video", "video_note", "voice", "audio", "document")
"""Each is the name of its field in a `Message`."""
SUFFIXES: Final = {"photo": ".jpg", "video": ".mp4", "video_note": ".mp4", "voice": ".oga", "audio": ".mp3"}
_WIDTH, _HEIGHT, _ACROSS = 640, 480, 384
"""Pixels of a video, and of a round one, of which nobody said more."""
UNKNOWN: Final = "application/octet-stream"


@dataclass
class StoredFile:
    """A file that somebody sent; it can be downloaded from `path` until `linked_until`."""

    file_id: str
    file_unique_id: str
    kind: str
    content: bytes
    path: str
    facts: dict[str, Any] = field(default_factory=dict)
    linked_until: float = 0.0

    def shown(self) -> dict[str, Any]:
        """As a `Message` shows it, in the field that `kind` names; photos are in lists there."""
        ids = {"file_id": self.file_id, "file_unique_id": self.file_unique_id, "file_size": len(self.content)}
        return {**ids, **self.facts}


def facts_of(kind: str, content: bytes, given: Mapping[str, Any]) -> dict[str, Any]:
    """What is known of a file of this kind: as it is `given`, or what its bytes and its name tell."""
    name = given.get("file_name") or f"file{SUFFIXES.get(kind, '')}"
    mime_type = given.get("mime_type") or mimetypes.guess_type(name)[0] or UNKNOWN
    duration = given.get("duration") or 1
    match kind:
        case "photo":
            width, height = image_size(content)
            return {"width": width, "height": height}
        case "video":
            size = {"width": given.get("width") or _WIDTH, "height": given.get("height") or _HEIGHT}
            return {"duration": duration, **size, "mime_type": mime_type, "file_name": name}
        case "video_note":
            return {"duration": duration, "length": given.get("length") or _ACROSS}
        case "voice":
            return {"duration": duration, "mime_type": given.get("mime_type") or "audio/ogg"}
        case "audio":
            titles = {key: given[key] for key in ("performer", "title") if given.get(key)}
            return {"duration": duration, **titles, "mime_type": mime_type, "file_name": name}
        case _:
            return {"mime_type": mime_type, "file_name": name}
