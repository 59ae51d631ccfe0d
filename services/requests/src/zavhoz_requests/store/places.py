"""Places in the database: the whole tree for loading it, and pages of it for people to choose from."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.identity import place_id
from zavhoz_requests.domain.places import Place

SIMILAR: Final = 0.4
"""How much of a mistyped word must be found again: two letters in each other's place leave about 0.45.

https://www.postgresql.org/docs/current/pgtrgm.html
"""
_SHORTEST_TYPO: Final = 4
_DIGITS: Final = re.compile("[0-9]+")

_ALL = text(
    """
    SELECT p.code, above.code AS parent, p.kind, p.name, p.path, p.archived_at, p.lineage, p.version
    FROM places AS p LEFT JOIN places AS above ON above.id = p.parent_id
    """
)
# Nobody else loads at the same time; who reads places, or files requests for them, is not in the way.
_LOCK = text("LOCK TABLE places IN SHARE ROW EXCLUSIVE MODE")
_WRITE = text(
    """
    INSERT INTO places (id, code, parent_id, kind, name, path, search, name_key, path_key, archived_at, lineage,
                        version)
    SELECT id, code, parent_id, kind, name, path, search, name_key, path_key, archived_at,
           string_to_array(lineage, ' '), version
    FROM unnest(CAST(:id AS uuid[]), CAST(:code AS text[]), CAST(:parent_id AS uuid[]), CAST(:kind AS text[]),
                CAST(:name AS text[]), CAST(:path AS text[]), CAST(:search AS text[]),
                CAST(:name_key AS text[]), CAST(:path_key AS text[]), CAST(:archived_at AS timestamptz[]),
                CAST(:lineage AS text[]), CAST(:version AS int[]))
         AS p (id, code, parent_id, kind, name, path, search, name_key, path_key, archived_at, lineage, version)
    ON CONFLICT (id) DO UPDATE SET
        parent_id = excluded.parent_id, kind = excluded.kind, name = excluded.name, path = excluded.path,
        search = excluded.search, name_key = excluded.name_key, path_key = excluded.path_key,
        archived_at = excluded.archived_at, lineage = excluded.lineage, version = excluded.version
    """
)
_BY_CODES = text(
    """
    SELECT p.code, above.code AS parent, p.kind, p.name, p.path, p.archived_at, p.lineage, p.version
    FROM places AS p LEFT JOIN places AS above ON above.id = p.parent_id
    WHERE p.id = ANY(CAST(:ids AS uuid[]))
    """
)
_SHOWN = """
    p.code, above.code AS parent, p.kind, p.name, p.path,
    (SELECT count(*) FROM places AS child WHERE child.parent_id = p.id AND child.archived_at IS NULL) AS children
"""
_ONE = text(
    f"""
    SELECT {_SHOWN} FROM places AS p LEFT JOIN places AS above ON above.id = p.parent_id
    WHERE p.id = :id AND p.archived_at IS NULL
    """  # noqa: S608  # nosec B608
)
_SHOWN_MANY = text(
    f"""
    SELECT {_SHOWN} FROM places AS p LEFT JOIN places AS above ON above.id = p.parent_id
    WHERE p.id = ANY(CAST(:ids AS uuid[])) ORDER BY p.path_key COLLATE "C", p.code
    """  # noqa: S608  # nosec B608
)
_ROOTS_OF = text(
    """
    SELECT p.id, root.code, root.name FROM places AS p
    JOIN places AS root ON root.code = ANY(p.lineage) AND root.parent_id IS NULL
    WHERE p.id = ANY(CAST(:ids AS uuid[]))
    """
)
_RECENT = text(
    f"""
    SELECT {_SHOWN}
    FROM (
        SELECT place_id, max(number) AS number FROM requests
        WHERE requester_id = :person AND place_id IS NOT NULL GROUP BY place_id
    ) AS filed
    JOIN places AS p ON p.id = filed.place_id AND p.archived_at IS NULL
    LEFT JOIN places AS above ON above.id = p.parent_id
    ORDER BY filed.number DESC LIMIT :limit
    """  # noqa: S608  # nosec B608
)


def _paged(where: str, order: str) -> str:
    """One statement sees one state of the table: the page and the total always fit each other."""
    return f"""
        WITH counted AS (SELECT count(*) AS total FROM places AS p WHERE {where} AND p.archived_at IS NULL)
        SELECT {_SHOWN}, (SELECT total FROM counted) AS total
        FROM places AS p LEFT JOIN places AS above ON above.id = p.parent_id
        WHERE {where} AND p.archived_at IS NULL ORDER BY {order}
        LIMIT CAST(:size AS bigint)
        OFFSET (SELECT least(CAST(:skipped AS bigint), (greatest(total, 1) - 1) / CAST(:size AS bigint) * :size)
                FROM counted)
    """  # noqa: S608  # nosec B608


# By name as people count: Room 9 before Room 10.
_NATURAL = 'p.name_key COLLATE "C", p.code'
_ROOTS = text(_paged("p.parent_id IS NULL", _NATURAL))
_CHILDREN = text(_paged("p.parent_id = CAST(:under AS uuid)", _NATURAL))
_BELOW = """
    p.id IN (
        WITH RECURSIVE below AS (
            SELECT id FROM places WHERE parent_id = CAST(:under AS uuid)
            UNION ALL SELECT places.id FROM places JOIN below ON places.parent_id = below.id
        ) SELECT id FROM below
    )
"""


def searchable(*texts: str) -> str:
    """Words as they are looked for: in lower case, and ё as е, which most people write for it."""
    return " ".join(texts).lower().replace("ё", "е")


def sortable(name: str) -> str:
    """A name as people sort it: 9 before 10."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(10), searchable(name))


async def lock(connection: AsyncConnection) -> None:
    """Have the tree to oneself for writing, until the transaction ends."""
    await connection.execute(_LOCK)


async def every(connection: AsyncConnection) -> dict[str, Place]:
    """Every place there is or was, by code."""
    return {row.code: _place(row) for row in await connection.execute(_ALL)}


async def write(connection: AsyncConnection, written: Sequence[Place]) -> None:
    """Insert or update places."""
    if not written:
        return
    await connection.execute(
        _WRITE,
        {
            "id": [place.id for place in written],
            "code": [place.code for place in written],
            "parent_id": [None if place.parent is None else place_id(place.parent) for place in written],
            "kind": [place.kind.value for place in written],
            "name": [place.name for place in written],
            "path": [place.path for place in written],
            "search": [searchable(place.path, place.code) for place in written],
            "name_key": [sortable(place.name) for place in written],
            "path_key": [sortable(place.path) for place in written],
            "archived_at": [place.archived_at for place in written],
            "lineage": [" ".join(sorted(place.within)) for place in written],
            "version": [place.version for place in written],
        },
    )


async def by_codes(connection: AsyncConnection, codes: Collection[str]) -> dict[str, Place]:
    """The places with these codes, archived ones too."""
    rows = await connection.execute(_BY_CODES, {"ids": [place_id(code) for code in codes]})
    return {row.code: _place(row) for row in rows}


async def roots_of(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, Any]:
    """The rows of the topmost places that the places with these ids are in, with code and name, by place."""
    return {row.id: row for row in await connection.execute(_ROOTS_OF, {"ids": list(ids)})}


async def one(connection: AsyncConnection, code: str) -> Any | None:
    """The row of the place with this code, unless it is archived."""
    return (await connection.execute(_ONE, {"id": place_id(code)})).one_or_none()


async def shown(connection: AsyncConnection, codes: Collection[str]) -> Sequence[Any]:
    """The rows of the places with these codes, archived ones too, as people sort them."""
    if not codes:
        return []
    return (await connection.execute(_SHOWN_MANY, {"ids": [place_id(code) for code in codes]})).all()


async def recent(connection: AsyncConnection, person_id: UUID, limit: int) -> Sequence[Any]:
    """The rows of the places a person filed requests for, newest first."""
    return (await connection.execute(_RECENT, {"person": person_id, "limit": limit})).all()


async def under(connection: AsyncConnection, code: str | None, number: int, size: int) -> tuple[Sequence[Any], int]:
    """Page `number` of the places right under one, or of the roots; and how many there are."""
    parameters: dict[str, Any] = {"size": size, "skipped": (number - 1) * size}
    if code is not None:
        parameters["under"] = place_id(code)
    rows = (await connection.execute(_ROOTS if code is None else _CHILDREN, parameters)).all()
    return rows, rows[0].total if rows else 0


async def found(
    connection: AsyncConnection, words: Sequence[str], code: str | None, number: int, size: int
) -> tuple[Sequence[Any], int]:
    """Page `number` of the places in whose path and code all `words` are, and how many there are.

    First those where most words begin a word; then those whose own name, rather than that of what they are in, has
    most of them. A word of letters may be mistyped.
    """
    parameters: dict[str, Any] = {"size": size, "skipped": (number - 1) * size}
    conditions, begins, names = [], [], []
    for at, word in enumerate(words):
        parameters |= {f"in{at}": f"%{literal(word)}%", f"begins{at}": f"% {literal(word)}%"}
        condition = f"p.search LIKE :in{at}"
        if word.isalpha() and len(word) >= _SHORTEST_TYPO:
            parameters[f"word{at}"] = word
            condition = f"({condition} OR CAST(:word{at} AS text) <% p.search)"
        conditions.append(condition)
        begins.append(f"CAST((' ' || p.search) LIKE :begins{at} AS int)")
        names.append(f"CAST((' ' || replace(lower(p.name || ' ' || p.code), 'ё', 'е')) LIKE :begins{at} AS int)")
    if code is not None:
        conditions.append(_BELOW)
        parameters["under"] = place_id(code)
    order = f'{" + ".join(begins)} DESC, {" + ".join(names)} DESC, p.path_key COLLATE "C", p.code'
    # Valid for this transaction: what `<%` calls similar enough.
    similar = text("SELECT set_config('pg_trgm.word_similarity_threshold', :similar, true)")
    await connection.execute(similar, {"similar": str(SIMILAR)})
    rows = (await connection.execute(text(_paged(" AND ".join(conditions), order)), parameters)).all()
    return rows, rows[0].total if rows else 0


def literal(word: str) -> str:
    """A word as LIKE takes it for itself."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _place(row: Any) -> Place:
    kind, within = PlaceKind(row.kind), frozenset(row.lineage)
    return Place(row.code, row.parent, kind, row.name, row.path, row.archived_at, within, row.version)
