"""Requests and their attachments in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.files.v1.events import AttachmentRefused, AttachmentStored
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.domain.state import Attached, Request
from zavhoz_requests.store import watchers
from zavhoz_requests.store.tables import HELD, UNCONFIRMED, UNFINISHED

_COLUMNS = (
    "id, number, version, status, priority, title, description, requester_id, assignee_id, closed_by,"
    " rejection_text_id, reopening_text_id, due_at, confirms_at, confirmed_at, rating, created_at, updated_at,"
    " place, place_id, hold_text_id, held_until, completion_text_id, merged_into,"
    " (SELECT lineage FROM places WHERE places.id = requests.place_id) AS lineage"
)
# Beside the row itself: what is locked is read again for them, as they are once the lock is held.
_WATCHERS = "ARRAY(SELECT person_id FROM watchers WHERE request_id = requests.id) AS watchers"  # nosec B608
_SEEN = f"{_COLUMNS}, {_WATCHERS}"
_LOCK = text(
    f"SELECT {_COLUMNS} FROM requests WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"  # noqa: S608  # nosec B608
)
# What somebody is at just now is looked at again later.
_LOCK_DUE = text(
    f"""
    SELECT {_COLUMNS} FROM requests WHERE {UNCONFIRMED} AND confirms_at <= :now
    ORDER BY confirms_at LIMIT :limit FOR UPDATE SKIP LOCKED
    """  # noqa: S608  # nosec B608
)
_LOCK_HELD = text(
    f"""
    SELECT {_COLUMNS} FROM requests WHERE {HELD} AND held_until <= :now
    ORDER BY held_until LIMIT :limit FOR UPDATE SKIP LOCKED
    """  # noqa: S608  # nosec B608
)
_IDS = text("SELECT number, id FROM requests WHERE number = ANY(CAST(:numbers AS int[]))")
_UNFINISHED = text(
    f"""
    SELECT requester_id, count(*) AS requests FROM unnest(CAST(:people AS uuid[])) AS asked (id) CROSS JOIN LATERAL (
        SELECT requester_id FROM requests WHERE requester_id = asked.id AND {UNFINISHED} LIMIT :limit
    ) AS unfinished
    GROUP BY requester_id
    """  # noqa: S608  # nosec B608
)
_BY_NUMBER = text(f"SELECT {_SEEN} FROM requests WHERE number = :number")  # noqa: S608  # nosec B608
_MANY = text(f"SELECT {_SEEN} FROM requests WHERE id = ANY(CAST(:ids AS uuid[]))")  # noqa: S608  # nosec B608
_NUMBERS_OF = text("SELECT id, number FROM requests WHERE id = ANY(CAST(:ids AS uuid[]))")
_NUMBERS = text(
    """
    INSERT INTO numbers (name, last) VALUES ('request', :count)
    ON CONFLICT (name) DO UPDATE SET last = numbers.last + excluded.last RETURNING last
    """
)
_WRITE = text(
    """
    INSERT INTO requests (id, number, version, status, priority, title, description, requester_id, assignee_id,
                          closed_by, rejection_text_id, reopening_text_id, due_at, confirms_at, confirmed_at, rating,
                          created_at, updated_at, place, place_id, hold_text_id, held_until, completion_text_id,
                          merged_into)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:number AS int[]), CAST(:version AS int[]), CAST(:status AS text[]),
                         CAST(:priority AS text[]), CAST(:title AS text[]), CAST(:description AS text[]),
                         CAST(:requester_id AS uuid[]), CAST(:assignee_id AS uuid[]), CAST(:closed_by AS uuid[]),
                         CAST(:rejection_text_id AS uuid[]), CAST(:reopening_text_id AS uuid[]),
                         CAST(:due_at AS timestamptz[]), CAST(:confirms_at AS timestamptz[]),
                         CAST(:confirmed_at AS timestamptz[]), CAST(:rating AS int[]),
                         CAST(:created_at AS timestamptz[]), CAST(:updated_at AS timestamptz[]),
                         CAST(:place AS text[]), CAST(:place_id AS uuid[]), CAST(:hold_text_id AS uuid[]),
                         CAST(:held_until AS timestamptz[]), CAST(:completion_text_id AS uuid[]),
                         CAST(:merged_into AS uuid[]))
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, status = excluded.status, priority = excluded.priority, title = excluded.title,
        description = excluded.description, assignee_id = excluded.assignee_id, closed_by = excluded.closed_by,
        rejection_text_id = excluded.rejection_text_id, reopening_text_id = excluded.reopening_text_id,
        due_at = excluded.due_at, confirms_at = excluded.confirms_at, confirmed_at = excluded.confirmed_at,
        rating = excluded.rating, updated_at = excluded.updated_at, place = excluded.place,
        place_id = excluded.place_id, hold_text_id = excluded.hold_text_id, held_until = excluded.held_until,
        completion_text_id = excluded.completion_text_id, merged_into = excluded.merged_into
    WHERE requests.version < excluded.version
    """
)
_ATTACH = text(
    """
    INSERT INTO attachments (id, request_id, position, kind, file_name, uploader_id, file_id)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:request_id AS uuid[]), CAST(:position AS int[]),
                         CAST(:kind AS text[]), CAST(:file_name AS text[]), CAST(:uploader_id AS uuid[]),
                         CAST(:file_id AS text[]))
    """
)
_STORED = text(
    """
    UPDATE attachments SET status = s.status, reason = s.reason, sha256 = s.sha256, size = s.size,
                           media_type = s.media_type, key = s.key
    FROM unnest(CAST(:id AS uuid[]), CAST(:status AS text[]), CAST(:reason AS text[]), CAST(:sha256 AS text[]),
                CAST(:size AS bigint[]), CAST(:media_type AS text[]), CAST(:key AS text[]))
         AS s (id, status, reason, sha256, size, media_type, key)
    WHERE attachments.id = s.id AND attachments.status <> 'erased'
    """
)
_ATTACHED = text("SELECT id, request_id FROM attachments WHERE request_id = ANY(CAST(:ids AS uuid[]))")
_ATTACHMENTS = text(
    """
    SELECT request_id, id, kind, file_name, status, reason, file_id FROM attachments
    WHERE request_id = ANY(CAST(:ids AS uuid[])) ORDER BY position
    """
)
_STEPS = text(
    """
    SELECT aggregate_id, type, version, occurred_at, actor_id,
           CASE type WHEN 'zavhoz.request.assigned.v1' THEN CAST(data->>'assignee_id' AS uuid) END AS assignee_id,
           CAST(coalesce(data->>'into_number', data->>'duplicate_number') AS int) AS other
    FROM events
    WHERE aggregate_type = 'request' AND aggregate_id = ANY(CAST(:ids AS uuid[])) AND type = ANY(CAST(:types AS text[]))
    ORDER BY version
    """
)
_EVENTS = text(
    """
    SELECT event_id, aggregate_type, aggregate_id, version, type, data, occurred_at, correlation_id, causation_id,
           traceparent, actor_id
    FROM events WHERE aggregate_type = 'request' AND aggregate_id = :id AND version > :after
    ORDER BY version LIMIT :limit
    """
)


def _request(row: Any, watchers: Collection[UUID] = ()) -> Request:
    return Request(
        id=row.id,
        number=row.number,
        version=row.version,
        status=Status(row.status),
        priority=Priority(row.priority),
        title=row.title,
        description=row.description,
        requester_id=row.requester_id,
        assignee_id=row.assignee_id,
        closed_by=row.closed_by,
        rejection_text_id=row.rejection_text_id,
        reopening_text_id=row.reopening_text_id,
        due_at=row.due_at,
        confirms_at=row.confirms_at,
        confirmed_at=row.confirmed_at,
        rating=row.rating,
        created_at=row.created_at,
        updated_at=row.updated_at,
        place=row.place,
        place_id=row.place_id,
        hold_text_id=row.hold_text_id,
        held_until=row.held_until,
        completion_text_id=row.completion_text_id,
        merged_into=row.merged_into,
        within=frozenset(row.lineage or ()),
        watchers=frozenset(watchers),
    )


async def lock(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Request]:
    """Lock the requests with these ids, sorted by id."""
    rows = (await connection.execute(_LOCK, {"ids": list(ids)})).all()
    joined = await watchers.of(connection, ids) if rows else {}
    return {row.id: _request(row, joined.get(row.id, ())) for row in rows}


async def lock_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Request]:
    """Lock completed requests that should confirm themselves by `now`, the longest overdue first, as far as nobody else
    has them locked.
    """
    return [_request(row) for row in await connection.execute(_LOCK_DUE, {"now": now, "limit": limit})]


async def lock_held(connection: AsyncConnection, now: datetime, limit: int) -> list[Request]:
    """Lock requests on hold that should go on by `now`, as `lock_due` does."""
    return [_request(row) for row in await connection.execute(_LOCK_HELD, {"now": now, "limit": limit})]


async def ids_of(connection: AsyncConnection, numbers: Collection[int]) -> dict[int, UUID]:
    """The ids of the requests with these public numbers."""
    return {row.number: row.id for row in await connection.execute(_IDS, {"numbers": list(numbers)})}


async def numbers_of(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, int]:
    """The public numbers of these requests."""
    return {row.id: row.number for row in await connection.execute(_NUMBERS_OF, {"ids": list(ids)})}


async def unfinished(connection: AsyncConnection, people: Collection[UUID], limit: int) -> dict[UUID, int]:
    """How many requests of these people are not closed, counted up to `limit`; no entry for none."""
    rows = await connection.execute(_UNFINISHED, {"people": list(people), "limit": limit})
    return {row.requester_id: row.requests for row in rows}


async def next_numbers(connection: AsyncConnection, count: int) -> range:
    """The next `count` public numbers; given back if the transaction is rolled back."""
    last = (await connection.execute(_NUMBERS, {"count": count})).scalar_one()
    return range(last - count + 1, last + 1)


async def write(connection: AsyncConnection, requests: Sequence[Request]) -> None:
    """Insert or update requests; never an older version over a newer one."""
    if not requests:
        return
    await connection.execute(
        _WRITE,
        {
            "id": [request.id for request in requests],
            "number": [request.number for request in requests],
            "version": [request.version for request in requests],
            "status": [request.status.value for request in requests],
            "priority": [request.priority.value for request in requests],
            "title": [request.title for request in requests],
            "description": [request.description for request in requests],
            "requester_id": [request.requester_id for request in requests],
            "assignee_id": [request.assignee_id for request in requests],
            "closed_by": [request.closed_by for request in requests],
            "rejection_text_id": [request.rejection_text_id for request in requests],
            "reopening_text_id": [request.reopening_text_id for request in requests],
            "due_at": [request.due_at for request in requests],
            "confirms_at": [request.confirms_at for request in requests],
            "confirmed_at": [request.confirmed_at for request in requests],
            "rating": [request.rating for request in requests],
            "created_at": [request.created_at for request in requests],
            "updated_at": [request.updated_at for request in requests],
            "place": [request.place for request in requests],
            "place_id": [request.place_id for request in requests],
            "hold_text_id": [request.hold_text_id for request in requests],
            "held_until": [request.held_until for request in requests],
            "completion_text_id": [request.completion_text_id for request in requests],
            "merged_into": [request.merged_into for request in requests],
        },
    )


async def attached(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The ids of the attachments of these requests, which are locked."""
    found: dict[UUID, set[UUID]] = {}
    for row in await connection.execute(_ATTACHED, {"ids": list(ids)}):
        found.setdefault(row.request_id, set()).add(row.id)
    return found


async def attach(connection: AsyncConnection, attached: Sequence[tuple[Attached, int]]) -> None:
    """Note attachments, each with the request's version that it made, which keeps their order."""
    if not attached:
        return
    await connection.execute(
        _ATTACH,
        {
            "id": [event.attachment.attachment_id for event, _ in attached],
            "request_id": [event.request_id for event, _ in attached],
            "position": [version for _, version in attached],
            "kind": [event.attachment.kind.value for event, _ in attached],
            "file_name": [event.attachment.file_name for event, _ in attached],
            "uploader_id": [event.by for event, _ in attached],
            "file_id": [event.attachment.file_id for event, _ in attached],
        },
    )


async def settle_attachments(
    connection: AsyncConnection, settled: Sequence[AttachmentStored | AttachmentRefused]
) -> None:
    """Note what became of attachments."""
    if not settled:
        return
    stored = [one if isinstance(one, AttachmentStored) else None for one in settled]
    await connection.execute(
        _STORED,
        {
            "id": [one.attachment_id for one in settled],
            "status": ["stored" if one else "refused" for one in stored],
            "reason": [one.reason.value if isinstance(one, AttachmentRefused) else None for one in settled],
            "sha256": [one.sha256 if one else None for one in stored],
            "size": [one.size if one else None for one in stored],
            "media_type": [one.media_type if one else None for one in stored],
            "key": [one.key if one else None for one in stored],
        },
    )


async def many(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Request]:
    """The requests with these ids."""
    return {row.id: _request(row, row.watchers) for row in await connection.execute(_MANY, {"ids": list(ids)})}


async def by_id(connection: AsyncConnection, request_id: UUID) -> Request | None:
    """The request with this id."""
    return (await many(connection, [request_id])).get(request_id)


async def by_number(connection: AsyncConnection, number: int) -> Request | None:
    """The request with this public number."""
    row = (await connection.execute(_BY_NUMBER, {"number": number})).one_or_none()
    return None if row is None else _request(row, row.watchers)


async def attachments_of(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, list[Any]]:
    """The attachments of requests, by request, in the order they were sent."""
    found: dict[UUID, list[Any]] = {}
    for row in await connection.execute(_ATTACHMENTS, {"ids": list(ids)}):
        found.setdefault(row.request_id, []).append(row)
    return found


async def steps_of(connection: AsyncConnection, ids: Collection[UUID], types: Collection[str]) -> dict[UUID, list[Any]]:
    """The rows of requests' events of these types, by request, in order."""
    found: dict[UUID, list[Any]] = {}
    for row in await connection.execute(_STEPS, {"ids": list(ids), "types": list(types)}):
        found.setdefault(row.aggregate_id, []).append(row)
    return found


async def events_of(connection: AsyncConnection, request_id: UUID, after: int = 0, limit: int = 500) -> Sequence[Any]:
    """The rows of a request's events with a version above `after`, in order."""
    return (await connection.execute(_EVENTS, {"id": request_id, "after": after, "limit": limit})).all()
