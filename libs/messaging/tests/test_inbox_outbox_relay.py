"""Inbox, outbox and relay on a real PostgreSQL and a real broker: one effect a message, every committed event once."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import pytest
from sqlalchemy import MetaData, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from zavhoz_contracts.envelope import Envelope, parse
from zavhoz_contracts.message import Role
from zavhoz_contracts.people.v1.events import PersonRegistered
from zavhoz_messaging.inbox import claim, inbox_table
from zavhoz_messaging.outbox import SHARDS, Event, append, events_table, shard_of
from zavhoz_messaging.outgoing import Outgoing
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.relay import EventsSource, Relay
from zavhoz_messaging.testing import subscribed, wait_until

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
TYPE = PersonRegistered.TYPE
SOURCE = "/zavhoz/requests"


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    url = urlunsplit(urlsplit(database_url)._replace(scheme="postgresql+asyncpg"))
    engine = create_async_engine(url, pool_size=20)
    metadata = MetaData()
    inbox_table(metadata)
    events_table(metadata)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
    yield engine
    await engine.dispose()


def event(aggregate: UUID, version: int = 1) -> Event:
    data = PersonRegistered(person_id=aggregate, role=Role.REQUESTER, occurred_at=NOW)
    return Event(uuid4(), "person", aggregate, version, data, NOW, correlation_id=uuid4(), causation_id=uuid4())


async def write(engine: AsyncEngine, *events: Event) -> list[UUID]:
    async with engine.begin() as connection:
        await append(connection, events)
    return [one.event_id for one in events]


async def unpublished(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT count(*) FROM events WHERE published_at IS NULL"))
        return int(rows.scalar_one())


class Watched:
    """A relay with its way to stop, and how its health stood, change by change."""

    def __init__(self, engine: AsyncEngine, publisher: Publisher) -> None:
        self.health: list[bool] = []
        self.stop = asyncio.Event()
        self.relay = Relay(
            engine, publisher, [EventsSource(SOURCE)], on_health=lambda _, ok, __: self.health.append(ok)
        )


@contextlib.asynccontextmanager
async def relaying(engine: AsyncEngine, publisher: Publisher) -> AsyncIterator[Watched]:
    watched = Watched(engine, publisher)
    async with asyncio.TaskGroup() as group:
        group.create_task(watched.relay.run(watched.stop))
        try:
            yield watched
        finally:
            watched.stop.set()


class Faulty(Publisher):
    """A publisher that cannot publish what is in `broken`, and keeps the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: set[UUID] = set()
        self.published: list[Envelope[Any]] = []
        self.tried = asyncio.Event()

    async def send_many(self, messages: Sequence[Outgoing]) -> list[Exception | None]:
        envelopes = [parse(message.body) for message in messages]
        self.published += [one for one in envelopes if one.id not in self.broken]
        self.tried.set()
        return [OSError("broken") if one.id in self.broken else None for one in envelopes]


# The inbox


async def test_of_many_that_claim_at_once_exactly_one_has_each(engine: AsyncEngine) -> None:
    ids = [uuid4() for _ in range(30)]
    won: list[UUID] = []

    async def one(seed: int) -> None:
        wanted = random.Random(seed).sample(ids, 20)
        async with engine.begin() as connection:
            mine = await claim(connection, [(id, TYPE) for id in wanted])
            assert set(mine) <= set(wanted)
        won.extend(mine)

    async with asyncio.TaskGroup() as group:
        for seed in range(20):
            group.create_task(one(seed))
    assert len(won) == len(set(won)), "nobody shares"
    assert set(won) == set(ids)


async def test_who_waits_for_a_claim_has_it_only_if_the_other_gives_up(engine: AsyncEngine) -> None:
    for commits in (True, False):
        id = uuid4()
        async with engine.connect() as first:
            await first.begin()
            assert set(await claim(first, [(id, TYPE)])) == {id}

            async def second(id: UUID = id) -> set[UUID]:
                async with engine.begin() as connection:
                    return set(await claim(connection, [(id, TYPE)]))

            async with asyncio.TaskGroup() as group:
                waiting = group.create_task(second())

                async def blocked() -> bool:
                    async with engine.connect() as asking:
                        rows = await asking.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
                        return bool(rows.scalar_one())

                await wait_until(blocked, "the second to wait for the first")
                await (first.commit() if commits else first.rollback())
            assert waiting.result() == (set() if commits else {id})


async def test_a_message_twice_in_one_group_is_claimed_once(engine: AsyncEngine) -> None:
    id, other = uuid4(), uuid4()
    async with engine.begin() as connection:
        assert set(await claim(connection, [(id, TYPE), (other, TYPE), (id, TYPE)])) == {id, other}
        assert await claim(connection, [(id, TYPE)]) == {}
        assert await claim(connection, []) == {}


# The outbox


@pytest.mark.parametrize(
    ("aggregate", "shard"),
    [
        ("00000000-0000-0000-0000-000000000000", 0),
        ("3d6f0a4e-8a43-4a7e-9f5c-0c1d2e3f4a5b", 11),
        ("018f2b5c-7d1a-7c3e-b9d0-1122334455ff", 15),
        ("ffffffff-ffff-4fff-bfff-fffffffffff7", 7),
    ],
)
def test_the_shard_of_an_aggregate_never_changes(aggregate: str, shard: int) -> None:
    assert SHARDS == 16
    assert shard_of(UUID(aggregate)) == shard


async def test_a_version_is_written_once(engine: AsyncEngine) -> None:
    aggregate = uuid4()
    await write(engine, event(aggregate, 1))
    with pytest.raises(IntegrityError, match="events_version_key"):
        await write(engine, event(aggregate, 1))


# The relay


async def test_an_event_arrives_as_it_was_written(
    engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher
) -> None:
    written = event(uuid4(), 7)
    async with subscribed(amqp_vhost_url) as subscriber, relaying(engine, publisher):
        await write(engine, written)
        (seen,) = await subscriber.wait_for(1)
    assert (seen.id, seen.type, seen.source) == (written.event_id, TYPE, SOURCE)
    assert (seen.subject, seen.sequence) == (f"person/{written.aggregate_id}", "0000000007")
    assert (seen.correlationid, seen.causationid) == (written.correlation_id, written.causation_id)
    assert (seen.time, seen.data) == (NOW, written.data)
    assert await unpublished(engine) == 0


async def test_events_of_an_aggregate_arrive_in_the_order_of_their_versions(
    engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher
) -> None:
    aggregates = [uuid4() for _ in range(8)]

    async def live(aggregate: UUID) -> None:
        for first in range(1, 41, 4):
            await write(engine, *(event(aggregate, version) for version in range(first, first + 4)))

    async with subscribed(amqp_vhost_url) as subscriber, relaying(engine, publisher):
        async with asyncio.TaskGroup() as group:
            for aggregate in aggregates:
                group.create_task(live(aggregate))
        seen = await subscriber.wait_for(8 * 40)
    versions: dict[str, list[int]] = defaultdict(list)
    for message in seen:
        assert message.sequence is not None
        versions[message.subject].append(int(message.sequence))
    assert versions == {f"person/{aggregate}": list(range(1, 41)) for aggregate in aggregates}


async def test_what_commits_late_is_not_skipped(engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher) -> None:
    late, early = event(uuid4()), event(uuid4())
    async with subscribed(amqp_vhost_url) as subscriber, relaying(engine, publisher), engine.connect() as connection:
        await connection.begin()
        await append(connection, [late])  # has the lower id
        await write(engine, early)
        assert [one.id for one in await subscriber.wait_for(1)] == [early.event_id]

        async def marked() -> bool:
            return await unpublished(engine) == 0

        await wait_until(marked, "the early one to be marked")
        await connection.commit()
        assert [one.id for one in await subscriber.wait_for(2)] == [early.event_id, late.event_id]


async def test_a_commit_elsewhere_wakes_it(
    engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zavhoz_messaging.relay._POLL_SECONDS", 600)
    async with subscribed(amqp_vhost_url) as subscriber, relaying(engine, publisher):
        for count in range(1, 6):
            await write(engine, event(uuid4()))
            await subscriber.wait_for(count)


async def test_two_relays_publish_nothing_twice_and_the_second_takes_over(
    engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher
) -> None:
    ids: list[UUID] = []
    async with subscribed(amqp_vhost_url) as subscriber, contextlib.AsyncExitStack() as second:
        async with relaying(engine, publisher) as first:
            ids += await write(engine, event(uuid4()))
            await subscriber.wait_for(1)
            other = await second.enter_async_context(relaying(engine, publisher))
            for _ in range(20):
                ids += await write(engine, *(event(uuid4()) for _ in range(10)))
            await subscriber.wait_for(201)
        ids += await write(engine, *(event(UUID(int=shard), 4) for shard in range(SHARDS)))
        await subscriber.wait_for(201 + SHARDS)
        assert first.health + other.health == [True, True]
    assert sorted(one.id for one in subscriber.messages) == sorted(ids)


async def test_it_recovers_from_the_loss_of_the_session_with_its_locks(
    engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher
) -> None:
    async with subscribed(amqp_vhost_url) as subscriber, relaying(engine, publisher) as watched:
        await write(engine, event(uuid4()))
        await subscriber.wait_for(1)
        async with engine.begin() as connection:
            ended = await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM (SELECT DISTINCT pid FROM pg_locks JOIN pg_database d"
                    " ON d.oid = database WHERE locktype = 'advisory' AND datname = current_database()) AS held"
                )
            )
            assert ended.scalars().all() == [True], "one session holds the locks"
        ids = await write(engine, *(event(uuid4()) for _ in range(20)))
        seen = await subscriber.wait_for(21)

        async def recovered() -> bool:
            return watched.health[:3] == [True, False, True]

        # The last words of its session may still be under way when it has published already.
        await wait_until(recovered, "the relay has another session")
    assert {one.id for one in seen} > set(ids)


async def test_a_stop_publishes_what_is_committed(
    engine: AsyncEngine, amqp_vhost_url: str, publisher: Publisher
) -> None:
    aggregate = uuid4()
    await write(engine, *(event(aggregate, version) for version in range(1, 4)))
    await write(engine, *(event(uuid4()) for _ in range(700)))  # more than one batch
    async with subscribed(amqp_vhost_url) as subscriber:
        watched = Watched(engine, publisher)
        watched.stop.set()
        async with asyncio.timeout(30):
            await watched.relay.run(watched.stop)
        assert await unpublished(engine) == 0
        await subscriber.wait_for(703)


async def test_what_cannot_be_published_holds_its_own_aggregate_only(engine: AsyncEngine) -> None:
    stuck, free = uuid4(), uuid4()
    ids = await write(engine, *(event(stuck, version) for version in (1, 2, 3)))
    others = await write(engine, *(event(free, version) for version in (1, 2, 3)))
    faulty = Faulty()
    faulty.broken = {ids[1]}
    relay = Relay(engine, faulty, [EventsSource(SOURCE)])
    assert await relay.round(range(SHARDS)) == (4, True)
    assert sorted(one.id for one in faulty.published) == sorted([ids[0], *others])
    assert await unpublished(engine) == 2

    faulty.published.clear()
    faulty.broken.clear()
    assert await relay.round(range(SHARDS)) == (2, False)
    assert [one.id for one in faulty.published] == ids[1:]
    assert await relay.round(range(SHARDS)) == (0, False)


async def test_a_relay_publishes_only_the_shards_it_holds(engine: AsyncEngine) -> None:
    ids = await write(engine, *(event(UUID(int=shard)) for shard in range(SHARDS)))
    faulty = Faulty()
    relay = Relay(engine, faulty, [EventsSource(SOURCE)])
    await relay.round([3, 5])
    assert [one.id for one in faulty.published] == [ids[3], ids[5]]


async def test_a_database_away_shows_and_it_can_be_stopped_then(unused_tcp_port: int) -> None:
    engine = create_async_engine(f"postgresql+asyncpg://nobody:x@127.0.0.1:{unused_tcp_port}/nothing")
    try:
        async with asyncio.timeout(20), relaying(engine, Faulty()) as watched:

            async def away() -> bool:
                return False in watched.health

            await wait_until(away, "the relay to say that the database is away")
    finally:
        await engine.dispose()
    assert True not in watched.health
