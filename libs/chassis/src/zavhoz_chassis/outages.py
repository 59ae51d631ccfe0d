"""Which errors of PostgreSQL mean that it is away, which that it is worth another try, and which that it never is.

The difference matters: for an outage a consumer keeps its messages and waits; if the mistake is in one message, that
would be for ever, and its neighbours would wait with it.
"""

from __future__ import annotations

from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from zavhoz_contracts.errors import Outage, Permanent

DRIVER_ERRORS: Final = (
    OSError,
    SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What it looks like when there is no way to a database: some of it the driver says itself, whoever speaks to it."""

_AWAY_CLASSES: Final = ("08", "53", "57P", "58")
_AWAY: Final = frozenset({"25006"})
"""Connection, resources (disk, memory, connections), shutdown and system errors; a read-only server:
https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_CONFLICTS: Final = frozenset({"40001", "40P01"})
_DATA_CLASS: Final = "22"


class DatabaseUnavailable(Outage):
    """The database does not answer, refuses connections, or cannot write."""

    def __init__(self, message: str) -> None:
        super().__init__(message, dependency="postgres")


class Conflict(DatabaseUnavailable):
    """A serialization failure or a deadlock (`sqlstate`): the transaction did nothing, and may be run again.

    Whoever has tried that in vain treats it as the outage that it is: later it will do.
    """

    def __init__(self, message: str, sqlstate: str) -> None:
        super().__init__(message)
        self.sqlstate = sqlstate


class Unstorable(Permanent):
    """The database does not take such data: a NUL in a text, a number too large. Trying again changes nothing."""

    reason = "unstorable"


def meaning(error: DBAPIError) -> DatabaseUnavailable | Unstorable | DBAPIError:
    """What this failure of a statement is to whoever asked: itself, when it is neither an outage nor about a value."""
    what, state = f"database: {short(error)}", _sqlstate(error)
    if is_away(error):
        return DatabaseUnavailable(what)
    if state in _CONFLICTS:
        return Conflict(what, state)
    return Unstorable(what) if state.startswith(_DATA_CLASS) else error


def is_away(error: DBAPIError) -> bool:
    """Whether this failure of a statement says that the server, or the way to it, is gone."""
    state = _sqlstate(error)
    return error.connection_invalidated or state in _AWAY or state.startswith(_AWAY_CLASSES)


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def short(error: BaseException) -> str:
    """One line about an error, with the class that the driver gave it."""
    cause = getattr(error, "orig", None) or error
    cause = cause.__cause__ or cause
    return f"{type(cause).__name__}: {cause}".splitlines()[0][:200]
