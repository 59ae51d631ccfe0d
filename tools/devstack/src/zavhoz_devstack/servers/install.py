"""Which of the three servers are installed, and installing those that are not, from the distribution's packages."""

import contextlib
import os
import shutil
import subprocess  # nosec B404: apt-get is the distribution's own installer
from collections.abc import Callable, Iterator
from pathlib import Path

from zavhoz_devstack.errors import ServersMissing
from zavhoz_devstack.servers import postgresql, rabbitmq, redis

PACKAGES = {"PostgreSQL": "postgresql", "RabbitMQ": "rabbitmq-server", "Redis": "redis-server"}
_POLICY = Path("/usr/sbin/policy-rc.d")
_NOTHING_STARTS = "#!/bin/sh\n# zavhoz: the packages being installed must not start servers of their own\nexit 101\n"


def missing() -> list[str]:
    """Names of the servers that are not installed: any of "PostgreSQL", "RabbitMQ", "Redis"."""
    there = {
        "PostgreSQL": postgresql.binaries(),
        "RabbitMQ": rabbitmq.scripts(),
        "Redis": redis.program(),
    }
    return [name for name, where in there.items() if where is None]


def ensure_installed(say: Callable[[str], None] = print, wanted: frozenset[str] = frozenset(PACKAGES)) -> None:
    """Install what is missing of `wanted`, as root on Debian and its relatives; a sentence tells what and why.

    The packages' own services are not started (policy-rc.d, see invoke-rc.d(8)), and running ones are not touched.

    Raises:
        ServersMissing: something is missing and may not or could not be installed; says what to type.
    """
    names = [name for name in missing() if name in wanted]
    if not names:
        return
    packages = [PACKAGES[name] for name in names]
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ServersMissing(instruction(names))
    say(f"Installing {_listed(names)} with apt-get: Zavhoz starts private ones of its own, on free ports.")
    problem = apt_install(*packages)
    left = [name for name in missing() if name in wanted]
    if left:
        raise ServersMissing(f"apt-get did not install {_listed(left)}:\n{problem}\n{instruction(left)}")


def apt_install(*packages: str) -> str:
    """Install these packages as root, none of their services started; returns what apt-get said when it failed."""
    with _no_autostart():
        problem = _apt("install", *packages)
        if problem:  # most often the lists of packages are old, or were never fetched
            problem = _apt("update") or _apt("install", *packages)
    return problem


def instruction(names: list[str]) -> str:
    """One sentence for somebody who has to install these servers themselves."""
    packages = " ".join(PACKAGES[name] for name in names)
    verb = "is" if len(names) == 1 else "are"
    return (
        f"{_listed(names)} {verb} not installed. Install with: sudo apt-get install --no-install-recommends {packages}"
        " (or set POSTGRES_URL, AMQP_URL and REDIS_URL to servers you have)."
    )


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]


def _apt(*arguments: str) -> str:
    """Run apt-get; returns the end of what it said when it failed, else nothing."""
    command = ["apt-get", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", *arguments]
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    done = subprocess.run(  # nosec B603: fixed program and arguments
        command, check=False, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return (done.stderr or done.stdout)[-2000:] if done.returncode != 0 else ""


@contextlib.contextmanager
def _no_autostart() -> Iterator[None]:
    """Keep package scripts from starting services; a policy that is there already stays in force."""
    if _POLICY.exists():
        yield
        return
    _POLICY.write_text(_NOTHING_STARTS)
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
