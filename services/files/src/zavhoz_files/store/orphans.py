"""What is in the store and nobody names: told apart from what is on its way, one key at a time and under a lock.

Keys come from contents, so a file may be on its way to the very key that is about to be removed. An upload is written
down before it begins (`begin`), and a removal happens while nobody else can do that (`unnamed`): whichever is first,
the other one sees it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis.database import Database

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))")
_BEGIN = text(
    """
    INSERT INTO uploads (attachment_id, key) VALUES (:id, :key)
    ON CONFLICT (attachment_id) DO UPDATE SET key = excluded.key, begun_at = clock_timestamp()
    """
)
_UNNAMED = text(
    """
    SELECT given.key FROM unnest(CAST(:keys AS text[])) AS given (key)
    WHERE NOT EXISTS (SELECT FROM attachments WHERE attachments.key = given.key)
      AND NOT EXISTS (
          SELECT FROM uploads
          WHERE uploads.key = given.key AND begun_at > clock_timestamp() - CAST(:grace AS interval)
      )
    """
)
_FORGET = text("DELETE FROM uploads WHERE begun_at <= clock_timestamp() - CAST(:grace AS interval)")


async def begin(connection: AsyncConnection, attachment_id: UUID, key: str) -> None:
    """Write down that `key` is about to be written for an attachment; committed before the first byte is sent."""
    await connection.execute(_LOCK, {"key": key})
    await connection.execute(_BEGIN, {"id": attachment_id, "key": key})


async def unnamed(connection: AsyncConnection, keys: Sequence[str], grace: timedelta) -> list[str]:
    """Which of these keys no attachment has, and no upload that began within `grace`."""
    return [row.key for row in await connection.execute(_UNNAMED, {"keys": list(keys), "grace": grace})]


@contextlib.asynccontextmanager
async def still_unnamed(database: Database, key: str, grace: timedelta) -> AsyncIterator[bool]:
    """Whether `key` is unnamed, and stays so while inside: an upload to it waits."""
    async with database.transaction() as connection:
        await connection.execute(_LOCK, {"key": key})
        yield bool(await unnamed(connection, [key], grace))


@contextlib.asynccontextmanager
async def alone_with(database: Database, key: str) -> AsyncIterator[AsyncConnection]:
    """A transaction in which nobody else begins an upload to `key`, or removes it."""
    async with database.transaction() as connection:
        await connection.execute(_LOCK, {"key": key})
        yield connection


async def forget(connection: AsyncConnection, grace: timedelta) -> None:
    """Forget uploads that began before `grace` and never arrived; a redelivery writes them down again."""
    await connection.execute(_FORGET, {"grace": grace})
