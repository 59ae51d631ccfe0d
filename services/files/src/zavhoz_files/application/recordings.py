"""Films and sounds, told apart by how their files begin: a library's guesses differ from one encoder to the next.

Signatures: ISO/IEC 14496-12 (`ftyp`), RFC 8794 (EBML), RFC 3533 (Ogg), ISO/IEC 11172-3 (MP3's frames).
"""

from __future__ import annotations

from typing import Final

HEAD: Final = 4096
"""As much of a file is looked at, in bytes: a frame of MP3 has at most 1,441 of them."""
_AUDIO_BRANDS: Final = frozenset({b"M4A ", b"M4B "})
_QUICKTIME: Final = b"qt  "
_VIDEO_BRANDS: Final = (b"iso", b"mp4", b"avc", b"M4V", b"dash", b"MSNV")
_SOUNDS_IN_OGG: Final = (b"OpusHead", b"\x01vorbis", b"Speex   ", b"\x7fFLAC")
_KILOBITS: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_LOW: Final = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def recording_type(head: bytes) -> str | None:
    """The media type of a film or sound by its first bytes; none when it is neither, or of a kind that is rare."""
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"\x42\x82\x84webm" in head[:64] else None
    if head.startswith(b"OggS"):
        return "audio/ogg" if any(sound in head[:64] for sound in _SOUNDS_IN_OGG) else None
    if head.startswith(b"ID3") or _two_frames(head):
        return "audio/mpeg"
    return None


def _of_brand(brand: bytes) -> str | None:
    if brand == _QUICKTIME:
        return "video/quicktime"
    if brand in _AUDIO_BRANDS:
        return "audio/mp4"
    return "video/mp4" if brand.startswith(_VIDEO_BRANDS) else None


def _two_frames(head: bytes) -> bool:
    """Whether MP3 begins here: a frame, and another where it ends; one header alone is too little to be sure."""
    first = _frame_length(head)
    return first is not None and _frame_length(head[first:]) is not None


def _frame_length(head: bytes) -> int | None:
    """The length of a frame of MPEG audio layer III in bytes, none when none begins here."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bitrate, rate, padding = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version not in _HERTZ or rate == 3 or not 1 <= bitrate <= 14:
        return None
    full = version == 3
    bits = (_KILOBITS if full else _KILOBITS_LOW)[bitrate - 1] * 1000
    return (144 if full else 72) * bits // _HERTZ[version][rate] + padding
