"""Stems of the same Russian word that a stemmer takes for different ones: a vowel comes and goes in them. Pure.

замок, замка; розетка, розеток; окно, окон.
"""

from __future__ import annotations

from typing import Final

_VOWELS: Final = "ое"
_CONSONANTS: Final = frozenset("бвгджзйклмнпрстфхцчшщ")


def other_stems(stem: str) -> set[str]:
    """What the stem of another form of the word may be; most of these are no word at all."""
    if len(stem) < 3 or stem[-1] not in _CONSONANTS:  # noqa: PLR2004: three letters are needed
        return set()
    if stem[-2] in _CONSONANTS:
        return {stem[:-1] + vowel + stem[-1] for vowel in _VOWELS}
    if stem[-2] in _VOWELS and stem[-3] in _CONSONANTS:
        return {stem[:-2] + stem[-1]}
    return set()
