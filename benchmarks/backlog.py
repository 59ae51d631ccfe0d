"""An hour in which the notifier was away: how soon everybody has been told of everything."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from benchmarks.figures import Figure
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.message import Actor, Origin
from zavhoz_contracts.registry import Queue
from zavhoz_contracts.requests.v1.commands import CommentRequest, CompleteRequest, CreateRequest, TakeRequest
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.evidence import connect, settled
from zavhoz_messaging.publisher import publishing
from zavhoz_messaging.testing import depths, wait_until
from zavhoz_sandbox.client import SandboxClient

EVENTS = int(os.environ.get("BACKLOG_EVENTS", "18000"))
"""In all; four for each request. A whole hour at 50 a second is 180,000."""
HOUR = 180_000
REQUESTERS, MANAGERS = 200, (730_001, 730_002, 730_003)
FASTER = {"SEND_RATE": "1000000", "CHAT_RATE": "1000000", "LOG_LEVEL": "WARNING"}
"""Telegram's own limits would be all that is measured: at 25 messages a second the rest has time enough."""
_FIRST_REQUESTER = 731_000
_WORDS = "Water drips from the tap in room 214, and the floor under it is wet already. " * 3
_TAKEN, _COMMENTED, _COMPLETED = 300.0, 600.0, 1800.0
"""Seconds after its creation, in the hour before."""
_QUEUES = (Queue.NOTIFIER_EVENTS.value, Queue.NOTIFIER_PRIVATE.value)
_TOGETHER = 500
_LONGEST_SECONDS = 7200.0
_LEFT = """
SELECT (SELECT count(*) FROM deliveries WHERE state = 'pending' AND kind = 'answer')
     + (SELECT count(*) FROM deliveries WHERE state = 'pending' AND kind <> 'answer')
     + (SELECT count(*) FROM deliveries WHERE state = 'attempting')
"""


async def measure(rounds: int, say: Callable[[str], None]) -> tuple[dict[str, Figure], dict[str, Any]]:
    """Real commands become real events while the notifier is stopped; then it starts.

    Each request is created, taken, commented on by its author, and completed; they overlap as they would in an hour.
    Three managers get the cards. One round, whatever `rounds` says: it is long. Everything runs on this machine, the
    stand-in for Telegram too.
    """
    del rounds
    async with Devstack(admins=MANAGERS, settings=FASTER, given={}) as stack:
        await _introduce(stack)
        notifier = stack.services["notifier"]
        notifier.kill()
        began = time.perf_counter()
        await _give(stack, EVENTS // 4)
        say(f"  {EVENTS} events, made in {time.perf_counter() - began:.0f} s, wait for the notifier")
        programs = {name: stack.services[name] for name in ("notifier", "requests")} | {"stand-in": stack.sandbox}
        before = {name: 0.0 if name == "notifier" else _cpu_seconds(of.pid) for name, of in programs.items() if of}
        began = time.perf_counter()
        notifier.start()
        peak, planned = await _drained(stack, began, say)
        seconds = time.perf_counter() - began
        spent = {name: _cpu_seconds(of.pid) - before[name] for name, of in programs.items() if of}
        await settled(stack)
        connection = await connect(stack, "notifier")
        states = {row[0]: row[1] for row in await connection.fetch("SELECT state, count(*) FROM deliveries GROUP BY 1")}
        await connection.close()
    hour = HOUR / EVENTS / 60
    details = {
        "events": EVENTS,
        "seconds": round(seconds, 1),
        "seconds_until_planned": round(planned, 1),
        "events_per_second": round(EVENTS / seconds),
        "deliveries": states,
        "notifier_peak_rss_mb": round(peak),
        "cpu_ms_per_event": {name: round(1000 * one / EVENTS, 2) for name, one in spent.items()},
        "scaled_by": HOUR / EVENTS,
    }
    say(f"  {details}")
    figures = {
        "backlog_minutes": Figure.of([planned * hour]),
        "backlog_said_minutes": Figure.of([seconds * hour]),
        "backlog_rss_mb": Figure.of([peak]),
    }
    return figures, details


async def _introduce(stack: Devstack) -> None:
    async with SandboxClient(stack.sandbox_url) as sandbox:
        for id in (*MANAGERS, *(_FIRST_REQUESTER + n for n in range(REQUESTERS))):
            await (await sandbox.person(id, f"Person {id}")).text("/start")
    connection = await connect(stack, "requests")

    async def known() -> bool:
        return bool(await connection.fetchval("SELECT count(*) FROM people") == REQUESTERS + len(MANAGERS))

    await wait_until(known, "everybody is known", timeout=120)
    await connection.close()
    await settled(stack)


async def _give(stack: Devstack, requests: int) -> None:
    """Publish the commands of so many requests, in the order of the hour, and wait until all has happened."""
    before = sum((await depths(stack.amqp_url, _QUEUES)).values())
    async with publishing(stack.amqp_url, "bench") as publisher:
        commands = _commands(requests)
        while together := list(itertools.islice(commands, _TOGETHER)):
            for error in await publisher.publish_many(together):
                if error:
                    raise error

    async def waiting() -> bool:
        # An event and an outcome for each command.
        return sum((await depths(stack.amqp_url, _QUEUES)).values()) - before == 8 * requests

    await wait_until(waiting, "everything has happened", timeout=3600)


def _commands(requests: int) -> Iterator[Envelope[Any]]:
    pace = 3600 / (HOUR / 4)  # seconds between two requests, in the hour
    scale = requests / (HOUR / 4)
    steps: list[tuple[float, int, int]] = []
    for number in range(requests):
        created = number * pace
        steps += [
            (created + after * scale, step, number) for step, after in enumerate((0, _TAKEN, _COMMENTED, _COMPLETED))
        ]
    ids = [uuid4() for _ in range(requests)]
    for _, step, number in sorted(steps):
        yield _command(step, number, ids[number])


def _command(step: int, number: int, id: UUID) -> Envelope[Any]:
    requester, manager = _FIRST_REQUESTER + number % REQUESTERS, MANAGERS[number % len(MANAGERS)]
    who = requester if step in (0, 2) else manager
    common: dict[str, Any] = {
        "request_id": id,
        "actor": Actor(telegram_id=who, name=f"Person {who}", language="ru", seen_at=datetime.now(UTC)),
        "origin": Origin(chat_id=who),
    }
    data: Any
    match step:
        case 0:
            data = CreateRequest(**common, description=_WORDS)
        case 1:
            data = TakeRequest(**common, seen_version=1)
        case 2:
            data = CommentRequest(**common, text="It is getting worse")
        case _:
            data = CompleteRequest(**common, seen_version=3)
    return wrap(data, source="/zavhoz/gateway", subject=f"request/{id}")


async def _drained(stack: Devstack, began: float, say: Callable[[str], None]) -> tuple[float, float]:
    """Wait until the queues are empty and everything is said; returns the peak RSS in MB, and the seconds to plan."""
    planned = 0.0
    peak = 0.0
    connection: asyncpg.Connection[asyncpg.Record] = await connect(stack, "notifier")
    for second in itertools.count():
        if second > _LONGEST_SECONDS:
            raise RuntimeError("the backlog is not drained within two hours")
        waiting = sum((await depths(stack.amqp_url, _QUEUES)).values())
        left = await connection.fetchval(_LEFT)
        peak = max(peak, _peak_rss_mb(stack.services["notifier"].pid))
        if second % 15 == 0:
            say(f"  {time.perf_counter() - began:4.0f} s: {waiting} messages and {left} deliveries wait")
        if not waiting and not planned:
            planned = time.perf_counter() - began
        if not waiting and not left:
            break
        await asyncio.sleep(1)
    await connection.close()
    return peak, planned


def _cpu_seconds(pid: int | None) -> float:
    """Processor time that a process has used, from `/proc/<pid>/stat` (proc(5)); 0 when it does not run."""
    if pid is None:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_rss_mb(pid: int | None) -> float:
    """What a process has had at most, from `VmHWM` in `/proc/<pid>/status` (proc(5)); 0 when it does not run."""
    if pid is None:
        return 0.0
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
