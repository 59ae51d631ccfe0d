"""Servers in containers: through a crash, beside others, and gone afterwards, whoever ends the stack."""

from __future__ import annotations

import os
import subprocess
import sys

import asyncpg
import pytest

from zavhoz_devstack import engine
from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.probes import wait_until
from zavhoz_devstack.servers.choice import make, make_broker
from zavhoz_devstack.state import temporary_folder

needs_docker = pytest.mark.usefixtures("docker_engine")


async def execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@needs_docker
async def test_a_killed_server_keeps_its_data_and_its_address() -> None:
    with temporary_folder() as state:
        server = make("PostgreSQL", state, contained=True)
        server.start()
        url = server.url
        await execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        server.kill()
        assert not server.running
        server.start()
        assert server.url == url
        assert await execute(url, "SELECT answer FROM kept") == 42
        (name,) = state.record.containers()
        server.stop()
        assert not server.running
        assert engine.exists(name)
    assert not engine.exists(name)


@needs_docker
def test_a_broker_keeps_its_virtual_hosts_when_killed() -> None:
    with temporary_folder() as state:
        server = make_broker(state, contained=True)
        server.start()
        management = server.management()
        management.make_vhost("kept")
        server.kill()
        server.start()
        assert management.call("GET", "vhosts/kept?columns=name")  # raises when there is none


OWNER = """
import sys
from zavhoz_devstack.servers.choice import make
from zavhoz_devstack.state import temporary_folder
with temporary_folder() as state:
    make("Redis", state, contained=True).start()
    print(*state.record.containers(), flush=True)
    sys.stdin.read()
"""


@needs_docker
def test_what_a_killed_stack_had_in_containers_is_removed() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        name = owner.stdout.readline().decode().strip()
        assert engine.exists(name)
        owner.kill()
        wait_until(lambda: not engine.exists(name), 30, f"{name} removed")


def ask(**variables: str) -> str:
    """What is chosen in a process of its own with these variables: "True" or "False", or the complaint."""
    code = (
        "from zavhoz_devstack import engine, errors\n"
        "try: print(engine.contained(frozenset(['Redis'])))\n"
        "except errors.DevstackError as error: print(error)"
    )
    env = {name: value for name, value in os.environ.items() if name not in ("DOCKER_HOST", "ZAVHOZ_SERVERS")}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=env | variables, capture_output=True, text=True, check=True).stdout.strip()


def test_without_an_engine_installed_servers_are_used() -> None:
    nobody = "unix:///nobody/listens/here.sock"
    assert ask(DOCKER_HOST=nobody) == "False"
    assert ask(DOCKER_HOST=nobody, ZAVHOZ_SERVERS="native") == "False"
    assert ask(DOCKER_HOST=nobody, ZAVHOZ_SERVERS="containers").startswith(
        "ZAVHOZ_SERVERS wants containers, but no Docker engine answers: "
    )
    assert ask(ZAVHOZ_SERVERS="both") == "ZAVHOZ_SERVERS is 'both': it may be native or containers"


@needs_docker
def test_an_image_that_cannot_be_had_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_IMAGE", "localhost:1/no/such-image:1")
    monkeypatch.delenv("ZAVHOZ_SERVERS", raising=False)
    said: list[str] = []
    assert not engine.contained(frozenset({"Redis"}), said.append)
    assert said[0] == "Pulling the image localhost:1/no/such-image:1."
    assert "A Docker engine answers, but the image localhost:1/no/such-image:1 is not there" in said[1]
    monkeypatch.setenv("ZAVHOZ_SERVERS", "containers")
    with pytest.raises(DevstackError, match=r"wants containers, but the image .* cannot be pulled"):
        engine.contained(frozenset({"Redis"}), said.append)
