"""Places as managers look through them: level by level, archived ones too, with how much is in each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS: Final = """
    p.id, p.code, above.code AS parent, p.kind, p.name, p.path, p.archived_at IS NOT NULL AS archived, p.lineage,
    (SELECT count(*) FROM places AS child WHERE child.parent_id = p.id AND child.archived_at IS NULL) AS children,
    (SELECT count(*) FROM places AS inner_one
     WHERE inner_one.lineage @> ARRAY[p.code] AND inner_one.id <> p.id AND inner_one.archived_at IS NULL) AS inside
"""
_ONE: Final = text(
    f"""
    SELECT {_COLUMNS} FROM places AS p LEFT JOIN places AS above ON above.id = p.parent_id WHERE p.id = :id
    """  # noqa: S608  # nosec B608
)
_LEVEL: Final = """
    WITH level AS (SELECT id, archived_at IS NOT NULL AS archived FROM places WHERE {where}),
         counted AS (SELECT count(*) FILTER (WHERE archived = :archived) AS total,
                            count(*) FILTER (WHERE archived) AS archived FROM level)
    SELECT counted.total, counted.archived AS archived_total, page.*
    FROM counted LEFT JOIN LATERAL (
        SELECT {columns}
        FROM places AS p LEFT JOIN places AS above ON above.id = p.parent_id
        WHERE p.id IN (SELECT id FROM level WHERE archived = :archived)
        ORDER BY p.name_key COLLATE "C", p.code
        LIMIT CAST(:size AS bigint)
        OFFSET least(CAST(:skipped AS bigint), (greatest(counted.total, 1) - 1) / CAST(:size AS bigint) * :size)
    ) AS page ON true
"""
_ROOTS: Final = text(_LEVEL.format(where="parent_id IS NULL", columns=_COLUMNS))
_CHILDREN: Final = text(_LEVEL.format(where="parent_id = CAST(:under AS uuid)", columns=_COLUMNS))
_NAMED: Final = text(_LEVEL.format(where="id = ANY(CAST(:ids AS uuid[]))", columns=_COLUMNS))


async def one(connection: AsyncConnection, id: UUID) -> Any | None:
    """The row of a place, archived or not."""
    return (await connection.execute(_ONE, {"id": id})).one_or_none()


async def level(
    connection: AsyncConnection,
    under: UUID | None,
    only: Collection[UUID],
    number: int,
    size: int,
    *,
    archived: bool,
) -> tuple[Sequence[Any], int, int]:
    """Page `number` of what is right under a place, or of the topmost: the roots, or `only` these if there are any.

    Beside it how many there are on all pages, and how many archived ones.
    """
    given: dict[str, Any] = {"archived": archived, "size": size, "skipped": (number - 1) * size}
    if under is not None:
        rows = (await connection.execute(_CHILDREN, given | {"under": under})).all()
    elif only:
        rows = (await connection.execute(_NAMED, given | {"ids": list(only)})).all()
    else:
        rows = (await connection.execute(_ROOTS, given)).all()
    return [row for row in rows if row.id is not None], rows[0].total, rows[0].archived_total
