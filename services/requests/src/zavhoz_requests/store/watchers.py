"""Who has joined requests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.domain.state import Absorbed, Joined, Left

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


async def write(connection: AsyncConnection, happened: Sequence[Joined | Left | Absorbed]) -> None:
    """Note who joined and who left, in the order in which they did."""
    last: dict[tuple[UUID, UUID], tuple[bool, datetime]] = {}
    for event in happened:
        people = event.joined if isinstance(event, Absorbed) else (event.by,)
        last.update({(event.request_id, person): (not isinstance(event, Left), event.at) for person in people})
    for statement, joining in ((_LEAVE, False), (_JOIN, True)):
        written = {who: at for who, (joins, at) in last.items() if joins is joining}
        if written:
            requests, people = zip(*written, strict=True)
            at: dict[str, Any] = {"at": list(written.values())} if joining else {}
            await connection.execute(statement, {"requests": list(requests), "people": list(people), **at})
