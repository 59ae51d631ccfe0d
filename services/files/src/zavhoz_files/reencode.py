"""Draws one picture anew, without what else its file held: `python -m zavhoz_files.reencode`, a process of its own.

Pictures come from strangers and are read by libraries in C: this process knows no secrets, has little memory and time,
and ends after one picture. Nothing else of the service is imported.
"""

from __future__ import annotations

import errno
import resource
import sys
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps

from zavhoz_files.exit_statuses import DAMAGED, DISK_FULL, TOO_MANY_PIXELS

_MEMORY_BYTES: Final = 1 << 30
_CPU_SECONDS: Final = 60
_QUALITY: Final = 90
_ANIMATION: Final = ("duration", "loop", "transparency", "disposal", "blend", "background")
"""All that is taken over besides the pixels: no EXIF, XMP, comments, profiles, thumbnails."""
_FORMATS: Final = {
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/webp": ("WEBP",),
    "image/gif": ("GIF",),
    "image/heif": ("HEIF",),
    "image/heic": ("HEIF",),
}


class TooManyPixels(Exception):
    """All frames together have more than is allowed."""


def reencode(source: Path, target: Path, media_type: str, max_pixels: int) -> str:
    """Write the picture to `target`, upright; return its media type: what few programs can show becomes a JPEG.

    Raises:
        TooManyPixels: told from the header, before anything is decoded.
        Exception: whatever the library makes of a damaged file.
    """
    formats = _FORMATS[media_type]
    if "HEIF" in formats:
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None  # ours is checked here, over all frames
    with Image.open(source, formats=formats) as image:
        animated = image.format in ("PNG", "WEBP", "GIF") and getattr(image, "is_animated", False)
        frames = getattr(image, "n_frames", 1) if animated else 1
        if image.width * image.height * frames > max_pixels:
            raise TooManyPixels
        if animated:
            _write_animation(image, target)
        else:
            _write(image, target)
        return "image/jpeg" if image.format in ("HEIF", "MPO") else media_type


def _write(image: Image.Image, target: Path) -> None:
    format = "JPEG" if image.format in ("HEIF", "MPO") else image.format
    upright = ImageOps.exif_transpose(image)
    plain = _without_the_rest(upright)
    if format == "JPEG" and plain.mode not in ("RGB", "L"):
        plain = plain.convert("RGB")
    options: dict[str, Any] = {"quality": _QUALITY} if format in ("JPEG", "WEBP") else {}
    plain.save(target, format, **options)


def _write_animation(image: Image.Image, target: Path) -> None:
    frames, durations = [], []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        durations.append(int(image.info.get("duration", 100)))
        frames.append(_without_the_rest(image))
    loop = image.info.get("loop", 0)
    frames[0].save(target, image.format, save_all=True, append_images=frames[1:], duration=durations, loop=loop)


def _without_the_rest(image: Image.Image) -> Image.Image:
    plain = image.copy()
    plain.info = {name: value for name, value in image.info.items() if name in _ANIMATION}
    plain.getexif().clear()
    return plain


def main(arguments: list[str]) -> int:
    """Reencode `source` to `target`; prints the media type. The arguments are those of `reencode`."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target, media_type, max_pixels = arguments
    try:
        sys.stdout.write(reencode(Path(source), Path(target), media_type, int(max_pixels)))
    except (TooManyPixels, MemoryError):
        return TOO_MANY_PIXELS
    except Exception as error:  # noqa: BLE001  # the library raises whatever it likes
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        sys.stderr.write(f"{type(error).__name__}: {error}")
        return DISK_FULL if full else DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
