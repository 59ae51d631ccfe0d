"""Pages of lists. An index holds each list in its own order, and how long a list is is counted in that index alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.api.v1 import View
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store.tables import UNFINISHED, URGENCY


def _paged(where: str, order: str) -> TextClause:
    """One statement sees one state of the table: the page and the total always fit each other.

    What was skipped is counted off from the index, so a page costs as much as the ones before it together.
    """
    return text(
        f"""
        WITH counted AS (SELECT count(*) AS total FROM requests WHERE {where})
        SELECT id, number, title, status, priority, assignee_id, created_at, place, react_by, due_at,
               (SELECT total FROM counted) AS total
        FROM requests WHERE {where} ORDER BY {order}
        LIMIT CAST(:size AS bigint)
        OFFSET (
            SELECT least(CAST(:skipped AS bigint), (greatest(total, 1) - 1) / CAST(:size AS bigint) * :size)
            FROM counted
        )
        """  # noqa: S608  # nosec B608
    )


INSIDE: Final = "place_id IN (SELECT id FROM places WHERE lineage && CAST(:areas AS text[]))"
"""In the parts of the places with the codes `areas`."""
_STATEMENTS: Final = {
    View.OPEN: _paged(f"requester_id = :person AND {UNFINISHED}", "number DESC"),
    View.CLOSED: _paged(f"requester_id = :person AND NOT ({UNFINISHED})", "number DESC"),
    View.JOINED: _paged("id IN (SELECT request_id FROM watchers WHERE person_id = :person)", "number DESC"),
    View.QUEUE: _paged(UNFINISHED, f"{URGENCY}, due_at, number"),
}
_INSIDE_QUEUE: Final = _paged(f"{UNFINISHED} AND {INSIDE}", f"{URGENCY}, due_at, number")


async def page(
    connection: AsyncConnection, view: View, person: Person, number: int, size: int
) -> tuple[Sequence[Any], int]:
    """The rows of page `number` (from 1) of `size` rows, or of the last page when there are fewer; and the total.

    `person` is whose own requests are listed; the queue is what is inside of the parts of the places they are limited
    to.
    """
    statement = _STATEMENTS[view]
    parameters: dict[str, Any] = {"size": size, "skipped": (number - 1) * size}
    if view is not View.QUEUE:
        parameters["person"] = person.id
    elif person.areas:
        statement = _INSIDE_QUEUE
        parameters["areas"] = sorted(person.areas)
    rows = (await connection.execute(statement, parameters)).all()
    return rows, rows[0].total if rows else 0
