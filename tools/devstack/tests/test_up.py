"""`up`, `down` and `logs` without a Docker engine: a stack in the background, its data kept for a real bot."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from zavhoz_devstack.compose import Compose
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.processes import Identity, descendants, wait_until_ended
from zavhoz_devstack.servers.rabbitmq import RabbitMQ

COMMAND = [sys.executable, "-m", "zavhoz_devstack"]


@pytest.fixture
def environment(
    doubles: Path, tmp_path: Path, postgres_url: str, amqp_url: str, redis_url: str
) -> Iterator[dict[str, str]]:
    """Doubles in place of the services, on the session's servers; whatever is up at the end is ended."""
    addresses = {"POSTGRES_URL": postgres_url, "AMQP_URL": amqp_url, "REDIS_URL": redis_url}
    ours = {"PYTHONPATH": str(doubles), "ZAVHOZ_HOME": str(tmp_path / "home"), "ZAVHOZ_SERVERS": "native"}
    theirs = {name: value for name, value in os.environ.items() if name not in ("BOT_TOKEN", "DOCKER_HOST")}
    env = theirs | addresses | ours
    yield env
    subprocess.run([*COMMAND, "down"], env=env, check=True, capture_output=True, timeout=60)


def run(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=env, capture_output=True, text=True, check=False, timeout=100)


def stack_of(env: dict[str, str]) -> list[Identity]:
    """The processes that were started with this ZAVHOZ_HOME."""
    marker = f"ZAVHOZ_HOME={env['ZAVHOZ_HOME']}".encode()
    found = [one for one in descendants(1) if marker in _environment(one)]
    return [one for one in found if one.pid != os.getpid()]


def _environment(process: Identity) -> bytes:
    try:
        return Path(f"/proc/{process.pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


def test_in_compose_too_the_demos_managers_manage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_USER_ID", raising=False)
    kinds = ("", "demo", "tour")
    told = {kind: Compose(kind).environment()["ADMIN_USER_ID"] for kind in kinds}
    assert told == {"": "", "demo": "700001,700013", "tour": "700001"}
    monkeypatch.setenv("ADMIN_USER_ID", "5")
    assert {Compose(kind).environment()["ADMIN_USER_ID"] for kind in kinds} == {"5"}


def test_up_twice_logs_and_down(environment: dict[str, str]) -> None:
    first = run(environment, "up", "--demo", "--seed", "0")
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.endswith("Zavhoz is up. make logs follows it, make down ends it.\n")
    assert "Open the chats of everybody in a browser, and play:\n\n  http://127.0.0.1:" in first.stdout
    processes = stack_of(environment)
    assert len(processes) >= 6  # the keeper, the stand-in, four services

    again = run(environment, "up", "--demo", "--seed", "0")
    assert (again.returncode, again.stdout, again.stderr) == (0, "Zavhoz is up already.\n", "")
    other = run(environment | {"BOT_TOKEN": "1:real"}, "up")
    assert (other.returncode, other.stderr) == (1, "Zavhoz is up already, with the stand-in: make down first.\n")

    with subprocess.Popen([*COMMAND, "logs"], env=environment, stdout=subprocess.PIPE, text=True) as logs:
        assert logs.stdout is not None
        names = set()
        for line in logs.stdout:
            names.add(line.partition(" | ")[0].strip())
            if names >= {"requests", "notifier", "files", "gateway"}:
                break
        for child in descendants(logs.pid):
            child.send(signal.SIGTERM)

    down = run(environment, "down")
    assert (down.returncode, down.stdout) == (0, "Zavhoz is down.\n")
    assert wait_until_ended(processes, 5)
    assert run(environment, "down").stdout == "Nothing was up.\n"
    nothing = run(environment, "logs")
    assert (nothing.returncode, nothing.stdout) == (1, "")
    assert nothing.stderr.startswith("Nothing is up: make up starts Zavhoz")


def test_a_real_bot_needs_its_token(environment: dict[str, str]) -> None:
    done = run(environment, "up")
    assert done.returncode == 1
    assert done.stderr.startswith("BOT_TOKEN is not set: ")
    assert len(done.stderr.splitlines()) == 1


def test_what_does_not_come_up_says_why_and_leaves_nothing(environment: dict[str, str]) -> None:
    done = run(environment | {"FAIL_TO_START": "files"}, "up", "--demo", "--seed", "0")
    assert done.returncode == 1
    assert "files ended with exit code 1" in done.stderr
    assert "Traceback" not in done.stderr
    assert stack_of(environment) == []


@pytest.mark.usefixtures("installed_servers", "doubles")
@pytest.mark.timeout(200)
def test_a_lasting_stack_finds_its_data_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAVHOZ_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BOT_TOKEN", "1:real")

    async def visit(statement: str, vhost: str | None) -> tuple[object, object]:
        stack = Devstack(name="up", sandbox=False, services=[], given={}, contained=False, lasting=True)
        async with stack:
            server = stack.servers["RabbitMQ"]
            assert isinstance(server, RabbitMQ)
            if vhost is not None:
                server.management().make_vhost(vhost)
            connection = await asyncpg.connect(stack.postgres_url)
            try:
                return await connection.fetchval(statement), server.management().call("GET", "vhosts?columns=name")
            finally:
                await connection.close()

    asyncio.run(visit("CREATE TABLE kept AS SELECT 42 AS answer", "kept"))
    assert asyncio.run(visit("SELECT answer FROM kept", None)) == (42, [{"name": "/"}, {"name": "kept"}])
    assert (tmp_path / "home" / "up" / "memory.json").stat().st_mode & 0o077 == 0
