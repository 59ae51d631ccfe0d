"""What becomes of the files that the stand-in's page offers to play with."""

from __future__ import annotations

import json
from importlib.resources import as_file, files
from typing import Any

import pytest

from zavhoz_files.application.sniffing import media_type
from zavhoz_files.domain.media import Received, judge

FOLDER = files("zavhoz_sandbox") / "samples"
SAMPLES: list[dict[str, Any]] = json.loads((FOLDER / "samples.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_photos_documents_films_and_sounds_are_kept(sample: dict[str, Any]) -> None:
    """Their bytes say what the list says."""
    with as_file(FOLDER / sample["file"]) as path:
        told = media_type(path)
        refusal = judge(Received(path.stat().st_size, "0" * 64, told))
    assert (refusal, told) == (None, sample["mime_type"])
