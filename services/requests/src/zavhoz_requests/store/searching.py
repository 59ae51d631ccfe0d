"""Requests by words: PostgreSQL's full text search for their forms, trigrams for mistyped ones.

https://www.postgresql.org/docs/current/textsearch.html, https://www.postgresql.org/docs/current/pgtrgm.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.domain.likeness import COMMON
from zavhoz_requests.store.places import SIMILAR
from zavhoz_requests.store.tables import PLACELESS, UNFINISHED

TYPO: Final = 0.5
"""So much of a mistyped word must be the same: more than in a search, for nobody looks at it twice."""
_TYPO_FROM: Final = 4
_LOOKED_AT: Final = 200
_LINE: Final = "id, number, title, status, priority, assignee_id, created_at, place, react_by, due_at"
_HAYSTACK: Final = "translate(lower(title || ' ' || description || ' ' || place), 'ё', 'е')"
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
            SELECT {_LINE}, {same_place} AS same_place,
                   (SELECT count(*) FROM watchers WHERE request_id = requests.id) AS joined,
                   (SELECT array_agg(word) FROM unnest(tsvector_to_array(search)) AS word, common
                    WHERE word <> ALL(common.words) AND word !~ '^[0-9]+$') AS words
            FROM requests WHERE {UNFINISHED} AND {where} AND {others}
            ORDER BY number DESC LIMIT {_LOOKED_AT}
        )
        SELECT {_LINE}, same_place, joined,
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


async def own(
    connection: AsyncConnection, person_id: UUID, words: Sequence[str], named: int | None, number: int, size: int
) -> tuple[Sequence[Any], int]:
    """Page `number` of what somebody filed or joined that has all the `words`, or the number `named`; and the total."""
    parameters: dict[str, Any] = {"person": person_id, "size": size, "skipped": (number - 1) * size}
    fits = []
    for at, word in enumerate(words):
        parameters[f"word{at}"] = word
        same = f"search @@ plainto_tsquery('russian', CAST(:word{at} AS text))"
        if not word.isdecimal():  # the 2 of 214 is no word
            parameters[f"in{at}"] = f"%{word.replace('_', chr(92) + '_')}%"
            same += f" OR {_HAYSTACK} LIKE :in{at}"
        if word.isalpha() and len(word) >= _TYPO_FROM:
            same += f" OR word_similarity(CAST(:word{at} AS text), {_HAYSTACK}) >= {SIMILAR}"
        # What is only a stop word fits everything.
        fits.append(f"(numnode(plainto_tsquery('russian', CAST(:word{at} AS text))) = 0 OR {same})")
    either = [f"({' AND '.join(fits)})"] if fits else []
    if named is not None:
        parameters["named"] = named
        either.append("number = :named")
    where = f"{_THEIRS} AND ({' OR '.join(either)})"
    first = "number = :named DESC, " if named is not None else ""
    statement = text(
        f"""
        WITH fitting AS MATERIALIZED (SELECT {_LINE} FROM requests WHERE {where}),
             counted AS (SELECT count(*) AS total FROM fitting)
        SELECT fitting.*, total FROM fitting, counted ORDER BY {first}number DESC
        LIMIT CAST(:size AS bigint)
        OFFSET (
            SELECT least(CAST(:skipped AS bigint), (greatest(total, 1) - 1) / CAST(:size AS bigint) * :size)
            FROM counted
        )
        """  # noqa: S608  # nosec B608
    )
    rows = (await connection.execute(statement, parameters)).all()
    return rows, rows[0].total if rows else 0
