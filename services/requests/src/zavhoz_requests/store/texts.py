"""What people typed: comments and reasons, which events name only by their ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.domain.state import Comment, CommentEdited

REJECTION: Final = "rejection"
COMMENT: Final = "comment"
REOPENING: Final = "reopening"
HOLD: Final = "hold"
COMPLETION: Final = "completion"
NOTE: Final = "note"

_WRITE = text(
    """
    INSERT INTO texts (id, request_id, author_id, kind, body, written_at, version, attachments, command_id)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:request_id AS uuid[]), CAST(:author_id AS uuid[]),
                         CAST(:kind AS text[]), CAST(:body AS text[]), CAST(:written_at AS timestamptz[]),
                         CAST(:version AS int[]), CAST(:attachments AS int[]), CAST(:command_id AS uuid[]))
    """
)
_BODIES = text("SELECT id, body FROM texts WHERE id = ANY(CAST(:ids AS uuid[]))")
_COLUMNS = "id, author_id, body, written_at, attachments, edited_at"
_ONE = text(
    f"SELECT {_COLUMNS} FROM texts WHERE id = :id AND request_id = :request AND kind = :kind"  # noqa: S608  # nosec B608
)
_LAST = text(
    f"""
    SELECT request_id, last.* FROM unnest(CAST(:ids AS uuid[])) AS asked (request_id) CROSS JOIN LATERAL (
        SELECT {_COLUMNS} FROM texts WHERE texts.request_id = asked.request_id AND kind = :kind
        ORDER BY version DESC LIMIT :limit
    ) AS last
    """  # noqa: S608  # nosec B608
)
_COUNTS = text(
    """
    SELECT request_id, count(*) AS texts FROM texts WHERE request_id = ANY(CAST(:ids AS uuid[])) AND kind = :kind
    GROUP BY request_id
    """
)
_BY_COMMANDS = text(
    """
    SELECT command_id, id, request_id, author_id, body, written_at, attachments FROM texts
    WHERE command_id = ANY(CAST(:ids AS uuid[]))
    """
)
_EDIT = text(
    """
    UPDATE texts SET body = new.body, edited_at = new.at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:bodies AS text[]), CAST(:at AS timestamptz[])) AS new (id, body, at)
    WHERE texts.id = new.id
    """
)


@dataclass(frozen=True, slots=True)
class Words:
    """Something typed, with the request's `version` that it made. `body` is empty for attachments without words.

    `command_id` is the command by which a comment was said; none of what is no comment.
    """

    id: UUID
    request_id: UUID
    author_id: UUID
    kind: str
    body: str
    written_at: datetime
    version: int
    attachments: int = 0
    command_id: UUID | None = None


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
            "command_id": [one.command_id for one in words],
        },
    )


async def by_commands(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Comment]:
    """The comments said by these commands."""
    rows = await connection.execute(_BY_COMMANDS, {"ids": list(ids)})
    return {
        row.command_id: Comment(row.id, row.request_id, row.author_id, row.written_at, row.body, row.attachments)
        for row in rows
    }


async def edit(connection: AsyncConnection, edited: Sequence[CommentEdited]) -> None:
    """Keep other words in place of the former ones; of several for one text the last."""
    last = {one.text_id: one for one in edited}
    if not last:
        return
    given = {"ids": list(last), "bodies": [one.words for one in last.values()], "at": [one.at for one in last.values()]}
    await connection.execute(_EDIT, given)


async def bodies(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, str]:
    """The words kept under these ids."""
    if not ids:
        return {}
    return {row.id: row.body for row in await connection.execute(_BODIES, {"ids": list(ids)})}


async def one(connection: AsyncConnection, request_id: UUID, text_id: UUID, kind: str) -> Any | None:
    """The row of one text about a request, if it is of this kind."""
    values = {"id": text_id, "request": request_id, "kind": kind}
    return (await connection.execute(_ONE, values)).one_or_none()


async def last(
    connection: AsyncConnection, ids: Collection[UUID], kind: str, limit: int
) -> dict[UUID, tuple[list[Any], int]]:
    """By request: the rows of its last texts of a kind, oldest first, and how many there are in all; no entry for none.

    As many as `limit`.
    """
    newest: dict[UUID, list[Any]] = {}
    for row in await connection.execute(_LAST, {"ids": list(ids), "kind": kind, "limit": limit}):
        newest.setdefault(row.request_id, []).append(row)
    totals = {id: len(rows) for id, rows in newest.items()}
    if more := [id for id, total in totals.items() if total == limit]:
        counted = await connection.execute(_COUNTS, {"ids": more, "kind": kind})
        totals |= {row.request_id: row.texts for row in counted}
    return {id: (rows[::-1], totals[id]) for id, rows in newest.items()}
