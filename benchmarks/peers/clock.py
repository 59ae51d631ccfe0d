"""What every consumer under test calls for each message (or group): the clock from the first to the last."""

import os
import time
from pathlib import Path

_wanted = int(os.environ["COUNT"])
_seen = 0
_began = 0.0


def handled(count: int = 1) -> None:
    """Count messages; when all have come, write messages per second to the file RESULT."""
    global _seen, _began
    if not _seen:
        _began = time.perf_counter()
    _seen += count
    if _seen >= _wanted:
        Path(os.environ["RESULT"]).write_text(str((_wanted - 1) / (time.perf_counter() - _began)))
