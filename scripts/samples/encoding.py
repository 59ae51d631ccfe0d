"""Photos, sounds, films and pages as Telegram's own programs would send them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image
from scripts.samples.shapes import Floats
from scripts.samples.sound import RATE


def jpeg(image: Image.Image, most: int) -> bytes:
    """A JPEG of at most so many bytes, as good as that allows.

    Raises:
        ValueError: no quality is low enough.
    """
    for quality in range(88, 30, -2):
        written = io.BytesIO()
        image.save(written, "JPEG", quality=quality, optimize=True, progressive=True)
        if written.tell() <= most:
            return written.getvalue()
    raise ValueError(f"does not fit into {most} bytes")


def opus(samples: Floats, path: Path) -> None:
    """A voice note: Opus in Ogg, mono."""
    with av.open(str(path), "w", format="ogg") as file:
        stream: Any = file.add_stream("libopus", rate=RATE, layout="mono")
        stream.bit_rate = 24_000
        _sound(file, stream, samples)


def mp4(frames: Sequence[Image.Image], per_second: int, samples: Floats, path: Path) -> None:
    """A film: H.264 and AAC; its index comes first, so that it plays while it loads."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as file:
        film: Any = file.add_stream("libx264", rate=per_second, options={"crf": "25", "preset": "slow", "threads": "1"})
        film.width, film.height, film.pix_fmt = frames[0].width, frames[0].height, "yuv420p"
        voice: Any = file.add_stream("aac", rate=RATE, layout="mono")
        voice.bit_rate = 64_000
        for index, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.asarray(image.convert("RGB")), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, per_second)
            file.mux(film.encode(frame))
        file.mux(film.encode(None))
        _sound(file, voice, samples)


def _sound(file: Any, stream: Any, samples: Floats) -> None:
    step = 960
    for start in range(0, len(samples), step):
        part = samples[start : start + step]
        frame = av.AudioFrame.from_ndarray((part * 32767).astype(np.int16)[None, :], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))
