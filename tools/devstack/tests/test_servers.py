"""Private servers: beside others, through a crash, and gone afterwards."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import obstore
import pytest
from obstore.exceptions import BaseError
from obstore.store import S3Store

from zavhoz_devstack import ports
from zavhoz_devstack.errors import StartFailed
from zavhoz_devstack.processes import descendants, identify, wait_until_ended
from zavhoz_devstack.servers.postgresql import PostgreSQL
from zavhoz_devstack.servers.rabbitmq import RabbitMQ
from zavhoz_devstack.servers.redis import Redis
from zavhoz_devstack.servers.seaweedfs import BUCKET, REGION, SeaweedFS
from zavhoz_devstack.state import temporary_folder

pytestmark = pytest.mark.usefixtures("installed_servers")


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


def test_an_s3_server_keeps_what_was_confirmed_when_killed_and_lets_nobody_else_in() -> None:
    with temporary_folder() as state:
        server = SeaweedFS(state)
        server.start()
        obstore.put(server.bucket("a"), "kept", b"content")
        stranger = S3Store(
            BUCKET,
            endpoint=server.url,
            region=REGION,
            access_key_id="stranger",
            secret_access_key="guessed-by-them",
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )
        with pytest.raises((BaseError, OSError)):
            obstore.get(stranger, "a/kept")
        server.kill()
        assert not server.running
        with pytest.raises((BaseError, OSError)):
            obstore.get(server.bucket("a"), "kept")
        server.start()
        assert bytes(obstore.get(server.bucket("a"), "kept").bytes()) == b"content"
        server.stop()
    assert not [path for port in server._ports.values() for path in Path("/tmp").glob(f"seaweedfs-*-{port}.sock")]


def test_a_server_that_cannot_start_says_its_last_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with temporary_folder() as state:
        server = Redis(state)
        monkeypatch.setattr(server, "command", lambda: ["redis-server", "--no-such-option", "x"])
        with pytest.raises(StartFailed, match=r"(?s)redis ended while starting.*no-such-option"):
            server.start()
        assert not server.running


def test_a_wanted_port_is_given_to_the_first_who_asks(unused_tcp_port: int) -> None:
    assert ports.free_port(unused_tcp_port) == unused_tcp_port
    assert ports.free_port(unused_tcp_port) != unused_tcp_port


def test_ports_are_given_once_and_lie_below_those_of_outgoing_connections() -> None:
    given = {ports.free_port() for _ in range(50)}
    assert len(given) == 50
    assert all(20_000 <= port < 32_000 for port in given)


def test_a_port_is_kept_from_other_processes_and_open_to_its_server() -> None:
    port = ports.free_port()
    ask = f"from zavhoz_devstack import ports; ports._LOWEST, ports._BEYOND = {port}, {port + 1}; ports.free_port()"
    for _ in range(2):  # before its server, and again when that has ended
        other = subprocess.run([sys.executable, "-c", ask], stderr=subprocess.PIPE, text=True, check=False)
        assert "RuntimeError: no free port" in other.stderr
        assert not ports.accepts(port)
        with socket.create_server((ports.LOOPBACK, port)):
            assert ports.accepts(port)


def test_a_port_on_which_somebody_listens_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as listener:
        monkeypatch.setattr("random.randrange", lambda *_: listener.getsockname()[1])
        with pytest.raises(RuntimeError, match="no free port"):
            ports.free_port()


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
