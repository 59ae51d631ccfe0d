"""`python -m zavhoz_devstack.seeding`: gives the school's commands to a requests service whose clock runs then.

Run before the notifier is: what its queues hold afterwards is thrown away, so nobody is told of what was long ago. Of
what was done today cards appear in the staff's groups, and nobody is told of that either.
Reads the environment of the requests service, and SANDBOX_URL.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import aio_pika
import asyncpg

from zavhoz_chassis.database import Database
from zavhoz_chassis.process import running
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.registry import Queue
from zavhoz_contracts.requests.v1.commands import MergeRequest
from zavhoz_contracts.requests.v1.outcomes import CommandRefused
from zavhoz_devstack.environment import DEMO_MANAGERS
from zavhoz_devstack.errors import StartFailed
from zavhoz_devstack.evidence import database_url
from zavhoz_devstack.seeding.desk import GROUPS
from zavhoz_devstack.seeding.heard import note_as_heard
from zavhoz_devstack.seeding.history import Given, Photo, commands, everything, registration, registrations
from zavhoz_devstack.seeding.people import PEOPLE, STAFF, introduce
from zavhoz_devstack.seeding.places import TREE
from zavhoz_devstack.seeding.school import CASES
from zavhoz_devstack.seeding.setting_up import bind, sorting
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.testing import wait_until
from zavhoz_requests.application.loading import load, read
from zavhoz_requests.bootstrap import bootstrap
from zavhoz_requests.settings import Settings
from zavhoz_sandbox.client import SandboxClient
from zavhoz_sandbox.page.samples import sample

if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]
    Play = Callable[[Connection, Sequence[Envelope[Any]]], Awaitable[None]]

PATIENCE_SECONDS: Final = 60.0
_UNANSWERED: Final = (Queue.NOTIFIER_COMMANDS, Queue.NOTIFIER_PRIVATE)
_UNTOLD: Final = (*_UNANSWERED, Queue.NOTIFIER_EVENTS)
# An outcome or event that is published and not marked so would be published again, to a notifier that listens then.
_TOLD: Final = "SELECT count(*) FROM inbox WHERE message_id = ANY($1::uuid[]) AND outcome_published_at IS NOT NULL"
_UNTOLD_EVENTS: Final = "SELECT count(*) FROM events WHERE published_at IS NULL"
_KNOWN: Final = "SELECT telegram_id, id FROM people WHERE telegram_id = ANY($1::bigint[])"
_UNRAISED: Final = "SELECT count(*) FROM requests WHERE alarm_at <= clock_timestamp()"
_REFUSED: Final = (
    "SELECT outcome->'data' FROM inbox WHERE message_id = ANY($1::uuid[]) AND outcome->>'type' = $2 ORDER BY 1"
)


def then(command: Envelope[Any], _: datetime) -> datetime:
    """The clock: a command is decided when it was given."""
    return command.time


async def seed(settings: Settings, sandbox_url: str) -> bool:
    """Play the history; returns False when a database that was given has it already, from an earlier start.

    Raises:
        StartFailed: a command was refused.
        AssertionError: it took longer than a minute.
    """
    now = datetime.now(UTC)
    async with SandboxClient(sandbox_url) as sandbox:
        await introduce(sandbox, started=True)
        for group in GROUPS:
            await sandbox.group(group.id, group.title, is_forum=True, members=group.members)
        photos = await _photos(sandbox)
    connection = await asyncpg.connect(database_url(settings.postgres_url.get_secret_value(), "requests"))
    try:
        known = await _known(connection)
        if len(known) == len(PEOPLE) and await _all_told(
            connection, [*commands(Given(now, photos, known)), *sorting(now)]
        ):
            return False
        await _load_places(settings, min(command.time for command in registrations(now)))
        async with _playing(settings) as play:
            await play(connection, registrations(now))
            known = await _known(connection)
            history = commands(Given(now, photos, known))
            # What is merged into another one names it by its number, which nobody has before it is filed.
            merges = [command for command in history if isinstance(command.data, MergeRequest)]
            await play(connection, [command for command in history if command not in merges])
            await play(connection, merges)
            await _let_time_run_out(settings, connection)
            await _forget(settings, _UNTOLD)
            await _note_as_heard(settings, connection, known, now)
            await play(connection, sorting(now))
            await _forget(settings, _UNANSWERED)
        refused = await connection.fetch(_REFUSED, _ids(everything(Given(now, photos, known))), CommandRefused.TYPE)
    finally:
        await connection.close()
    if refused:
        raise StartFailed(f"{len(refused)} commands of the history were refused: {refused[0][0]}")
    await _start_the_staff(settings.amqp_url.get_secret_value())
    return True


async def _known(connection: Connection) -> dict[int, UUID]:
    """The ids of the school's people, by Telegram's."""
    rows = await connection.fetch(_KNOWN, [one.id for one in PEOPLE])
    return {row["telegram_id"]: row["id"] for row in rows}


async def _load_places(settings: Settings, at: datetime) -> None:
    """Load the school's rooms, as of then; those that a database that was given has beside them stay."""
    rows, wrong = read(TREE.encode())
    database = Database(settings.database_url("requests"), pool_size=1)
    try:
        changes = await database.run(lambda it: load(it, rows, archive_missing=False, dry_run=bool(wrong), at=at))
    finally:
        await database.close()
    if wrong or isinstance(changes, list):
        raise StartFailed(f"the school's rooms cannot be loaded: {wrong or changes}")


@contextlib.asynccontextmanager
async def _playing(settings: Settings) -> AsyncIterator[Play]:
    """While this is entered the service runs, and commands can be played to it, to their end."""
    async with (
        publishing(settings.amqp_url.get_secret_value(), "seeding") as publisher,
        bootstrap(settings, roles=frozenset({"worker", "relay"}), clock=then) as process,
        running(process),
    ):
        await asyncio.wait_for(publisher.ready(), PATIENCE_SECONDS)  # the broker may be starting still

        async def play(connection: Connection, stage: Sequence[Envelope[Any]]) -> None:
            failed = [error for error in await publisher.publish_many(stage) if error is not None]
            if failed:
                raise failed[0]
            said_and_done = partial(_all_said, connection, stage)
            await wait_until(said_and_done, "every command decided and everything published", timeout=PATIENCE_SECONDS)

        yield play


async def _let_time_run_out(settings: Settings, connection: Connection) -> None:
    """Have it said that time ran out in these weeks: now, while nobody is told, and not when the notifier listens.

    While commands are played no clock runs: what waits for a command of long ago would be late by it.
    """
    async with bootstrap(settings, roles=frozenset({"clock"})) as process, running(process):
        said = partial(_all_said, connection, ())
        await wait_until(said, "everything that is late raised and published", timeout=PATIENCE_SECONDS)


async def _all_said(connection: Connection, commands: Sequence[Envelope[Any]] = ()) -> bool:
    """Whether these are decided, and everything is published; without any, also whether what is late is raised."""
    if not await _all_told(connection, commands) or (not commands and await connection.fetchval(_UNRAISED)):
        return False
    return not await connection.fetchval(_UNTOLD_EVENTS)


async def _all_told(connection: Connection, history: Sequence[Envelope[Any]]) -> bool:
    return bool(await connection.fetchval(_TOLD, _ids(history)) == len(history))


def _ids(history: Sequence[Envelope[Any]]) -> list[UUID]:
    return [command.id for command in history]


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


async def _forget(settings: Settings, queues: Sequence[Queue]) -> None:
    """Throw away what these queues hold."""
    async with await aio_pika.connect(settings.amqp_url.get_secret_value()) as connection:
        channel = await connection.channel()
        for queue in queues:
            await (await channel.get_queue(queue.value)).purge()


async def _note_as_heard(settings: Settings, connection: Connection, known: Mapping[int, UUID], now: datetime) -> None:
    versions = {row["id"]: row["version"] for row in await connection.fetch("SELECT id, version FROM requests")}
    managers = {id: known[id] for id in DEMO_MANAGERS}
    database = Database(settings.database_url("notifier"), pool_size=1)
    try:
        await note_as_heard(database, versions, managers, now.astimezone(settings.time_zone).date())
    finally:
        await database.close()


async def _start_the_staff(amqp_url: str) -> None:
    """Let the staff press /start once more, when everything runs: that they have their menu was forgotten, too.

    So was what /desk said in their groups.
    """
    now = datetime.now(UTC)
    async with publishing(amqp_url, "seeding") as publisher:
        await asyncio.wait_for(publisher.ready(), PATIENCE_SECONDS)
        for one in STAFF:
            await publisher.publish(registration(one, now, f"start {one.id}"))
        for group in GROUPS:
            await publisher.publish(bind(group, now, f"desk {group.id}"))


def main() -> int:
    """Seed, and say how much there is; what a person can mend is said without a traceback."""
    try:
        new = asyncio.run(seed(Settings(), os.environ["SANDBOX_URL"]))
    except StartFailed as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    print(f"{'seeded' if new else 'seeded before'}: {len(CASES)} requests", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
