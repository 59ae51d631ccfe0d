"""One log of everything a stack runs: each line begins with the name of who said it."""

import threading
from collections import deque
from pathlib import Path
from typing import TextIO

_COLOURS = (36, 33, 35, 32, 34, 31)  # of the terminal, handed out in the order of first words
_KEPT_LINES = 15
_WIDTH = 8


class CombinedLog:
    """Writes lines to a file, and from `show_on` on to a terminal too; any thread may write."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a", encoding="utf-8")
        self._terminal: TextIO | None = None
        self._lock = threading.Lock()
        self._last: dict[str, deque[str]] = {}

    def write(self, name: str, line: str) -> None:
        """Add one line of `name`."""
        with self._lock:
            kept = self._last.setdefault(name, deque(maxlen=_KEPT_LINES))
            kept.append(line)
            if not self._file.closed:
                self._file.write(f"{name:<{_WIDTH}} | {line}\n")
                self._file.flush()
            if self._terminal is not None:
                print(f"{self._painted(name)} {line}", file=self._terminal, flush=True)

    def show_on(self, terminal: TextIO) -> None:
        """From now on print each line there as well, with coloured names if it is a terminal."""
        self._terminal = terminal

    def last_lines(self, name: str) -> str:
        """The last lines that `name` has written, indented, for an error message."""
        with self._lock:
            lines = list(self._last.get(name, ()))
        return "\n".join(f"    {line}" for line in lines) or "    (it printed nothing)"

    def close(self) -> None:
        """Close the file; what is written later goes to the terminal only."""
        with self._lock:
            self._file.close()

    def _painted(self, name: str) -> str:
        label = f"{name:<{_WIDTH}} |"
        if self._terminal is None or not self._terminal.isatty():
            return label
        colour = _COLOURS[list(self._last).index(name) % len(_COLOURS)]
        return f"\x1b[{colour}m{label}\x1b[0m"
