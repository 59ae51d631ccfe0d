"""The migrations make what the tables say, and take it back."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from notifier_support import MIGRATIONS, Town
from sqlalchemy import Connection

from zavhoz_chassis.migrations import downgrade
from zavhoz_notifier.store.tables import metadata


async def test_the_migrated_database_is_what_the_tables_say(town: Town) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with town.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


def test_down_to_an_empty_database(migrated_url: str) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(downgrade, migrated_url, MIGRATIONS, "base").result()
        left = pool.submit(asyncio.run, _tables(migrated_url)).result()
    assert left == ["alembic_version"]


async def _tables(url: str) -> list[str]:
    connection = await asyncpg.connect(urlunsplit(urlsplit(url)._replace(scheme="postgresql")))
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [row["tablename"] for row in rows]
    finally:
        await connection.close()
