"""Processes by identity, and the record of those a stack has started.

A process is named by its pid together with its start time (`/proc/<pid>/stat`, field 22, clock ticks since boot):
pids are used again, pairs are not. Whatever ends a process here first makes sure that it is still the same one.

Only the standard library is imported, because the watcher stands on this module alone; what removes containers is
imported where there are any.
"""

import contextlib
import os
import shutil
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

KILL_AFTER_SECONDS = 10.0
_STARTED = 19  # field 22 of stat, counted behind the name, which stands in brackets and may hold anything
_PARENT = 1
_PROCESS, _FOLDER, _CONTAINER, _NAMESPACE = "process", "folder", "container", "namespace"
_POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Identity:
    """One process that runs, or ran: `pid` and `started` together are unique since the machine booted."""

    pid: int
    started: int
    name: str = ""
    stop_signal: int = signal.SIGKILL

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        fields = _stat(self.pid)
        return fields is not None and fields[0] != "Z" and int(fields[_STARTED]) == self.started

    def send(self, number: int) -> None:
        """Send a signal, if this very process still runs."""
        if self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def identify(pid: int, name: str = "", stop_signal: int = signal.SIGKILL) -> Identity | None:
    """The identity of a running process, or None when there is none of that pid."""
    fields = _stat(pid)
    return None if fields is None else Identity(pid, int(fields[_STARTED]), name, stop_signal)


def descendants(root: int) -> list[Identity]:
    """Children of a process, their children and so on, as they are now."""
    children: dict[int, list[Identity]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) is not None:
            children.setdefault(int(fields[_PARENT]), []).append(Identity(int(entry.name), int(fields[_STARTED])))
    found: list[Identity] = []
    unseen = [root]
    while unseen:
        for child in children.get(unseen.pop(), []):
            found.append(child)
            unseen.append(child.pid)
    return found


def end(
    processes: Iterable[Identity], *, gently: bool = True, kill_after: float = KILL_AFTER_SECONDS
) -> list[Identity]:
    """End processes and all that they started; returns those that ran.

    Each gets its own stop signal first (unless `gently` is false), and SIGKILL with all its descendants when it has
    not ended `kill_after` seconds later. A process whose start time differs from the record is left alone.
    """
    roots = [process for process in processes if process.alive()]
    tree = [*roots, *(child for root in roots for child in descendants(root.pid))]
    if gently:
        for root in roots:
            root.send(root.stop_signal)
        wait_until_ended(roots, kill_after)
    for process in tree:
        process.send(signal.SIGKILL)
    wait_until_ended(tree, kill_after)
    return roots


def wait_until_ended(processes: Iterable[Identity], timeout: float) -> bool:
    """Wait until none of these runs any more, `timeout` seconds at most; True when none does."""
    deadline = time.monotonic() + timeout
    running = [process for process in processes if process.alive()]
    while running and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        running = [process for process in running if process.alive()]
    return not running


class Record:
    """What one run of a stack must not leave behind: processes, containers, network namespaces, folders.

    One line each, only ever appended.

    A line is written by the process itself before it becomes what it was started for (see `launch`), so there is no
    moment at which something runs that is not recorded.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add_folder(self, folder: Path) -> None:
        """Have this folder removed when the stack has ended."""
        with self.path.open("a") as file:
            file.write(f"{_FOLDER}\t{folder}\n")

    def add_container(self, name: str) -> None:
        """Have this container removed, with its data, when the stack has ended."""
        with self.path.open("a") as file:
            file.write(f"{_CONTAINER}\t{name}\n")

    def add_namespace(self, name: str) -> None:
        """Have this network namespace removed, with its interfaces, when the stack has ended."""
        with self.path.open("a") as file:
            file.write(f"{_NAMESPACE}\t{name}\n")

    def namespaces(self) -> list[str]:
        """Names of the network namespaces to be removed."""
        return [rest for kind, rest in self._lines() if kind == _NAMESPACE]

    def containers(self) -> list[str]:
        """Names of the containers to be removed."""
        return [rest for kind, rest in self._lines() if kind == _CONTAINER]

    def folders(self) -> list[Path]:
        """The folders to be removed."""
        return [Path(rest) for kind, rest in self._lines() if kind == _FOLDER]

    def processes(self) -> list[Identity]:
        """What the record names, in the order of starting, whether it still runs or not."""
        found: list[Identity] = []
        for kind, rest in self._lines():
            if kind != _PROCESS:
                continue
            name, stop_signal, stat = rest.split("\t", 2)
            pid, fields = int(stat.split(" ", 1)[0]), _behind_name(stat)
            found.append(Identity(pid, int(fields[_STARTED]), name, int(stop_signal)))
        return found

    def end_all(self) -> list[Identity]:
        """End what the record names, remove its containers, namespaces and folders, and forget it.

        Returns what still ran.
        """
        ended = end(self.processes()[::-1])
        if containers := self.containers():
            from zavhoz_devstack.engine import remove

            for name in containers:
                remove(name)
        if namespaces := self.namespaces():
            from zavhoz_devstack.servers.namespaces import remove_namespace

            for name in namespaces:
                remove_namespace(name)
        for folder in self.folders():
            shutil.rmtree(folder, ignore_errors=True)
        self.path.unlink(missing_ok=True)
        return ended

    def _lines(self) -> list[tuple[str, str]]:
        text = self.path.read_text() if self.path.exists() else ""
        parted = [line.partition("\t") for line in text.splitlines()]
        return [(kind, rest) for kind, _, rest in parted]


def _stat(pid: int) -> list[str] | None:
    try:
        return _behind_name(Path(f"/proc/{pid}/stat").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return None


def _behind_name(stat: str) -> list[str]:
    return stat.rpartition(")")[2].split()
