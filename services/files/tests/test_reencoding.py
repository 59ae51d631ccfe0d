"""Pictures are drawn anew: upright, without what else was in the file, by a process that may fail as it likes."""

from __future__ import annotations

import asyncio
import io
import os
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from files_support import picture
from PIL import Image, PngImagePlugin

from zavhoz_contracts.files.v1.events import AttachmentRefusalReason
from zavhoz_files.application.intake import PictureRefused, PictureUnreadable
from zavhoz_files.application.sniffing import media_type
from zavhoz_files.reencoding import Reencoder

SECRET = b"Lenin street 1, flat 2"
Reason = AttachmentRefusalReason


def _exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = SECRET.decode(), orientation
    exif.get_ifd(0x8825)[2] = (55.0, 45.0, 21.0)
    return exif


def _png_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    return info


def _heic() -> bytes:
    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), (200, 30, 30))).save(buffer, exif=_exif().tobytes())
    return buffer.getvalue()


def _animated(format: str, **options: Any) -> bytes:
    frames = [Image.new("RGB", (20, 10), (shade, 0, 0)) for shade in (0, 120, 250)]
    buffer = io.BytesIO()
    frames[0].save(buffer, format, save_all=True, append_images=frames[1:], duration=70, loop=0, **options)
    return buffer.getvalue()


async def drawn(
    tmp_path: Path, content: bytes, *, max_pixels: int = 10**6, max_bytes: int = 10**6
) -> tuple[str, bytes]:
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(content)
    told = await Reencoder(max_pixels, max_bytes).reencode(source, target, media_type(source))
    return told, target.read_bytes()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(picture("JPEG", exif=_exif(), comment=SECRET), "image/jpeg", id="jpeg"),
        pytest.param(picture("JPEG", exif=_exif(), comment=SECRET, progressive=True), "image/jpeg", id="progressive"),
        pytest.param(picture("PNG", exif=_exif(), pnginfo=_png_text()), "image/png", id="png"),
        pytest.param(picture("WEBP", exif=_exif(), xmp=SECRET), "image/webp", id="webp"),
        pytest.param(picture("GIF", comment=SECRET), "image/gif", id="gif"),
        pytest.param(_animated("GIF", comment=SECRET), "image/gif", id="animated gif"),
        pytest.param(_animated("WEBP", exif=_exif(), xmp=SECRET), "image/webp", id="animated webp"),
        pytest.param(_animated("PNG", exif=_exif(), pnginfo=_png_text()), "image/png", id="animated png"),
        pytest.param(_heic(), "image/jpeg", id="heic becomes jpeg"),
    ],
)
async def test_nothing_but_the_picture_is_left(tmp_path: Path, content: bytes, told: str) -> None:
    assert SECRET in content
    kind, clean = await drawn(tmp_path, content)
    assert kind == told
    assert SECRET not in clean
    before, after = Image.open(io.BytesIO(content)) if told != "image/jpeg" else None, Image.open(io.BytesIO(clean))
    assert not after.getexif()
    assert not {"exif", "xmp", "comment", "Comment"} & set(after.info)
    if before is not None:
        assert getattr(after, "n_frames", 1) == getattr(before, "n_frames", 1)
        assert after.size == before.size


async def test_the_same_picture_comes_out_the_same(tmp_path: Path) -> None:
    content = picture("JPEG", exif=_exif(), noise=True)
    assert await drawn(tmp_path, content) == await drawn(tmp_path, content)


async def test_it_is_turned_upright(tmp_path: Path) -> None:
    _, clean = await drawn(tmp_path, picture("JPEG", exif=_exif(orientation=6)))
    assert Image.open(io.BytesIO(clean)).size == (30, 40)


async def test_a_lossless_picture_keeps_its_pixels(tmp_path: Path) -> None:
    content = picture("PNG", noise=True)
    _, clean = await drawn(tmp_path, content)
    assert Image.open(io.BytesIO(clean)).tobytes() == Image.open(io.BytesIO(content)).tobytes()


def _bomb() -> bytes:
    """Some kilobytes that would be 900 million pixels."""
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "limits", "refusal"),
    [
        pytest.param(picture(size=(101, 100)), {"max_pixels": 10_000}, Reason.TOO_MANY_PIXELS, id="pixels"),
        pytest.param(_animated("GIF"), {"max_pixels": 500}, Reason.TOO_MANY_PIXELS, id="frames together"),
        pytest.param(_bomb(), {"max_pixels": 50_000_000}, Reason.TOO_MANY_PIXELS, id="bomb"),
        pytest.param(picture(noise=True), {"max_bytes": 100}, Reason.TOO_LARGE, id="larger than before"),
        pytest.param(picture("JPEG", noise=True)[:300], {}, Reason.DAMAGED, id="cut off"),
        pytest.param(b"GIF89a" + bytes(30), {}, Reason.DAMAGED, id="only looks like one"),
    ],
)
async def test_what_cannot_be_kept(tmp_path: Path, content: bytes, limits: dict[str, int], refusal: Reason) -> None:
    with pytest.raises(PictureRefused) as caught:
        await drawn(tmp_path, content, **limits)
    assert caught.value.refusal is refusal


async def test_a_full_disk_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "target").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        await drawn(tmp_path, picture())


async def test_a_process_that_dies_or_hangs_harms_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zavhoz_files.reencoding.sys.executable", "/bin/false")
    with pytest.raises(PictureUnreadable, match="status 1"):
        await drawn(tmp_path, picture())
    hanging = tmp_path / "hanging"
    hanging.write_text("#!/bin/sh\nexec sleep 1000\n")
    hanging.chmod(0o700)
    monkeypatch.setattr("zavhoz_files.reencoding.sys.executable", str(hanging))
    monkeypatch.setattr("zavhoz_files.reencoding._SECONDS", 0.2)
    with pytest.raises(PictureUnreadable, match="not within"):
        await drawn(tmp_path, picture())


async def test_it_is_told_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123456:SECRET")
    curious = tmp_path / "curious"
    curious.write_text(f"#!/bin/sh\nenv > {tmp_path}/told\nexit 4\n")
    curious.chmod(0o700)
    monkeypatch.setattr("zavhoz_files.reencoding.sys.executable", str(curious))
    with pytest.raises(PictureRefused):
        await drawn(tmp_path, picture())
    told = await asyncio.to_thread((tmp_path / "told").read_text)
    assert "PATH=" in told
    assert "SECRET" not in told
    assert len(told) < len(str(dict(os.environ))) + 1000
