"""Requests by words: PostgreSQL's full text search for their forms; `words` knows what a mistyped one is meant for.

https://www.postgresql.org/docs/current/textsearch.html, https://www.postgresql.org/docs/current/pgtrgm.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_contracts.api.v1 import FOUND_MOST
from zavhoz_requests.domain.likeness import COMMON
from zavhoz_requests.store.lists import LINE, NEWEST, Page, paged
from zavhoz_requests.store.narrowing import Narrowed
from zavhoz_requests.store.tables import PLACELESS, UNFINISHED

TYPO: Final = 0.5
"""So much of a mistyped word must be the same: more than in a search, for nobody looks at it twice."""
_TYPO_FROM: Final = 4
_LOOKED_AT: Final = 200
# Each by its own index.
_THEIRS: Final = f"""
    id IN (
        SELECT id FROM requests WHERE requester_id = :person AND {UNFINISHED}
        UNION ALL SELECT id FROM requests WHERE requester_id = :person AND NOT ({UNFINISHED})
        UNION ALL SELECT request_id FROM watchers WHERE person_id = :person
    )
"""  # noqa: S608  # nosec B608
_NOT_THEIRS: Final = """
    requester_id <> :person AND assignee_id IS DISTINCT FROM :person
    AND NOT EXISTS (SELECT FROM watchers WHERE request_id = requests.id AND person_id = :person)
"""
_SAID: Final = """
    common AS (SELECT tsvector_to_array(to_tsvector('russian', CAST(:common AS text))) AS words),
    said AS (
        SELECT word FROM unnest(tsvector_to_array(to_tsvector('russian', CAST(:said AS text)))) AS word, common
        WHERE word <> ALL(common.words) AND word !~ '^[0-9]+$'
    )
"""


def _alike(here: str, where: str, same_place: str, others: str = _NOT_THEIRS) -> str:
    """What is said beside each request of `where`: how many words each has, and how many are the same."""
    return f"""
        WITH {_SAID}, {here}
        found AS MATERIALIZED (
            SELECT {LINE}, {same_place} AS same_place,
                   (SELECT count(*) FROM watchers WHERE request_id = requests.id) AS joined,
                   (SELECT array_agg(word) FROM unnest(tsvector_to_array(ts_filter(search, '{{a}}'))) AS word, common
                    WHERE word <> ALL(common.words) AND word !~ '^[0-9]+$') AS words
            FROM requests WHERE {UNFINISHED} AND {where} AND {others}
            ORDER BY number DESC LIMIT {_LOOKED_AT}
        )
        SELECT {LINE}, same_place, joined,
            (SELECT count(*) FROM said) AS said,
            coalesce(cardinality(words), 0) AS theirs,
            (SELECT count(*) FROM said WHERE word = ANY(found.words)) AS same,
            (SELECT count(*) FROM said WHERE word <> ALL(found.words) AND length(word) >= {_TYPO_FROM} AND EXISTS (
                SELECT FROM unnest(found.words) AS theirs (word)
                WHERE length(theirs.word) >= {_TYPO_FROM} AND similarity(theirs.word, said.word) >= {TYPO}
            )) AS typed
        FROM found
    """  # noqa: S608  # nosec B608


_HERE: Final = """
    room AS (
        SELECT CASE WHEN kind = 'asset' AND parent_id IS NOT NULL THEN parent_id ELSE id END AS id
        FROM places WHERE id = CAST(:here AS uuid)
    ),
    here AS (
        SELECT id FROM room
        UNION SELECT places.id FROM places JOIN room ON places.parent_id = room.id WHERE places.kind = 'asset'
    ),
"""
_IS_HERE: Final = "place_id IS NOT NULL AND place_id IN (SELECT id FROM here)"
_OTHERS: Final = "id <> :itself"
_ALIKE_HERE: Final = text(_alike(_HERE, _IS_HERE, "true"))
_DUPLICATES_HERE: Final = text(_alike(_HERE, _IS_HERE, "true", _OTHERS))
_ANY_WORD: Final = "search @@ CAST((SELECT string_agg(quote_literal(word), ' | ') FROM said) AS tsquery)"
_IS_ANYWHERE: Final = f"{PLACELESS} AND {_ANY_WORD}"
_ALIKE_ANYWHERE: Final = text(_alike("", _IS_ANYWHERE, "false"))
_DUPLICATES_ANYWHERE: Final = text(_alike("", _IS_ANYWHERE, "false", _OTHERS))


async def alike(connection: AsyncConnection, person_id: UUID, said: str, here: UUID | None) -> Sequence[Any]:
    """Requests that are not closed and not this person's, in the same room, or, without one, with a word in common."""
    statement = _ALIKE_ANYWHERE if here is None else _ALIKE_HERE
    parameters: dict[str, Any] = {"person": person_id, "said": said, "common": COMMON}
    return (await connection.execute(statement, parameters if here is None else parameters | {"here": here})).all()


async def duplicates(connection: AsyncConnection, request_id: UUID, said: str, here: UUID | None) -> Sequence[Any]:
    """As `alike`, for a request that is filed already: whosesoever, but itself."""
    statement = _DUPLICATES_ANYWHERE if here is None else _DUPLICATES_HERE
    parameters: dict[str, Any] = {"itself": request_id, "said": said, "common": COMMON}
    return (await connection.execute(statement, parameters if here is None else parameters | {"here": here})).all()


@dataclass(frozen=True, slots=True)
class Sought:
    """The request with this number, or those that have of each of the `words` one of its lexemes."""

    number: int | None = None
    words: tuple[tuple[str, ...], ...] = ()

    def condition(self) -> tuple[str, dict[str, Any]]:
        """What is true of those that fit, with its parameters."""
        either: list[str] = []
        given: dict[str, Any] = {}
        if self.number is not None:
            either.append("number = :named")
            given["named"] = self.number
        if self.words:
            either.append("search @@ CAST(:words AS tsquery)")
            given["words"] = " & ".join(f"({' | '.join(map(_quoted, lexemes))})" for lexemes in self.words)
        return f"({' OR '.join(either)})", given

    @property
    def order(self) -> str:
        """Its number first, then newest first."""
        return NEWEST if self.number is None else f"(number = :named) DESC, {NEWEST}"


async def own(connection: AsyncConnection, person_id: UUID, sought: Sought, number: int, size: int) -> Page:
    """Page `number` of what somebody filed or joined and that fits."""
    condition, given = sought.condition()
    where = f"{_THEIRS} AND {condition}"
    return await paged(connection, where, given | {"person": person_id}, sought.order, number, size, FOUND_MOST)


async def found(connection: AsyncConnection, sought: Sought, narrowed: Narrowed, number: int, size: int) -> Page:
    """Page `number` of what fits among all requests."""
    condition, given = sought.condition()
    conditions, narrowing = narrowed.conditions()
    return await paged(connection, condition + conditions, given | narrowing, sought.order, number, size, FOUND_MOST)


def _quoted(lexeme: str) -> str:
    """A lexeme as a query names it: https://www.postgresql.org/docs/current/datatype-textsearch.html"""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
