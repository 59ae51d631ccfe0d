"""How large a picture is, as far as its first bytes tell."""

from __future__ import annotations

import struct


def image_size(content: bytes) -> tuple[int, int]:
    """Width and height of a PNG or JPEG; 1 × 1 when they cannot be told."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        width, height = struct.unpack(">II", content[16:24])
        return width, height
    position = 2
    while content.startswith(b"\xff\xd8") and position + 9 < len(content) and content[position] == 0xFF:
        marker, length = content[position + 1], int.from_bytes(content[position + 2 : position + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[position + 5 : position + 9])
            return width, height
        position += 2 + length
    return 1, 1
