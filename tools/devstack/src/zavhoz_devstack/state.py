"""The folder in which one stack keeps its servers' data, its logs and the record of its processes."""

import contextlib
import fcntl
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.processes import Record
from zavhoz_devstack.watcher import Watcher

_MANY = 100


class StateFolder:
    """One stack's folder, locked for as long as the stack runs.

    A record that an earlier run left behind is dealt with before anything new is started: its processes are ended
    (only those whose pid and start time match), and its data is thrown away, unless the folder is a `lasting` one.
    """

    def __init__(self, path: Path, *, temporary: bool = False, lasting: bool = False) -> None:
        self.path = path
        self.lasting = lasting
        self._memory = path / "memory.json"
        self.run = self.remembered("run", secrets.token_hex(4))
        """Different for every run of every stack, but for one whose data lasts."""
        self.record = Record(path / f"run-{self.run}.processes")
        self._temporary = temporary
        self._lock: int | None = None
        self._watcher: Watcher | None = None

    def acquire(self) -> bool:
        """Lock the folder, clean up after an earlier run, and set a watcher; False when another stack has it."""
        self.path.mkdir(parents=True, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return False
        self._lock = lock
        self.clean()
        # Servers that run as another user must be able to pass; each keeps its own folder closed.
        self.path.chmod(0o711)
        if self._temporary:
            self.record.add_folder(self.path)
        self._watcher = Watcher(self.record)
        return True

    def clean(self) -> list[str]:
        """End what earlier runs have left and remove their data; returns the names of what still ran."""
        left = [process.name for path in self.path.glob("run-*.processes") for process in Record(path).end_all()]
        for entry in self.path.iterdir():
            if self.lasting and entry.name != "logs" and not entry.name.startswith("run-"):
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()
        return left

    def remembered(self, name: str, value: str) -> str:
        """What was told under this name first, of all stacks whose data is here: passwords that the data knows."""
        if not self.lasting:
            return value
        known: dict[str, str] = json.loads(self._memory.read_text()) if self._memory.exists() else {}
        if name not in known:
            known[name] = value
            self.path.mkdir(parents=True, exist_ok=True)
            self._memory.touch(mode=0o600)
            self._memory.write_text(json.dumps(known))
        return known[name]

    def folder(self, name: str) -> Path:
        """A folder inside this one, made when missing."""
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def folder_elsewhere(self, name: str) -> Path:
        """A folder under /var/tmp for a server that cannot work inside this one; it stays or goes with the data."""
        if self.lasting:
            path = Path(f"/var/tmp/zavhoz-{name}-{self.run}")  # noqa: S108  # nosec B108: not to be guessed
            path.mkdir(mode=0o700, exist_ok=True)
            return path
        path = Path(tempfile.mkdtemp(prefix=f"zavhoz-{name}-", dir="/var/tmp"))  # nosec B108: mkdtemp makes it ours
        self.record.add_folder(path)
        return path

    def log(self, name: str) -> Path:
        """Where the output of a program of this name goes."""
        return self.folder("logs") / f"{name}.log"

    def release(self) -> None:
        """End whatever still runs, and let the next stack have the folder; a temporary one is removed."""
        self.record.end_all()
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def home() -> Path:
    """Where stacks keep their folders: ZAVHOZ_HOME, or `var/` in the directory the command was given in."""
    return Path(os.environ.get("ZAVHOZ_HOME") or "var").resolve()


@contextlib.contextmanager
def own_folder(name: str, *, base: Path | None = None, lasting: bool = False) -> Iterator[StateFolder]:
    """The folder `<home>/<name>`, or `<name>-2`, `<name>-3`, … when other stacks are running in those.

    Raises:
        DevstackError: a hundred of them are taken.
    """
    for number in range(1, _MANY):
        state = StateFolder((base or home()) / (name if number == 1 else f"{name}-{number}"), lasting=lasting)
        if state.acquire():
            try:
                yield state
            finally:
                state.release()
            return
    raise DevstackError(f"{_MANY} stacks named {name} are running in {base or home()}; stop some of them")


@contextlib.contextmanager
def temporary_folder() -> Iterator[StateFolder]:
    """A folder of the system's temporary directory that is gone afterwards, even after a crash."""
    state = StateFolder(Path(tempfile.mkdtemp(prefix="zavhoz-")), temporary=True)
    state.acquire()
    try:
        yield state
    finally:
        state.release()
