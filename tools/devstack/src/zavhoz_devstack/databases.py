"""A database that tests use one after another: to make one costs a third of a second, to empty it a hundredth."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from zavhoz_chassis.migrations import migrate

ResultT = TypeVar("ResultT")
_END_OTHERS: Final = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_SHAPE: Final = """
    SELECT md5(string_agg(one, ' ' ORDER BY one)) FROM (
        SELECT concat(relname, relkind) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat(conname, convalidated) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        UNION ALL SELECT concat(relname, attname, atttypid, attnotnull)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid AND relnamespace = 'public'::regnamespace
        WHERE attnum > 0
        UNION ALL SELECT version_num FROM alembic_version
    ) AS shape (one)
"""
# To truncate a table costs some milliseconds, whatever is in it; to delete its rows, so much for each.
_TABLES: Final = """
    SELECT quote_ident(relname) AS name, pg_table_size(oid) > 1000000 AS large FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
"""
_SEQUENCES: Final = "SELECT quote_ident(sequencename) FROM pg_sequences WHERE last_value IS NOT NULL"


class ReusedDatabase:
    """One on the server at `server_url`, with what `migrate` makes when it is given the address.

    What a test leaves is gone before the next one: sessions, rows, numbers that were given out. Where a test has
    changed the tables themselves the next one has a new database.
    """

    def __init__(self, server_url: str, migrate: Callable[[str], object]) -> None:
        self._server_url = server_url
        self._migrate = migrate
        self._name = ""
        self._shape = ""

    @contextlib.contextmanager
    def lent(self) -> Iterator[str]:
        """Its address, `postgresql://…`, for one test at a time."""
        if not self._name:
            self._name = f"test_{secrets.token_hex(6)}"
            _apart(self._migrate, self._url)
            self._shape = _run(_shape(self._url))
        yield self._url
        if not _run(_emptied(self._url, self._shape)):
            self.drop()

    def drop(self) -> None:
        """Drop it, with whoever is still connected."""
        if self._name:
            execute(self._server_url, f'DROP DATABASE "{self._name}" WITH (FORCE)')
            self._name = ""

    @property
    def _url(self) -> str:
        return urlunsplit(urlsplit(self._server_url)._replace(path=f"/{self._name}"))


def in_turn(scripts: Path) -> tuple[Any, Any]:
    """Two fixtures for a service's conftest, `reused_database` and `migrated_url`.

    The second is the address, for SQLAlchemy, of a database with the tables that the migrations in `scripts` make, and
    with nothing in them.
    """

    @pytest.fixture(scope="session")
    def reused_database(postgres_url: str) -> Iterator[ReusedDatabase]:
        database = ReusedDatabase(postgres_url, lambda url: migrate(_for_sqlalchemy(url), scripts))
        yield database
        database.drop()

    @pytest.fixture
    def migrated_url(reused_database: ReusedDatabase) -> Iterator[str]:
        with reused_database.lent() as url:
            yield _for_sqlalchemy(url)

    return reused_database, migrated_url


def _for_sqlalchemy(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(scheme="postgresql+asyncpg"))


def execute(url: str, statement: str) -> None:
    """Execute a statement there, though the event loop of a test may be running."""

    async def connected() -> None:
        connection = await asyncpg.connect(url, timeout=30)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _run(connected())


async def _emptied(url: str, shape: str) -> bool:
    """Empty the tables; False when they are not what they were."""
    connection = await asyncpg.connect(url, timeout=30, command_timeout=20)
    try:
        await connection.execute(_END_OTHERS)
        with contextlib.suppress(asyncpg.UndefinedTableError):
            if await connection.fetchval(_SHAPE) == shape:
                await _empty(connection)
                return True
        return False
    finally:
        await connection.close()


async def _empty(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    tables = await connection.fetch(_TABLES)
    if large := [name for name, is_large in tables if is_large]:
        await connection.execute(f"TRUNCATE {', '.join(large)} CASCADE")
    # In one statement, for what refers to what is looked at when it ends.
    deleting = ", ".join(f"_{at} AS (DELETE FROM {name})" for at, (name, _) in enumerate(tables))  # noqa: S608  # nosec B608
    await connection.execute(f"WITH {deleting} SELECT")
    for (name,) in await connection.fetch(_SEQUENCES):
        await connection.execute(f"ALTER SEQUENCE {name} RESTART")


async def _shape(url: str) -> str:
    connection = await asyncpg.connect(url, timeout=30)
    try:
        return str(await connection.fetchval(_SHAPE))
    finally:
        await connection.close()


def _run(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    done: ResultT = _apart(asyncio.run, coroutine)
    return done


def _apart(work: Callable[..., ResultT], *arguments: Any) -> ResultT:
    """Do something that runs an event loop of its own, while a test's is running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work, *arguments).result()
