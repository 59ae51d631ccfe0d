"""What is kept of people, deleted: set-based, in the transaction that decides it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.domain.state import Person

_ERASING: Final = 0x7A65
"""An advisory lock: of two managers who go at once, the second sees that the first is gone."""
_ONE_AT_A_TIME: Final = text("SELECT pg_advisory_xact_lock(:key)")
_MANAGERS: Final = text("SELECT id, areas = '{}' AS unlimited FROM people WHERE role = 'manager' AND active")
_PEOPLE: Final = text(
    """
    UPDATE people SET telegram_id = NULL, name = '', username = NULL, language = '', language_chosen = false,
        role = 'requester', active = false, reachable = false, areas = '{}', seen_at = p.at,
        registered_at = p.at, erased_at = p.at,
        version = p.version
    FROM unnest(CAST(:ids AS uuid[]), CAST(:versions AS int[]), CAST(:at AS timestamptz[])) AS p (id, version, at)
    WHERE people.id = p.id
    """
)
_TEXTS: Final = text("UPDATE texts SET body = '', command_id = NULL WHERE author_id = ANY(CAST(:ids AS uuid[]))")
_EVENTS: Final = text(
    """
    UPDATE events SET data = jsonb_set(jsonb_set(data, '{attachment,file_id}', '"erased"'),
                                       '{attachment,file_unique_id}', '"erased"')
    WHERE aggregate_type = 'request' AND type = 'zavhoz.attachment.added.v1' AND actor_id = ANY(CAST(:ids AS uuid[]))
      AND aggregate_id IN (SELECT request_id FROM attachments WHERE uploader_id = ANY(CAST(:ids AS uuid[])))
    """
)
_IMPORTS: Final = text("DELETE FROM place_imports WHERE by = ANY(CAST(:ids AS uuid[]))")
_ATTACHMENTS: Final = text(
    """
    UPDATE attachments SET status = 'erased', file_name = NULL, reason = NULL, sha256 = NULL, size = NULL,
                           media_type = NULL, key = NULL, file_id = NULL
    WHERE uploader_id = ANY(CAST(:ids AS uuid[]))
    """
)


_WATCHERS: Final = text("DELETE FROM watchers WHERE person_id = ANY(CAST(:ids AS uuid[]))")


async def managers(connection: AsyncConnection) -> dict[UUID, bool]:
    """The active managers, and whether they are limited to no part of the places.

    Nobody else erases anybody, or changes what somebody may, until this transaction ends.
    """
    await connection.execute(_ONE_AT_A_TIME, {"key": _ERASING})
    return {row.id: row.unlimited for row in await connection.execute(_MANAGERS)}


async def erase(connection: AsyncConnection, people: Sequence[Person]) -> None:
    """Empty the rows of people who are locked, and all that they typed and sent.

    The events of their attachments, else never edited, lose Telegram's ids of the files.
    """
    if not people:
        return
    ids = {"ids": [person.id for person in people]}
    versions = {"versions": [person.version for person in people], "at": [person.seen_at for person in people]}
    await connection.execute(_PEOPLE, ids | versions)
    for statement in (_TEXTS, _EVENTS, _ATTACHMENTS, _WATCHERS, _IMPORTS):
        await connection.execute(statement, ids)
