"""`kill -9` of `make demo`: the next one starts, and nothing of the old one is left."""

import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from e2e_support import ROOT, at_a_terminal

from zavhoz_devstack.processes import Identity, Record, descendants, identify, wait_until_ended
from zavhoz_devstack.program import READY_SECONDS

START_SECONDS = READY_SECONDS + 20
"""So that a service that does not come up has said its last words."""
END_SECONDS = 60
pytestmark = pytest.mark.usefixtures("installed_servers")


class Demo:
    """`make demo` as a person starts it, and all that belongs to it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.make = subprocess.Popen(
            ["make", "demo"],
            cwd=ROOT,
            env=at_a_terminal(home),
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
                if line.startswith("Everything runs."):
                    self._up.set()
        self._up.set()

    def wait_until_up(self) -> None:
        assert self._up.wait(START_SECONDS), "".join(self.said)
        assert any(line.startswith("Everything runs.") for line in self.said), "".join(self.said)

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

    def recorded(self) -> list[str]:
        """Names of what the demo's record says it runs."""
        (record,) = (self.home / "demo").glob("run-*.processes")
        return [process.name for process in Record(record).processes() if process.alive()]

    def close(self) -> None:
        """End whatever a failed test has left."""
        if self.make.poll() is None:
            self.tree()
        for process in self._seen:
            process.send(signal.SIGKILL)
        self.make.wait()
        self._reader.join()


def _command(process: Identity) -> str:
    try:
        return Path(f"/proc/{process.pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextmanager
def running_demo(home: Path) -> Iterator[Demo]:
    demo = Demo(home)
    try:
        yield demo
    finally:
        demo.close()


@pytest.mark.timeout(400)
def test_a_killed_demo_leaves_nothing_to_the_next_one(tmp_path: Path) -> None:
    """First all of it at once with its watcher, so that only the record is left; then `make` alone."""
    everything = {"postgresql", "rabbitmq", "epmd", "redis", "telegram", "requests", "notifier", "files", "gateway"}
    with running_demo(tmp_path) as first:
        first.wait_until_up()
        assert set(first.recorded()) == everything
        old = first.tree()
        for process in (first.of_module("zavhoz_devstack.watcher"), first.of_module("zavhoz_devstack"), old[0]):
            process.send(signal.SIGKILL)
        first.make.wait()
        assert sum(process.alive() for process in old) >= len(everything)

        with running_demo(tmp_path) as second:
            second.wait_until_up()
            assert [process for process in old if process.alive()] == []
            assert set(second.recorded()) == everything

            new = second.tree()
            second.make.kill()
            assert wait_until_ended(new, END_SECONDS)


@pytest.mark.timeout(200)
def test_the_watcher_ends_what_a_killed_demo_has_started(tmp_path: Path) -> None:
    with running_demo(tmp_path) as demo:
        demo.wait_until_up()
        processes = demo.tree()
        demo.of_module("zavhoz_devstack").send(signal.SIGKILL)
        assert wait_until_ended(processes, END_SECONDS)
