"""A picture made on the spot, so that the tour needs no file: a room, a pipe, a drop."""

import struct
import zlib


def picture(width: int = 640, height: int = 480) -> bytes:
    """A PNG of `width` × `height` pixels, the same bytes each time (https://www.w3.org/TR/png-3/)."""
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(width):
            rows += bytes(_pixel(x / width, y / height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def _pixel(x: float, y: float) -> tuple[int, int, int]:
    if abs(y - 0.3) < 0.05 and x < 0.6:
        return 150, 152, 160  # the pipe
    if (x - 0.6) ** 2 + ((y - 0.55) / 1.6) ** 2 < 0.003:
        return 60, 130, 220  # the drop
    if y > 0.85:
        return 120, 160, 200  # the floor, wet already
    return 236 - int(40 * y), 228 - int(40 * y), 214 - int(40 * y)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
