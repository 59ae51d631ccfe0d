"""What the demo's history is written with: a case is a request and its life.

Later features add their actions here, in `Action` and in `history`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from zavhoz_contracts.message import Priority
from zavhoz_devstack.seeding.people import MARINA, PYOTR, Known

Action = Literal[
    "take", "assign", "complete", "reject", "comment", "note", "confirm", "reopen", "cancel", "hold", "merge"
]
HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody did, so many hours after the step before."""

    hours: float
    who: Known
    action: Action
    words: str = ""
    photos: tuple[str, ...] = ()
    rating: int = 5
    into: str = ""
    """The words of the case that it is the same as."""
    to: Known = PYOTR
    """Whom it is given to."""
    days: int = 0
    """For so many days from now it is on hold; 0: nobody knows."""


@dataclass(frozen=True, slots=True)
class Case:
    """A request: filed so many days ago at a time of the day (hours, UTC), with photos by the names of samples."""

    days: int
    hour: float
    who: Known
    priority: Priority
    words: str
    photos: tuple[str, ...] = ()
    then: tuple[Step, ...] = ()


def took(hours: float, who: Known = PYOTR) -> Step:
    return Step(hours, who, "take")


def given(hours: float, to: Known, who: Known = MARINA) -> Step:
    return Step(hours, who, "assign", to=to)


def done(hours: float, who: Known = PYOTR, what: str = "", *photos: str) -> Step:
    return Step(hours, who, "complete", what, photos)


def refused(hours: float, why: str) -> Step:
    return Step(hours, MARINA, "reject", why)


def rated(hours: float, who: Known, rating: int = 5) -> Step:
    return Step(hours, who, "confirm", rating=rating)


def again(hours: float, who: Known, words: str, *photos: str) -> Step:
    return Step(hours, who, "reopen", words, photos)


def withdrawn(hours: float, who: Known) -> Step:
    return Step(hours, who, "cancel")


def held(hours: float, why: str, who: Known = PYOTR, days: int = 0) -> Step:
    return Step(hours, who, "hold", why, days=days)


def merged(hours: float, into: str) -> Step:
    return Step(hours, MARINA, "merge", into=into)


def said(hours: float, who: Known, words: str, *photos: str) -> Step:
    return Step(hours, who, "comment", words, photos)


def noted(hours: float, who: Known, words: str) -> Step:
    return Step(hours, who, "note", words)
