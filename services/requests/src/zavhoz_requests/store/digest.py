"""How things stand: counted in the indexes of what is not closed, what is new, and what was closed lately."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.store.lists import LINE
from zavhoz_requests.store.tables import UNFINISHED

LATE: Final = "(react_by < :now OR due_at < :now)"
"""Somebody should have taken it, or completed it."""
_DAY: Final = timedelta(hours=24)
_INSIDE: Final = "AND place_id = ANY(CAST(:places AS uuid[]))"


def _counts(inside: str) -> TextClause:
    return text(
        f"""
        SELECT count(*) FILTER (WHERE status = 'open') AS waiting,
               count(*) FILTER (WHERE status = 'in_progress') AS in_work,
               count(*) FILTER (WHERE status = 'on_hold') AS on_hold,
               count(*) FILTER (WHERE {LATE}) AS late,
               count(*) FILTER (WHERE {LATE} AND priority = 'high') AS stuck,
               (SELECT count(*) FROM requests WHERE created_at > :since {inside}) AS filed,
               (SELECT count(*) FROM requests WHERE closed_at > :since {inside}) AS closed
        FROM requests WHERE {UNFINISHED} {inside}
        """  # noqa: S608  # nosec B608
    )


def _stuck(inside: str) -> TextClause:
    return text(
        f"""
        SELECT {LINE} FROM requests WHERE {UNFINISHED} AND priority = 'high' AND {LATE} {inside}
        ORDER BY least(react_by, due_at), number LIMIT :limit
        """  # noqa: S608  # nosec B608
    )


_STATEMENTS: Final = {limited: (_counts(where), _stuck(where)) for limited, where in ((False, ""), (True, _INSIDE))}
# The staff is few. Who is limited to a part of one of the areas works there, too.
_UNREACHABLE: Final = text(
    """
    SELECT count(*) FROM people WHERE role <> 'requester' AND active AND NOT reachable
    AND (CAST(:areas AS text[]) = '{}' OR EXISTS (
        SELECT FROM places WHERE code = ANY(people.areas) AND lineage && CAST(:areas AS text[])
    ))
    """
)


async def standing(
    connection: AsyncConnection, areas: Collection[str], places: Sequence[UUID] | None, now: datetime, limit: int
) -> tuple[Any, Sequence[Any], int]:
    """The row of counts, the rows of what is urgent and late, the longest first, and how many cannot be reached.

    `places` are those in the `areas`; none: everywhere.
    """
    counts, stuck = _STATEMENTS[places is not None]
    inside = {} if places is None else {"places": places}
    row = (await connection.execute(counts, {"now": now, "since": now - _DAY, **inside})).one()
    rows = (await connection.execute(stuck, {"now": now, "limit": limit, **inside})).all() if row.stuck else []
    unreachable = (await connection.execute(_UNREACHABLE, {"areas": sorted(areas)})).scalar_one()
    return row, rows, unreachable
