"""What people typed: comments and reasons, which events name only by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

REJECTION: Final = "rejection"
COMMENT: Final = "comment"

_WRITE = text(
    """
    INSERT INTO texts (id, request_id, author_id, kind, body, written_at, version, attachments)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:request_id AS uuid[]), CAST(:author_id AS uuid[]),
                         CAST(:kind AS text[]), CAST(:body AS text[]), CAST(:written_at AS timestamptz[]),
                         CAST(:version AS int[]), CAST(:attachments AS int[]))
    """
)
_BODY = text("SELECT body FROM texts WHERE id = :id")
_COLUMNS = "id, author_id, body, written_at, attachments"
_COMMENT = text(
    f"SELECT {_COLUMNS} FROM texts WHERE id = :id AND request_id = :request AND kind = :kind"  # noqa: S608  # nosec B608
)
_LAST = text(
    f"SELECT {_COLUMNS} FROM texts WHERE request_id = :request AND kind = :kind"  # noqa: S608  # nosec B608
    " ORDER BY version DESC LIMIT :limit"
)
_COUNT = text("SELECT count(*) FROM texts WHERE request_id = :request AND kind = :kind")


@dataclass(frozen=True, slots=True)
class Words:
    """Something typed, with the request's `version` that it made. `body` is empty for attachments without words."""

    id: UUID
    request_id: UUID
    author_id: UUID
    kind: str
    body: str
    written_at: datetime
    version: int
    attachments: int = 0


async def write(connection: AsyncConnection, words: Sequence[Words]) -> None:
    """Keep typed words."""
    if not words:
        return
    await connection.execute(
        _WRITE,
        {
            "id": [one.id for one in words],
            "request_id": [one.request_id for one in words],
            "author_id": [one.author_id for one in words],
            "kind": [one.kind for one in words],
            "body": [one.body for one in words],
            "written_at": [one.written_at for one in words],
            "version": [one.version for one in words],
            "attachments": [one.attachments for one in words],
        },
    )


async def body(connection: AsyncConnection, text_id: UUID | None) -> str | None:
    """The words kept under an id."""
    if text_id is None:
        return None
    return (await connection.execute(_BODY, {"id": text_id})).scalar_one_or_none()


async def comment(connection: AsyncConnection, request_id: UUID, text_id: UUID) -> Any | None:
    """The row of one comment on a request."""
    values = {"id": text_id, "request": request_id, "kind": COMMENT}
    return (await connection.execute(_COMMENT, values)).one_or_none()


async def last_comments(connection: AsyncConnection, request_id: UUID, limit: int) -> tuple[Sequence[Any], int]:
    """The rows of the last comments on a request, oldest first, and how many there are in all."""
    values = {"request": request_id, "kind": COMMENT}
    rows = (await connection.execute(_LAST, values | {"limit": limit})).all()
    total = len(rows) if len(rows) < limit else (await connection.execute(_COUNT, values)).scalar_one()
    return rows[::-1], total
