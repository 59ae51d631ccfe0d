"""What cannot be read in what a manager typed: a reason and the piece, of which a sentence is made elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from zavhoz_contracts.text import clean, shorten

PIECE_MAX: Final = 40
"""Characters of what is quoted to whoever typed it."""
DASH: Final = "[-\u2010\u2011\u2012\u2013\u2014\u2015\u2212]"
"""What keyboards make of a dash, for a pattern."""


class Misreading(StrEnum):
    """What is wrong with a piece."""

    EMPTY = "empty"  # nothing was typed
    UNKNOWN = "unknown"  # neither a day of the week nor hours
    TIME = "time"  # not a time of the day
    BACKWARDS = "backwards"  # ends before it begins, or at once
    OVERLAP = "overlap"  # a day has such hours already
    NO_DAY = "no_day"  # hours, and no day before them
    NO_HOURS = "no_hours"  # a day, and no hours after it
    DATE = "date"  # not a date
    TOO_MANY = "too_many"  # more dates than can be meant
    ZONE = "zone"  # not a time zone
    NUMBER = "number"  # not a number, or none that may be chosen
    DURATION = "duration"  # not so many hours or minutes, or none that may be chosen


@dataclass(frozen=True, slots=True)
class Misread:
    """It cannot be read, for this reason; `piece` is what is meant, at most `PIECE_MAX` characters of it."""

    reason: Misreading
    piece: str = ""

    @classmethod
    def of(cls, reason: Misreading, piece: str) -> Self:
        """With as much of the piece as can be quoted."""
        return cls(reason, shorten(clean(piece), PIECE_MAX))
