"""The demo as a process of its own: what it prints, and how it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from zavhoz_devstack.probes import wait_until
from zavhoz_devstack.processes import Identity, Record, descendants, identify, wait_until_ended

COMMAND = [sys.executable, "-m", "zavhoz_devstack"]


@pytest.fixture
def environment(doubles: Path, tmp_path: Path, postgres_url: str, amqp_url: str, redis_url: str) -> dict[str, str]:
    addresses = {"POSTGRES_URL": postgres_url, "AMQP_URL": amqp_url, "REDIS_URL": redis_url}
    return dict(os.environ, PYTHONPATH=str(doubles), ZAVHOZ_HOME=str(tmp_path / "home")) | addresses


@pytest.fixture
def demo(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([*COMMAND, "demo", "--seed", "0"], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(process: subprocess.Popen[str], beginning: str) -> list[str]:
    """Lines up to the one with this beginning, or all there are."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip())
        if line.startswith(beginning):
            break
    return lines


def tree(process: subprocess.Popen[str]) -> list[Identity]:
    return [found for found in [identify(process.pid), *descendants(process.pid)] if found is not None]


def test_ctrl_c_stops_it_in_order(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    said = read_until(demo, "  http://")
    assert sum(line.endswith("/readyz") for line in said) == 4
    assert any("first managers          Telegram ids 700001,700013" in line for line in said)
    (log,) = [line.split()[-1] for line in said if "one log of everything" in line]
    running = tree(demo)
    demo.send_signal(signal.SIGINT)
    rest, _ = demo.communicate(timeout=30)
    assert rest.split("\n")[-3:] == ["Stopping; once more to stop without waiting.", "Stopped.", ""]
    assert demo.returncode == 0
    assert wait_until_ended(running, 0)
    names = {line.partition(" | ")[0].strip() for line in Path(log).read_text().splitlines()}
    assert names == {"requests", "notifier", "files", "gateway", "telegram"}
    assert not list((tmp_path / "home" / "demo").glob("run-*"))


def test_one_that_is_killed_leaves_nothing(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    read_until(demo, "  http://")
    running = tree(demo)
    (record,) = (tmp_path / "home" / "demo").glob("run-*.processes")
    assert len(Record(record).processes()) == 3 + 1 + 4  # migrations, the stand-in, services
    demo.kill()
    assert wait_until_ended(running, 20)
    wait_until(lambda: not record.exists(), 5, "an empty record")


def test_it_ends_with_its_parent_when_told_to(environment: dict[str, str]) -> None:
    shell = ["/bin/sh", "-c", '"$@" & wait', "sh", *COMMAND, "--end-with-parent", "demo", "--seed", "0"]
    with subprocess.Popen(shell, env=environment, stdout=subprocess.PIPE, text=True) as parent:
        read_until(parent, "  http://")
        running = tree(parent)
        assert len(running) > 6
        parent.kill()
        assert wait_until_ended(running, 30)


def test_a_mistake_is_a_sentence_and_not_a_traceback(environment: dict[str, str]) -> None:
    broken = environment | {"FAIL_TO_START": "files"}
    done = subprocess.run(
        [*COMMAND, "demo", "--seed", "0"], env=broken, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.startswith("files ended with exit code 1:\n")
    assert done.stderr.endswith("    files will not start\n")


def test_install_is_content_with_given_addresses(environment: dict[str, str]) -> None:
    done = subprocess.run([*COMMAND, "install"], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
