"""Files to play with that come with the stand-in: photos of what is broken, a voice note, a video."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent.parent / "samples"
_LIST: Final = "samples.json"


@functools.cache
def samples() -> tuple[dict[str, Any], ...]:
    """What there is, with the `url` of each below the control API."""
    try:
        listed = json.loads((FOLDER / _LIST).read_text())
    except FileNotFoundError:
        return ()
    return tuple({**one, "url": f"/sandbox/samples/{one['name']}"} for one in listed)


def sample(name: str) -> tuple[bytes, str] | None:
    """The bytes of a sample and their media type; None: there is none of this name."""
    found = next((one for one in samples() if one["name"] == name), None)
    return None if found is None else ((FOLDER / found["file"]).read_bytes(), found["mime_type"])
