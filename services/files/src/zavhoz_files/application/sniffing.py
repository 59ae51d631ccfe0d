"""Tells a file's media type from its bytes."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path
from typing import Final

import puremagic

from zavhoz_files.application.recordings import HEAD, recording_type

_UNKNOWN: Final = "application/octet-stream"
_ZIP: Final = "application/zip"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OFFICE_PARTS: Final = {
    "word/document.xml": _OFFICE + "wordprocessingml.document",
    "xl/workbook.xml": _OFFICE + "spreadsheetml.sheet",
    "ppt/presentation.xml": _OFFICE + "presentationml.presentation",
}
_MACROS: Final = "application/vnd.ms-office.macro-enabled"
_CHUNK: Final = 65_536
_MAGIC: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),  # also a Mach-O for several processors
    (0, b"\xfe\xed\xfa\xce", "application/x-mach-binary"),
    (0, b"\xfe\xed\xfa\xcf", "application/x-mach-binary"),
    (0, b"\xce\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"\xcf\xfa\xed\xfe", "application/x-mach-binary"),
    (0, b"dex\n", "application/vnd.android.dex"),
    (0, b"#!", "text/x-shellscript"),
    (0, b"PK\x03\x04", _ZIP),  # one that is cut off, and so cannot be opened
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"7z\xbc\xaf'\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"),
    (0, b"MSCF\x00", "application/vnd.ms-cab-compressed"),
    (257, b"ustar", "application/x-tar"),
    (4, b"ftypheic", "image/heif"),
    (4, b"ftypheix", "image/heif"),
    (4, b"ftypmif1", "image/heif"),
)
"""What is refused with a reason of its own, and pictures that the library takes for films
(https://www.garykessler.net/library/file_sigs.html)."""


def media_type(path: Path) -> str:
    """The media type of the file at `path`; `application/octet-stream` when nothing is sure. Blocking: reads a file.

    Text is what decodes as UTF-8 without control characters, and is neither markup nor a script.
    """
    if zipfile.is_zipfile(path):
        return _zip_type(path)
    if named := _named_type(path):
        return named
    try:
        matches = puremagic.magic_file(path)
    except ValueError:  # an empty file
        return _UNKNOWN
    if matches:
        told = matches[0].mime_type or _UNKNOWN
        return _UNKNOWN if told.startswith(("video/", "audio/")) else told  # those we know are named above
    return "text/plain" if _is_plain_text(path) else _UNKNOWN


def _named_type(path: Path) -> str | None:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head.startswith(b"MZ") and b"\0" in head[:64]:
        return "application/vnd.microsoft.portable-executable"
    named = next((told for offset, magic, told in _MAGIC if head.startswith(magic, offset)), None)
    return named or recording_type(head)


def _zip_type(path: Path) -> str:
    """An Office document is a zip whose directory has the part that its kind is named after; any other is an archive.

    A magic number alone cannot tell them apart.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return _ZIP
    if "[Content_Types].xml" not in names:
        return _ZIP
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return _MACROS
    return next((office for part, office in _OFFICE_PARTS.items() if part in names), _ZIP)


def _is_plain_text(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError:
                return False
            if start and text.lstrip("\ufeff \t\r\n").startswith(("#!", "<")):
                return False
            start = False
            if any(c < " " and c not in "\t\n\r\f" for c in text):
                return False
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return not start
