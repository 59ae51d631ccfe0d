"""A service's own PostgreSQL database: pool, transactions that survive cancellation, outages told apart."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from typing import Any, Final, TypeVar

import structlog
from prometheus_client import Counter
from sqlalchemy import event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from zavhoz_chassis.outages import DRIVER_ERRORS, Conflict, DatabaseUnavailable, Unstorable, meaning, short
from zavhoz_contracts import tracing

__all__ = ["Conflict", "Database", "DatabaseUnavailable", "Unstorable"]

ResultT = TypeVar("ResultT")

_CONNECT_SECONDS: Final = 5.0
_GIVE_UP_SECONDS: Final = 3.0
"""How long the end of a connection may take that nobody can use any more."""
_RUN_AGAIN: Final = Counter(
    "zavhoz_transactions_retried",
    "Transactions that were run again after a serialization failure (40001) or a deadlock (40P01)",
    ["sqlstate"],
)
_log = structlog.get_logger("zavhoz.database")


class _Silent(OSError):
    """The server did not answer a statement in time, not even to say that it took too long."""


class Database:
    """A pool of `pool_size` connections to one database.

    A statement is ended by the server after `statement_seconds`; a server that does not even do that counts as away
    some seconds later. A connection is waited for `pool_seconds` at most. `name` is shown in `pg_stat_activity`.
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 10,
        name: str = "zavhoz",
        statement_seconds: float = 30.0,
        pool_seconds: float = 10.0,
    ) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_seconds,
            hide_parameters=True,  # errors are logged, and parameters are people's words
            connect_args={
                "timeout": _CONNECT_SECONDS,
                "command_timeout": statement_seconds * 1.1 + 1,
                "server_settings": {
                    "application_name": name,
                    "jit": "off",
                    "timezone": "UTC",
                    "statement_timeout": f"{statement_seconds * 1000:.0f}",
                },
            },
        )
        event.listen(self.engine.sync_engine, "handle_error", _silence)
        self._committing = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._described = {"db.system.name": "postgresql", "db.namespace": self.engine.url.database or ""}

    async def close(self) -> None:
        """Close every connection; those that a silent server keeps are dropped after some seconds."""
        try:
            async with asyncio.timeout(_GIVE_UP_SECONDS):
                await self.engine.dispose()
        except TimeoutError:
            _log.warning("connections were dropped without a goodbye")

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back on any error; given back even when cancelled in mid-query.

        Raises:
            DatabaseUnavailable: the database is away. If it went away during the commit, whether that happened is
                unknown: what is done again must be recognised (inbox).
            Conflict: another transaction was in the way, and nothing was done.
            Unstorable: a statement was given what the database cannot hold, and nothing was done.
        """
        with tracing.part("transaction", attributes=self._described):
            async with self._connected(self.engine) as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def statements(self) -> AsyncIterator[AsyncConnection]:
        """A connection without BEGIN and COMMIT, two ways to the server fewer: each statement commits by itself.

        For reads, which at READ COMMITTED see no less in it, and for one write alone. Raises as `transaction`.
        """
        with tracing.part("statements", attributes=self._described):
            async with self._connected(self._committing) as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        connection = await self._connect(engine)
        usable = False
        try:
            with _outages():
                transaction = await connection.begin()
                try:
                    yield connection
                except _Silent:
                    raise  # it would not hear the rollback either
                except Exception:
                    await transaction.rollback()
                    usable = True
                    raise
                await transaction.commit()
                usable = True
        finally:
            # Cancelled in mid-query (or worse): nobody knows what comes next on that connection. It is closed, which
            # ends its statement on the server too, with the locks it holds.
            await _unhindered(connection.close() if usable else _discard(connection))

    async def run(self, work: Callable[[AsyncConnection], Awaitable[ResultT]], *, attempts: int = 5) -> ResultT:
        """Run `work` in a transaction; after a serialization failure or deadlock again, in a fresh one.

        Raises:
            DatabaseUnavailable: the database is away, or (a `Conflict`) `attempts` are used up.
            Unstorable: the database cannot hold what it was given.
            DBAPIError: anything else.
        """
        for attempt in range(1, attempts + 1):
            try:
                async with self.transaction() as connection:
                    return await work(connection)
            except Conflict as conflict:
                if attempt == attempts:
                    raise
                _RUN_AGAIN.labels(conflict.sqlstate).inc()
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311  # nosec B311: spreads retries
        raise AssertionError("unreachable: attempts is at least 1")

    async def check(self) -> None:
        """Ask whether it answers.

        Raises:
            DatabaseUnavailable: it is away, or does not let us ask.
        """
        try:
            async with self.transaction() as connection:
                await connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            raise DatabaseUnavailable(f"database: {short(error)}") from error

    @staticmethod
    async def _connect(engine: AsyncEngine) -> AsyncConnection:
        """A connection from the pool. Whatever keeps us from having one is an outage."""
        try:
            return await engine.connect()
        except DRIVER_ERRORS as error:
            raise DatabaseUnavailable(f"database: {short(error)}") from error


def _silence(context: ExceptionContext) -> None:
    """The driver's own timeout, told apart from timeouts of whoever uses the connection."""
    if isinstance(context.original_exception, TimeoutError):
        raise _Silent("no answer to a statement") from context.original_exception


@contextlib.contextmanager
def _outages() -> Iterator[None]:
    try:
        yield
    except _Silent as error:
        raise DatabaseUnavailable(f"database: {error}") from error
    except DBAPIError as error:
        meant = meaning(error)
        if meant is error:
            raise
        raise meant from error


async def _discard(connection: AsyncConnection) -> None:
    """Close for good: politely, so that the server ends the statement, and after some seconds anyhow."""
    with contextlib.suppress(TimeoutError, SQLAlchemyError, OSError):
        async with asyncio.timeout(_GIVE_UP_SECONDS):
            await connection.invalidate()
    await connection.close()


async def _unhindered(work: Coroutine[Any, Any, None]) -> None:
    """Wait for `work`, which ends by itself, through any number of cancellations; they are told afterwards."""
    task = asyncio.get_running_loop().create_task(work, name="closing a connection")
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    task.result()
