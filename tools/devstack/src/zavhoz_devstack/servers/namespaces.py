"""Hosts of a network of their own on this machine: a Linux network namespace each, on a switch (see ip-netns(8)).

The switch is a bridge in a namespace of its own, because one in the machine's would be filtered by the machine's
firewall. The machine is on it too, so that clients reach the hosts by their addresses. The addresses are of 198.18/15,
which is kept for such networks (RFC 2544).

Nothing travels between two hosts that are cut off from each other, and neither is told: each has a false hardware
address of the other, to which the switch delivers nothing.
"""

import os
import random
import shutil
import subprocess  # nosec B404: ip(8) is the kernel's own interface
from collections.abc import Sequence
from pathlib import Path

from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.state import StateFolder

MACHINE = "machine"
"""What this machine is called among the hosts."""
_MACHINE_NUMBER = 254
_NOBODY = "02:00:00:00:00:fe"


def problem() -> str | None:
    """Why there can be no namespaces here; None when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    absent = [program for program in ("ip", "nsenter") if shutil.which(program, path=_PATH) is None]
    if absent:
        return f"network namespaces need {' and '.join(absent)} (packages iproute2 and util-linux)"
    name = f"zavhoz-try-{os.getpid()}"
    tried = _run("netns", "add", name, check=False)
    if tried.returncode == 0:
        tried = _run("-n", name, "link", "add", "try", "type", "bridge", check=False)
        remove_namespace(name)
    return tried.stderr.strip() or None if tried.returncode else None


def remove_namespace(name: str) -> None:
    """Remove a namespace with its interfaces; does nothing when there is none."""
    if Path("/run/netns", name).exists():
        _run("netns", "delete", name, check=False)


class Network:
    """The hosts, by name; `open` makes them, and they are removed with whatever else the record names."""

    def __init__(self, state: StateFolder, hosts: Sequence[str]) -> None:
        self._state = state
        self._subnet = f"198.{random.choice((18, 19))}.{random.randrange(256)}"  # noqa: S311  # nosec B311: no secret
        self._numbers = {name: number for number, name in enumerate(hosts, 1)} | {MACHINE: _MACHINE_NUMBER}
        self._switch = f"zavhoz-{state.run}-switch"
        self._interface = f"zv{state.run}"
        self._cut: set[tuple[str, str]] = set()

    def address(self, host: str) -> str:
        """The host's IPv4 address, the same on all hosts."""
        return f"{self._subnet}.{self._numbers[host]}"

    def inside(self, host: str) -> list[str]:
        """The command that becomes the one put behind it, inside the host's network."""
        return ["nsenter", f"--net=/run/netns/{self._namespace(host)}"]

    def open(self) -> None:
        """Make the switch and the hosts.

        Raises:
            DevstackError: the kernel does not let us, with what it said.
        """
        self._make(self._switch)
        _run("-n", self._switch, "link", "add", "switch", "type", "bridge")
        _run("-n", self._switch, "link", "set", "switch", "up")
        _run("link", "add", "name", self._interface, "type", "veth", "peer", "name", MACHINE, "netns", self._switch)
        self._plug(MACHINE)
        for host in self._numbers:
            if host != MACHINE:
                self._make(self._namespace(host))
                there = ["netns", self._namespace(host)]
                _run("-n", self._switch, "link", "add", "name", host, "type", "veth", "peer", "name", "eth0", *there)
                _run(*self._at(host), "link", "set", "lo", "up")
                self._plug(host)

    def cut(self, one: str, other: str) -> None:
        """From now on nothing travels between these two hosts."""
        for here, there in ((one, other), (other, one)):
            neighbour = [self.address(there), "dev", self._device(here)]
            _run(*self._at(here), "neighbour", "replace", *neighbour, "lladdr", _NOBODY, "nud", "permanent")
        self._cut.add((one, other))

    def heal(self) -> None:
        """Nobody is cut off from anybody any more."""
        for pair in self._cut:
            for here, there in (pair, pair[::-1]):
                _run(*self._at(here), "neighbour", "delete", self.address(there), "dev", self._device(here))
        self._cut.clear()

    def _namespace(self, host: str) -> str:
        return f"zavhoz-{self._state.run}-{host}"

    def _at(self, host: str) -> list[str]:
        return [] if host == MACHINE else ["-n", self._namespace(host)]

    def _device(self, host: str) -> str:
        return self._interface if host == MACHINE else "eth0"

    def _make(self, namespace: str) -> None:
        self._state.record.add_namespace(namespace)
        _run("netns", "add", namespace)

    def _plug(self, host: str) -> None:
        _run("-n", self._switch, "link", "set", "dev", host, "master", "switch", "up")
        _run(*self._at(host), "address", "add", f"{self.address(host)}/24", "dev", self._device(host))
        _run(*self._at(host), "link", "set", self._device(host), "up")


_PATH = os.environ.get("PATH", os.defpath) + ":/usr/sbin:/sbin"


def _run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    ip = shutil.which("ip", path=_PATH) or "ip"
    done = subprocess.run([ip, *arguments], capture_output=True, text=True, check=False)  # nosec B603: fixed words
    if check and done.returncode:
        raise DevstackError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")
    return done
