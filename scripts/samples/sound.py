"""What is heard: a voice by espeak-ng (a Debian package), drops that fall, a lamp that hums."""

from __future__ import annotations

import io
import subprocess  # nosec B404: espeak-ng, with fixed arguments
import wave

import numpy as np
from scripts.samples.shapes import Floats

RATE = 48_000
"""Samples a second."""


def spoken(text: str, seconds: float, voice: str = "ru", speed: int = 165) -> Floats:
    """The text as mono samples from -1 to 1, with silence up to the length, cut off where it is longer.

    Raises:
        FileNotFoundError: espeak-ng is not installed.
    """
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", "58", "--stdout", text]
    said = subprocess.run(command, check=True, capture_output=True).stdout  # noqa: S603
    # What is written to a pipe states no length: see the header's "data" chunk.
    start = said.index(b"data") + 8
    with wave.open(io.BytesIO(said)) as header:
        rate = header.getframerate()
    samples = np.frombuffer(said[start : start + (len(said) - start) // 2 * 2], np.int16).astype(np.float32) / 32768
    times = np.arange(round(len(samples) / rate * RATE)) / RATE
    return fitted(np.interp(times, np.arange(len(samples)) / rate, samples).astype(np.float32), seconds)


def drops(at: list[float], seconds: float) -> Floats:
    """Drops that hit water at these seconds: a bubble rings, its pitch rising as it closes."""
    total = np.zeros(round(seconds * RATE), np.float32)
    t = np.arange(round(0.25 * RATE)) / RATE
    for when in at:
        ring = np.sin(2 * np.pi * (620 * t + 900 * t * t)) * np.exp(-t * 26) * np.minimum(t * 900, 1.0)
        start = round(when * RATE)
        part = ring[: max(0, len(total) - start)]
        total[start : start + len(part)] += 0.5 * part.astype(np.float32)
    return total


def hum(seconds: float) -> Floats:
    """Twice the mains: 100 Hz and what sounds with it."""
    t = np.arange(round(seconds * RATE)) / RATE
    tones = sum(np.sin(2 * np.pi * 100 * n * t) / n for n in (1, 2, 3, 5, 8))
    return (0.05 * np.asarray(tones)).astype(np.float32)


def fitted(samples: Floats, seconds: float) -> Floats:
    """Exactly so long; the last hundredth fades out."""
    wanted = round(seconds * RATE)
    shaped = np.zeros(wanted, np.float32)
    shaped[: min(wanted, len(samples))] = samples[:wanted]
    shaped[-RATE // 100 :] *= np.linspace(1, 0, RATE // 100, dtype=np.float32)
    return shaped
