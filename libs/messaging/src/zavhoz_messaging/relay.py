"""The relay: publishes what was committed, in version order for each aggregate, and marks it.

It never reads by `id > last`, for a transaction that commits late would be skipped: it reads what is not marked. It is
woken by the commit (directly in its own process, by NOTIFY from others); polling is the net.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from zavhoz_contracts import tracing
from zavhoz_contracts.errors import Permanent
from zavhoz_messaging.backlog import AWAY, Backlog, backlog_of, measuring, read_backlog
from zavhoz_messaging.connection import OnHealth
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_messaging.outbox import CHANNEL, SHARDS, body_of
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import PRODUCER, Publisher, attributes

BATCH: Final = 500
_POLL_SECONDS: Final = 1.0
_LOCK_SECONDS: Final = 5.0
_LOCK_SPACE: Final = 0x7A61  # "za"; advisory locks are per database, and each service has its own
_log = structlog.get_logger("zavhoz.messaging")


@dataclass(frozen=True, slots=True)
class Pending:
    """Something committed and not yet published. Items of one `chain` are published one after another, in order.

    One that cannot be published (its type was written by a newer version of ourselves) has its error for a message, and
    holds up its own chain only.
    """

    key: Any
    chain: str
    message: Outgoing | Permanent


class RelaySource(Protocol):
    """A table that holds messages to be published."""

    name: str

    async def fetch(self, connection: AsyncConnection, shards: Sequence[int], limit: int) -> list[Pending]:
        """The oldest unpublished items of these shards; within a chain in order."""
        ...

    async def mark(self, connection: AsyncConnection, keys: Sequence[Any]) -> None:
        """Mark items as published, in one statement."""
        ...

    async def backlog(self, connection: AsyncConnection) -> Backlog:
        """How much is unpublished, in all shards."""
        ...


def outgoing(type: str, body: bytes, traceparent: str | None) -> Outgoing | Permanent:
    """The message of this type, or why it cannot be published."""
    try:
        return Outgoing.to_its_exchange(type, body, traceparent)
    except Permanent as error:
        return error


class EventsSource:
    """The `events` table of a service that calls itself `source`."""

    _FETCH = text(
        """
        SELECT id, event_id, aggregate_type, aggregate_id, version, type, data, occurred_at, correlation_id,
               causation_id, traceparent
        FROM events WHERE published_at IS NULL AND shard = ANY(CAST(:shards AS smallint[])) ORDER BY id LIMIT :limit
        """
    )
    _BACKLOG = backlog_of("SELECT occurred_at AS at FROM events WHERE published_at IS NULL ORDER BY id")
    _MARK = text("UPDATE events SET published_at = clock_timestamp() WHERE id = ANY(CAST(:keys AS bigint[]))")

    def __init__(self, source: str) -> None:
        self.name = source

    async def fetch(self, connection: AsyncConnection, shards: Sequence[int], limit: int) -> list[Pending]:
        """The oldest unpublished events. Ids grow within an aggregate, for its row is locked while one is written."""
        rows = await connection.execute(self._FETCH, {"shards": list(shards), "limit": limit})
        return [
            Pending(
                row.id,
                f"{row.aggregate_type}/{row.aggregate_id}",
                outgoing(row.type, body_of(row, self.name), row.traceparent),
            )
            for row in rows
        ]

    async def mark(self, connection: AsyncConnection, keys: Sequence[Any]) -> None:
        """Mark events as published."""
        await connection.execute(self._MARK, {"keys": list(keys)})

    async def backlog(self, connection: AsyncConnection) -> Backlog:
        """How many events are unpublished, and since when."""
        return await read_backlog(connection, self._BACKLOG)


class Relay:
    """Publishes from its sources. Of several relays on one database each shard has one, by an advisory lock."""

    name = "relay"

    def __init__(
        self,
        engine: AsyncEngine,
        publisher: Publisher,
        sources: Sequence[RelaySource],
        *,
        on_health: OnHealth = lambda *_: None,
    ) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")  # each statement for itself
        self._publisher = publisher
        self._sources = sources
        self._on_health = on_health
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that something was committed in this process."""
        self._wake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until `stop`; then publish what is committed, and return."""
        async with measuring(self._engine, self._sources), asyncio.TaskGroup() as group:
            waking = group.create_task(self._wake_at(stop))
            await self._run(stop)
            waking.cancel()

    async def _wake_at(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _run(self, stop: asyncio.Event) -> None:
        while True:
            try:
                async with self._session() as session:
                    self._on_health(self.name, True, "")
                    await self._relay(session, stop)
                    return
            except (*AWAY, _SessionLost) as error:
                self._on_health(self.name, False, f"{type(error).__name__}: {error}".splitlines()[0][:300])
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _POLL_SECONDS)
                if stop.is_set():
                    return  # what is committed stays committed; the next relay publishes it

    async def _relay(self, session: _Session, stop: asyncio.Event) -> None:
        while True:
            self._wake.clear()
            shards = await session.shards()
            published, failed = await self.round(shards, session)
            if not failed and published >= (1 if stop.is_set() else BATCH):
                continue  # there may be more; what was committed meanwhile wakes us
            if stop.is_set():
                return
            with contextlib.suppress(TimeoutError):
                # After a failure only the poll, so that it does not spin.
                await asyncio.wait_for((stop if failed else self._wake).wait(), _POLL_SECONDS)

    async def round(self, shards: Sequence[int], session: _Session | None = None) -> tuple[int, bool]:
        """Publish one batch of each source, side by side; returns how many were published, and whether any failed."""
        # All have ended when one has failed: a chain must not be on its way twice.
        batches = await asyncio.gather(
            *(self._batch(source, shards, session) for source in self._sources), return_exceptions=True
        )
        published, failed = 0, False
        for batch in batches:
            if isinstance(batch, BaseException):
                raise batch
            published, failed = published + batch[0], failed or batch[1]
        return published, failed

    async def _batch(self, source: RelaySource, shards: Sequence[int], session: _Session | None) -> tuple[int, bool]:
        async with self._engine.connect() as connection:
            pending = await source.fetch(connection, shards, BATCH)
        if pending:
            await reached(Point.FETCHED)
        done = await self._publish(pending, session)
        if done:
            await reached(Point.PUBLISHED)
            async with self._engine.connect() as connection:
                await source.mark(connection, done)
            await reached(Point.MARKED)
        return len(done), len(done) < len(pending)

    async def _publish(self, pending: Sequence[Pending], session: _Session | None) -> list[Any]:
        """Publish in waves: the first of each chain together, then the second; a failed one ends its own chain."""
        chains: dict[str, list[Pending]] = {}
        for item in pending:
            chains.setdefault(item.chain, []).append(item)
        done: list[Any] = []
        depth = 0
        while wave := [(chain, items[depth]) for chain, items in chains.items() if depth < len(items)]:
            if session is not None and session.lost:
                break  # another relay may have these shards by now
            results = await self._publish_all([item.message for _, item in wave])
            errors = [error for error in results if error is not None]
            if errors:
                _log.warning("not published yet", messages=len(errors), error=str(errors[0])[:300])
            for (chain, item), error in zip(wave, results, strict=True):
                if error is None:
                    done.append(item.key)
                else:
                    del chains[chain]
            depth += 1
        return done

    async def _publish_all(self, messages: Sequence[Outgoing | Permanent]) -> list[Exception | None]:
        """Publish a wave in one span, which is in the trace of one of them and linked to the others."""
        sendable = [one for one in messages if isinstance(one, Outgoing)]
        exchange = sendable[0].exchange if sendable else ""  # a source has one
        with tracing.grouped(
            f"publish {exchange}",
            [one.traceparent for one in sendable],
            kind=PRODUCER,
            attributes={**attributes(exchange), "zavhoz.component": self.name},
        ) as span:
            if span.is_recording():
                here = tracing.current(span)
                sendable = [one.carried(here) for one in sendable]
            results = iter(await self._publisher.send_many(sendable))
        return [next(results) if isinstance(one, Outgoing) else one for one in messages]

    @contextlib.asynccontextmanager
    async def _session(self) -> AsyncIterator[_Session]:
        """A connection of its own that holds the locks and listens; given up for good when it is lost."""
        async with self._engine.connect() as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            session = _Session(connection)
            if raw is None:
                raise _SessionLost("no connection")

            def woken(*_: object) -> None:
                self._wake.set()

            def lost(*_: object) -> None:
                session.lost = True
                self._wake.set()

            raw.add_termination_listener(lost)
            await raw.add_listener(CHANNEL, woken)
            try:
                yield session
            finally:
                raw.remove_termination_listener(lost)
                with contextlib.suppress(*AWAY):
                    # Locks of the session go with it: it must not go back to the pool holding them.
                    await asyncio.shield(connection.invalidate())


class _SessionLost(Exception):
    """The connection that holds the locks is gone, and the locks with it."""


class _Session:
    """The advisory locks that this relay holds: one a shard, as long as its connection lives."""

    _LOCK = text("SELECT pg_try_advisory_lock(:space, shard) FROM unnest(CAST(:shards AS int[])) AS s (shard)")

    def __init__(self, connection: AsyncConnection) -> None:
        self.lost = False
        self._connection = connection
        self._held: list[int] = []
        self._asked_at = float("-inf")

    async def shards(self) -> list[int]:
        """The shards held; asks for those that others hold every few seconds, which shows that the session lives too.

        Raises:
            _SessionLost: it does not.
        """
        if self.lost:
            raise _SessionLost("the connection that holds the locks was lost")
        if time.monotonic() - self._asked_at > _LOCK_SECONDS:
            missing = [shard for shard in range(SHARDS) if shard not in self._held]
            rows = await self._connection.execute(self._LOCK, {"space": _LOCK_SPACE, "shards": missing})
            got = [shard for shard, (locked,) in zip(missing, rows, strict=True) if locked]
            self._held = sorted([*self._held, *got])
            self._asked_at = time.monotonic()
        return self._held
