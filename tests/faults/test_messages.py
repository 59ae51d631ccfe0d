"""Messages that come too often, out of order, broken, or that end their process: the others go through."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

import aio_pika
import pytest
from broker_support import silence
from faults_support import Fire

from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Actor, Origin
from zavhoz_contracts.people.v1.commands import RegisterPerson
from zavhoz_contracts.registry import Queue, bindings
from zavhoz_devstack.evidence import connect
from zavhoz_messaging.dead_queue import Done, looking
from zavhoz_messaging.testing import depths, wait_until
from zavhoz_messaging.topology import WorkQueue

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

COMMANDS: Final = WorkQueue(Queue.REQUESTS_COMMANDS)
EVENTS: Final = WorkQueue(Queue.NOTIFIER_EVENTS)
Kill = Callable[[], Awaitable[int]]
_TRAP: Final = """
    CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_advisory_xact_lock(4711); PERFORM pg_sleep(60); RETURN NEW; END';
    CREATE TRIGGER trap BEFORE INSERT ON inbox FOR EACH ROW WHEN (NEW.message_id = '<id>') EXECUTE FUNCTION trap();
"""
STRANGER: Final = 880_000
"""Nobody's id at the stand-in; counted on from here."""


@contextlib.asynccontextmanager
async def channel_to(fire: Fire) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    """A channel of the test's own."""
    connection = await aio_pika.connect(fire.stack.amqp_url)
    async with connection, connection.channel() as channel:
        yield channel


async def test_each_command_a_hundred_times_at_once(fire: Fire) -> None:
    """Twenty commands as they come, each with a hundred doubles from somewhere."""
    seen: list[bytes] = []

    async with channel_to(fire) as channel:
        copies = await channel.declare_queue(exclusive=True)
        for exchange, key in bindings(COMMANDS.queue):
            await copies.bind(exchange.value, key)

        async def multiply(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            if message.body in seen or len(seen) == 20:
                return
            seen.append(message.body)
            await asyncio.gather(*(to_queue(channel, COMMANDS.name, message.body) for _ in range(100)))

        await copies.consume(multiply, no_ack=True)
        async with fire.load() as crowd:
            await crowd.until(80)
    assert len(seen) == 20
    await fire.audit(crowd)


async def to_queue(channel: aio_pika.abc.AbstractChannel, queue: str, body: bytes) -> None:
    """Publish bytes straight to a queue."""
    await channel.default_exchange.publish(aio_pika.Message(body, delivery_mode=2), queue)


async def test_poison_becomes_dead_letters_and_its_neighbours_go_through(fire: Fire) -> None:
    broken = poison()
    async with channel_to(fire) as channel, fire.load() as crowd:
        await crowd.until(20)
        for work in map(WorkQueue, Queue):
            for _, body in broken:
                await to_queue(channel, work.name, body)
        await crowd.until(60)
        await wait_until(lambda: _dead(fire, len(broken) * len(Queue)), "every dead letter")
    audit = await fire.audit(crowd, dead_letters=True)
    assert not audit.dead_lettered, "none of them was anybody's command"
    for work in map(WorkQueue, Queue):
        assert await reasons_of(fire, work) == Counter(reason for reason, _ in broken)


def poison() -> list[tuple[str, bytes]]:
    """What no service can handle, each with the reason it must get."""
    real = json.loads(register("x").to_json())
    return [
        ("malformed", b"{"),
        ("malformed", b"\xff\xfe not even text"),
        ("malformed", b"[]"),
        ("malformed", json.dumps(real | {"id": "not one"}).encode()),
        ("malformed", json.dumps(real | {"data": {}}).encode()),
        ("malformed", json.dumps(real | {"data": real["data"] | {"actor": "x" * 2_000_000}}).encode()),
        ("unknown_type", json.dumps(real | {"type": "zavhoz.person.explode.v1"}).encode()),
        ("unknown_type", json.dumps(real | {"type": "zavhoz.person.register.v9"}).encode()),
    ]


def register(name: str, number: int = 0) -> Envelope[RegisterPerson]:
    """A command that makes somebody known."""
    id = STRANGER + number
    actor = Actor(telegram_id=id, name=name, seen_at=datetime.now(UTC))
    return wrap(
        RegisterPerson(actor=actor, origin=Origin(chat_id=id)), source="/zavhoz/gateway", subject="person", id=uuid4()
    )


async def _dead(fire: Fire, count: int) -> bool:
    return sum((await depths(fire.stack.amqp_url, [WorkQueue(queue).dead for queue in Queue])).values()) >= count


async def reasons_of(fire: Fire, work: WorkQueue) -> Counter[str]:
    """The reasons of a queue's dead letters, which are thereby dropped."""
    found: Counter[str] = Counter()
    connection = await aio_pika.connect(fire.stack.amqp_url)
    async with connection:
        async for message, letter in looking(connection, work, 10_000, Done()):
            found[letter.reason] += 1
            await message.ack()
    return found


@pytest.mark.exhaustive
async def test_a_message_that_ends_its_process_each_time_harms_only_itself(fire: Fire) -> None:
    """Two hundred at once, one of which has its process killed in the middle of the transaction, whenever it comes."""
    service, killer = fire.service("requests"), register("killer", 199)
    neighbours = [register(str(number), number) for number in range(199)]
    async with fire.load(people=4) as crowd, channel_to(fire) as channel, trap(fire, killer.id) as kill:
        await crowd.until(10)
        service.kill()
        for one in [*neighbours[:100], killer, *neighbours[100:]]:
            await to_queue(channel, COMMANDS.name, one.to_json())
        service.start()
        kills = 0

        async def dead() -> bool:
            nonlocal kills
            kills += await kill()
            return (await depths(fire.stack.amqp_url, [COMMANDS.dead]))[COMMANDS.dead] == 1

        await wait_until(dead, "the killer to be a dead letter", timeout=90)
        await fire.ready()
        await crowd.until(30)
    assert kills >= 3
    await fire.audit(crowd, dead_letters=True)
    assert await reasons_of(fire, COMMANDS) == Counter({"delivery_limit": 1})
    assert await taken(fire, [one.id for one in neighbours]) == 199
    assert await taken(fire, [killer.id]) == 0


async def taken(fire: Fire, ids: list[UUID]) -> int:
    """How many of these commands are in the inbox of the requests service, decided."""
    connection = await connect(fire.stack, "requests")
    try:
        count = "SELECT count(*) FROM inbox WHERE outcome IS NOT NULL AND message_id = ANY($1)"
        return int(await connection.fetchval(count, ids))
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def trap(fire: Fire, id: UUID) -> AsyncIterator[Kill]:
    """A command in whose transaction the process is held, to be killed there; yields what does so.

    That returns how many it killed: none, while the command is not being handled.
    """
    service, database = fire.service("requests"), await connect(fire.stack, "requests")
    await database.execute(_TRAP.replace("<id>", str(id)))

    async def kill() -> int:
        held = await database.fetch("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711")
        if held:
            await asyncio.to_thread(service.kill)
            await database.execute("SELECT pg_terminate_backend(pid, 5000) FROM unnest($1::int[]) AS p (pid)", held[0])
            service.start()
        return len(held)

    try:
        yield kill
    finally:
        await database.execute("DROP TRIGGER trap ON inbox; DROP FUNCTION trap")
        await database.close()


@pytest.mark.exhaustive
async def test_events_out_of_order_and_with_gaps_are_told_in_their_order(fire: Fire) -> None:
    """Somebody between the exchange and the notifier's queue shuffles, and drops what a later one tells of."""
    between: asyncio.Queue[bytes] = asyncio.Queue()
    async with channel_to(fire) as channel:
        queue = await channel.declare_queue("between", auto_delete=True)
        for exchange, key in bindings(EVENTS.queue):
            await queue.bind(exchange.value, key)
        await silence(fire, EVENTS)

        async def keep(message: aio_pika.abc.AbstractIncomingMessage) -> None:
            between.put_nowait(message.body)

        await queue.consume(keep, no_ack=True)
        disorder = Disorder(between, channel)
        async with asyncio.TaskGroup() as group:
            passing = group.create_task(disorder.run())
            async with fire.load(people=12) as crowd:
                await crowd.until(150)
            await wait_until(disorder.over, "everything to be passed on")
            await fire.audit(crowd)
            passing.cancel()
    assert disorder.dropped > 5
    assert disorder.reordered > 5
    await wait_until(lambda: _drawn(fire), "every card to be drawn as its request is")


class Disorder:
    """Passes events on to the notifier's queue in batches, each shuffled, without some that others make up for."""

    def __init__(self, source: asyncio.Queue[bytes], channel: aio_pika.abc.AbstractChannel) -> None:
        self.dropped = 0
        self.reordered = 0
        self._source = source
        self._channel = channel
        self._idle = False
        self._random = random.Random(5)  # the same disorder each time

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._idle = self._source.empty()
            batch = [await self._source.get()]
            self._idle = False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    while len(batch) < 30:
                        batch.append(await self._source.get())
            await self._pass_on([json.loads(body) for body in batch])

    async def over(self) -> bool:
        """Whether everything that came was passed on."""
        return self._idle and self._source.empty()

    async def _pass_on(self, events: list[dict[str, Any]]) -> None:
        last = {event["subject"]: event["sequence"] for event in events}
        mixed = self._random.sample(events, len(events))
        kept = [one for one in mixed if one["sequence"] == last[one["subject"]] or self._random.random() < 0.5]
        self.dropped += len(mixed) - len(kept)
        newest: dict[str, str] = {}
        for event in kept:
            self.reordered += event["sequence"] < newest.get(event["subject"], "")
            newest[event["subject"]] = max(event["sequence"], newest.get(event["subject"], ""))
            await to_queue(self._channel, EVENTS.name, json.dumps(event).encode())


async def _drawn(fire: Fire) -> bool:
    """Whether every live card is of its request's newest version."""
    requests, notifier = await connect(fire.stack, "requests"), await connect(fire.stack, "notifier")
    try:
        versions = {row["id"]: row["version"] for row in await requests.fetch("SELECT id, version FROM requests")}
        cards = await notifier.fetch("SELECT request_id, version FROM live_cards")
    finally:
        await requests.close()
        await notifier.close()
    return all(card["version"] == versions[card["request_id"]] for card in cards)
