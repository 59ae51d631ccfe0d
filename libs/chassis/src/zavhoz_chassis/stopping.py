"""How a process is told to end: asked once it drains within a time, asked twice it ends at once, and end it does."""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import signal
from collections.abc import AsyncIterator
from typing import Final

import structlog

_GRACE_SECONDS: Final = 2.0
"""For what was cancelled to clean up; then the process is ended from outside its loop."""
_log = structlog.get_logger("zavhoz.process")


class Stopping:
    """The end of one process. `deadline` is the scope that is cancelled when draining takes longer than `seconds`."""

    def __init__(self, deadline: asyncio.Timeout, seconds: float) -> None:
        self.asked = asyncio.Event()
        self.late = False
        self._deadline = deadline
        self._seconds = seconds
        self._signalled = False
        self._interrupted: asyncio.Timeout | None = None
        self._forced: asyncio.TimerHandle | None = None
        self._over = False

    def listen(self) -> None:
        """Take SIGTERM and SIGINT for the wish to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._on_signal)

    def begin(self) -> None:
        """Begin to end, if that has not begun."""
        if not self.asked.is_set():
            self.asked.set()
            self._within(self._seconds)
            if self._interrupted is not None and not self._interrupted.expired():
                self._interrupted.reschedule(asyncio.get_running_loop().time())

    def finish(self) -> None:
        """It has ended: nothing is forced any more, signals change nothing."""
        self._over = True
        if self._forced is not None:
            self._forced.cancel()

    @contextlib.asynccontextmanager
    async def interrupting(self) -> AsyncIterator[None]:
        """Cancel what is inside when asked to end, and leave quietly; after that `asked` is set."""
        now = asyncio.get_running_loop().time()
        scope = asyncio.timeout_at(now if self.asked.is_set() else None)
        try:
            async with scope:
                self._interrupted = scope
                yield
        except TimeoutError:
            if not scope.expired():
                raise
        finally:
            self._interrupted = None

    def _on_signal(self) -> None:
        if self._over:
            return
        if self._signalled:
            self._within(0)
        self._signalled = True
        self.begin()

    def _within(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        if self._forced is not None:
            self._forced.cancel()
        self._forced = loop.call_later(seconds, self._force)
        # The loop may be blocked, or a part may swallow its cancellation: this watches from a thread of its own,
        # shows where everything hangs, and ends the process with status 1.
        faulthandler.dump_traceback_later(seconds + _GRACE_SECONDS, exit=True)

    def _force(self) -> None:
        self.late = True
        unfinished = sorted(task.get_name() for task in asyncio.all_tasks() if not task.get_name().startswith("Task-"))
        _log.error("the stop takes too long and is forced", seconds=self._seconds, unfinished=unfinished)
        if not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time())
