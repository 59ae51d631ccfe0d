"""Canned replies in the database: they are few, and read all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.domain.replies import ReplyChange

_ALL: Final = text("SELECT id, language, body FROM replies ORDER BY position")
_OF_LANGUAGE: Final = text("SELECT id, language, body FROM replies WHERE language = :language ORDER BY position")
_LOCK: Final = text("LOCK TABLE replies IN SHARE ROW EXCLUSIVE MODE")
_WRITE: Final = text(
    """
    INSERT INTO replies (id, language, body) VALUES (:id, :language, :body)
    ON CONFLICT (id) DO UPDATE SET body = excluded.body
    """
)
_REMOVE: Final = text("DELETE FROM replies WHERE id = :id")


async def every(connection: AsyncConnection) -> dict[UUID, tuple[str, str]]:
    """All of them, each a language and a text; nobody else changes any until the transaction ends."""
    await connection.execute(_LOCK)
    return {row.id: (row.language, row.body) for row in await connection.execute(_ALL)}


async def of_language(connection: AsyncConnection, language: str) -> Sequence[Any]:
    """The rows of those in a language, in the order in which they were made."""
    return (await connection.execute(_OF_LANGUAGE, {"language": language})).all()


async def write(connection: AsyncConnection, changes: Sequence[ReplyChange]) -> None:
    """Write what was changed."""
    for one in changes:
        if one.text is None:
            await connection.execute(_REMOVE, {"id": one.reply_id})
        else:
            await connection.execute(_WRITE, {"id": one.reply_id, "language": one.language, "body": one.text})
