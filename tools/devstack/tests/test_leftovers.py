"""Nothing is left behind, and nothing that is not ours is ended."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from zavhoz_devstack.launch import launch, plain_environment
from zavhoz_devstack.probes import wait_until
from zavhoz_devstack.processes import Identity, Record, descendants, end, identify, wait_until_ended
from zavhoz_devstack.state import StateFolder, own_folder, temporary_folder
from zavhoz_devstack.watcher import Watcher

SLEEP = ["sleep", "600"]
STUBBORN = ["/bin/sh", "-c", "trap '' TERM; sleep 601 & while :; do wait; done"]


@contextlib.contextmanager
def started(record: Record, command: list[str], name: str = "sleeper") -> Iterator[Identity]:
    process = launch(
        name,
        command,
        record=record,
        stop_signal=signal.SIGTERM,
        env=plain_environment(),
        output=subprocess.DEVNULL,
    )
    found = identify(process.pid)
    assert found is not None
    try:
        yield found
    finally:
        found.send(signal.SIGKILL)
        process.wait()


def rewrite(record: Record, change: Identity, *, started: int) -> None:
    """Let the record name the same pid with another start time, as if the pid had been used again."""
    lines = record.path.read_text()
    assert f" {change.started} " in lines
    record.path.write_text(lines.replace(f" {change.started} ", f" {started} "))


def wait_for_record(record: Record, count: int) -> None:
    """The child writes its line itself, a moment after it was started."""
    wait_until(lambda: len(record.processes()) >= count, 5, f"{count} lines in the record")


def test_a_process_is_recorded_under_the_identity_it_keeps(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    with started(record, SLEEP) as process:
        wait_for_record(record, 1)
        (line,) = record.processes()
        assert (line.pid, line.started, line.name) == (process.pid, process.started, "sleeper")


def test_what_the_record_names_is_ended(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    with started(record, SLEEP) as one, started(record, SLEEP) as two:
        wait_for_record(record, 2)
        assert {process.pid for process in record.end_all()} == {one.pid, two.pid}
        assert not one.alive()
        assert not two.alive()
        assert not record.path.exists()


def test_a_pid_that_was_used_again_is_left_alone(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    with started(record, SLEEP) as somebody_elses:
        wait_for_record(record, 1)
        rewrite(record, somebody_elses, started=somebody_elses.started - 1)
        assert record.end_all() == []
        assert somebody_elses.alive()


def test_one_that_ignores_the_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    record = Record(tmp_path / "record")
    with started(record, STUBBORN) as stubborn:
        wait_for_record(record, 1)
        wait_until(lambda: len(descendants(stubborn.pid)) == 1, 5, "its child")
        children = descendants(stubborn.pid)
        end(record.processes(), kill_after=0.3)
        assert wait_until_ended([stubborn, *children], 5)


def test_folders_go_with_the_record(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    record = Record(tmp_path / "record")
    record.add_folder(folder)
    record.end_all()
    assert not folder.exists()


OWNER = """
import sys
from pathlib import Path
from zavhoz_devstack.probes import wait_until
from zavhoz_devstack.processes import Record
from zavhoz_devstack.watcher import Watcher
print(Watcher(Record(Path(sys.argv[1]))).pid, flush=True)
sys.stdin.read()
"""


def test_the_watcher_acts_when_its_owner_is_killed(tmp_path: Path) -> None:
    """The owner is a process of its own here: killed with SIGKILL, it can do nothing any more."""
    record = Record(tmp_path / "record")
    command = [sys.executable, "-c", OWNER, str(record.path)]
    owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert owner.stdout is not None
    watcher = identify(int(owner.stdout.readline()))
    assert watcher is not None
    with started(record, SLEEP) as process:
        wait_for_record(record, 1)
        owner.kill()
        owner.communicate()
        assert wait_until_ended([process, watcher], 10)


def test_the_watcher_has_nothing_to_do_after_an_orderly_stop(tmp_path: Path) -> None:
    watcher = Watcher(Record(tmp_path / "record"))
    found = identify(watcher.pid)
    watcher.close()
    assert found is not None
    assert not found.alive()


def test_the_next_stack_ends_what_the_last_one_left(tmp_path: Path) -> None:
    left = Record(tmp_path / "run-0123abcd.processes")
    (tmp_path / "data").mkdir()
    with started(left, SLEEP) as process:
        wait_for_record(left, 1)
        state = StateFolder(tmp_path)
        assert state.acquire()
        try:
            assert not process.alive()
            assert not (tmp_path / "data").exists()
        finally:
            state.release()


def test_a_second_stack_takes_a_folder_of_its_own(tmp_path: Path) -> None:
    with own_folder("demo", base=tmp_path) as first, own_folder("demo", base=tmp_path) as second:
        assert [first.path.name, second.path.name] == ["demo", "demo-2"]
        assert first.run != second.run
    with own_folder("demo", base=tmp_path) as again:
        assert again.path.name == "demo"


def test_a_temporary_folder_is_gone_afterwards() -> None:
    with temporary_folder() as state:
        (state.folder("data") / "file").write_text("x")
        path = state.path
        assert os.access(path, os.X_OK)
    assert not path.exists()
