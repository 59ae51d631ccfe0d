"""What is held about one person, in pages that go by an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.api.own import DataPart
from zavhoz_requests.store.tables import UNFINISHED

_OF_REQUESTS: Final = "number, title, description, priority, status, place, rating, created_at, updated_at"


def _some(where: str) -> str:
    """Those of one index; together they are all."""
    return (
        f"(SELECT {_OF_REQUESTS} FROM requests"  # noqa: S608  # nosec B608: our own words
        f" WHERE requester_id = :person AND number > CAST(:after AS int) AND {where} ORDER BY number LIMIT :limit)"
    )


_STATEMENTS: Final[dict[DataPart, TextClause]] = {
    DataPart.REQUESTS: text(
        f"SELECT number AS key, mine.* FROM ({_some(UNFINISHED)} UNION ALL {_some(f'NOT ({UNFINISHED})')}) AS mine"  # noqa: S608  # nosec B608
        " ORDER BY number LIMIT :limit"
    ),
    DataPart.TEXTS: text(
        """
        SELECT texts.id AS key, number, kind, body AS text, written_at FROM texts
        JOIN requests ON requests.id = texts.request_id
        WHERE author_id = :person AND texts.id > CAST(:after AS uuid) ORDER BY texts.id LIMIT :limit
        """
    ),
    DataPart.FILES: text(
        """
        SELECT attachments.id AS key, attachments.id AS attachment_id, number, kind, file_name, attachments.status,
               media_type, size
        FROM attachments JOIN requests ON requests.id = attachments.request_id
        WHERE uploader_id = :person AND attachments.id > CAST(:after AS uuid) ORDER BY attachments.id LIMIT :limit
        """
    ),
    DataPart.JOINED: text(
        """
        SELECT request_id AS key, number, title, joined_at FROM watchers JOIN requests ON requests.id = request_id
        WHERE person_id = :person AND request_id > CAST(:after AS uuid) ORDER BY request_id LIMIT :limit
        """
    ),
}


async def page(
    connection: AsyncConnection, part: DataPart, person_id: UUID, after: int | UUID, limit: int
) -> Sequence[RowMapping]:
    """The rows of a page: those whose `key` is above `after`, in its order."""
    statement = _STATEMENTS[part]
    return (await connection.execute(statement, {"person": person_id, "after": after, "limit": limit})).mappings().all()
