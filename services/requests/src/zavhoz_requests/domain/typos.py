"""Which words somebody may have meant who mistyped one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 4
"""Shorter words are another word with each other letter."""
_TWO_FROM: Final = 6


def typos(word: str) -> int:
    """So many letters of a word may be wrong."""
    if len(word) < SHORTEST:
        return 0
    return 1 if len(word) < _TWO_FROM else 2


def swapped(word: str) -> set[str]:
    """The word with each two neighbours exchanged: of a short one, so little is left the same that only this finds it.

    In trigrams, that is: https://www.postgresql.org/docs/current/pgtrgm.html
    """
    return {word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)} - {word}


def distance(one: str, other: str) -> int:
    """How many letters are missing, too many, wrong, or exchanged with their neighbour (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, before[j - 2] + 1)
            row.append(least)
        before, last = last, row
    return last[-1]


def likeliest(word: str, known: Iterable[str]) -> list[str]:
    """Those of the known words that differ the least, if no more than a mistyped word may."""
    apart = {one: distance(word, one) for one in known if abs(len(one) - len(word)) <= typos(word)}
    least = min(apart.values(), default=len(word))
    return sorted(one for one, much in apart.items() if much == least) if least <= typos(word) else []
