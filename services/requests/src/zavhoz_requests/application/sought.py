"""What somebody looks for: a number, or words in any form, the last one perhaps unfinished, each perhaps mistyped."""

from __future__ import annotations

import re
from typing import Final

from zavhoz_contracts.text import clean
from zavhoz_requests.domain.stems import other_stems
from zavhoz_requests.domain.typos import likeliest, swapped, typos
from zavhoz_requests.store import Connection, words
from zavhoz_requests.store.places import searchable
from zavhoz_requests.store.searching import Sought

_NUMBER: Final = re.compile(r"(#?)\s*([0-9]{1,9})")
_WORD: Final = re.compile(r"[^\W_]+")
_WORDS_MAX: Final = 8
"""So many words of a question count."""
_BEGINNING: Final = 3
"""So many letters begin a word; fewer begin too many."""


async def understand(connection: Connection, q: str) -> Sought | None:
    """What a question asks for, in a transaction; nothing if it has neither a number nor a word.

    `#118` asks for that number alone, `118` for that number or the word. A word that no request ever had is taken for
    the words that look the most like it; the last one first for the beginning of a word.
    """
    asked = searchable(clean(q))
    named = _NUMBER.fullmatch(asked)
    number = int(named[2]) if named else None
    if named and named[1]:
        return Sought(number)
    given = _WORD.findall(asked)[:_WORDS_MAX]
    # Without a lexeme it is in every text, and says nothing.
    rows = [row for row in (await words.asked(connection, given) if given else ()) if row.lexemes]
    others = await words.known(connection, {other for row in rows for one in row.lexemes for other in other_stems(one)})
    needed = []
    for row in rows:
        forms = sorted(others & {other for one in row.lexemes for other in other_stems(one)})
        if row.known or forms:
            needed.append((*row.lexemes, *forms))
        else:
            needed.append(await _meant(connection, row.word, row.lexemes, last=row.word == given[-1]))
    return Sought(number, tuple(needed)) if needed or number is not None else None


async def _meant(connection: Connection, word: str, lexemes: list[str], *, last: bool) -> tuple[str, ...]:
    """The lexemes of what an unknown word may be; its own too, for numbers and short words are never known."""
    own = tuple(lexemes)
    if not word.isalpha():
        return own
    if last and len(word) >= _BEGINNING and (begun := await words.begun(connection, word)):
        return tuple(dict.fromkeys((*own, *begun)))
    if not typos(word):
        return own
    alike = await words.alike(connection, word, swapped(word))
    return tuple(dict.fromkeys((*own, *(alike[one] for one in likeliest(word, alike)))))
