"""People as managers look at them: in lists, with what they have to do, and whom work can be given to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.api.people import PeopleView
from zavhoz_contracts.people.v1.events import (
    PersonActivated,
    PersonAreasChanged,
    PersonDeactivated,
    PersonRoleChanged,
)
from zavhoz_requests.store.places import literal
from zavhoz_requests.store.tables import UNFINISHED

_VIEWS: Final = {
    PeopleView.ALL: "true",
    PeopleView.STAFF: "role <> 'requester' AND active",
    PeopleView.REQUESTERS: "role = 'requester' AND active",
    PeopleView.INACTIVE: "NOT active",
    PeopleView.UNREACHABLE: "active AND NOT reachable",
}
# ё is looked for as е, which most people write for it.
_NAMED: Final = "translate(lower(name || ' ' || coalesce(username, '')), 'ё', 'е')"
_LOAD: Final = f"""
    (SELECT count(*) FILTER (WHERE status = 'in_progress') FROM requests WHERE assignee_id = people.id AND {UNFINISHED})
        AS in_work,
    (SELECT count(*) FILTER (WHERE status = 'on_hold') FROM requests WHERE assignee_id = people.id AND {UNFINISHED})
        AS on_hold
"""  # noqa: S608  # nosec B608
_PROFILE: Final = text(
    f"""
    SELECT id, name, username, role, active, reachable, areas, seen_at, registered_at, {_LOAD},
           (SELECT count(*) FROM requests WHERE requester_id = people.id AND {UNFINISHED}) AS filed
    FROM people WHERE id = :id AND erased_at IS NULL
    """  # noqa: S608  # nosec B608
)


def _staff(where: str) -> TextClause:
    """The staff is few; a role counts where somebody is limited to, or everywhere."""
    return text(
        f"""
        SELECT id, name, role, reachable, seen_at, {_LOAD} FROM people
        WHERE role <> 'requester' AND active AND (areas = '{{}}' OR {where})
        ORDER BY in_work, on_hold, lower(name), id
        """  # noqa: S608  # nosec B608
    )


_STAFF_AT: Final = _staff("areas && CAST(:within AS text[])")
# There is a place inside for both of them.
_STAFF_BESIDE: Final = _staff(
    "CAST(:areas AS text[]) = '{}'"
    " OR EXISTS (SELECT FROM places WHERE lineage && people.areas AND lineage && CAST(:areas AS text[]))"
)


_CHANGES: Final = [kind.TYPE for kind in (PersonRoleChanged, PersonAreasChanged, PersonDeactivated, PersonActivated)]
_HISTORY: Final = text(
    """
    SELECT type, data, occurred_at FROM events
    WHERE aggregate_type = 'person' AND aggregate_id = :id AND type = ANY(CAST(:types AS text[]))
    ORDER BY version DESC LIMIT :limit
    """
)


async def page(
    connection: AsyncConnection, view: PeopleView, words: Sequence[str], number: int, size: int
) -> tuple[Sequence[Any], int]:
    """Page `number` of people whose name or username has all the `words`, managers first; and how many there are."""
    parameters: dict[str, Any] = {"size": size, "skipped": (number - 1) * size}
    parameters |= {f"word{at}": f"%{literal(word)}%" for at, word in enumerate(words)}
    has = "".join(f" AND {_NAMED} LIKE :word{at}" for at in range(len(words)))
    where = f"erased_at IS NULL AND {_VIEWS[view]}{has}"
    statement = f"""
        WITH counted AS (SELECT count(*) AS total FROM people WHERE {where})
        SELECT id, name, username, role, active, reachable, cardinality(areas) AS areas,
               (SELECT total FROM counted) AS total
        FROM people WHERE {where}
        ORDER BY role = 'manager' DESC, role = 'technician' DESC, lower(name), id
        LIMIT CAST(:size AS bigint)
        OFFSET (SELECT least(CAST(:skipped AS bigint), (greatest(total, 1) - 1) / CAST(:size AS bigint) * :size)
                FROM counted)
    """  # noqa: S608  # nosec B608: the words are parameters
    rows = (await connection.execute(text(statement), parameters)).all()
    return rows, rows[0].total if rows else 0


async def assigned(
    connection: AsyncConnection, inside: Sequence[UUID] | None, number: int, size: int
) -> tuple[Sequence[Any], int]:
    """Page `number` of those to whom something unfinished `inside` of these places, or anywhere, is assigned, by name.

    And how many there are.
    """
    given: dict[str, Any] = {"size": size, "skipped": (number - 1) * size}
    there = ""
    if inside is not None:
        there, given["inside"] = " AND place_id = ANY(CAST(:inside AS uuid[]))", inside
    statement = f"""
        WITH busy AS MATERIALIZED (
            SELECT assignee_id, count(*) AS assigned FROM requests
            WHERE {UNFINISHED} AND assignee_id IS NOT NULL{there} GROUP BY assignee_id
        ), counted AS (SELECT count(*) AS total FROM busy)
        SELECT id, name, assigned, (SELECT total FROM counted) AS total
        FROM busy JOIN people ON people.id = assignee_id
        ORDER BY lower(name), id
        LIMIT CAST(:size AS bigint)
        OFFSET (SELECT least(CAST(:skipped AS bigint), (greatest(total, 1) - 1) / CAST(:size AS bigint) * :size)
                FROM counted)
    """  # noqa: S608  # nosec B608
    rows = (await connection.execute(text(statement), given)).all()
    return rows, rows[0].total if rows else 0


async def profile(connection: AsyncConnection, person_id: UUID) -> Any | None:
    """The row of somebody who is not erased."""
    return (await connection.execute(_PROFILE, {"id": person_id})).one_or_none()


async def working(connection: AsyncConnection, within: Collection[str]) -> Sequence[Any]:
    """The rows of the staff who have these places, by code, in their part; those with the least work first."""
    return (await connection.execute(_STAFF_AT, {"within": sorted(within)})).all()


async def working_beside(connection: AsyncConnection, areas: Collection[str]) -> Sequence[Any]:
    """The same of those who share a place with who is limited to these, or to nothing if there are none."""
    return (await connection.execute(_STAFF_BESIDE, {"areas": sorted(areas)})).all()


async def history(connection: AsyncConnection, person_id: UUID, limit: int) -> Sequence[Any]:
    """The rows of what managers did to somebody last, the newest first."""
    return (await connection.execute(_HISTORY, {"id": person_id, "types": _CHANGES, "limit": limit})).all()
