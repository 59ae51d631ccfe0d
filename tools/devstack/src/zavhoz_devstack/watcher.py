"""The watcher: ends what a stack has started when the stack itself has died.

`python -m zavhoz_devstack.watcher RECORD` waits until its standard input closes, which happens when the
process that holds the other end of the pipe ends in whatever way, `kill -9` included; then it ends all that RECORD
names. After an orderly stop the record is empty and nothing is left to do.

Linux could signal children by itself (PR_SET_PDEATHSIG), but that follows the thread that started them, not the
process, and is lost when a server changes its user. A pipe has neither trouble.
"""

import signal
import subprocess  # nosec B404: starts itself
import sys
from pathlib import Path

from zavhoz_devstack.processes import Record


class Watcher:
    """A watcher process for one record; `close` it when everything has been stopped."""

    def __init__(self, record: Record) -> None:
        self._process = subprocess.Popen(  # nosec B603: our own module
            [sys.executable, "-m", "zavhoz_devstack.watcher", str(record.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The watcher's own process id."""
        return self._process.pid

    def close(self) -> None:
        """Let the watcher do what it is there for, and wait until it has (at most half a minute)."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=30)


def main(arguments: list[str]) -> None:
    """Wait for the end of standard input, then end what is recorded."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    Record(Path(arguments[0])).end_all()


if __name__ == "__main__":
    main(sys.argv[1:])
