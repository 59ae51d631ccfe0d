"""Failpoints: named places where a test makes a process die, fail, wait or hang, to prove what is promised there.

`ZAVHOZ_FAILPOINTS` arms them when a process starts, as in FreeBSD's fail(9)
(https://man.freebsd.org/cgi/man.cgi?query=fail&sektion=9): `point=terms`, several separated by `;`, terms by `->`. A
term is `[P%][N*]action[(argument)]`: with a chance of P percent, N times at most; then the next term's turn comes.

    ZAVHOZ_FAILPOINTS="relay.published=10*off->kill;sender.said=5%delay(200)"

Actions: `off` (nothing), `kill` (SIGKILL to itself), `raise` (a bug; or `transient`, `outage`, `permanent`), `delay`
(so many milliseconds), `hang` (until cancelled).

Without the variable a failpoint costs one look at an empty dictionary.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import structlog

from zavhoz_contracts.errors import Outage, Permanent, Transient

VARIABLE: Final = "ZAVHOZ_FAILPOINTS"
_TERM: Final = re.compile(
    r"(?:(?P<chance>\d+(?:\.\d+)?)%)?(?:(?P<times>\d+)\*)?(?P<action>[a-z]+)(?:\((?P<argument>\w+)\))?"
)
_log = structlog.get_logger("zavhoz.failpoints")


class Point(StrEnum):
    """Where something can be made to go wrong. A name tells the step that was finished, or is about to be begun."""

    PUBLISHING = "publisher.publishing"
    """A message is about to be published."""
    CONFIRMED = "publisher.confirmed"
    """The broker has confirmed it; nobody knows yet."""
    TAKEN = "consumer.taken"
    """A group was taken from a queue."""
    HANDLED = "consumer.handled"
    """Its handler has done everything; the broker does not know."""
    ACKNOWLEDGED = "consumer.acknowledged"
    """The broker was told."""
    MOVED = "consumer.moved"
    """A message has a copy in the next queue, and is not acknowledged in its own."""
    FETCHED = "relay.fetched"
    """Unpublished events were read."""
    PUBLISHED = "relay.published"
    """They are confirmed, and not marked."""
    MARKED = "relay.marked"
    """They are marked."""
    UPDATE = "gateway.update"
    """An update's turn has come."""
    UPDATE_DONE = "gateway.done"
    """What an update became is durable; the mark that it was seen is not written."""
    UPDATE_MARKED = "gateway.marked"
    """The mark is written; Telegram is not told."""
    DECIDED = "requests.decided"
    """Commands are decided and written; the transaction is not committed."""
    COMMITTED = "requests.committed"
    """It is committed; nothing is published or acknowledged."""
    PLANNED = "notifier.planned"
    """Deliveries are written; the transaction is not committed."""
    PLAN_KEPT = "notifier.committed"
    """It is committed; nothing is acknowledged."""
    ATTEMPTED = "sender.attempting"
    """A delivery is durably under way; Telegram was not called."""
    SAID = "sender.said"
    """Telegram has said that it is done; nobody has written it down."""
    RECORDED = "sender.recorded"
    """It is written down."""
    DOWNLOADED = "files.fetched"
    """A file was fetched, judged and drawn anew; nothing is kept."""
    STORING = "files.begun"
    """It is written down that an object will be stored."""
    STORED = "files.stored"
    """The object is stored; nobody knows of it."""
    SETTLED = "files.committed"
    """The attachment is settled; nothing is acknowledged."""


class FailpointError(Exception):
    """What the action `raise` raises: nothing that anybody expects."""


@dataclass(slots=True)
class _Term:
    action: str
    argument: str
    chance: float
    left: int | None

    def takes(self) -> bool:
        """Whether this term acts now; `left` counts how often it still may."""
        if self.chance < 1 and random.random() >= self.chance:  # noqa: S311  # nosec B311: chaos needs no secrets
            return False
        if self.left is not None:
            self.left -= 1
        return True


class _Terms:
    def __init__(self, point: Point, terms: Sequence[_Term]) -> None:
        self._point = point
        self._terms = list(terms)

    async def act(self) -> None:
        while self._terms and self._terms[0].left == 0:
            del self._terms[0]
        if self._terms and (term := self._terms[0]).takes() and term.action != "off":
            _log.warning("failpoint", point=self._point.value, action=term.action, argument=term.argument)
            match term.action:
                case "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                case "delay":
                    await asyncio.sleep(int(term.argument) / 1000)
                case "hang":
                    await asyncio.Event().wait()
                case _:
                    raise _RAISED[term.argument](f"failpoint {self._point.value}")


_RAISED: Final[dict[str, Callable[[str], Exception]]] = {
    "": FailpointError,
    "transient": Transient,
    "permanent": Permanent,
    "outage": lambda what: Outage(what, dependency="failpoint"),
}
_armed: dict[Point, _Terms] = {}


async def reached(point: Point) -> None:
    """Say that the process has come to `point`; does what was wanted there, usually nothing.

    Raises:
        FailpointError, Transient, Permanent, Outage: as it was armed.
    """
    if _armed and (terms := _armed.get(point)) is not None:
        await terms.act()


def arm(wanted: str) -> None:
    """Arm the points that `wanted` names (see above), and disarm all others.

    Raises:
        ValueError: a point that does not exist, or a term that says nothing; with what is possible.
    """
    armed: dict[Point, _Terms] = {}
    for one in filter(None, (part.strip() for part in wanted.split(";"))):
        name, _, terms = one.partition("=")
        if name not in set(Point):
            raise ValueError(f"{VARIABLE}: there is no failpoint {name!r}; choose from {', '.join(Point)}")
        armed[Point(name)] = _Terms(Point(name), [_term(term) for term in terms.split("->")])
    _armed.clear()
    _armed.update(armed)
    if armed:
        _log.warning("failpoints are armed: this process is there to fail", points=sorted(armed))


def _term(text: str) -> _Term:
    found = _TERM.fullmatch(text.strip())
    action, argument = (found["action"], found["argument"] or "") if found else ("", "")
    match action, argument:
        case ("off" | "kill" | "hang", ""):
            pass
        case ("delay", ms) if ms.isdecimal():
            pass
        case ("raise", kind) if kind in _RAISED:
            pass
        case _:
            raise ValueError(
                f"{VARIABLE}: {text!r} is not [P%][N*]action; "
                "actions are off, kill, raise, raise(transient|outage|permanent), delay(milliseconds), hang"
            )
    chance, times = (found["chance"], found["times"]) if found else (None, None)
    return _Term(action, argument, chance=float(chance or 100) / 100, left=int(times) if times else None)


arm(os.environ.get(VARIABLE, ""))
