"""How far the relay is behind, measured every few seconds: also while it cannot publish."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import asyncpg
from sqlalchemy import TextClause, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from zavhoz_messaging import metrics

MOST: Final = 100_000
"""So many are counted; what is beyond them is not looked at, for that would cost more the worse it is."""
_EVERY_SECONDS: Final = 2.0
AWAY: Final = (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a database that is away looks like; some of it the driver says itself, for who listens speaks to it directly."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is committed and unpublished: how many messages, and the oldest one's age in seconds (0 when none is)."""

    messages: int
    seconds: float


class Measured(Protocol):
    """Whatever has a backlog."""

    name: str

    async def backlog(self, connection: AsyncConnection) -> Backlog:
        """How much is unpublished."""
        ...


def backlog_of(unpublished: str) -> TextClause:
    """The statement that measures what a query gives: its column `at`, the oldest first."""
    return text(
        f"""
        SELECT count(*) AS messages,
               coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0) AS seconds
        FROM ({unpublished} LIMIT {MOST}) AS unpublished
        """  # noqa: S608  # nosec B608: both parts are written in the code
    )


async def read_backlog(connection: AsyncConnection, statement: TextClause) -> Backlog:
    """Measure with a statement of `backlog_of`; ages are by the database's clock."""
    row = (await connection.execute(statement)).one()
    return Backlog(row.messages, max(0.0, float(row.seconds)))


@contextlib.asynccontextmanager
async def measuring(engine: AsyncEngine, sources: Sequence[Measured]) -> AsyncIterator[None]:
    """Keep the gauges of these sources true while inside."""

    async def measure() -> None:
        while True:
            with contextlib.suppress(*AWAY):
                async with engine.connect() as connection:
                    for source in sources:
                        found = await source.backlog(connection)
                        metrics.OUTBOX_UNPUBLISHED.labels(source.name).set(found.messages)
                        metrics.OUTBOX_LAG.labels(source.name).set(found.seconds)
            await asyncio.sleep(_EVERY_SECONDS)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(measure(), name="relay: backlog")
        try:
            yield
        finally:
            task.cancel()
