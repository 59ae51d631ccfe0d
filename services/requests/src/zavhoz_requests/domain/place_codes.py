"""Codes of places made from their names, for whoever gives none. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from itertools import count
from typing import Final

from zavhoz_contracts.api.places import PlaceKind

_LETTERS: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya".replace("_", "").split(" "),
        strict=True,
    )
)
"""As passports have them (ICAO 9303), but for the hard sign, which is left out as the soft one is."""
_OTHER: Final = re.compile("[^a-z0-9]+")
_LONGEST: Final = 40
"""So that a number still fits behind it, and a label shows all of it."""


def code_of(name: str, kind: PlaceKind, taken: Container[str]) -> str:
    """A code in small Latin letters that reads like the name, with a number where it is taken."""
    plain = unicodedata.normalize("NFKC", name).lower()
    latin = "".join(_LETTERS.get(letter, letter) for letter in plain)
    bare = unicodedata.normalize("NFKD", latin)
    base = _OTHER.sub("-", "".join(letter for letter in bare if not unicodedata.combining(letter)))
    base = base.strip("-")[:_LONGEST].strip("-") or kind.value
    if base not in taken:
        return base
    return next(code for number in count(2) if (code := f"{base}-{number}") not in taken)
