"""The sample files that the page offers: all there, readable, and small."""

from __future__ import annotations

import json
from importlib.resources import files
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

FOLDER = files("zavhoz_sandbox") / "samples"
SAMPLES: list[dict[str, Any]] = json.loads((FOLDER / "samples.json").read_text(encoding="utf-8"))
BEGINNINGS = {"image/jpeg": b"\xff\xd8\xff", "audio/ogg": b"OggS", "video/mp4": b"ftyp", "application/pdf": b"%PDF-"}
MOST = {"photo": 60_000, "voice": 20_000, "video": 200_000, "video_note": 200_000, "document": 20_000}
"""Bytes of one file: all of them are in every wheel and image."""


def test_there_is_something_of_every_kind() -> None:
    """Photos for a choice, and one of each other kind at least."""
    kinds = [sample["kind"] for sample in SAMPLES]
    assert kinds.count("photo") >= 10
    assert set(kinds) == set(MOST)


def test_the_list_names_every_file_once() -> None:
    """Nothing is listed twice, and nothing lies about that is not listed."""
    there = {file.name for file in FOLDER.iterdir()} - {"samples.json"}
    assert sorted(sample["file"] for sample in SAMPLES) == sorted(there)
    assert len({sample["name"] for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_a_sample_is_what_it_says(sample: dict[str, Any]) -> None:
    """It has names in both languages, the bytes of its type, the size in pixels it states, and is small."""
    content = (FOLDER / sample["file"]).read_bytes()
    assert sample["title"]["en"]
    assert sample["title"]["ru"]
    assert len(content) <= MOST[sample["kind"]]
    assert BEGINNINGS[sample["mime_type"]] in content[:12]
    if sample["kind"] == "photo":
        with Image.open(BytesIO(content)) as image:
            image.load()
            assert image.size == (sample["width"], sample["height"])
