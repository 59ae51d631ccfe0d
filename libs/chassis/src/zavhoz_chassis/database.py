"""A service's own PostgreSQL database: pool, transactions that survive cancellation, outages told apart, migrations."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from zavhoz_chassis.health import Health
from zavhoz_contracts.errors import Outage

ResultT = TypeVar("ResultT")

_RETRIED: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the transaction did nothing and may be run again."""
_AWAY_CLASSES: Final = ("08", "53", "57P", "58")
_AWAY: Final = frozenset({"25006", "55P03"})
"""Connection, resources (disk, memory, connections), shutdown and system errors; read-only, lock not available:
https://www.postgresql.org/docs/current/errcodes-appendix.html"""
_log = structlog.get_logger("zavhoz.database")


class DatabaseUnavailable(Outage):
    """The database does not answer, refuses connections, or cannot write."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="postgres")


class Database:
    """A pool of connections to one database. Statements time out after 30 s."""

    def __init__(self, url: str, *, pool_size: int = 10, name: str = "zavhoz") -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=10,
            connect_args={
                "timeout": 5,
                "command_timeout": 30,
                "server_settings": {"application_name": name, "jit": "off", "timezone": "UTC"},
            },
        )

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back on any error; given back even when cancelled in mid-query.

        Raises:
            DatabaseUnavailable: the database is away.
        """
        with _outages():
            connection = await self.engine.connect()
            try:
                async with connection.begin():
                    yield connection
            except asyncio.CancelledError:
                # A cancelled query leaves the protocol in an unknown state: the connection must not be used again.
                with contextlib.suppress(Exception):
                    await asyncio.shield(connection.invalidate())
                raise
            finally:
                await asyncio.shield(connection.close())

    async def run(self, work: Callable[[AsyncConnection], Awaitable[ResultT]], *, attempts: int = 5) -> ResultT:
        """Run `work` in a transaction; after a serialization failure or deadlock again, in a fresh one.

        Raises:
            DatabaseUnavailable: the database is away.
            DBAPIError: anything else, and the last failure when `attempts` are used up.
        """
        for attempt in range(1, attempts + 1):
            try:
                async with self.transaction() as connection:
                    return await work(connection)
            except DBAPIError as error:
                if _sqlstate(error) not in _RETRIED or attempt == attempts:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # nosec B311: spreads retries
        raise AssertionError("unreachable: attempts is at least 1")


class DatabaseWatch:
    """The component that keeps the check `postgres` true: asks the database every `every` seconds."""

    name = "postgres"

    def __init__(self, database: Database, health: Health, *, every: float = 2.0) -> None:
        self._database = database
        self._health = health
        self._every = every

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until `stop`."""
        while not stop.is_set():
            try:
                async with self._database.transaction() as connection:
                    await connection.execute(text("SELECT 1"))
                self._health.set(self.name, ok=True)
            except (DatabaseUnavailable, DBAPIError) as error:
                self._health.set(self.name, ok=False, detail=str(error))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._every)


@contextlib.contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        state = _sqlstate(error)
        away = isinstance(error, InterfaceError) or error.connection_invalidated
        if away or (state and (state in _AWAY or state.startswith(_AWAY_CLASSES))):
            raise DatabaseUnavailable(f"database: {_short(error)}") from error
        raise
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError, PoolTimeout) as error:
        raise DatabaseUnavailable(f"database: {_short(error)}") from error
    except asyncpg.PostgresError as error:
        # Raised bare while connecting: shutting down, starting up, too many connections.
        if error.sqlstate and error.sqlstate.startswith((*_AWAY_CLASSES, "3D")):
            raise DatabaseUnavailable(f"database: {_short(error)}") from error
        raise


def _sqlstate(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)


def _short(error: BaseException) -> str:
    cause = getattr(error, "orig", None) or error
    return f"{type(cause).__name__}: {cause}".splitlines()[0][:200]


async def create_database_if_missing(url: str) -> bool:
    """Make the database that `url` names, through the server's `postgres` database; True if it was missing."""
    parts = urlsplit(url)._replace(scheme="postgresql")
    name = parts.path.lstrip("/")
    connection = await asyncpg.connect(urlunsplit(parts._replace(path="/postgres")), timeout=10)
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return False
        quoted = '"' + name.replace('"', '""') + '"'
        try:
            await connection.execute(f"CREATE DATABASE {quoted}")
        except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
            return False  # another process was first
        return True
    finally:
        await connection.close()


def migrate(url: str, scripts: Path, revision: str = "head") -> None:
    """Make the database if it is missing and bring it up to `revision`. Two at once are safe: the second waits."""
    asyncio.run(create_database_if_missing(url))
    command.upgrade(_config(url, scripts), revision)


def downgrade(url: str, scripts: Path, revision: str) -> None:
    """Take the database down to `revision` (`-1`: one step, `base`: empty)."""
    command.downgrade(_config(url, scripts), revision)


def _config(url: str, scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["url"] = url
    return config
