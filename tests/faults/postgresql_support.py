"""What a saboteur with a superuser's password does to PostgreSQL while the system is at work."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TypeAlias

import asyncpg
from faults_support import Fire

from zavhoz_devstack.environment import MIGRATING
from zavhoz_devstack.evidence import connect, database_url

Session: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
OURS = "application_name LIKE 'zavhoz%' AND pid <> pg_backend_pid()"
"""The sessions of the services."""
TRIPPED = {
    "requests": ("inbox", "events", "requests"),
    "notifier": ("inbox", "deliveries", "live_cards"),
    "files": ("inbox", "attachments", "events"),
}
"""Tables of each service whose writes are made to fail."""


@contextlib.asynccontextmanager
async def superuser(fire: Fire, service: str | None = None) -> AsyncIterator[Session]:
    """A session of the saboteur, in a service's database or in none of theirs."""
    url = fire.stack.postgres_url if service is None else database_url(fire.stack.postgres_url, service)
    session = await asyncpg.connect(url, timeout=10, server_settings={"default_transaction_read_only": "off"})
    try:
        yield session
    finally:
        await session.close(timeout=10)


@contextlib.asynccontextmanager
async def configured(fire: Fire, **settings: str) -> AsyncIterator[None]:
    """The server has other settings while inside; its sessions learn of it at once, and so when it is over."""
    async with superuser(fire) as session:
        for name, value in settings.items():
            await session.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        await session.execute("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        async with superuser(fire) as session:
            for name in settings:
                await session.execute(f"ALTER SYSTEM RESET {name}")
            await session.execute("SELECT pg_reload_conf()")


async def terminated(session: Session) -> int:
    """End every session of the services, and wait until they are gone; how many there were."""
    return int(
        await session.fetchval(
            f"SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE {OURS}"  # noqa: S608
        )
    )


@contextlib.asynccontextmanager
async def no_connection_left(fire: Fire) -> AsyncIterator[None]:
    """Every connection that the server can have is the saboteur's while inside, those kept for superusers too."""
    async with contextlib.AsyncExitStack() as taken:
        first = await taken.enter_async_context(superuser(fire))
        theirs = 1
        while theirs:
            with contextlib.suppress(asyncpg.TooManyConnectionsError):
                while True:
                    await taken.enter_async_context(superuser(fire))
            theirs = await terminated(first)
        yield


@contextlib.asynccontextmanager
async def tripping(fire: Fire, sqlstate: str, share: float) -> AsyncIterator[None]:
    """A share of the statements that write to the services' tables fails with this SQLSTATE while inside."""
    for service in MIGRATING:
        async with superuser(fire, service) as session:
            await session.execute(
                "CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                f" IF random() < {share} THEN RAISE EXCEPTION 'tripped' USING ERRCODE = '{sqlstate}'; END IF;"
                " RETURN NULL; END $$"
            )
            for table in TRIPPED[service]:
                await session.execute(f"CREATE TRIGGER trip AFTER INSERT OR UPDATE ON {table} EXECUTE FUNCTION trip()")
    try:
        yield
    finally:
        for service in MIGRATING:
            async with superuser(fire, service) as session:
                for table in TRIPPED[service]:  # one after another: who locks them all at once meets a deadlock
                    await session.execute(f"DROP TRIGGER trip ON {table}")
                await session.execute("DROP FUNCTION trip()")


@contextlib.asynccontextmanager
async def locking_against(fire: Fire) -> AsyncIterator[None]:
    """Somebody locks rows of the requests service against its order, again and again, while inside."""
    async with asyncio.TaskGroup() as group:
        locking = group.create_task(_lock_against(fire), name="locking")
        yield
        locking.cancel()


async def _lock_against(fire: Fire) -> None:
    """Requests first and people after, each from the greatest id down; it waits longest, so it is never the victim."""
    async with superuser(fire, "requests") as session:
        await session.execute("SET deadlock_timeout = '1min'")
        while True:
            async with session.transaction():
                await session.execute("SELECT FROM requests ORDER BY id DESC FOR UPDATE")
                await session.execute("SELECT FROM people ORDER BY id DESC FOR UPDATE")


async def deadlocks(fire: Fire) -> int:
    """How many there were in the requests service's database."""
    session = await connect(fire.stack, "requests")
    try:
        return int(await session.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))
    finally:
        await session.close()


class SmallDisk:
    """A disk of a few megabytes, on which the services' databases are; `fill` leaves no room on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._ballast.open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while ballast.write(bytes(1 << 12)):
                pass

    def clear(self) -> None:
        """Give the room back."""
        self._ballast.unlink()


@contextlib.contextmanager
def small_disk(path: Path, *, megabytes: int, owner: str) -> Iterator[SmallDisk]:
    """A disk mounted at `path`.

    Raises:
        PermissionError: nothing may be mounted on this machine.
    """
    path.mkdir()
    size = f"size={megabytes}m,mode=0700,uid={owner},gid={owner}"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(path)], check=False, capture_output=True)
    if done.returncode != 0:
        raise PermissionError(done.stderr.decode().strip())
    try:
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)
        path.rmdir()
