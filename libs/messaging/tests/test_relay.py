"""The relay where it is troubled: events it cannot publish or read, lost locks, a database that restarts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from messaging_support import EVENTS, METADATA, event
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from zavhoz_contracts.envelope import parse
from zavhoz_contracts.errors import Transient
from zavhoz_devstack.servers.server import Server
from zavhoz_messaging import relay as relay_module
from zavhoz_messaging.outbox import append
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.relay import EventsSource, Pending, Relay
from zavhoz_messaging.testing import subscribed, wait_until

SOURCE = "/zavhoz/requests"


@contextlib.asynccontextmanager
async def relaying(
    engine: AsyncEngine, publisher: Any, health: list[tuple[bool, str]] | None = None
) -> AsyncIterator[Relay]:
    def on_health(_: str, ok: bool, detail: str) -> None:
        if health is not None:
            health.append((ok, detail))

    relay = Relay(engine, publisher, [EventsSource(SOURCE)], on_health=on_health)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(relay.run(stop))
        try:
            yield relay
        finally:
            stop.set()


async def write(engine: AsyncEngine, *events: Any) -> None:
    async with engine.begin() as connection:
        await append(connection, events)


async def unpublished(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).where(EVENTS.c.published_at.is_(None))) or 0


async def _all_published(engine: AsyncEngine) -> bool:
    return await unpublished(engine) == 0


class Wires:
    """A publisher that keeps what it is given, and says no to some."""

    def __init__(self, refuse: Sequence[str] = ()) -> None:
        self.sent: list[tuple[str, int | None]] = []
        self.refuse = refuse
        self.waves: list[list[str]] = []
        self.after_wave: Callable[[], None] = lambda: None

    async def send_many(self, messages: Sequence[Outgoing]) -> list[Exception | None]:
        envelopes = [parse(message.body) for message in messages]
        self.waves.append([envelope.subject for envelope in envelopes])
        results: list[Exception | None] = []
        for envelope in envelopes:
            if envelope.subject in self.refuse:
                results.append(Transient("no"))
            else:
                self.sent.append((envelope.subject, envelope.version))
                results.append(None)
        self.after_wave()
        return results


async def test_never_two_unconfirmed_events_of_one_aggregate(engine: AsyncEngine) -> None:
    bad, good = uuid4(), uuid4()
    await write(engine, *(event(id, version) for version in (1, 2, 3) for id in (bad, good)))
    wires = Wires(refuse=[f"request/{bad}"])
    relay = Relay(engine, wires, [EventsSource(SOURCE)])  # type: ignore[arg-type]  # stands in for the publisher
    assert await relay.round(range(16)) == (3, True)
    assert all(len(wave) == len(set(wave)) for wave in wires.waves)
    assert wires.sent == [(f"request/{good}", version) for version in (1, 2, 3)]
    wires.refuse = ()
    assert await relay.round(range(16)) == (3, False)
    assert wires.sent[3:] == [(f"request/{bad}", version) for version in (1, 2, 3)]
    assert await relay.round(range(16)) == (0, False)


async def test_what_it_cannot_read_holds_up_its_own_aggregate_only(engine: AsyncEngine) -> None:
    strange, good = uuid4(), uuid4()
    await write(engine, event(strange, 1), event(strange, 2), event(good, 1))
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE events SET type = 'zavhoz.from.the.future.v9' WHERE aggregate_id = :id AND version = 1"),
            {"id": strange},
        )
    wires = Wires()
    relay = Relay(engine, wires, [EventsSource(SOURCE)])  # type: ignore[arg-type]  # stands in for the publisher
    assert await relay.round(range(16)) == (1, True)
    assert wires.sent == [(f"request/{good}", 1)]


async def test_it_is_woken_directly_not_by_the_poll(
    engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "_POLL_SECONDS", 60.0)
    async with subscribed(amqp_vhost_url) as subscriber, relaying(engine, publisher) as relay:
        await write(engine, event(uuid4(), 1))  # by NOTIFY, as from another process
        await subscriber.wait_for(1, timeout=10)
        await wait_until(lambda: _all_published(engine), "it to be marked")
        async with engine.begin() as connection:  # directly
            await connection.execute(
                text(
                    "INSERT INTO events (event_id, aggregate_type, aggregate_id, version, type, data, occurred_at,"
                    " correlation_id, shard) SELECT gen_random_uuid(), aggregate_type, aggregate_id, 2, type, data,"
                    " occurred_at, correlation_id, shard FROM events"
                )
            )
        relay.wake()
        await subscriber.wait_for(2, timeout=10)


async def test_without_its_locks_it_sends_no_further_wave(engine: AsyncEngine) -> None:
    id = uuid4()
    await write(engine, event(id, 1), event(id, 2))
    wires = Wires()
    relay = Relay(engine, wires, [EventsSource(SOURCE)])  # type: ignore[arg-type]  # stands in for the publisher
    async with relay._session() as session:
        shards = await session.shards()

        def lose() -> None:
            session.lost = True

        wires.after_wave = lose
        assert await relay.round(shards, session) == (1, True)
        with pytest.raises(relay_module._SessionLost):
            await session.shards()
    assert wires.sent == [(f"request/{id}", 1)]


class EndedMeanwhile(EventsSource):
    """The first time its session was ended while it asked nothing, and the connection is not closed yet.

    So the driver says it then (seen with asyncpg 0.32 and pg_terminate_backend).
    """

    ended = False

    async def fetch(self, connection: AsyncConnection, shards: Sequence[int], limit: int) -> list[Pending]:
        if not self.ended:
            self.ended = True
            raise asyncpg.InternalClientError("cannot switch to state 11; another operation (2) is in progress")
        return await super().fetch(connection, shards, limit)


async def test_a_session_that_the_server_ended_takes_nobody_with_it(engine: AsyncEngine) -> None:
    await write(engine, event(uuid4(), 1))
    source, stop, wires = EndedMeanwhile(SOURCE), asyncio.Event(), Wires()
    async with asyncio.TaskGroup() as group:
        relay = Relay(engine, wires, [source])  # type: ignore[arg-type]  # stands in for the publisher
        group.create_task(relay.run(stop))
        await wait_until(lambda: _all_published(engine), "it to be published by the next session")
        stop.set()
    assert source.ended


async def test_a_database_that_restarts_is_waited_for(postgresql_server: Server) -> None:
    name = f"test_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgresql_server.url)
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    url = urlsplit(postgresql_server.url)._replace(scheme="postgresql+asyncpg", path=f"/{name}")
    engine = create_async_engine(urlunsplit(url), pool_pre_ping=True)
    async with engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    wires, health = Wires(), list[tuple[bool, str]]()

    async def published(count: int) -> bool:
        return len(wires.sent) >= count

    async def restored() -> bool:
        return len(health) > 1 and health[-1][0]

    async with relaying(engine, wires, health):
        await write(engine, event(uuid4(), 1))
        await wait_until(lambda: published(1), "the first")
        await asyncio.to_thread(postgresql_server.kill)
        await asyncio.to_thread(postgresql_server.start)
        await wait_until(restored, "the relay to have its locks again")
        await write(engine, event(uuid4(), 1))
        await wait_until(lambda: published(2), "the second")
    assert (health[1][0], health[-1][0]) == (False, True)
    await engine.dispose()


async def test_a_database_that_refuses_connections_is_waited_for(database_url: str) -> None:
    missing = urlsplit(database_url)._replace(scheme="postgresql+asyncpg", path="/not_made_yet")
    engine = create_async_engine(urlunsplit(missing))
    health = list[tuple[bool, str]]()

    async def told() -> bool:
        return bool(health)

    async with relaying(engine, Wires(), health):
        await wait_until(told, "the relay to say what it waits for")
    assert [ok for ok, _ in health] == [False]
    assert "not_made_yet" in health[0][1]
    await engine.dispose()
