"""What every service's `migrations/env.py` calls: runs Alembic over asyncpg, one migration at a time."""

from __future__ import annotations

import asyncio
from typing import Final

from alembic import context
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

_LOCK: Final = 0x7A6176686F7A  # "zavhoz": one migration of a database at a time


def run(metadata: MetaData) -> None:
    """Run the migrations that Alembic was asked for against the database named in its configuration's `url`."""

    async def online() -> None:
        engine = create_async_engine(context.config.attributes["url"], poolclass=NullPool)
        try:
            async with engine.connect() as connection:
                await connection.run_sync(_migrate, metadata)
                await connection.commit()
        finally:
            await engine.dispose()

    asyncio.run(online())


def _migrate(connection: Connection, metadata: MetaData) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
