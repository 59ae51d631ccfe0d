"""Pages of lists, counted up to a bound: no page costs more than so many rows in the order of an index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.api.v1 import COUNTED_MOST, View
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store.narrowing import EVERYTHING, OVERDUE, Narrowed
from zavhoz_requests.store.tables import IN_TURN, UNFINISHED

NEWEST: Final = "number DESC"
LINE: Final = "id, number, title, status, priority, assignee_id, created_at, place, react_by, due_at"
_VIEWS: Final = {
    View.OPEN: (f"requester_id = :person AND {UNFINISHED}", NEWEST),
    View.CLOSED: (f"requester_id = :person AND NOT ({UNFINISHED})", NEWEST),
    View.JOINED: ("id IN (SELECT request_id FROM watchers WHERE person_id = :person)", NEWEST),
    View.QUEUE: (UNFINISHED, IN_TURN),
    View.ARCHIVE: (f"NOT ({UNFINISHED})", NEWEST),
}
OWN: Final = frozenset({View.OPEN, View.CLOSED, View.JOINED})
"""These list the requests of one person, who sees them wherever they are."""
# A plan for these very values, for which index is best depends on how rare they are; on disks that find a page as fast
# as the next one; with the room to note each row that an index finds. One page is not worth other processes.
_PLANNED: Final = text(
    """
    SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('random_page_cost', '1.1', true),
           set_config('work_mem', '32MB', true), set_config('max_parallel_workers_per_gather', '0', true)
    """
)


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of a page, or of the last one when there are fewer; the total, and whether there are more than that."""

    rows: Sequence[Any]
    total: int
    more: bool


async def page(
    connection: AsyncConnection, view: View, person: Person, number: int, size: int, narrowed: Narrowed = EVERYTHING
) -> Page:
    """Page `number` (from 1) of `size` rows of a list in its order. `person` is whose own requests are listed."""
    where, order = _VIEWS[view]
    conditions, given = narrowed.conditions()
    if view in OWN:
        given["person"] = person.id
    elif view is View.ARCHIVE and narrowed.nobody:
        # The same order, which only the index by assignee has: the others would be read to their ends for a state that
        # nothing without an assignee is in.
        order = f"assignee_id, {order}"
    return await paged(connection, where + conditions, given, order, number, size)


async def paged(
    connection: AsyncConnection,
    where: str,
    given: dict[str, Any],
    order: str,
    number: int,
    size: int,
    most: int = COUNTED_MOST,
) -> Page:
    """Page `number` of the requests that a condition is true of, counted up to `most`; in a transaction.

    One statement sees one state of the table: the page and the total always fit each other. What is counted, and
    skipped, is read from the index alone where that has all that the condition needs.
    """
    statement = f"""
        WITH fitting AS MATERIALIZED (
            SELECT id, row_number() OVER () AS at
            FROM (SELECT id FROM requests WHERE {where} ORDER BY {order} LIMIT {most + 1}) AS first
        ), counted AS (
            SELECT least(count(*), {most}) AS total, count(*) > {most} AS more FROM fitting
        ), shown AS (
            SELECT total, more,
                   least(CAST(:skipped AS bigint), (greatest(total, 1) - 1) / CAST(:size AS bigint) * :size) AS skipped
            FROM counted
        )
        SELECT {LINE}, coalesce({OVERDUE}, false) AS overdue, total, more
        FROM shown
        JOIN fitting ON fitting.at > skipped AND fitting.at <= least(skipped + CAST(:size AS bigint), total)
        JOIN requests USING (id)
        ORDER BY fitting.at
    """  # noqa: S608  # nosec B608: our own words
    await connection.execute(_PLANNED)
    paging = {"skipped": (number - 1) * size, "size": size}
    rows = (await connection.execute(text(statement), given | paging)).all()
    return Page(rows, rows[0].total, rows[0].more) if rows else Page((), 0, more=False)
