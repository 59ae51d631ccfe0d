"""What is true after a story: rows, events, deliveries, stored files; and what is wrong, counted over the whole run."""

import contextlib
import hashlib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from PIL import Image

from zavhoz_contracts.registry import Queue
from zavhoz_devstack.environment import MIGRATING
from zavhoz_messaging.testing import Subscriber, depths, wait_until
from zavhoz_messaging.topology import WorkQueue
from zavhoz_sandbox.client import SandboxClient

Row = dict[str, Any]


class System(Protocol):
    """What a running system shows to those who look into it, wherever it runs."""

    @property
    def sandbox_url(self) -> str:
        """Address of the stand-in for Telegram."""

    @property
    def postgres_url(self) -> str:
        """The PostgreSQL server with all databases, as somebody who may read them."""

    @property
    def amqp_url(self) -> str:
        """The broker, with the virtual host."""

    def stored(self, key: str) -> bytes | None:
        """What is stored under this key, None when there is nothing."""


@dataclass(frozen=True)
class Evidence:
    """Rows of every service's tables, by (service, table)."""

    tables: dict[tuple[str, str], list[Row]]

    def rows(self, service: str, table: str) -> list[Row]:
        """The rows of one table."""
        return self.tables[service, table]

    @property
    def stored(self) -> list[Row]:
        """The attachments that are stored."""
        return [row for row in self.rows("files", "attachments") if row["state"] == "stored"]


_WANTED = {
    "requests": ("people", "requests", "attachments", "texts", "events", "inbox"),
    "notifier": ("deliveries", "live_cards", "events", "inbox"),
    "files": ("attachments", "events", "inbox"),
}
_UNFINISHED = {
    "requests": (
        "SELECT (SELECT count(*) FROM events WHERE published_at IS NULL)"
        " + (SELECT count(*) FROM inbox WHERE outcome IS NOT NULL AND outcome_published_at IS NULL)"
        " + (SELECT count(*) FROM attachments WHERE status = 'pending')"
    ),
    "notifier": (
        "SELECT (SELECT count(*) FROM deliveries WHERE state IN ('pending', 'attempting'))"
        " + (SELECT count(*) FROM events WHERE published_at IS NULL)"
    ),
    "files": "SELECT count(*) FROM events WHERE published_at IS NULL",
}
_IN_A_ROW = 5
"""Looks, at least 20 ms apart and mostly 100 ms, with nothing under way."""


async def connect(stack: System, service: str) -> "asyncpg.Connection[asyncpg.Record]":
    """A connection to a service's database; the caller closes it."""
    return await asyncpg.connect(database_url(stack.postgres_url, service), timeout=10)


def database_url(postgres_url: str, service: str) -> str:
    """The address of a service's database on a server."""
    return urlunsplit(urlsplit(postgres_url)._replace(path=f"/zavhoz_{service}"))


async def settled(stack: System, *, timeout: float = 60.0) -> None:
    """Wait until nothing is under way: queues are empty, outboxes published, deliveries finished.

    What a consumer has taken and not yet answered is seen by no query, for a moment: so it must be seen several times
    in a row.

    Raises:
        AssertionError: not within `timeout` seconds.
    """
    seen = 0
    works = [WorkQueue(queue) for queue in Queue]
    moving = [name for work in works for name in (work.name, work.suspect, *work.retries)]

    async def at_rest() -> bool:
        if any((await depths(stack.amqp_url, moving)).values()):
            return False
        for service, query in _UNFINISHED.items():
            connection = await connect(stack, service)
            try:
                if await connection.fetchval(query):
                    return False
            finally:
                await connection.close()
        return True

    async def stays_at_rest() -> bool:
        nonlocal seen
        seen = seen + 1 if await at_rest() else 0
        return seen == _IN_A_ROW

    await wait_until(stays_at_rest, "everything to be said and done", timeout=timeout)


async def gather(stack: System) -> Evidence:
    """Read every table."""
    tables: dict[tuple[str, str], list[Row]] = {}
    for service in MIGRATING:
        connection = await connect(stack, service)
        try:
            for table in _WANTED[service]:
                rows = await connection.fetch(f"SELECT * FROM {table}")  # noqa: S608  # nosec B608: our own names
                tables[service, table] = [dict(row) for row in rows]
        finally:
            await connection.close()
    return Evidence(tables)


async def problems(
    stack: System, evidence: Evidence, subscriber: Subscriber, photo: bytes, *, stories: int = 1
) -> list[str]:
    """What is wrong, one sentence each: lost, doubled, out of order, left over.

    `subscriber` is an independent one that has been there from the beginning; in each of the `stories` so far `photo`
    was sent once.
    """
    found: list[str] = []
    for service in MIGRATING:
        events = evidence.rows(service, "events")
        found += _gaps(service, events)
        found += [f"{service}: event {row['type']} was not published" for row in events if row["published_at"] is None]
    public = {row["event_id"] for service in ("requests", "files") for row in evidence.rows(service, "events")}
    with contextlib.suppress(AssertionError):
        await subscriber.wait_for(len(public))  # its own queue is the last to be filled
    ids = {message.id for message in subscriber.messages}
    if public != ids:
        found.append(f"{len(public - ids)} committed events were not seen, {len(ids - public)} seen are not committed")
    commands = [row for row in evidence.rows("requests", "inbox") if row["outcome"] is not None]
    transitions = Counter(
        row["command_id"] for row in evidence.rows("requests", "events") if row["type"].startswith("zavhoz.request.")
    )
    found += [f"command {id} had {count} transitions" for id, count in transitions.items() if count > 1]
    found += [
        f"command {row['message_id']} has no published outcome" for row in commands if not row["outcome_published_at"]
    ]
    unfinished = Counter(
        row["state"] for row in evidence.rows("notifier", "deliveries") if row["state"] not in ("sent", "unknown")
    )
    found += [f"{count} deliveries are {state}" for state, count in unfinished.items()]
    found += _words_elsewhere(evidence, subscriber)
    found += _wrong_files(stack, evidence, photo, stories)
    dead = await depths(stack.amqp_url, [WorkQueue(queue).dead for queue in Queue])
    found += [f"{count} dead letters in {queue}" for queue, count in dead.items() if count]
    return found


async def said_twice(sandbox: SandboxClient, about: str = "") -> list[str]:
    """New messages beginning with `about` that one chat got more than once, one sentence each.

    There are none where nothing was killed or cut off.
    """
    sent = Counter(
        (call["chat"], call["arguments"]["text"])
        for call in await sandbox.calls("sendMessage")
        if call["status"] == HTTPStatus.OK and call["arguments"]["text"].startswith(about)
    )
    return [f"chat {chat} was told {count} times: {text}" for (chat, text), count in sent.items() if count > 1]


def _gaps(service: str, events: Sequence[Row]) -> list[str]:
    versions: dict[tuple[str, Any], list[int]] = {}
    for row in events:
        versions.setdefault((row["aggregate_type"], row["aggregate_id"]), []).append(row["version"])
    return [
        f"{service}: versions of {kind} {id} are {sorted(found)}"
        for (kind, id), found in versions.items()
        if sorted(found) != list(range(1, len(found) + 1))
    ]


def _words_elsewhere(evidence: Evidence, subscriber: Subscriber) -> list[str]:
    """Comments and reasons are in the requests service's texts, where they can be erased, and nowhere else."""
    words = {row["body"] for row in evidence.rows("requests", "texts") if row["body"]}
    kept = {name: str(rows) for name, rows in evidence.tables.items() if name != ("requests", "texts")}
    found = [
        f"words of a text are in {service}.{table}"
        for (service, table), rows in kept.items()
        if any(one in rows for one in words)
    ]
    events = b"".join(message.to_json() for message in subscriber.messages)
    return found + ["words of a text are in a published event" for one in words if one.encode() in events]


def _wrong_files(stack: System, evidence: Evidence, photo: bytes, count: int) -> list[str]:
    """What is kept is the picture that was sent, drawn anew: other bytes, the same pixels, by the hash it has now."""
    stored = evidence.stored
    if len(stored) != count:
        return [f"{len(stored)} photos are stored, {count} were sent"]
    wrong = []
    for row in stored:
        kept = stack.stored(row["key"])
        if kept is None or hashlib.sha256(kept).hexdigest() != row["sha256"]:
            wrong.append(f"what is stored as {row['key']} is not what was written down")
        elif _pixels(kept) != _pixels(photo):
            wrong.append(f"what is stored as {row['key']} is not the photo")
    known = [row for row in evidence.rows("requests", "attachments") if row["status"] == "stored"]
    if len(known) != count:
        wrong.append(f"the requests service knows of {len(known)} stored photos, not of {count}")
    return wrong


def _pixels(picture: bytes) -> tuple[tuple[int, int], bytes]:
    with Image.open(io.BytesIO(picture)) as image:
        return image.size, image.convert("RGB").tobytes()
