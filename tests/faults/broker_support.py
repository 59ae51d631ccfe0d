"""What the faults of the broker need: its connections, channels, bindings and queues, from outside."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit
from uuid import UUID, uuid4

import aio_pika
from faults_support import Fire, checks

from zavhoz_contracts.envelope import wrap
from zavhoz_contracts.message import Actor, Origin
from zavhoz_contracts.requests.v1.commands import CommentRequest
from zavhoz_devstack.errors import DevstackError
from zavhoz_devstack.evidence import connect
from zavhoz_devstack.faults.crowd import MANAGERS
from zavhoz_devstack.program import Service
from zavhoz_devstack.servers.choice import Broker
from zavhoz_devstack.servers.rabbitmq import greets
from zavhoz_messaging.testing import wait_until
from zavhoz_messaging.topology import WorkQueue

EVERYONE = ("gateway", "requests", "notifier", "files")
_CLOSE_EVERY_CHANNEL = """
[Reader ! {channel_exit, Number, {amqp_error, precondition_failed, "closed by a test", none}}
 || [{connection, Reader}, {number, Number}] <- rabbit_channel:info_all([connection, number])], ok.
"""
"""What a channel tells the reader of its connection when a client has broken the rules."""


def broker_of(fire: Fire) -> Broker:
    """The system's own broker."""
    return cast("Broker", fire.stack.servers["RabbitMQ"])


async def asked(fire: Fire, method: str, path: str, body: object = None) -> Any:
    """One call of the management API."""
    return await asyncio.to_thread(broker_of(fire).management().call, method, path, body)


async def restarted(fire: Fire) -> dict[str, float]:
    """Start the broker again. Seconds from its port being open until each service could publish, and until a confirm
    of those who had something to publish.
    """
    broker = broker_of(fire)
    busy = ("gateway", "requests")
    before = {name: await published(fire, name) for name in busy}
    opened: asyncio.Future[float] = asyncio.get_running_loop().create_future()
    took: dict[str, float] = {}

    async def open_() -> None:
        port = urlsplit(broker.url).port or 0

        async def greeted() -> bool:
            return await asyncio.to_thread(greets, port)

        await wait_until(greeted, "the broker's port to be open", timeout=60)
        opened.set_result(time.monotonic())

    async def publishes(name: str) -> None:
        began = await opened

        async def confirmed() -> bool:
            return await published(fire, name) > before[name]

        await wait_until(confirmed, f"{name} to publish")
        took[f"{name} published"] = time.monotonic() - began

    async def can_publish(name: str) -> None:
        began = await opened

        async def ready() -> bool:
            return (await checks(fire.service(name))).get("publisher") == "ok"

        await wait_until(ready, f"{name} to be able to publish")
        took[name] = time.monotonic() - began

    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.to_thread(broker.start))
        group.create_task(open_())
        for name in busy:
            group.create_task(publishes(name))
        for name in EVERYONE:
            group.create_task(can_publish(name))
    return took


async def published(fire: Fire, name: str) -> float:
    """How many messages of a service were confirmed."""
    return await fire.metric(name, "zavhoz_messages_published_total")


async def connections_of(fire: Fire, named: str = "") -> list[str]:
    """The broker's names for the connections that call themselves so; all of ours when no name is given."""
    found = await asked(fire, "GET", "connections")
    names = {one["name"]: one.get("client_properties", {}).get("connection_name", "") for one in found}
    return [name for name, calls_itself in names.items() if calls_itself and named in ("", calls_itself)]


async def close_connections(fire: Fire, named: str = "") -> None:
    """Close them, as an operator would; waits for some, for the API lists new ones after a few seconds only."""
    names: list[str] = []

    async def listed() -> bool:
        names.extend(await connections_of(fire, named))
        return bool(names)

    await wait_until(listed, "connections to be listed")
    for name in names:
        with contextlib.suppress(DevstackError):  # it is closed already
            await asked(fire, "DELETE", f"connections/{quote(name, safe='')}")


async def close_channels(fire: Fire) -> None:
    """Have the broker close every channel, as if its client had broken the rules."""
    await asyncio.to_thread(broker_of(fire).control, "eval", _CLOSE_EVERY_CHANNEL)


async def silence(fire: Fire, work: WorkQueue) -> int:
    """Remove every binding of a queue; returns how many there were."""
    bindings = await bindings_of(fire, work)
    for exchange, key in bindings:
        await asked(fire, "DELETE", f"bindings/%2F/e/{exchange}/q/{work.name}/{key}")
    return len(bindings)


async def bindings_of(fire: Fire, work: WorkQueue) -> list[tuple[str, str]]:
    """Exchanges and keys of a queue's bindings."""
    found = await asked(fire, "GET", f"queues/%2F/{work.name}/bindings")
    return [(one["source"], one["properties_key"]) for one in found if one["source"]]


async def behind(fire: Fire) -> list[UUID]:
    """The requests of which the notifier has not seen the last event."""
    requests, notifier = await connect(fire.stack, "requests"), await connect(fire.stack, "notifier")
    try:
        seen = {row["subject"]: row["sequence"] for row in await notifier.fetch("SELECT * FROM sequences")}
        rows = await requests.fetch("SELECT id, version FROM requests")
    finally:
        await requests.close()
        await notifier.close()
    return [row["id"] for row in rows if seen.get(f"request/{row['id']}", 0) < row["version"]]


async def comment_on(fire: Fire, ids: list[UUID]) -> None:
    """A manager says a word about each of these requests."""
    connection = await aio_pika.connect(fire.stack.amqp_url)
    actor = Actor(telegram_id=MANAGERS[0], name="Завхоз", language="ru", seen_at=datetime.now(UTC))
    async with connection, connection.channel() as channel:
        exchange = await channel.get_exchange("zavhoz.commands", ensure=False)
        for id in ids:
            data = CommentRequest(
                request_id=id, actor=actor, origin=Origin(chat_id=MANAGERS[0]), text=f"{uuid4()}: смотрю"
            )
            said = wrap(data, source="/zavhoz/gateway", subject=f"request/{id}")
            await exchange.publish(aio_pika.Message(said.to_json()), said.type)


def cpu_seconds(service: Service) -> float:
    """Processor seconds that a service's process has used (https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html)."""
    fields = Path(f"/proc/{service.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
