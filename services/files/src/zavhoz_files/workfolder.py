"""The folder in which files lie on their way: one for each process, removed by whoever finds its owner dead."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PREFIX: Final = "zavhoz-files-"
_LOCK: Final = "lock"
_MAKING_SECONDS: Final = 60.0
"""A younger folder without a lock may be one that is just being made."""


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """A fresh folder, locked while inside, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name, _locked(Path(name)):
        yield Path(name)


def remove_abandoned() -> int:
    """Remove the folders whose processes have ended without doing so; returns how many there were. Blocking."""
    removed = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # somebody else's, or gone meanwhile
            if time.time() - folder.stat().st_mtime < _MAKING_SECONDS or folder.is_symlink():
                continue
            with _locked(folder):
                shutil.rmtree(folder)
            removed += 1
    return removed


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's lock.

    Raises:
        BlockingIOError: its owner is alive.
    """
    lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(lock)
