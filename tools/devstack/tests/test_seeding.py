"""The demo's history, played to the real requests service on real servers."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import aio_pika
import asyncpg
import pytest
from aiohttp import web
from pydantic import SecretStr

from zavhoz_contracts.registry import Queue
from zavhoz_devstack.environment import DEMO_MANAGERS, MANAGER_ID
from zavhoz_devstack.errors import StartFailed
from zavhoz_devstack.evidence import database_url as url_of
from zavhoz_devstack.seeding.__main__ import seed
from zavhoz_devstack.seeding.desk import SORTED
from zavhoz_devstack.seeding.history import Given, Photo, everything, filed_at
from zavhoz_devstack.seeding.people import PEOPLE
from zavhoz_devstack.seeding.school import CASES
from zavhoz_devstack.servers.server import Server
from zavhoz_messaging.testing import depth, depths
from zavhoz_requests.settings import Settings
from zavhoz_sandbox.sandbox import Sandbox
from zavhoz_sandbox.server import make_app

ANSWERS = [Queue.NOTIFIER_COMMANDS, Queue.NOTIFIER_PRIVATE]
COMMANDS = everything(Given(datetime.now(UTC), defaultdict(lambda: Photo("id", "unique", 1)), defaultdict(uuid4)))


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox("100001:token-of-the-stand-in")


@pytest.fixture
async def sandbox_url(sandbox: Sandbox) -> AsyncIterator[str]:
    runner = web.AppRunner(make_app(sandbox), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def server(postgresql_server: Server) -> str:
    """A private server, on which its services' databases are new."""
    connection = await asyncpg.connect(postgresql_server.url, timeout=30)
    for service in ("requests", "notifier"):
        await connection.execute(f"DROP DATABASE IF EXISTS zavhoz_{service} WITH (FORCE)")
    await connection.close()
    for service in ("requests", "notifier"):
        command = [sys.executable, "-m", f"zavhoz_{service}", "migrate"]
        env = {"POSTGRES_URL": postgresql_server.url}
        await asyncio.to_thread(subprocess.run, command, env=env, check=True, capture_output=True)
    return postgresql_server.url


def settings(server: str, amqp_url: str, managers: tuple[int, ...] = DEMO_MANAGERS) -> Settings:
    return Settings(
        postgres_url=SecretStr(server),
        amqp_url=SecretStr(amqp_url),
        api_tokens={"gateway": SecretStr("0123456789abcdef")},
        admin_user_id=frozenset(managers),
    )


async def rows(server: str, query: str, *values: Any, service: str = "requests") -> list[Any]:
    connection = await asyncpg.connect(url_of(server, service), timeout=30)
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()


async def put(amqp_url: str, queue: str, body: bytes) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        await channel.default_exchange.publish(aio_pika.Message(body), queue)


async def test_everything_is_as_of_then_and_nobody_will_be_told(
    server: str, amqp_vhost_url: str, sandbox: Sandbox, sandbox_url: str
) -> None:
    before = datetime.now(UTC)
    assert await seed(settings(server, amqp_vhost_url), sandbox_url)

    filed = await rows(server, "SELECT created_at, title FROM requests ORDER BY number")
    # Midnight may have passed meanwhile.
    expected = [[filed_at(case, now) for case in CASES] for now in (before, datetime.now(UTC))]
    assert [row["created_at"] for row in filed] in expected
    assert filed[0]["created_at"] < before - timedelta(days=13)
    known = await rows(server, "SELECT registered_at FROM people")
    assert len(known) == len(PEOPLE)
    assert max(row["registered_at"] for row in known) < filed[0]["created_at"]
    events = await rows(server, "SELECT occurred_at, published_at, data ? 'clock' AS of_the_clock FROM events")
    # That time ran out is said when the history is played, for the clock goes by no command.
    assert max(row["occurred_at"] for row in events if not row["of_the_clock"]) < before
    assert all(row["published_at"] is not None for row in events)
    outcomes = await rows(server, "SELECT outcome->>'type' AS type, outcome_published_at AS at FROM inbox")
    assert [row["type"] for row in outcomes] == ["zavhoz.command.done.v1"] * len(COMMANDS)
    assert all(row["at"] is not None for row in outcomes)

    # The files service has photos to fetch; the notifier only heard of what was put right today, after all the rest.
    assert await depths(amqp_vhost_url, ANSWERS) == dict.fromkeys(ANSWERS, 0)
    assert await depth(amqp_vhost_url, Queue.NOTIFIER_EVENTS) == len(SORTED)
    heard = await rows(server, "SELECT subject, sequence FROM sequences ORDER BY 1", service="notifier")
    last = "SELECT 'request/' || id AS subject, version - (title = ANY($1))::int AS sequence FROM requests ORDER BY 1"
    assert heard == await rows(server, last, list(SORTED))
    # The managers have heard of today already; one wants to hear of tomorrow at another hour.
    assert await rows(server, "SELECT count(*) FROM digests", service="notifier") == [(len(DEMO_MANAGERS),)]
    assert await rows(server, "SELECT digest_hour FROM preferences", service="notifier") == [(8,)]
    assert await depth(amqp_vhost_url, Queue.FILES_EVENTS) > 20
    assert [(one.id, one.started) for one in sandbox.world.people.values()] == [(one.id, True) for one in PEOPLE]


async def test_a_database_that_has_it_already_is_left_as_it_is(
    server: str, amqp_vhost_url: str, sandbox_url: str
) -> None:
    told = settings(server, amqp_vhost_url)
    assert await seed(told, sandbox_url)
    everything = "SELECT event_id, occurred_at FROM events ORDER BY event_id"
    events = await rows(server, everything)
    await put(amqp_vhost_url, Queue.NOTIFIER_PRIVATE, b"what somebody is to hear of today")
    assert not await seed(told, sandbox_url)
    assert await rows(server, everything) == events
    assert await depth(amqp_vhost_url, Queue.NOTIFIER_PRIVATE) == 1


async def test_the_clock_does_not_run_ahead_of_the_commands(server: str, amqp_vhost_url: str, sandbox_url: str) -> None:
    """What was completed and rated more than a week ago does not confirm itself in between, however long that takes."""
    one_by_one = settings(server, amqp_vhost_url).model_copy(update={"group_size": 1})
    assert await seed(one_by_one, sandbox_url)
    of_the_clock = "SELECT type FROM events WHERE actor_id IS NULL AND type ~ 'confirmed' AND data ? 'clock'"
    assert await rows(server, of_the_clock) == []


async def test_a_history_that_is_refused_fails_the_start(server: str, amqp_vhost_url: str, sandbox_url: str) -> None:
    with pytest.raises(StartFailed, match=r"commands of the history were refused: .*not_allowed"):
        await seed(settings(server, amqp_vhost_url, (MANAGER_ID,)), sandbox_url)
