"""Private servers: beside others, through a crash, and gone afterwards."""

import os
from pathlib import Path

import asyncpg
import pytest

from zavhoz_devstack import ports
from zavhoz_devstack.errors import StartFailed
from zavhoz_devstack.processes import descendants, identify, wait_until_ended
from zavhoz_devstack.servers.postgresql import PostgreSQL
from zavhoz_devstack.servers.rabbitmq import RabbitMQ
from zavhoz_devstack.servers.redis import Redis
from zavhoz_devstack.state import temporary_folder


async def execute(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_postgresql_keeps_what_was_committed_when_killed(postgres_url: str) -> None:
    with temporary_folder() as state:
        server = PostgreSQL(state)
        server.start()
        url = server.url
        assert url != postgres_url
        await execute(url, "CREATE TABLE kept AS SELECT 42 AS answer")
        running = [*descendants(server.pid or 0), *filter(None, [identify(server.pid or 0)])]
        server.kill()
        assert not server.running
        assert wait_until_ended(running, 10)
        server.start()
        assert server.url == url
        assert await execute(url, "SELECT answer FROM kept") == 42
        server.stop()
        server.stop()
        assert not server.running


def test_a_second_rabbitmq_beside_the_first_leaves_nothing(
    amqp_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    awkward = tmp_path / "моя папка"
    awkward.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(awkward))
    with temporary_folder() as state:
        server = RabbitMQ(state)
        server.start()
        assert server.url != amqp_url
        management = server.management()
        management.make_vhost("kept")
        running = [p for root in state.record.processes() for p in [root, *descendants(root.pid)]]
        assert {process.name for process in running} >= {"rabbitmq", "epmd"}
        server.restart()
        names = management.call("GET", "vhosts?columns=name")
        assert names == [{"name": "/"}, {"name": "kept"}]
        running += [p for root in state.record.processes() for p in [root, *descendants(root.pid)]]
        server.kill()
        assert wait_until_ended(running, 10)
        path = state.path
    assert not path.exists()


def test_the_first_start_takes_other_ports_when_its_own_are_taken() -> None:
    with temporary_folder() as state:
        server = Redis(state)
        blocker = Redis(state)
        blocker._port = server._port
        blocker.start()
        server.start()
        assert server.url.rpartition("@")[2] != blocker.url.rpartition("@")[2]
        server.kill()
        blocker.kill()


def test_a_server_that_cannot_start_says_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_folder() as state:
        server = Redis(state)
        monkeypatch.setattr(server, "command", lambda: ["redis-server", "--no-such-option", "x"])
        with pytest.raises(StartFailed, match=r"(?s)redis ended while starting.*no-such-option"):
            server.start()
        assert not server.running


def test_ports_are_given_once_and_not_while_somebody_listens() -> None:
    given = {ports.free_port() for _ in range(50)}
    assert len(given) == 50
    assert all(20_000 <= port < 32_000 for port in given)


def test_data_of_postgresql_goes_elsewhere_when_its_user_cannot_reach_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root starts PostgreSQL as somebody else")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr("tempfile.tempdir", str(closed))
    with temporary_folder() as state:
        server = PostgreSQL(state)
        server.start()
        data = server.data
        assert not data.is_relative_to(closed)
        server.stop()
    assert not data.exists()
