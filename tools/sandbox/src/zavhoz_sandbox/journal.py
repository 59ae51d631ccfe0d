"""What has happened, in order, for whoever looks on: the page shows it as it comes, and goes on where it was cut off.

An entry names what is new and refers to it; how it is shown is made only when somebody is told (`page.views`), so that
nobody pays for it while nobody looks. What has changed again since is then told as it is now.
"""

from __future__ import annotations

import itertools
import secrets
from collections import deque
from dataclasses import dataclass
from typing import Any, Final

KEPT: Final = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is new; `subject` is what `kind` is about."""

    seq: int
    kind: str
    subject: Any


class Journal:
    """The last entries. `run` tells one process from the next, `seq` is the number of the newest entry, 0 at first."""

    def __init__(self) -> None:
        self.run = secrets.token_hex(8)
        self.seq = 0
        self._entries: deque[Entry] = deque(maxlen=KEPT)

    def add(self, kind: str, subject: Any) -> None:
        """Write down that something is new."""
        self.seq += 1
        self._entries.append(Entry(self.seq, kind, subject))

    def after(self, seq: int) -> list[Entry] | None:
        """All entries after number `seq`; None when some of them are forgotten, or were never there."""
        missed = self.seq - seq
        if not 0 <= missed <= len(self._entries):
            return None
        return list(itertools.islice(self._entries, len(self._entries) - missed, None))
