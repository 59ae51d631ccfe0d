"""The stand-in's time: the machine's, moved on by as much as a test wants, so that nobody waits a day for a day."""

from __future__ import annotations

import time


class Clock:
    """Goes as the machine's does; `advance` moves it on, never back."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds from an arbitrary moment, for lifetimes."""
        return time.monotonic() + self._ahead

    def date(self) -> int:
        """Unix time in seconds, as the Bot API shows dates."""
        return int(time.time() + self._ahead)

    def advance(self, seconds: float) -> None:
        """Move on.

        Raises:
            ValueError: `seconds` is negative.
        """
        if seconds < 0:
            raise ValueError("time does not go back")
        self._ahead += seconds
