"""Live cards, sequences seen, and who cannot be reached."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis import clock
from zavhoz_contracts.people.v1.events import PersonReachability
from zavhoz_messaging import outbox

_GET = text("SELECT message_id, version, content_hash FROM live_cards WHERE chat_id = :chat AND request_id = :request")
_PUT = text(
    """
    INSERT INTO live_cards (chat_id, request_id, message_id, version, content_hash)
    VALUES (:chat, :request, :message, :version, :hash)
    ON CONFLICT (chat_id, request_id) DO UPDATE SET
        message_id = excluded.message_id, version = excluded.version, content_hash = excluded.content_hash
    """
)
_WITH_CARD = text(
    "SELECT chat_id FROM live_cards WHERE request_id = :request AND chat_id = ANY(CAST(:chats AS bigint[]))"
)
_SEEN = text("SELECT sequence FROM sequences WHERE source = :source AND subject = :subject")
_SEE = text(
    """
    INSERT INTO sequences (source, subject, sequence)
    SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:subjects AS text[]), CAST(:sequences AS int[]))
    ON CONFLICT (source, subject) DO UPDATE SET sequence = greatest(sequences.sequence, excluded.sequence)
    """
)
_REACH = text(
    """
    INSERT INTO reachability (person_id, reachable, version) VALUES (:person, :reachable, 1)
    ON CONFLICT (person_id) DO UPDATE SET reachable = excluded.reachable, version = reachability.version + 1
    WHERE reachability.reachable <> excluded.reachable RETURNING version
    """
)
_REACH_AGAIN = text(
    "UPDATE reachability SET reachable = true, version = version + 1"
    " WHERE person_id = :person AND NOT reachable RETURNING version"
)


@dataclass(frozen=True, slots=True)
class LiveCard:
    """The one message that shows a request in a chat, and what it shows."""

    message_id: int
    version: int
    content_hash: str


async def live_card(connection: AsyncConnection, chat_id: int, request_id: UUID) -> LiveCard | None:
    """The live card of a request in a chat."""
    row = (await connection.execute(_GET, {"chat": chat_id, "request": request_id})).one_or_none()
    return None if row is None else LiveCard(row.message_id, row.version, row.content_hash)


async def with_card(connection: AsyncConnection, request_id: UUID, chats: Collection[int]) -> frozenset[int]:
    """In which of these chats the request has a live card."""
    rows = await connection.execute(_WITH_CARD, {"request": request_id, "chats": list(chats)})
    return frozenset(row.chat_id for row in rows)


async def put_live_card(connection: AsyncConnection, chat_id: int, request_id: UUID, card: LiveCard) -> None:
    """Note which message is the live card now, and what it shows."""
    await connection.execute(
        _PUT,
        {
            "chat": chat_id,
            "request": request_id,
            "message": card.message_id,
            "version": card.version,
            "hash": card.content_hash,
        },
    )


async def seen(connection: AsyncConnection, source: str, subject: str) -> int:
    """The highest sequence seen of an aggregate; 0 when none was."""
    return (await connection.execute(_SEEN, {"source": source, "subject": subject})).scalar_one_or_none() or 0


async def see(connection: AsyncConnection, sequences: Mapping[tuple[str, str], int]) -> None:
    """Note the highest sequences seen, by source and subject."""
    if sequences:
        keys = sorted(sequences)
        await connection.execute(
            _SEE,
            {
                "sources": [source for source, _ in keys],
                "subjects": [subject for _, subject in keys],
                "sequences": [sequences[key] for key in keys],
            },
        )


async def mark_unreachable(connection: AsyncConnection, person_id: UUID) -> None:
    """Say, once, that a person cannot be reached."""
    row = (await connection.execute(_REACH, {"person": person_id, "reachable": False})).one_or_none()
    if row is not None:
        await _say(connection, person_id, reachable=False, version=row.version)


async def mark_reachable(connection: AsyncConnection, person_id: UUID) -> None:
    """Say that a person is back, if it was said that they cannot be reached."""
    row = (await connection.execute(_REACH_AGAIN, {"person": person_id})).one_or_none()
    if row is not None:
        await _say(connection, person_id, reachable=True, version=row.version)


async def _say(connection: AsyncConnection, person_id: UUID, *, reachable: bool, version: int) -> None:
    now = await clock.now(connection)
    event_id = uuid4()
    said = outbox.Event(
        event_id=event_id,
        aggregate_type="person",
        aggregate_id=person_id,
        version=version,
        data=PersonReachability(person_id=person_id, reachable=reachable, occurred_at=now),
        occurred_at=now,
        correlation_id=event_id,
    )
    await outbox.append(connection, [said])
