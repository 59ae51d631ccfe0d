"""Our own Python programs as child processes: the stand-in for Telegram, migrations and the services."""

import asyncio
import os
import signal
import subprocess  # nosec B404: running programs is what this module is for
import sys
import threading
from collections.abc import Mapping, Sequence

import aiohttp

from zavhoz_devstack.combined_log import CombinedLog
from zavhoz_devstack.concurrency import in_thread
from zavhoz_devstack.errors import StartFailed
from zavhoz_devstack.faults.prefork import Forked, Prefork
from zavhoz_devstack.launch import launch
from zavhoz_devstack.ports import LOOPBACK
from zavhoz_devstack.processes import Identity, Record, end, identify

STOP_SECONDS = 27.0
"""Patience after SIGTERM: a service drains within 25 s."""
READY_SECONDS = 100.0
"""Longer than a server may take to start: a service that needs it starts beside it."""
_POLL_SECONDS = 0.05


class Program:
    """`python -m <module> <arguments>`, its output in the stack's combined log; forked when there is a `prefork`."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str],
        log: CombinedLog,
        record: Record,
        prefork: Prefork | None = None,
    ) -> None:
        self.name = name
        self.env = dict(env)
        self._arguments = list(arguments)
        self._prefork = prefork
        self._log = log
        self._record = record
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self._identity: Identity | None = None
        self._reader: threading.Thread | None = None
        self.wanted = False
        """Whether it should be running: true from `start` until `terminate` or `kill`."""

    @property
    def running(self) -> bool:
        """Whether the process runs, ready or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def exit_code(self) -> int | None:
        """How the last run ended (negative: minus the signal); None while running or before the first start."""
        return self._process.poll() if self._process is not None else None

    def start(self) -> None:
        """Start the process and return at once; does nothing when it runs already."""
        self.wanted = True
        if self.running:
            return
        ours, theirs = os.pipe()
        try:
            self._process = self._launch(theirs)
        finally:
            os.close(theirs)
        self._identity = identify(self._process.pid, self.name, signal.SIGTERM)
        self._reader = threading.Thread(target=self._read, args=[ours], daemon=True, name=f"log {self.name}")
        self._reader.start()

    def _launch(self, output: int) -> subprocess.Popen[bytes] | Forked:
        if self._prefork is not None:
            return self._prefork.start(self.name, self._arguments[1:], self.env, self._record, output)
        return launch(
            self.name,
            [sys.executable, "-m", *self._arguments],
            record=self._record,
            stop_signal=signal.SIGTERM,
            env=self.env,
            output=output,
        )

    def send(self, number: int) -> None:
        """Send it a signal, if it runs; what comes of that is its own affair."""
        if self._identity is not None:
            self._identity.send(number)

    def kill(self) -> None:
        """SIGKILL, as in a crash; returns when the process is gone."""
        self.wanted = False
        self._end(gently=False)

    async def terminate(self) -> int | None:
        """SIGTERM, then up to 27 s of patience, then SIGKILL; returns the exit code."""
        self.wanted = False
        await asyncio.to_thread(self._end, gently=True)
        return self.exit_code

    async def finish(self) -> None:
        """Wait until it has ended by itself.

        Raises:
            StartFailed: its exit code is not 0; with its last log lines.
        """
        process = self._process
        if process is None:
            return
        await in_thread(process.wait, self.kill)
        self.wanted = False
        if self.exit_code != 0:
            raise StartFailed(self.last_words())

    def last_words(self) -> str:
        """One sentence about how it ended, and its last log lines."""
        if self._reader is not None:
            self._reader.join(timeout=5)
        return f"{self.name} ended with exit code {self.exit_code}:\n{self._log.last_lines(self.name)}"

    def _end(self, *, gently: bool) -> None:
        if self._process is None or self._identity is None:
            return
        end([self._identity], gently=gently, kill_after=STOP_SECONDS)
        self._process.wait()
        if self._reader is not None:
            self._reader.join(timeout=5)

    def _read(self, output: int) -> None:
        with open(output, "rb") as lines:  # it has no path
            for line in lines:
                self._log.write(self.name, line.decode(errors="replace").rstrip("\n"))


class Service(Program):
    """A program with a health server: `/livez`, `/readyz` and `/metrics` on `port`."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        *,
        port: int,
        env: Mapping[str, str],
        log: CombinedLog,
        record: Record,
        prefork: Prefork | None = None,
    ) -> None:
        super().__init__(name, arguments, env=env, log=log, record=record, prefork=prefork)
        self.port = port

    @property
    def url(self) -> str:
        """The address of its HTTP server."""
        return f"http://{LOOPBACK}:{self.port}"

    async def ready(self) -> bool:
        """Whether `/readyz` answers 200 now."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
                session.get(f"{self.url}/readyz") as answer,
            ):
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def wait_ready(self, timeout: float = READY_SECONDS) -> None:
        """Wait until `/readyz` answers 200, `timeout` seconds at most.

        Raises:
            StartFailed: it ended, or was not ready in time; with its last log lines.
        """
        try:
            async with asyncio.timeout(timeout):
                while not await self.ready():
                    if not self.running:
                        raise StartFailed(self.last_words())
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            message = f"{self.name} not ready after {timeout:g} s:\n{self._log.last_lines(self.name)}"
            raise StartFailed(message) from None
