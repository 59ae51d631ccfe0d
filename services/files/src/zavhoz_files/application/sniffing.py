"""Tells a file's media type from its bytes."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path
from typing import Final

import puremagic

_UNKNOWN: Final = "application/octet-stream"
_ZIP: Final = "application/zip"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
_OFFICE_PARTS: Final = {
    "word/document.xml": _OFFICE + "wordprocessingml.document",
    "xl/workbook.xml": _OFFICE + "spreadsheetml.sheet",
    "ppt/presentation.xml": _OFFICE + "presentationml.presentation",
}
_CHUNK: Final = 65_536


def media_type(path: Path) -> str:
    """The media type of the file at `path`; `application/octet-stream` when nothing is sure. Blocking: reads a file.

    Text is what decodes as UTF-8 without control characters, and is neither markup nor a script.
    """
    if zipfile.is_zipfile(path):
        return _zip_type(path)
    try:
        matches = puremagic.magic_file(path)
    except ValueError:  # an empty file
        return _UNKNOWN
    if matches:
        return matches[0].mime_type or _UNKNOWN
    return "text/plain" if _is_plain_text(path) else _UNKNOWN


def _zip_type(path: Path) -> str:
    """An Office document is a zip whose directory has the part that its kind is named after; any other is an archive.

    A magic number alone cannot tell them apart.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return _ZIP
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return _ZIP
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
