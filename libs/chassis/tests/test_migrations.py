"""Migrations from the command line, as real processes, on a real server."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from zavhoz_chassis.database import Database, DatabaseUnavailable
from zavhoz_chassis.migrations import create_database_if_missing, downgrade, migrate

MIGRATIONS = str(Path(__file__).parent / "migrations")
Start = Callable[..., Awaitable[Any]]


def named(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def for_sqlalchemy(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql+asyncpg"))


@pytest.fixture
async def service(postgres_url: str) -> AsyncIterator[dict[str, str]]:
    """The environment of the double, whose database does not exist; it is dropped afterwards."""
    yield {"POSTGRES_URL": postgres_url, "DOUBLE_MIGRATIONS": MIGRATIONS}
    connection = await asyncpg.connect(postgres_url, timeout=10)
    await connection.execute("DROP DATABASE IF EXISTS zavhoz_double WITH (FORCE)")
    await connection.close()


async def columns(postgres_url: str) -> list[str]:
    connection = await asyncpg.connect(named(postgres_url, "zavhoz_double"), timeout=10)
    try:
        rows = await connection.fetch("SELECT column_name FROM information_schema.columns WHERE table_name = 'things'")
        return sorted(row[0] for row in rows)
    finally:
        await connection.close()


async def test_up_and_down_from_the_command_line(start: Start, service: dict[str, str], postgres_url: str) -> None:
    for arguments, after in ((["migrate"], ["id", "name"]), (["downgrade"], ["id"])):
        process = await start(*arguments, **service)
        assert await process.ended() == 0, (process.raw, await process.errors())
        assert await columns(postgres_url) == after


async def test_up_and_down_and_up_again(service: dict[str, str], postgres_url: str) -> None:
    url = for_sqlalchemy(named(service["POSTGRES_URL"], "zavhoz_double"))
    scripts = Path(MIGRATIONS)
    await asyncio.to_thread(migrate, url, scripts)
    await asyncio.to_thread(migrate, url, scripts)
    await asyncio.to_thread(downgrade, url, scripts, "-1")
    assert await columns(postgres_url) == ["id"]
    await asyncio.to_thread(downgrade, url, scripts, "base")
    assert await columns(postgres_url) == []
    await asyncio.to_thread(migrate, url, scripts, "0001")
    assert await columns(postgres_url) == ["id"]


async def test_two_at_once_are_one_after_the_other(start: Start, service: dict[str, str], postgres_url: str) -> None:
    processes = [await start("migrate", **service) for _ in range(2)]
    assert [await process.ended() for process in processes] == [0, 0]
    assert await columns(postgres_url) == ["id", "name"]


async def test_a_migration_that_fails_leaves_nothing_and_is_told(
    start: Start, service: dict[str, str], postgres_url: str
) -> None:
    await create_database_if_missing(named(postgres_url, "zavhoz_double"))
    connection = await asyncpg.connect(named(postgres_url, "zavhoz_double"), timeout=10)
    await connection.execute("CREATE TABLE obstacle ()")
    await connection.close()
    process = await start("migrate", **service)
    assert await process.ended() == 1
    (error,) = [record for record in process.records if record["level"] == "error"]
    assert "there is an obstacle" in str(error["exception"])
    assert await columns(postgres_url) == [], "all or nothing"


async def test_without_a_server_one_line_says_so(start: Start, unused_tcp_port: int) -> None:
    url = f"postgresql://user:a-password@127.0.0.1:{unused_tcp_port}/postgres"
    process = await start("migrate", POSTGRES_URL=url, DOUBLE_MIGRATIONS=MIGRATIONS)
    assert await process.ended() == 1
    (record,) = process.records
    assert record["event"] == "migration failed"
    assert "exception" not in record
    assert "Connect" in record["error"]
    assert "a-password" not in process.raw[0] + await process.errors()


async def test_a_missing_database_is_made_once(postgres_url: str) -> None:
    name = f'test "quoted" {secrets.token_hex(4)}'
    url = for_sqlalchemy(named(postgres_url, name))
    assert await create_database_if_missing(url)
    assert not await create_database_if_missing(url)
    database = Database(url)
    async with database.transaction() as connection:
        assert (await connection.exec_driver_sql("SELECT current_database()")).scalar() == name
    await database.close()
    cleaner = await asyncpg.connect(postgres_url, timeout=10)
    await cleaner.execute('DROP DATABASE "{}"'.format(name.replace('"', '""')))
    await cleaner.close()


async def test_no_server_is_an_outage(unused_tcp_port: int) -> None:
    with pytest.raises(DatabaseUnavailable, match="Connect"):
        await create_database_if_missing(f"postgresql://u:p@127.0.0.1:{unused_tcp_port}/x")
