"""Inbox and outbox on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import random
from uuid import UUID, uuid4

import pytest
from messaging_support import EVENTS, event
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from zavhoz_messaging.inbox import claim
from zavhoz_messaging.outbox import append, envelope_of, shard_of
from zavhoz_messaging.testing import wait_until


async def test_what_another_transaction_claims_is_waited_for(engine: AsyncEngine) -> None:
    a, b, c = (uuid4() for _ in range(3))
    async with engine.connect() as first, engine.connect() as second, asyncio.TaskGroup() as group:
        assert await claim(first, [(a, "x"), (b, "x")]) == {a, b}
        other = group.create_task(claim(second, [(b, "x"), (c, "x")]))
        await wait_until(lambda: _somebody_waits(engine), "the second to wait for the first")
        assert not other.done()
        await first.commit()
        assert await other == {c}


async def test_what_was_rolled_back_may_be_claimed_again(engine: AsyncEngine) -> None:
    id = uuid4()
    async with engine.connect() as connection:
        assert await claim(connection, [(id, "x")]) == {id}
        await connection.rollback()
        assert await claim(connection, [(id, "x"), (id, "x")]) == {id}
        assert await claim(connection, [(id, "x")]) == set()


async def _somebody_waits(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        return bool(await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


async def test_many_at_once_claim_each_message_once_without_deadlock(engine: AsyncEngine) -> None:
    ids = [uuid4() for _ in range(100)]
    claimed: list[UUID] = []

    async def one(seed: int) -> None:
        mine = random.Random(seed).sample(ids, len(ids))
        async with engine.begin() as connection:
            won = await claim(connection, [(id, "x") for id in mine])
        claimed.extend(won)

    async with asyncio.TaskGroup() as group:
        for seed in range(12):
            group.create_task(one(seed))
    assert sorted(claimed) == sorted(ids)


async def test_an_event_comes_back_as_the_message_it_was(engine: AsyncEngine) -> None:
    written = event(uuid4(), 7)
    async with engine.begin() as connection:
        await append(connection, [written])
        await append(connection, [])
        (row,) = (await connection.execute(select(EVENTS))).all()
    envelope = envelope_of(row, "/zavhoz/requests")
    assert envelope.data == written.data
    assert (envelope.id, envelope.subject, envelope.version) == (
        written.event_id,
        f"request/{written.aggregate_id}",
        7,
    )
    assert (envelope.correlationid, envelope.causationid) == (written.correlation_id, written.causation_id)
    assert (envelope.traceparent, envelope.time) == (written.traceparent, written.occurred_at)
    assert row.published_at is None


async def test_a_version_is_written_once(engine: AsyncEngine) -> None:
    id = uuid4()
    with pytest.raises(IntegrityError, match="events_version_key"):
        async with engine.begin() as connection:
            await append(connection, [event(id, 1), event(id, 1)])


def test_shards_are_what_they_always_were() -> None:
    frozen = {
        "00000000-0000-0000-0000-000000000000": 0,
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8": 8,
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6": 6,
        "ffffffff-ffff-ffff-ffff-ffffffffffff": 15,
    }
    assert {id: shard_of(UUID(id)) for id in frozen} == frozen
