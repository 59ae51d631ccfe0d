"""One way to break a promise, as data: what is written instead of what, and the tests that are there to notice."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class MovedOn(Exception):
    """The text to be replaced is not in its file exactly once, or the new text is not Python: mend the sabotage."""


@dataclass(frozen=True, slots=True)
class Sabotage:
    """Replaces `old` by `new` in `file`; then one of `tests` (pytest's node ids) must fail.

    `promise` is what is broken: G1 to G9 of the guarantees, or the rule in a few words.
    """

    name: str
    promise: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @contextlib.contextmanager
    def applied(self, root: Path) -> Iterator[None]:
        """The tree at `root` is broken while inside.

        Raises:
            MovedOn: it does not fit the code as it is today.
        """
        path = root / self.file
        whole = path.read_text(encoding="utf-8") if path.is_file() else ""
        found = whole.count(self.old)
        if found != 1:
            raise MovedOn(f"{self.name}: its text is {found} times in {self.file}, not once: the code has moved on")
        broken = whole.replace(self.old, self.new)
        try:
            compile(broken, str(path), "exec")
        except SyntaxError as error:
            raise MovedOn(f"{self.name}: {self.file} is no Python with it: {error}") from error
        _write(path, broken)
        try:
            yield
        finally:
            _write(path, whole)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    # A compiled file is known by second and size of its source: two of our changes may have both in common.
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
