"""The database that tests use one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import asyncpg
import pytest

from zavhoz_devstack.databases import ReusedDatabase

TABLES = """
    CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('1');
    CREATE TABLE places (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
    CREATE TABLE rooms (place_id bigint NOT NULL REFERENCES places, note text)
"""
FILLED = "INSERT INTO places (name) VALUES ('a'), ('b'); INSERT INTO rooms VALUES (1, 'x'), (2, 'y')"


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statements)
    await connection.close()


async def _values(url: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    rows = [row[0] for row in await connection.fetch(query)]
    await connection.close()
    return rows


def _make(server_url: str, url: str) -> None:
    name = url.rpartition("/")[2]
    asyncio.run(_execute(server_url, f"CREATE DATABASE {name}"))
    asyncio.run(_execute(url, TABLES))


@pytest.fixture
def reused(postgres_url: str) -> Iterator[ReusedDatabase]:
    database = ReusedDatabase(postgres_url, lambda url: _make(postgres_url, url))
    yield database
    database.drop()


@pytest.mark.parametrize("large", [False, True])
async def test_rows_and_numbers_are_gone_before_the_next_one(reused: ReusedDatabase, large: bool) -> None:
    with reused.lent() as first:
        await _execute(first, FILLED)
        if large:
            await _execute(first, "INSERT INTO rooms SELECT 1, repeat('x', 1000) FROM generate_series(1, 2000)")
    with reused.lent() as second:
        assert second == first
        assert await _values(second, "SELECT count(*) FROM places UNION ALL SELECT count(*) FROM rooms") == [0, 0]
        assert await _values(second, "INSERT INTO places (name) VALUES ('c') RETURNING id") == [1]
        assert await _values(second, "SELECT version_num FROM alembic_version") == ["1"]


async def test_whoever_is_still_connected_is_not_any_more(reused: ReusedDatabase) -> None:
    with reused.lent() as url:
        left = await asyncpg.connect(url)
        await left.execute("BEGIN; INSERT INTO places (name) VALUES ('a')")
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await left.fetch("SELECT 1")


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE rooms ADD CONSTRAINT short CHECK (length(note) < 9)",
        "ALTER TABLE rooms ADD COLUMN more text",
        "CREATE INDEX notes ON rooms (note)",
        "UPDATE alembic_version SET version_num = '2'",
        "DROP TABLE rooms",
        "DROP TABLE alembic_version",
    ],
)
async def test_after_a_change_of_the_tables_the_next_one_has_others(reused: ReusedDatabase, change: str) -> None:
    with reused.lent() as first:
        await _execute(first, change)
    with reused.lent() as second:
        assert second != first
        await _execute(second, FILLED)  # as the first one was
