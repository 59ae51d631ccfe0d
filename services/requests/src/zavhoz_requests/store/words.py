"""The words that requests have ever had: what an unknown word may be the beginning of, or may have been meant for.

Beside the full text search, as PostgreSQL describes it: https://www.postgresql.org/docs/current/pgtrgm.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_requests.domain.typos import SHORTEST
from zavhoz_requests.store.places import searchable

_LONGEST: Final = 40
_WORD: Final = re.compile(rf"[^\W\d_]{{{SHORTEST},{_LONGEST}}}")
_ALIKE: Final = 0.25
"""Of the trigrams as many must be the same: with one letter wrong in four it is a quarter."""
_CANDIDATES: Final = 100
_BEGUN: Final = 30
_LAST: Final = "\U0010ffff"
# In the order of the key, so that two who write the same words at once wait for each other rather than deadlock.
_WRITE: Final = text(
    """
    INSERT INTO words (word, lexeme)
    SELECT word, lexemes[1]
    FROM (
        SELECT said.word, tsvector_to_array(to_tsvector('russian', said.word)) AS lexemes
        FROM unnest(CAST(:words AS text[])) AS said (word)
        WHERE NOT EXISTS (SELECT FROM words WHERE words.word = said.word)
    ) AS unknown
    WHERE cardinality(lexemes) > 0
    ORDER BY word COLLATE "C"
    ON CONFLICT DO NOTHING
    """
)
_ASKED: Final = text(
    """
    SELECT asked.word, stems.lexemes, EXISTS (SELECT FROM words WHERE lexeme = ANY(stems.lexemes)) AS known
    FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS asked (word, at)
    CROSS JOIN LATERAL (SELECT tsvector_to_array(to_tsvector('russian', asked.word)) AS lexemes) AS stems
    ORDER BY asked.at
    """
)
_KNOWN: Final = text("SELECT DISTINCT lexeme FROM words WHERE lexeme = ANY(CAST(:lexemes AS text[]))")
_BEGIN: Final = text(
    f"""
    SELECT DISTINCT lexeme FROM (
        SELECT lexeme FROM words WHERE word >= CAST(:begun AS text) AND word < CAST(:until AS text)
        ORDER BY word LIMIT {_CANDIDATES}
    ) AS begun
    LIMIT {_BEGUN}
    """  # noqa: S608  # nosec B608
)
_SIMILAR: Final = text("SELECT set_config('pg_trgm.similarity_threshold', :similar, true)")
_MEANT: Final = text(
    f"""
    (SELECT word, lexeme FROM words WHERE word % CAST(:word AS text)
     ORDER BY similarity(word, CAST(:word AS text)) DESC LIMIT {_CANDIDATES})
    UNION SELECT word, lexeme FROM words WHERE word = ANY(CAST(:swapped AS text[]))
    """  # noqa: S608  # nosec B608
)


def words_of(said: Iterable[str]) -> list[str]:
    """The different words of some texts that are kept, in the order of the key."""
    return sorted(set(_WORD.findall(searchable(*said))))


async def write(connection: AsyncConnection, said: Iterable[str]) -> None:
    """Keep the words of these texts. The last that a transaction locks."""
    if found := words_of(said):
        await connection.execute(_WRITE, {"words": found})


async def asked(connection: AsyncConnection, words: Sequence[str]) -> Sequence[Any]:
    """For each word its `lexemes`, none of a stop word, and whether requests have had it in some form (`known`)."""
    return (await connection.execute(_ASKED, {"words": list(words)})).all()


async def known(connection: AsyncConnection, lexemes: Collection[str]) -> set[str]:
    """Those of these lexemes that some word has."""
    return set((await connection.execute(_KNOWN, {"lexemes": sorted(lexemes)})).scalars()) if lexemes else set()


async def begun(connection: AsyncConnection, word: str) -> list[str]:
    """The lexemes of the first few words that begin so."""
    given = {"begun": word, "until": word + _LAST}
    return sorted((await connection.execute(_BEGIN, given)).scalars().all())


async def alike(connection: AsyncConnection, word: str, swapped: Collection[str]) -> dict[str, str]:
    """The words that look like this one, or are one of the `swapped`, with their lexemes. In a transaction."""
    await connection.execute(_SIMILAR, {"similar": str(_ALIKE)})
    rows = await connection.execute(_MEANT, {"word": word, "swapped": sorted(swapped)})
    return {row.word: row.lexeme for row in rows}
