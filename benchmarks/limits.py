"""What the servers themselves can do: PostgreSQL with groups of the same rows, RabbitMQ with a client in C."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess  # nosec B404: pgbench and the C compiler
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks.servers import Servers
from zavhoz_devstack.servers.postgresql import binaries

CLIENTS, SECONDS, GROUP = 8, 6, 100
MESSAGES, BYTES = 60_000, 1024
_HERE = Path(__file__).parent


async def postgresql(servers: Servers) -> float:
    """Commands per second that pgbench commits, 100 in each transaction, into the service's own tables."""
    await servers.empty()
    await servers.execute("zavhoz_requests", (_HERE / "people.sql").read_text())
    folder = binaries()
    if folder is None:
        raise RuntimeError("PostgreSQL is not installed")
    command = [
        *(str(folder / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={_HERE / 'group.sql'}"),
        *(f"--client={CLIENTS}", "--jobs=2", f"--time={SECONDS}", servers.database("zavhoz_requests")),
    ]
    done = await asyncio.to_thread(subprocess.run, command, check=False, capture_output=True, text=True)  # nosec B603
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"pgbench said: {done.stdout}{done.stderr}")
    return float(found[1]) * GROUP


def rabbitmq_client(folder: Path, amqp_url: str) -> list[str]:
    """The client's command for this broker, ended by what is wanted of it (`rabbitmq_client.c`).

    Compiled the first time; its library comes from the distribution where that is allowed.

    Raises:
        RuntimeError: it cannot be built here; says what is missing.
    """
    program = folder / "rabbitmq-client"
    if not program.exists():
        _compile(program)
    parts = urlsplit(amqp_url)
    user = [unquote(parts.username or ""), unquote(parts.password or "")]
    return [str(program), str(parts.hostname), str(parts.port), *user, parts.path.removeprefix("/")]


def _compile(program: Path) -> None:
    if not Path("/usr/include/amqp.h").exists() and not Path("/usr/include/rabbitmq-c/amqp.h").exists():
        if os.geteuid() != 0 or shutil.which("apt-get") is None:
            raise RuntimeError("Missing: sudo apt-get install gcc libc6-dev librabbitmq-dev")
        packages = ["gcc", "libc6-dev", "librabbitmq-dev"]
        quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
            check=True,
            env=quiet,
            stdout=subprocess.DEVNULL,
        )
    subprocess.run(
        ["gcc", "-O2", "-pthread", "-o", str(program), str(_HERE / "rabbitmq_client.c"), "-lrabbitmq"], check=True
    )


def rabbitmq(servers: Servers) -> float:
    """Messages per second through a quorum queue: published with confirms and consumed together, one ack each."""
    with servers.vhost() as amqp_url:
        program, *broker = rabbitmq_client(servers.state.path, amqp_url)
        return float(subprocess.check_output([program, "limit", *broker, str(MESSAGES), str(BYTES)], text=True))
