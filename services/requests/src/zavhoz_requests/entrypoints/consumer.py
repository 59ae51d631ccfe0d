"""From the queues to the application: one transaction, one line in the log and one look at the metrics a group."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import structlog
from prometheus_client import Counter

from zavhoz_chassis.database import Database
from zavhoz_contracts.envelope import Envelope
from zavhoz_messaging.consumer import Handler
from zavhoz_messaging.delivery import Delivery
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_requests.application.group import Settled
from zavhoz_requests.store import Connection

ResultT = TypeVar("ResultT")

COMMANDS: Final = Counter("zavhoz_commands", "Commands decided, each once, by how they ended", ["type", "result"])
_log = structlog.get_logger("zavhoz.requests")


def in_one_transaction(
    database: Database,
    work: Callable[[Connection, Sequence[Envelope[Any]]], Awaitable[ResultT]],
    committed: Callable[[ResultT], None] = lambda _: None,
) -> Handler:
    """A handler that does a group's work in one transaction, and gives its result to `committed` afterwards."""

    async def handle(deliveries: Sequence[Delivery]) -> None:
        envelopes = [delivery.envelope for delivery in deliveries]

        async def decide(connection: Connection) -> ResultT:
            result = await work(connection, envelopes)
            await reached(Point.DECIDED)
            return result

        result = await database.run(decide)
        await reached(Point.COMMITTED)
        committed(result)

    return handle


def tell(settled: Sequence[Settled]) -> None:
    """Count commands that are committed, and log them as one line."""
    tally = Tally((done.command.type, done.result) for done in settled)
    for (type, result), count in tally.items():
        COMMANDS.labels(type, result).inc(count)
    if tally:
        ended = {f"{type.removeprefix('zavhoz.')}: {result}": count for (type, result), count in tally.items()}
        _log.info("committed", commands=len(settled), **ended)
