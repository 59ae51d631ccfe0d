"""Hosts of a network of their own: reached, cut off, healed, and removed whatever happens."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from zavhoz_devstack.launch import launch, plain_environment
from zavhoz_devstack.processes import Record
from zavhoz_devstack.servers import namespaces
from zavhoz_devstack.servers.namespaces import MACHINE, Network
from zavhoz_devstack.state import StateFolder, temporary_folder
from zavhoz_messaging.testing import wait_until

PORT = 5672
SERVE = "import socket, sys, time\nserver = socket.create_server((sys.argv[1], int(sys.argv[2])))\ntime.sleep(60)"
CONNECT = "import socket, sys\nsocket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=0.5)"

pytestmark = pytest.mark.skipif(namespaces.problem() is not None, reason=f"{namespaces.problem()}")


@pytest.fixture
def state() -> Iterator[StateFolder]:
    with temporary_folder() as state:
        yield state


@pytest.fixture
def network(state: StateFolder) -> Iterator[Network]:
    made = Network(state, ("a", "b"))
    made.open()
    servers = [
        launch(
            f"server on {host}",
            [*made.inside(host), sys.executable, "-c", SERVE, made.address(host), str(PORT)],
            record=state.record,
            stop_signal=signal.SIGKILL,
            env=plain_environment(),
            output=subprocess.DEVNULL,
        )
        for host in ("a", "b")
    ]
    yield made
    for server in servers:
        server.kill()
        server.wait()


def reaches(network: Network, here: str, there: str) -> bool:
    """Whether a connection from one host to another is made."""
    inside = [] if here == MACHINE else network.inside(here)
    command = [*inside, sys.executable, "-c", CONNECT, network.address(there), str(PORT)]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode == 0


async def up(network: Network) -> None:
    async def both() -> bool:
        return reaches(network, "a", "b") and reaches(network, "b", "a") and reaches(network, MACHINE, "a")

    await wait_until(both, "the hosts to reach each other")


async def test_who_is_cut_off_reaches_nobody_until_healed(network: Network) -> None:
    await up(network)
    with socket.create_connection((network.address("a"), PORT), timeout=2):
        network.cut("a", "b")
        assert not reaches(network, "a", "b")
        assert not reaches(network, "b", "a")
        assert reaches(network, MACHINE, "a")
        network.cut("a", MACHINE)
        assert not reaches(network, MACHINE, "a")
        assert reaches(network, MACHINE, "b")
    network.heal()
    await up(network)


async def test_nothing_stays_behind(network: Network, state: StateFolder) -> None:
    await up(network)
    names = state.record.namespaces()
    assert existing(names) == names
    assert len(names) == 3
    Record(state.record.path).end_all()  # as whoever cleans up after a crash does
    assert existing(names) == []

    async def unplugged() -> bool:
        return state.run not in interfaces()

    await wait_until(unplugged, "the kernel to remove the machine's own interface")


def existing(names: list[str]) -> list[str]:
    return [name for name in names if Path("/run/netns", name).exists()]


def interfaces() -> str:
    return subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True).stdout
