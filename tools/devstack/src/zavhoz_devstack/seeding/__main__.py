"""`python -m zavhoz_devstack.seeding`: gives the school's commands to a requests service whose clock runs then.

Run before the notifier is: what its queues hold afterwards is thrown away, so nobody is told of what was long ago.
Reads the environment of the requests service, and SANDBOX_URL.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import aio_pika
import asyncpg

from zavhoz_chassis.process import running
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.registry import Exchange, Queue
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_devstack.evidence import database_url
from zavhoz_devstack.seeding.history import Photo, commands
from zavhoz_devstack.seeding.people import introduce
from zavhoz_devstack.seeding.school import CASES
from zavhoz_messaging.publisher import Publisher, publishing
from zavhoz_messaging.testing import Subscriber, subscribed, wait_until
from zavhoz_requests.bootstrap import bootstrap
from zavhoz_requests.settings import Settings
from zavhoz_sandbox.client import SandboxClient
from zavhoz_sandbox.page.samples import sample

PATIENCE_SECONDS: Final = 60.0
_UNTOLD: Final = (Queue.NOTIFIER_COMMANDS, Queue.NOTIFIER_EVENTS, Queue.NOTIFIER_PRIVATE)
_UNPUBLISHED: Final = "SELECT count(*) FROM events WHERE published_at IS NULL"


def then(command: Envelope[Any], _: datetime) -> datetime:
    """The clock: a command is decided when it was given."""
    return command.time


async def seed(settings: Settings, sandbox_url: str) -> int:
    """Play the history; returns how many commands it had.

    Raises:
        AssertionError: a command was refused, or it took longer than a minute.
    """
    amqp_url = settings.amqp_url.get_secret_value()
    async with SandboxClient(sandbox_url) as sandbox:
        await introduce(sandbox, started=True)
        history = commands(datetime.now(UTC), await _photos(sandbox))
    async with (
        publishing(amqp_url, "publisher", lambda *_: None) as publisher,
        bootstrap(settings, roles=frozenset({"worker", "relay"}), clock=then) as process,
        running(process),
    ):
        await asyncio.wait_for(publisher.ready(), PATIENCE_SECONDS)  # the broker may be starting still
        await _play(history, publisher, settings)
    await _forget_notices(amqp_url)
    return len(history)


async def _play(history: Sequence[Envelope[Any]], publisher: Publisher, settings: Settings) -> None:
    async with subscribed(settings.amqp_url.get_secret_value(), Exchange.PRIVATE) as outcomes:
        failed = [error for error in await publisher.publish_many(history) if error is not None]
        if failed:
            raise failed[0]
        await _all_done(outcomes, history)
        await _published(settings.postgres_url.get_secret_value())


async def _photos(sandbox: SandboxClient) -> dict[str, Photo]:
    """Those that the cases have, put into the stand-in: as if somebody had sent each of them once."""
    wanted = {name for case in CASES for names in (case.photos, *(step.photos for step in case.then)) for name in names}
    photos = {}
    for name in sorted(wanted):
        found = sample(name)
        if found is None:
            raise LookupError(f"the stand-in has no sample {name!r}")
        largest = (await sandbox.keep("photo", found[0]))["photo"][-1]
        photos[name] = Photo(largest["file_id"], largest["file_unique_id"], largest["file_size"])
    return photos


async def _all_done(outcomes: Subscriber, history: Sequence[Envelope[Any]]) -> None:
    ends = (CommandDone.TYPE, CommandRefused.TYPE)
    seen = await outcomes.wait_for(len(history), *ends, timeout=PATIENCE_SECONDS)
    refused = [one.data for one in seen if isinstance(one.data, CommandRefused)]
    if refused:
        raise AssertionError(f"{len(refused)} commands of the history were refused: {refused[:3]}")


async def _published(postgres_url: str) -> None:
    connection = await asyncpg.connect(database_url(postgres_url, "requests"))

    async def nothing_left() -> bool:
        return not await connection.fetchval(_UNPUBLISHED)

    try:
        await wait_until(nothing_left, "every event published", timeout=PATIENCE_SECONDS)
    finally:
        await connection.close()


async def _forget_notices(amqp_url: str) -> None:
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel()
        for queue in _UNTOLD:
            await (await channel.get_queue(queue.value)).purge()


def main() -> int:
    """Seed, and say how much there was."""
    count = asyncio.run(seed(Settings(), os.environ["SANDBOX_URL"]))
    print(f"seeded: {len(CASES)} requests by {count} commands", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
