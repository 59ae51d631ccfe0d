"""What became of attachments: the row and its event, in the transaction that claims the message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis import clock
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.files.v1.events import AttachmentAdded, AttachmentRefused, AttachmentStored
from zavhoz_files.application.intake import Kept, NotKept
from zavhoz_files.store import erasing
from zavhoz_messaging import inbox, outbox

_SETTLED = text("SELECT message_id FROM inbox WHERE message_id = ANY(CAST(:ids AS uuid[]))")
_WRITE = text(
    """
    INSERT INTO attachments (id, request_id, uploader_id, state, reason, sha256, size, media_type, key)
    VALUES (:id, :request_id, :uploader_id, :state, :reason, :sha256, :size, :media_type, :key)
    ON CONFLICT (id) DO NOTHING RETURNING id
    """
)
_ARRIVED = text("DELETE FROM uploads WHERE attachment_id = :id")
_NAME = text("UPDATE attachments SET file_name = :file_name WHERE id = :id AND state = 'stored'")
_STORED = text(
    "SELECT request_id, sha256, size, media_type, key, file_name FROM attachments WHERE id = :id AND state = 'stored'"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An attachment that is kept; `size` is bytes."""

    request_id: UUID
    sha256: str
    size: int
    media_type: str
    key: str
    file_name: str | None


async def settled(connection: AsyncConnection, ids: Sequence[UUID]) -> set[UUID]:
    """Which of these messages were handled before."""
    return {row.message_id for row in await connection.execute(_SETTLED, {"ids": list(ids)})}


async def stored(connection: AsyncConnection, attachment_id: UUID) -> Stored | None:
    """The attachment with this id, if it is kept."""
    row = (await connection.execute(_STORED, {"id": attachment_id})).one_or_none()
    return None if row is None else Stored(*row)


async def name(connection: AsyncConnection, attachment_id: UUID, file_name: str | None) -> None:
    """Note what its sender called a file that is kept."""
    await connection.execute(_NAME, {"id": attachment_id, "file_name": file_name})


async def settle(connection: AsyncConnection, cause: Envelope[AttachmentAdded], result: Kept | NotKept) -> bool:
    """Write down what became of one attachment, and say so, once.

    False when it is of somebody who was erased meanwhile: then nothing is written, and what was stored is to go.
    """
    if not await inbox.claim(connection, [(cause.id, cause.type)]):
        return True
    uploader_id = cause.data.uploader_id
    if await erasing.is_erased(connection, uploader_id):
        await connection.execute(_ARRIVED, {"id": result.attachment_id})
        return False
    now = await clock.now(connection)
    common = {"attachment_id": result.attachment_id, "request_id": result.request_id, "occurred_at": now}
    if isinstance(result, Kept):
        data: AttachmentStored | AttachmentRefused = AttachmentStored(
            **common, sha256=result.sha256, size=result.size, media_type=result.media_type, key=result.key
        )
    else:
        data = AttachmentRefused(**common, uploader_id=result.uploader_id, reason=result.reason)
    kept = result if isinstance(result, Kept) else None
    row = {
        "id": result.attachment_id,
        "request_id": result.request_id,
        "uploader_id": uploader_id,
        "state": "stored" if kept else "refused",
        "reason": result.reason.value if isinstance(result, NotKept) else None,
        "sha256": kept.sha256 if kept else None,
        "size": kept.size if kept else None,
        "media_type": kept.media_type if kept else None,
        "key": kept.key if kept else None,
    }
    await connection.execute(_ARRIVED, {"id": result.attachment_id})
    if (await connection.execute(_WRITE, row)).one_or_none() is None:
        return True  # the same attachment, announced by another message
    event = outbox.Event(
        event_id=uuid4(),
        aggregate_type="attachment",
        aggregate_id=result.attachment_id,
        version=1,
        data=data,
        occurred_at=now,
        correlation_id=cause.correlationid,
        causation_id=cause.id,
        traceparent=cause.traceparent,
    )
    await outbox.append(connection, [event])
    return True
