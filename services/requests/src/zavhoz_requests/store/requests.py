"""Requests and their attachments in the database."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.files.v1.events import AttachmentRefused, AttachmentStored
from zavhoz_requests.domain.state import Attached, Request
from zavhoz_requests.store import watchers
from zavhoz_requests.store.request_rows import COLUMNS, KEPT, READ, request_of, row_of
from zavhoz_requests.store.tables import HELD, UNCONFIRMED, UNFINISHED

# Beside the row itself: what is locked is read again for them, as they are once the lock is held.
_WATCHERS = "ARRAY(SELECT person_id FROM watchers WHERE request_id = requests.id) AS watchers"  # nosec B608
_SEEN = f"{READ}, {_WATCHERS}"
_LOCK = text(
    f"SELECT {READ} FROM requests WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"  # noqa: S608  # nosec B608
)
# What somebody is at just now is looked at again later.
_LOCK_DUE = text(
    f"""
    SELECT {READ} FROM requests WHERE {UNCONFIRMED} AND confirms_at <= :now
    ORDER BY confirms_at LIMIT :limit FOR UPDATE SKIP LOCKED
    """  # noqa: S608  # nosec B608
)
_LOCK_HELD = text(
    f"""
    SELECT {READ} FROM requests WHERE {HELD} AND held_until <= :now
    ORDER BY held_until LIMIT :limit FOR UPDATE SKIP LOCKED
    """  # noqa: S608  # nosec B608
)
_LOCK_ALARMS = text(
    f"""
    SELECT {READ} FROM requests WHERE alarm_at IS NOT NULL AND alarm_at <= :now
    ORDER BY alarm_at LIMIT :limit FOR UPDATE SKIP LOCKED
    """  # noqa: S608  # nosec B608
)
_LOCK_OTHER_TERMS = tuple(
    text(
        f"""
        SELECT {READ} FROM requests WHERE {UNFINISHED} AND terms {other} CAST(:version AS int)
        ORDER BY terms LIMIT :limit FOR UPDATE SKIP LOCKED
        """  # noqa: S608  # nosec B608
    )
    for other in ("<", ">")
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
    f"""
    INSERT INTO requests ({", ".join(COLUMNS)})
    SELECT * FROM unnest({", ".join(f"CAST(:{name} AS {type}[])" for name, type in COLUMNS.items())})
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name not in KEPT)}
    WHERE requests.version < excluded.version
    """  # noqa: S608  # nosec B608: our own names
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


async def lock(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Request]:
    """Lock the requests with these ids, sorted by id."""
    rows = (await connection.execute(_LOCK, {"ids": list(ids)})).all()
    joined = await watchers.of(connection, ids) if rows else {}
    return {row.id: request_of(row, joined.get(row.id, ())) for row in rows}


async def lock_due(connection: AsyncConnection, now: datetime, limit: int) -> list[Request]:
    """Lock completed requests that should confirm themselves by `now`, the longest overdue first, as far as nobody else
    has them locked.
    """
    return [request_of(row) for row in await connection.execute(_LOCK_DUE, {"now": now, "limit": limit})]


async def lock_alarms(connection: AsyncConnection, now: datetime, limit: int) -> list[Request]:
    """Lock requests for which something is to be raised by `now`, as `lock_due` does."""
    return [request_of(row) for row in await connection.execute(_LOCK_ALARMS, {"now": now, "limit": limit})]


async def lock_other_terms(connection: AsyncConnection, version: int, limit: int) -> list[Request]:
    """Lock requests that are not closed and were computed by other terms than those, as `lock_due` does."""
    found: list[Request] = []
    # Two ranges of the index, which "another one than" is not.
    for statement in _LOCK_OTHER_TERMS:
        rows = await connection.execute(statement, {"version": version, "limit": limit - len(found)})
        found += [request_of(row) for row in rows]
    return found


async def lock_held(connection: AsyncConnection, now: datetime, limit: int) -> list[Request]:
    """Lock requests on hold that should go on by `now`, as `lock_due` does."""
    return [request_of(row) for row in await connection.execute(_LOCK_HELD, {"now": now, "limit": limit})]


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
    rows = [row_of(request) for request in requests]
    await connection.execute(_WRITE, {name: [row[name] for row in rows] for name in COLUMNS})


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
    return {row.id: request_of(row, row.watchers) for row in await connection.execute(_MANY, {"ids": list(ids)})}


async def by_id(connection: AsyncConnection, request_id: UUID) -> Request | None:
    """The request with this id."""
    return (await many(connection, [request_id])).get(request_id)


async def by_number(connection: AsyncConnection, number: int) -> Request | None:
    """The request with this public number."""
    row = (await connection.execute(_BY_NUMBER, {"number": number})).one_or_none()
    return None if row is None else request_of(row, row.watchers)


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
