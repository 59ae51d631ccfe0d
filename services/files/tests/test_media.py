"""Which files are kept: told from their bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from files_support import zipped

from zavhoz_contracts.files.v1.events import AttachmentRefusalReason
from zavhoz_files.application.sniffing import media_type
from zavhoz_files.domain.media import KEPT, Received, judge, object_key

SHA = "0123456789abcdef" * 4


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(50) + b"\xff\xd9"

KEPT_FILES = [
    ("jpeg", JPEG, "image/jpeg"),
    ("jpeg with exif", b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00" + bytes(50), "image/jpeg"),
    ("png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40), "image/png"),
    ("webp", b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(30), "image/webp"),
    ("gif", b"GIF89a" + bytes(30), "image/gif"),
    ("heic", b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(30), "image/heif"),
    ("mp4", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(60), "video/mp4"),
    ("mp4 of a phone", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42" + bytes(60), "video/mp4"),
    ("mov", b"\x00\x00\x00\x14ftypqt  \x00\x00\x02\x00qt  " + bytes(60), "video/quicktime"),
    ("webm", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82\x84webm" + bytes(60), "video/webm"),
    ("voice message", b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01" + bytes(40), "audio/ogg"),
    ("mp3 with tags", b"ID3\x03\x00\x00\x00\x00\x00\x00" + bytes(40), "audio/mpeg"),
    ("mp3", (b"\xff\xfb\x90\x64" + bytes(413)) * 3, "audio/mpeg"),
    ("m4a", b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42" + bytes(60), "audio/mp4"),
    ("pdf", b"%PDF-1.7\n%abc\n1 0 obj\n", "application/pdf"),
    ("russian text", "Течёт кран в 214-й".encode(), "text/plain"),
    (
        "docx",
        zipped("[Content_Types].xml", "word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    (
        "xlsx",
        zipped("[Content_Types].xml", "xl/workbook.xml"),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
]
EXECUTABLE, ARCHIVE = AttachmentRefusalReason.EXECUTABLE, AttachmentRefusalReason.ARCHIVE
OTHER = AttachmentRefusalReason.TYPE_NOT_ALLOWED
REFUSED_FILES = [
    ("zip", zipped("a.txt"), ARCHIVE),
    ("zip cut off", zipped("a.txt")[:40], ARCHIVE),
    ("zip that calls itself an office document", zipped("[Content_Types].xml", "a.exe"), ARCHIVE),
    ("docm", zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), EXECUTABLE),
    ("picture with a zip behind it", JPEG + zipped("a.exe"), ARCHIVE),
    ("elf", b"\x7fELF\x02\x01\x01" + bytes(50), EXECUTABLE),
    ("exe", b"MZ\x90\x00" + bytes(60) + b"PE\x00\x00", EXECUTABLE),
    ("mach-o", b"\xcf\xfa\xed\xfe" + bytes(50), EXECUTABLE),
    ("java", b"\xca\xfe\xba\xbe\x00\x00\x00\x34", EXECUTABLE),
    ("html", b"<!DOCTYPE html><html><script>alert(1)</script>", OTHER),
    ("html after space", b"  \n<script>alert(1)</script>", OTHER),
    ("svg", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg">', OTHER),
    ("bare svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">', OTHER),
    ("shell script", b"#!/bin/sh\nrm -rf /\n", EXECUTABLE),
    ("gzip", b"\x1f\x8b\x08\x00" + bytes(20), ARCHIVE),
    ("7z", b"7z\xbc\xaf\x27\x1c" + bytes(20), ARCHIVE),
    ("rar", b"Rar!\x1a\x07\x01\x00", ARCHIVE),
    ("tar", b"a.txt" + bytes(252) + b"ustar\x0000" + bytes(247), ARCHIVE),
    ("matroska", b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska" + bytes(60), OTHER),
    ("ogg with a film", b"OggS\x00\x02" + bytes(20) + b"\x01\x2a\x80theora" + bytes(40), OTHER),
    ("half of mp3's sign", b"\xff\xfb\x90\x64" + b"x" * 900, OTHER),
    ("film with a zip behind it", b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00" + bytes(60) + zipped("a.exe"), ARCHIVE),
    ("text with a NUL", b"abc\x00def", OTHER),
    ("half a letter", "Ж".encode()[:1], OTHER),
    ("noise", bytes(range(128, 256)) * 4, OTHER),
]


@pytest.mark.parametrize(("content", "told"), [pytest.param(c, t, id=name) for name, c, t in KEPT_FILES])
def test_what_people_photograph_or_write_is_kept(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "name-says-nothing.exe"
    path.write_bytes(content)
    assert media_type(path) == told
    assert judge(Received(len(content), SHA, told)) is None


@pytest.mark.parametrize(("content", "reason"), [pytest.param(c, r, id=name) for name, c, r in REFUSED_FILES])
def test_what_could_run_or_hide_something_is_refused(
    tmp_path: Path, content: bytes, reason: AttachmentRefusalReason
) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)
    told = media_type(path)
    assert told not in KEPT
    assert judge(Received(len(content), SHA, told)) is reason


def test_nothing_is_refused_as_empty(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    assert judge(Received(0, SHA, media_type(path))) is AttachmentRefusalReason.EMPTY


def test_a_letter_cut_by_a_read_is_still_text(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"a" + "Ж".encode() * 65_536)
    assert media_type(path) == "text/plain"


def test_keys_come_from_the_content_alone() -> None:
    assert object_key(SHA) == f"sha256/01/23/{SHA}"
    for wrong in ("", "../../etc/passwd", SHA.upper(), SHA + "0"):
        with pytest.raises(ValueError, match="SHA-256"):
            object_key(wrong)
