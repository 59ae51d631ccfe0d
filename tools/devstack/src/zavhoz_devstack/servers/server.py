"""What the three servers have in common: a process that is started, watched, killed and stopped."""

import signal
import subprocess  # nosec B404: starting servers is what this module is for
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from zavhoz_devstack.errors import StartFailed
from zavhoz_devstack.launch import launch
from zavhoz_devstack.processes import Identity, end, identify
from zavhoz_devstack.state import StateFolder

START_SECONDS = 90.0
STOP_SECONDS = 30.0
_POLL_SECONDS = 0.03


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file, indented, for an error message."""
    lines = log.read_text(errors="replace").splitlines()[-count:] if log.exists() else []
    return "\n".join(f"    {line}" for line in lines) or "    (it printed nothing)"


class Server(ABC):
    """A private server: data in its stack's folder, addresses that are known before it starts and never change.

    All methods block; from async code call them through `asyncio.to_thread`.
    """

    name: str
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, state: StateFolder) -> None:
        self.state = state
        self._process: subprocess.Popen[bytes] | None = None
        self._identity: Identity | None = None
        self._prepared = False
        self.wanted = False
        """Whether it should be running: true from `start` until `stop` or `kill`, also of another thread."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect, with user and password."""

    @property
    def management_url(self) -> str:
        """Where it can be managed over HTTP, with user and password; empty where it cannot."""
        return ""

    @abstractmethod
    def prepare(self) -> None:
        """Write the configuration for these ports and make the data folder, before the first start."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The program that becomes the server, in the foreground."""

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """The server's whole environment."""

    @abstractmethod
    def ready(self) -> bool:
        """Whether the server answers as a client would want it to; must not block for more than a second or two."""

    @property
    def running(self) -> bool:
        """Whether the process runs, ready or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    def start(self) -> None:
        """Start and wait until ready; does nothing when it runs already.

        Raises:
            StartFailed: not ready within 90 s, or ended before; with its last log lines.
        """
        if self.running:
            return
        self.wanted = True
        if not self._prepared:
            self.prepare()
            self._prepared = True
        try:
            self._start_process()
        except StartFailed:
            self._end(gently=False)
            raise

    def stop(self) -> None:
        """Ask the server to end, wait up to 30 s, then kill it; does nothing when it does not run."""
        self.wanted = False
        self._end(gently=True)

    def kill(self) -> None:
        """SIGKILL: the server and all its children end at once, as in a power cut."""
        self.wanted = False
        self._end(gently=False)

    def restart(self) -> None:
        """Stop and start again: same address, same data."""
        self.stop()
        self.start()

    def _start_process(self) -> None:
        if not self.wanted:
            raise StartFailed(f"{self.name} was stopped while it was being started")
        log = self.state.log(self.name)
        with log.open("ab") as output:
            self._process = launch(
                self.name,
                self.command(),
                record=self.state.record,
                stop_signal=self.stop_signal,
                env=self.environment(),
                output=output,
                cwd=Path("/"),
            )
        self._identity = identify(self._process.pid, self.name, self.stop_signal)
        self._wait_ready(log)

    def _wait_ready(self, log: Path) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not (self.running and self.ready()):
            if not self.running:
                raise StartFailed(f"{self.name} ended while starting; its last words ({log}):\n{last_lines(log)}")
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} not ready after {START_SECONDS:.0f} s ({log}):\n{last_lines(log)}")
            time.sleep(_POLL_SECONDS)

    def _end(self, *, gently: bool) -> None:
        if self._process is not None and self._identity is not None:
            end([self._identity], gently=gently, kill_after=STOP_SECONDS)
            self._process.wait()
            self._process = None
