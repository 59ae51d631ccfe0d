"""`python -m scripts.samples [name …]` writes the sample files of the stand-in, all or those named: `make samples`.

Takes a quarter of an hour on two processors, and needs Debian's espeak-ng and fonts-dejavu-core beside what is in
`scripts/samples/requirements.lock`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Processes are started by this script; more threads in each would only be in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from scripts.samples import document, encoding, sound
from scripts.samples.march import Scene, photograph
from scripts.samples.scenes import electric, things, walls, water

FOLDER = Path(__file__).parents[2] / "tools/sandbox/src/zavhoz_sandbox/samples"
WIDTH, HEIGHT, MOST = 1280, 960, 60_000
SECONDS = 3.0
FRAMES_PER_SECOND = 12
PHOTOS: dict[str, tuple[Callable[[], Scene], str, str]] = {
    "dripping-tap": (water.dripping_tap, "Dripping tap", "Капающий кран"),
    "broken-window": (walls.broken_window, "Broken window", "Разбитое окно"),
    "flickering-lamp": (electric.flickering_lamp, "Flickering lamp", "Мигающая лампа"),
    "torn-socket": (electric.torn_socket, "Socket torn off", "Вырванная розетка"),
    "hanging-handle": (walls.hanging_handle, "Hanging door handle", "Ручка двери отваливается"),
    "wobbly-chair": (things.wobbly_chair, "Broken chair", "Сломанный стул"),
    "blocked-drain": (water.blocked_drain, "Blocked drain", "Засор в раковине"),
    "cold-radiator": (walls.cold_radiator, "Cold radiator", "Холодная батарея"),
    "ceiling-stain": (walls.ceiling_stain, "Stain on the ceiling", "Пятно на потолке"),
    "broken-projector": (electric.broken_projector, "Broken projector", "Сломанный проектор"),
    "overflowing-bin": (things.overflowing_bin, "Overflowing bin", "Переполненная урна"),
}
"""Name of the file: what is there, and what it is called."""
SAID = "Здравствуйте! В двести четырнадцатом опять течёт кран."
SAID_OF_LAMP = "Лампа мигает, работать невозможно."


def _photo(name: str) -> None:
    image = photograph(PHOTOS[name][0](), WIDTH, HEIGHT)
    (FOLDER / f"{name}.jpg").write_bytes(encoding.jpeg(image, MOST))


def _voice() -> None:
    encoding.opus(sound.spoken(SAID, SECONDS), FOLDER / "voice.ogg")


def _film() -> None:
    """One drop a second falls; only the part of the picture around it is computed anew."""
    whole = photograph(water.dripping_tap(0.0), 640, 480)
    moving = (192, 128, 640, 480)
    second = []
    for index in range(FRAMES_PER_SECOND):
        frame = whole.copy()
        part = photograph(water.dripping_tap(1.15 * index / (FRAMES_PER_SECOND - 1)), 640, 480, moving)
        frame.paste(part, moving[:2])
        second.append(frame)
    heard = sound.drops([0.97, 1.97, 2.9], SECONDS)
    encoding.mp4(second * round(SECONDS), FRAMES_PER_SECOND, heard, FOLDER / "dripping-tap.mp4")


def _round() -> None:
    """The lamp flickers in the hand of who films it."""
    looks = [photograph(electric.flickering_lamp(glow), 576, 432) for glow in (0.0, 0.5, 1.0)]
    frames = []
    for index in range(round(SECONDS * FRAMES_PER_SECOND)):
        look = looks[(2, 2, 2, 1, 0, 2, 1, 2, 2, 0, 0, 1)[index % FRAMES_PER_SECOND]]
        left, top = 96 + (index * 5 % 7) + index // 3, 20 + (index * 3 % 5)
        frames.append(look.crop((left, top, left + 384, top + 384)).convert("RGB"))
    heard = sound.fitted(sound.hum(SECONDS) + sound.spoken(SAID_OF_LAMP, SECONDS), SECONDS)
    encoding.mp4(frames, FRAMES_PER_SECOND, heard, FOLDER / "flickering-lamp.mp4")


def _document() -> None:
    (FOLDER / "act.pdf").write_bytes(document.act())


OTHERS: dict[str, tuple[Callable[[], None], dict[str, Any]]] = {
    "voice": (
        _voice,
        {
            "file": "voice.ogg",
            "kind": "voice",
            "title": {"en": "Voice note", "ru": "Голосовое сообщение"},
            "duration": 3,
            "mime_type": "audio/ogg",
        },
    ),
    "video": (
        _film,
        {
            "file": "dripping-tap.mp4",
            "kind": "video",
            "title": {"en": "Video of the tap", "ru": "Видео с краном"},
            "duration": 3,
            "width": 640,
            "height": 480,
            "mime_type": "video/mp4",
        },
    ),
    "video-note": (
        _round,
        {
            "file": "flickering-lamp.mp4",
            "kind": "video_note",
            "title": {"en": "Round video", "ru": "Видеокружок"},
            "duration": 3,
            "width": 384,
            "height": 384,
            "mime_type": "video/mp4",
        },
    ),
    "act": (
        _document,
        {
            "file": "act.pdf",
            "kind": "document",
            "title": {"en": "Act of inspection", "ru": "Акт осмотра"},
            "mime_type": "application/pdf",
        },
    ),
}


def described() -> list[dict[str, Any]]:
    """What `samples.json` says of each."""
    photos = [
        {
            "name": name,
            "file": f"{name}.jpg",
            "kind": "photo",
            "title": {"en": en, "ru": ru},
            "width": WIDTH,
            "height": HEIGHT,
            "mime_type": "image/jpeg",
        }
        for name, (_, en, ru) in PHOTOS.items()
    ]
    return photos + [{"name": name, **told} for name, (_, told) in OTHERS.items()]


def main(names: list[str]) -> int:
    """Write what is asked for; returns the exit code."""
    FOLDER.mkdir(exist_ok=True)
    for name in names or [*PHOTOS, *OTHERS]:
        print(name, flush=True)
        if name in PHOTOS:
            _photo(name)
        else:
            OTHERS[name][0]()
    text = json.dumps(described(), ensure_ascii=False, indent=2)
    (FOLDER / "samples.json").write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
