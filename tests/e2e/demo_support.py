"""`make demo` as a person starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from e2e_support import ROOT, at_a_terminal

from zavhoz_devstack.processes import Identity, Record, descendants, identify
from zavhoz_devstack.program import READY_SECONDS

START_SECONDS = READY_SECONDS + 20
"""So that a service that does not come up has said its last words."""
PROCESSES = {"telegram", "requests", "notifier", "files", "gateway"}
INSTALLED = {"postgresql", "rabbitmq", "epmd", "redis"}
_ADDRESS = "  http://"
"""What the last line begins with that a demo says when it is up."""
CONTAINED = {"postgresql", "rabbitmq", "redis"}


class Demo:
    """`make demo` as a person starts it, and all that belongs to it."""

    def __init__(
        self,
        home: Path,
        *,
        root: Path = ROOT,
        become: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        patience: float = START_SECONDS,
    ) -> None:
        self.home = home
        self._patience = patience
        self.make = subprocess.Popen(
            [*become, "make", "demo"],
            cwd=root,
            env=at_a_terminal(home) | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []
        self._seen: list[Identity] = []
        self._up = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.make.stdout is not None
        with self.make.stdout as lines:
            for line in lines:
                self.said.append(line)
                if line.startswith(_ADDRESS):
                    self._up.set()
        self._up.set()

    def wait_until_up(self) -> None:
        assert self._up.wait(self._patience), "".join(self.said)
        assert any(line.startswith(_ADDRESS) for line in self.said), "".join(self.said)

    def tree(self) -> list[Identity]:
        """`make`, the demo itself, its watcher, and all that these have started."""
        make = identify(self.make.pid)
        assert make is not None
        found = [make, *descendants(make.pid)]
        self._seen += found
        return found

    def of_module(self, module: str) -> Identity:
        """The process that runs this Python module."""
        (found,) = [process for process in self.tree() if f"-m\0{module}\0" in _command(process)]
        return found

    def record(self, folder: str = "demo") -> Record:
        """What the demo has written down about itself."""
        (record,) = (self.home / folder).glob("run-*.processes")
        return Record(record)

    def all_is_recorded(self, folder: str = "demo") -> bool:
        """Whether the record names everything a demo has, and nothing else, and the processes run."""
        record = self.record(folder)
        running = {process.name for process in record.processes() if process.alive()}
        if not record.containers():
            return running == PROCESSES | INSTALLED
        return running == PROCESSES and {name.split("-")[2] for name in record.containers()} == CONTAINED

    def stand_in(self) -> str:
        """The address of the stand-in for Telegram."""
        (address,) = {line.strip() for line in self.said if line.startswith(_ADDRESS)}
        return address.rstrip("/")

    def interrupt(self, seconds: float) -> None:
        """Ctrl-C, and wait until `make` has ended."""
        os.killpg(self.make.pid, signal.SIGINT)
        self.make.wait(seconds)

    def close(self) -> None:
        """End whatever a failed test has left."""
        if self.make.poll() is None:
            self.tree()
        for process in self._seen:
            process.send(signal.SIGKILL)
        self.make.wait()
        self._reader.join()
        for record in self.home.glob("*/run-*.processes"):
            Record(record).end_all()


def _command(process: Identity) -> str:
    try:
        return Path(f"/proc/{process.pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def running_demo(home: Path, **how: Any) -> Iterator[Demo]:
    """A demo that has been started; ended, with whatever a failed test has left, at the end."""
    demo = Demo(home, **how)
    try:
        yield demo
    finally:
        demo.close()
