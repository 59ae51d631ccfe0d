"""The fixtures that every integration test of the workspace stands on."""

import socket
from urllib.parse import urlsplit

import asyncpg

from zavhoz_devstack.servers.rabbitmq import Management


async def test_a_database_of_its_own_on_a_durable_server(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        assert await connection.fetchval("SHOW fsync") == "on"
        assert await connection.fetchval("SHOW password_encryption") == "scram-sha-256"
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        assert database_url.endswith("/" + await connection.fetchval("SELECT current_database()"))
    finally:
        await connection.close()


def test_a_virtual_host_of_its_own(amqp_vhost_url: str, amqp_management: Management) -> None:
    name = amqp_vhost_url.rpartition("/")[2]
    assert amqp_management.call("GET", f"queues/{name}") == []


def test_redis_keeps_its_password_to_itself(redis_url: str) -> None:
    parts = urlsplit(redis_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as connection:
        connection.sendall(b"PING\r\n")
        assert connection.recv(100).startswith(b"-NOAUTH")
        connection.sendall(f"AUTH {parts.password}\r\n".encode())
        assert connection.recv(100) == b"+OK\r\n"
