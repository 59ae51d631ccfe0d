"""Which errors of PostgreSQL mean that it is away, which that it never takes such data, and which neither.

The difference matters: for an outage a consumer keeps its messages and waits; if the mistake is in one message, that
would be for ever, and its neighbours would wait with it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy.exc import DBAPIError

from zavhoz_contracts.errors import Outage, Permanent

_AWAY_CLASSES: Final = ("08", "53", "57P", "58")
_AWAY: Final = frozenset({"25006"})
"""Connection, resources (disk, memory, connections), shutdown and system errors; a read-only server:
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_DATA_CLASS: Final = "22"


class DatabaseUnavailable(Outage):
    """The database does not answer, refuses connections, or cannot write."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="postgres")


class Unstorable(Permanent):
    """The database does not take such data: a NUL in a text, a number too large. Trying again changes nothing."""

    reason = "unstorable"


def is_unstorable(error: DBAPIError) -> bool:
    """Whether this failure of a statement says that what was given cannot be a value: a "data exception"."""
    return (getattr(error.orig, "sqlstate", None) or "").startswith(_DATA_CLASS)


def is_away(error: DBAPIError) -> bool:
    """Whether this failure of a statement says that the server, or the way to it, is gone."""
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state in _AWAY or state.startswith(_AWAY_CLASSES)


def short(error: BaseException) -> str:
    """One line about an error, with the class that the driver gave it."""
    cause = getattr(error, "orig", None) or error
    cause = cause.__cause__ or cause
    return f"{type(cause).__name__}: {cause}".splitlines()[0][:200]
