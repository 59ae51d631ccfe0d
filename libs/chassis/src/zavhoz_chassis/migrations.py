"""Alembic over asyncpg, one migration of a database at a time; `run` is what every `migrations/env.py` calls."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import asyncpg
from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from zavhoz_chassis.outages import DRIVER_ERRORS, DatabaseUnavailable, is_away, short

_LOCK: Final = 0x7A6176686F7A  # "zavhoz": one migration of a database at a time
_CONNECT_SECONDS: Final = 10
_NO_SUCH_DATABASE: Final = "3D000"
_THERE_ALREADY: Final = frozenset({"42P04", "23505"})


def migrate(url: str, scripts: Path, revision: str = "head") -> None:
    """Make the database if it is missing and bring it up to `revision`. Two at once are safe: the second waits.

    Runs an event loop of its own. All revisions are one transaction: a failure leaves the database as it was.

    Raises:
        DatabaseUnavailable: there is no way to the server.
    """
    asyncio.run(create_database_if_missing(url))
    command.upgrade(_config(url, scripts), revision)


def downgrade(url: str, scripts: Path, revision: str) -> None:
    """Take the database down to `revision` (`-1`: one step, `base`: empty). Raises as `migrate` does."""
    command.downgrade(_config(url, scripts), revision)


async def create_database_if_missing(url: str) -> bool:
    """Make the database that `url` names, through the server's `postgres` database; True if it was missing.

    Nothing but the database itself is touched when it is there, so then it needs no right to make one.

    Raises:
        DatabaseUnavailable: there is no way to the server.
    """
    wanted = make_url(url).set(drivername="postgresql+asyncpg")
    if await _execute(wanted, "SELECT 1") != _NO_SUCH_DATABASE:
        return False
    quoted = '"' + (wanted.database or "").replace('"', '""') + '"'
    # Another process may be first: that is as good.
    return await _execute(wanted.set(database="postgres"), f"CREATE DATABASE {quoted}") is None


async def _execute(url: URL, statement: str) -> str | None:
    """Execute one statement outside a transaction; the SQLSTATE, if it is one of those that may be expected."""
    engine = create_async_engine(
        url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"timeout": _CONNECT_SECONDS}
    )
    try:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    except DRIVER_ERRORS as error:
        state = getattr(getattr(error, "orig", error), "sqlstate", None)
        if state == _NO_SUCH_DATABASE or state in _THERE_ALREADY:
            return str(state)
        raise DatabaseUnavailable(f"database: {short(error)}") from error
    finally:
        await engine.dispose()
    return None


def _config(url: str, scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def run(metadata: MetaData) -> None:
    """Run the migrations that Alembic was asked for against the database named in its configuration's `url`."""
    asyncio.run(_online(context.config.attributes["url"], metadata))


async def _online(url: str, metadata: MetaData) -> None:
    engine = create_async_engine(url, poolclass=NullPool, connect_args={"timeout": _CONNECT_SECONDS})
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_locked, metadata)
            await connection.commit()
    except (OSError, asyncpg.PostgresError) as error:
        raise DatabaseUnavailable(f"database: {short(error)}") from error
    except DBAPIError as error:
        if is_away(error):
            raise DatabaseUnavailable(f"database: {short(error)}") from error
        raise
    finally:
        await engine.dispose()


def _locked(connection: Connection, metadata: MetaData) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
