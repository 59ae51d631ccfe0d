"""Live cards, sequences seen, and who cannot be reached."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis import clock
from zavhoz_contracts.people.v1.events import PersonReachability
from zavhoz_messaging import outbox
from zavhoz_notifier.domain.delivery import Shown

_PUT = text(
    """
    INSERT INTO live_cards (chat_id, request_id, message_id, version, content_hash, person_id, thread_id)
    SELECT chat_id, request_id, message_id, version, content_hash, person_id, thread_id
    FROM unnest(CAST(:chats AS bigint[]), CAST(:requests AS uuid[]), CAST(:messages AS bigint[]),
                CAST(:versions AS int[]), CAST(:hashes AS text[]), CAST(:people AS uuid[]), CAST(:threads AS bigint[]))
         AS shown (chat_id, request_id, message_id, version, content_hash, person_id, thread_id)
    WHERE NOT EXISTS (SELECT FROM erased WHERE erased.person_id = shown.person_id)
    ORDER BY chat_id, request_id
    ON CONFLICT (chat_id, request_id) DO UPDATE SET
        message_id = excluded.message_id, version = excluded.version, content_hash = excluded.content_hash,
        person_id = excluded.person_id, thread_id = excluded.thread_id
    """
)
# A card that is under way may have been drawn already; what waits to be drawn shows all there is.
_WITH_CARD = text(
    """
    SELECT request_id, chat_id FROM live_cards WHERE request_id = ANY(CAST(:requests AS uuid[]))
    UNION
    SELECT request_id, chat_id FROM deliveries
    WHERE state = 'attempting' AND kind = 'card' AND request_id = ANY(CAST(:requests AS uuid[]))
    """
)
_OF_PERSON = text("SELECT request_id FROM live_cards WHERE person_id = :person ORDER BY message_id DESC LIMIT :limit")
_SEEN = text(
    "SELECT subject, sequence FROM sequences WHERE source = :source AND subject = ANY(CAST(:subjects AS text[]))"
)
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
    " WHERE person_id = ANY(CAST(:people AS uuid[])) AND NOT reachable RETURNING person_id, version"
)


async def chats_with_card(connection: AsyncConnection, request_ids: Collection[UUID]) -> dict[UUID, set[int]]:
    """By request: the chats in which it has a live card, or is being given one."""
    found: dict[UUID, set[int]] = {}
    if request_ids:
        for row in await connection.execute(_WITH_CARD, {"requests": list(request_ids)}):
            found.setdefault(row.request_id, set()).add(row.chat_id)
    return found


async def of_person(connection: AsyncConnection, person_id: UUID, limit: int) -> list[UUID]:
    """The requests whose live cards somebody has, the newest cards first."""
    return [row.request_id for row in await connection.execute(_OF_PERSON, {"person": person_id, "limit": limit})]


async def put_live_cards(connection: AsyncConnection, shown: Sequence[Shown]) -> None:
    """Note which messages are the live cards now, and what they show; of a chat and request each once."""
    await connection.execute(
        _PUT,
        {
            "chats": [one.chat_id for one in shown],
            "requests": [one.request_id for one in shown],
            "messages": [one.card.message_id for one in shown],
            "versions": [one.card.version for one in shown],
            "hashes": [one.card.content_hash for one in shown],
            "people": [one.person_id for one in shown],
            "threads": [one.card.thread_id for one in shown],
        },
    )


async def seen(connection: AsyncConnection, source: str, subjects: Collection[str]) -> dict[str, int]:
    """The highest sequences seen of aggregates, by subject; no entry where none was."""
    if not subjects:
        return {}
    rows = await connection.execute(_SEEN, {"source": source, "subjects": list(subjects)})
    return {row.subject: row.sequence for row in rows}


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


async def mark_reachable(connection: AsyncConnection, people: Collection[UUID]) -> None:
    """Say that these people are back: those of whom it was said that they cannot be reached."""
    if people:
        for row in await connection.execute(_REACH_AGAIN, {"people": list(people)}):
            await _say(connection, row.person_id, reachable=True, version=row.version)


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
