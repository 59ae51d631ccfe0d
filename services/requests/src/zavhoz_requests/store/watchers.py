"""Who has joined requests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.domain.state import Joined, Left

_OF = text("SELECT request_id, person_id FROM watchers WHERE request_id = ANY(CAST(:ids AS uuid[]))")
_JOIN = text(
    """
    INSERT INTO watchers (request_id, person_id, joined_at)
    SELECT * FROM unnest(CAST(:requests AS uuid[]), CAST(:people AS uuid[]), CAST(:at AS timestamptz[]))
    ON CONFLICT DO NOTHING
    """
)
_LEAVE = text(
    """
    DELETE FROM watchers USING unnest(CAST(:requests AS uuid[]), CAST(:people AS uuid[])) AS gone (request, person)
    WHERE request_id = gone.request AND person_id = gone.person
    """
)


async def of(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """The watchers of these requests, which are locked; nothing of those that have none."""
    found: dict[UUID, set[UUID]] = {}
    for row in await connection.execute(_OF, {"ids": list(ids)}):
        found.setdefault(row.request_id, set()).add(row.person_id)
    return {id: frozenset(people) for id, people in found.items()}


async def write(connection: AsyncConnection, happened: Sequence[Joined | Left]) -> None:
    """Note who joined and who left, in the order in which they did."""
    last = {(event.request_id, event.by): event for event in happened}
    for statement, kind in ((_LEAVE, Left), (_JOIN, Joined)):
        events = [event for event in last.values() if isinstance(event, kind)]
        if events:
            parameters = {
                "requests": [event.request_id for event in events],
                "people": [event.by for event in events],
            }
            at = {"at": [event.at for event in events]} if kind is Joined else {}
            await connection.execute(statement, parameters | at)
