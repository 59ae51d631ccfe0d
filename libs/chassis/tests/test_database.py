"""Transactions against a real PostgreSQL: what they leave behind, what is retried, what counts as an outage."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from zavhoz_chassis.database import Database, DatabaseUnavailable, Unstorable
from zavhoz_chassis.health import Health
from zavhoz_chassis.watch import Watch
from zavhoz_contracts.errors import Permanent

NAME = "zavhoz-test"
Run = Callable[[Database, Callable[[AsyncConnection], Awaitable[None]]], Awaitable[None]]


def at(url: str, **parts: str) -> str:
    return urlunsplit(urlsplit(url)._replace(**{"scheme": "postgresql+asyncpg", **parts}))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(at(database_url), pool_size=5, name=NAME)
    async with database.transaction() as connection:
        await connection.execute(text("CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL)"))
        await connection.execute(text("INSERT INTO counters VALUES (1, 0), (2, 0)"))
    yield database
    await asyncio.wait_for(database.close(), 10)


@pytest.fixture
async def observer(database_url: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
    connection = await asyncpg.connect(database_url, timeout=10)
    yield connection
    await connection.close()


async def count(database: Database, id: int = 1) -> int:
    async with database.transaction() as connection:
        return int(await connection.scalar(text("SELECT n FROM counters WHERE id = :id"), {"id": id}) or 0)


async def add(connection: AsyncConnection, id: int = 1) -> None:
    await connection.execute(text("UPDATE counters SET n = n + 1 WHERE id = :id"), {"id": id})


async def by_statements(database: Database, work: Callable[[AsyncConnection], Awaitable[None]]) -> None:
    async with database.statements() as connection:
        await work(connection)


async def until(probe: Callable[[], Awaitable[bool]], seconds: float = 15) -> None:
    """Ask the database until the answer is yes; the question itself takes the time between."""
    deadline = monotonic() + seconds
    while not await probe():
        assert monotonic() < deadline, "did not come about in time"


async def test_commit_and_rollback(database: Database) -> None:
    async with database.transaction() as connection:
        await add(connection)

    async def work(connection: AsyncConnection) -> None:
        await add(connection)
        raise LookupError

    with pytest.raises(LookupError):
        await database.run(work)
    assert await count(database) == 1


async def test_each_statement_for_itself_and_the_next_transaction_as_one(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await add(connection)
        assert await count(database) == 1, "seen by others at once"
        raise LookupError

    with pytest.raises(LookupError):
        await by_statements(database, work)
    assert await count(database) == 1
    async with contextlib.AsyncExitStack() as held:
        for _ in range(2):  # both connections of the pool, whichever of them it was
            connection = await held.enter_async_context(database.transaction())
            ids = [await connection.scalar(text("SELECT txid_current()")) for _ in range(2)]
            assert ids[0] == ids[1]


async def test_the_session_is_set_up(database: Database) -> None:
    async with database.transaction() as connection:
        settings = {
            name: await connection.scalar(text("SELECT current_setting(:name)"), {"name": name})
            for name in ("application_name", "jit", "TimeZone", "statement_timeout")
        }
    assert settings == {"application_name": NAME, "jit": "off", "TimeZone": "UTC", "statement_timeout": "30s"}


async def cancelled_in_mid_query(database: Database, observer: asyncpg.Connection[asyncpg.Record], times: int) -> None:
    """Cancel so many, five at a time, and see each time that nothing of them is left."""

    async def sleepers() -> int:
        return int(
            await observer.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'", NAME
            )
        )

    async def work() -> None:
        async with database.transaction() as connection:
            await add(connection)
            await connection.execute(text("SELECT pg_sleep(60)"))

    cancelled = 0
    for _ in range(times // 5):
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work()) for _ in range(5)]

            async def all_in_the_query() -> bool:
                return await sleepers() == 5

            await until(all_in_the_query)
            for number, task in enumerate(tasks):
                for _ in range(1 + number % 3):  # some are cancelled once more while they clean up
                    task.cancel()
        cancelled += sum(task.cancelled() for task in tasks)
        # Their queries are ended on the server too, not only forgotten: row locks would outlive us.
        assert await sleepers() == 0
    assert cancelled == times
    assert await count(database) == 0
    await database.run(add)
    assert await count(database) == 1


async def test_a_hundred_cancelled_in_mid_query_leave_no_session_behind(
    database: Database, observer: asyncpg.Connection[asyncpg.Record]
) -> None:
    await cancelled_in_mid_query(database, observer, 100)


@pytest.mark.exhaustive
async def test_a_thousand_cancelled_in_mid_query_leave_no_session_behind(
    database: Database, observer: asyncpg.Connection[asyncpg.Record]
) -> None:
    await cancelled_in_mid_query(database, observer, 1000)


async def test_cancelled_again_and_again_while_it_cleans_up(
    database: Database, observer: asyncpg.Connection[asyncpg.Record]
) -> None:
    in_query = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as connection:
            await add(connection)
            in_query.set()
            await connection.execute(text("SELECT pg_sleep(60)"))

    async with asyncio.TaskGroup() as group:
        task = group.create_task(work())
        await in_query.wait()
        while not task.done():
            task.cancel()
            await observer.fetchval("SELECT 1")
    assert task.cancelled()
    left = await observer.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle'", NAME
    )
    assert left == 0


async def test_a_cancelled_wait_for_a_connection_loses_none(database: Database) -> None:
    async with contextlib.AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(database.transaction())
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1), database.transaction():
                raise AssertionError("there was no connection to be had")
    async with contextlib.AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(database.transaction())


async def test_deadlocks_are_retried(database: Database) -> None:
    both = asyncio.Barrier(2)
    tries: list[int] = []

    def crossing(first: int, second: int) -> Callable[[AsyncConnection], Awaitable[None]]:
        met = False

        async def work(connection: AsyncConnection) -> None:
            nonlocal met
            tries.append(first)
            await connection.execute(text("SET LOCAL deadlock_timeout = '50ms'"))
            await add(connection, first)
            if not met:
                met = True
                await both.wait()
            await add(connection, second)

        return work

    async with asyncio.TaskGroup() as group:
        group.create_task(database.run(crossing(1, 2)))
        group.create_task(database.run(crossing(2, 1)))
    assert len(tries) == 3, "one of the two had to begin again"
    assert (await count(database, 1), await count(database, 2)) == (2, 2)


async def test_serialization_failures_are_retried_in_a_fresh_transaction(database: Database) -> None:
    seen: list[int] = []

    async def work(connection: AsyncConnection) -> int:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        n = int(await connection.scalar(text("SELECT n FROM counters WHERE id = 1")) or 0)
        seen.append(n)
        if len(seen) == 1:
            await database.run(add)  # somebody else is faster
        await connection.execute(text("UPDATE counters SET n = :n WHERE id = 1"), {"n": n + 10})
        return n

    assert await database.run(work) == 1
    assert seen == [0, 1]
    assert await count(database) == 11


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
async def test_retries_are_bounded_and_then_it_is_an_outage(database: Database, sqlstate: str) -> None:
    """Whoever asked does it later, as when the database is away; as a bug it would end a background task."""
    tries = 0

    async def work(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        await connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"))

    with pytest.raises(DatabaseUnavailable, match="no"):
        await database.run(work, attempts=3)
    assert tries == 3


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("INSERT INTO counters VALUES (1, 0)", {}),
        ("SELECT * FROM nowhere", {}),
        ("SELEKT", {}),
        ("SET LOCAL statement_timeout = '20ms'; SELECT pg_sleep(10)", {}),
    ],
)
async def test_what_is_wrong_with_a_statement_is_no_outage(
    database: Database, statement: str, parameters: dict[str, object]
) -> None:
    """For an outage stops the whole queue until it is over, and this never is."""
    tries = 0

    async def work(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        *before, last = statement.split("; ")
        for one in before:
            await connection.execute(text(one))
        await connection.execute(text(last), parameters)

    with pytest.raises(DBAPIError):
        await database.run(work)
    assert tries == 1
    assert await count(database) == 0


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("int", 2**40),
        ("int", "many"),
        ("bigint", 2**63),
        ("text", "nul\x00"),
        ("text", "a lone surrogate \ud800"),
        ("text[]", ["fine", "nul\x00"]),
        ("jsonb", '{"a": "\\u0000"}'),
        ("jsonb", '{"a": "\\ud800"}'),
        ("jsonb", "NaN"),
    ],
)
async def test_what_cannot_be_stored_is_a_permanent_failure(database: Database, type: str, value: object) -> None:
    """It goes to the dead letters at once: to try it again would only fill the log."""
    tries = 0

    async def work(connection: AsyncConnection) -> None:
        nonlocal tries
        tries += 1
        await add(connection)
        await connection.execute(text(f"SELECT CAST(:value AS {type})"), {"value": value})

    with pytest.raises(Unstorable) as raised:
        await database.run(work)
    assert isinstance(raised.value, Permanent)
    assert raised.value.reason == "unstorable"
    assert tries == 1
    assert await count(database) == 0


async def test_misuse_of_a_connection_is_no_outage(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        # Too many arguments: the client refuses, the server never hears of it.
        many = ", ".join(f"${n}" for n in range(1, 32770))
        await connection.exec_driver_sql(f"SELECT {many}", tuple(["x"] * 32769))

    with pytest.raises(DBAPIError):
        await database.run(work)


@pytest.mark.parametrize("error", [OSError("disk"), TimeoutError("elsewhere"), ConnectionResetError("a web site")])
async def test_errors_of_the_work_itself_are_left_as_they_are(database: Database, error: Exception) -> None:
    async def work(connection: AsyncConnection) -> None:
        await add(connection)
        raise error

    with pytest.raises(type(error)) as raised:
        await database.run(work)
    assert raised.value is error
    assert await count(database) == 0


@pytest.mark.parametrize("state", ["53100", "53300", "25006", "57P01", "57P03", "08006"])
async def test_states_of_an_outage(database: Database, state: str) -> None:
    with pytest.raises(DatabaseUnavailable) as outage:
        async with database.transaction() as connection:
            await connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$"))
    assert outage.value.dependency == "postgres"
    assert await count(database) == 0


async def test_a_read_only_server_is_an_outage(database: Database) -> None:
    async def work(connection: AsyncConnection) -> None:
        await connection.execute(text("SET TRANSACTION READ ONLY"))
        await add(connection)

    with pytest.raises(DatabaseUnavailable):
        await database.run(work)


async def test_sessions_ended_by_the_server_are_an_outage_once(
    database: Database, observer: asyncpg.Connection[asyncpg.Record]
) -> None:
    async with contextlib.AsyncExitStack() as held:
        for _ in range(5):
            await held.enter_async_context(database.transaction())
    await observer.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = $1", NAME
    )
    outages = 0
    for _ in range(6):
        try:
            await database.run(add)
        except DatabaseUnavailable:
            outages += 1
    assert outages <= 1, "the first broken connection gives all of its age away"
    assert await count(database) == 6 - outages


@pytest.mark.parametrize(("run", "kept"), [(Database.run, 0), (by_statements, 1)])
async def test_ended_in_the_middle_is_an_outage(
    database: Database, observer: asyncpg.Connection[asyncpg.Record], run: Run, kept: int
) -> None:
    async def work(connection: AsyncConnection) -> None:
        await add(connection)
        pid = await connection.scalar(text("SELECT pg_backend_pid()"))
        await observer.execute("SELECT pg_terminate_backend($1, 5000)", pid)
        await add(connection)

    with pytest.raises(DatabaseUnavailable):
        await run(database, work)
    assert await count(database) == kept


@pytest.mark.parametrize("what", ["port", "password", "database"])
async def test_whatever_keeps_us_out_is_an_outage(database_url: str, unused_tcp_port: int, what: str) -> None:
    parts = urlsplit(database_url)
    wrong = {
        "port": at(database_url, netloc=f"{parts.username}:{parts.password}@127.0.0.1:{unused_tcp_port}"),
        "password": at(database_url, netloc=f"{parts.username}:not-it@{parts.hostname}:{parts.port}"),
        "database": at(database_url, path="/nowhere"),
    }[what]
    database = Database(wrong)
    with pytest.raises(DatabaseUnavailable) as outage:
        await database.run(add)
    assert "not-it" not in str(outage.value)
    health, stop = Health(), asyncio.Event()
    watch = Watch("postgres", database.check, health, every=0.01)
    async with asyncio.TaskGroup() as group:
        group.create_task(watch.run(stop))
        async with asyncio.timeout(10):
            while health.report()["postgres"] == "starting":
                await asyncio.to_thread(lambda: None)
        stop.set()
    assert not health.ready
    await database.close()


async def test_too_many_for_the_pool_is_an_outage(database_url: str) -> None:
    database = Database(at(database_url), pool_size=1, pool_seconds=0.1)
    async with database.transaction():
        with pytest.raises(DatabaseUnavailable):
            async with database.transaction():
                pass
    await database.close()


@dataclass
class Wire:
    """A way to the server that can be cut without either side being told, as a network does it."""

    host: str
    port: int
    cut: asyncio.Event = field(default_factory=asyncio.Event)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        if self.cut.is_set():
            await reader.read()
            return
        to_reader, to_writer = await asyncio.open_connection(self.host, self.port)
        self.writers.append(to_writer)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.pump(reader, to_writer))
            group.create_task(self.pump(to_reader, writer))

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if not self.cut.is_set():
                    writer.write(data)
        writer.close()


@pytest.fixture
async def wire(database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    parts = urlsplit(database_url)
    wire = Wire(parts.hostname or "", parts.port or 0)
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield wire, at(database_url, netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}")
    server.close()
    for writer in wire.writers:
        writer.close()
    await asyncio.wait_for(server.wait_closed(), 10)


@pytest.mark.parametrize("run", [Database.run, by_statements])
async def test_a_server_that_falls_silent_is_an_outage_and_holds_nobody(wire: tuple[Wire, str], run: Run) -> None:
    way, url = wire
    database = Database(url, pool_size=2, statement_seconds=0.3)

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT 1"))
        way.cut.set()
        await connection.execute(text("SELECT 1"))

    began = monotonic()
    with pytest.raises(DatabaseUnavailable):
        await run(database, work)
    await asyncio.wait_for(database.close(), 10)
    assert monotonic() - began < 8


async def test_cancelling_work_on_a_silent_server_takes_seconds_at_most(wire: tuple[Wire, str]) -> None:
    way, url = wire
    database = Database(url, pool_size=2)

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(text("SELECT 1"))
        way.cut.set()
        await connection.execute(text("SELECT 1"))

    began = monotonic()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(database.run(work), 0.5)
    await asyncio.wait_for(database.close(), 10)
    assert monotonic() - began < 6


async def test_readiness_follows_the_database(wire: tuple[Wire, str]) -> None:
    way, url = wire
    health, stop = Health(), asyncio.Event()
    database = Database(url, pool_size=2)
    watch = Watch("postgres", database.check, health, every=0.01, patience=0.3)

    async def is_ready(ready: bool) -> None:
        async with asyncio.timeout(10):
            while health.ready != ready:
                await asyncio.to_thread(lambda: None)

    async with asyncio.TaskGroup() as group:
        group.create_task(watch.run(stop))
        await is_ready(True)
        way.cut.set()
        await is_ready(False)
        assert health.report()["postgres"]
        way.cut.clear()
        await is_ready(True)
        stop.set()
    await database.close()
