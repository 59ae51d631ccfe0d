"""Who was erased, and which files are theirs."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# Whoever is first, the other sees it: what is being settled, or that nothing more is to be.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('erased:' || CAST(:person AS text), 0))")
_IS_ERASED: Final = text("SELECT EXISTS (SELECT FROM erased WHERE person_id = :person)")
_REMEMBER: Final = text("INSERT INTO erased (person_id) VALUES (:person) ON CONFLICT (person_id) DO NOTHING")
_KEYS: Final = text("SELECT DISTINCT key FROM attachments WHERE uploader_id = :person AND key IS NOT NULL")
_FORGET: Final = text(
    """
    UPDATE attachments SET state = 'erased', reason = NULL, sha256 = NULL, size = NULL, media_type = NULL, key = NULL,
                           file_name = NULL
    WHERE uploader_id = :person AND key IS NOT DISTINCT FROM CAST(:key AS text)
    """
)


async def is_erased(connection: AsyncConnection, person_id: UUID) -> bool:
    """Whether somebody was erased; if not, they cannot be before this transaction ends."""
    await connection.execute(_LOCK, {"person": str(person_id)})
    return bool((await connection.execute(_IS_ERASED, {"person": person_id})).scalar_one())


async def remember(connection: AsyncConnection, person_id: UUID) -> list[str]:
    """Let nothing more of somebody be kept; returns the keys of what is."""
    await connection.execute(_LOCK, {"person": str(person_id)})
    await connection.execute(_REMEMBER, {"person": person_id})
    return [row.key for row in await connection.execute(_KEYS, {"person": person_id})]


async def forget(connection: AsyncConnection, person_id: UUID, key: str | None) -> None:
    """Empty the rows of somebody's files under a key, or of those that were refused."""
    await connection.execute(_FORGET, {"person": person_id, "key": key})
