"""Where a message goes that its handler cannot finish now: the ladder, the dead letters, the suspects, or back.

Each move is a fresh copy, confirmed, and then the ack. A crash in between doubles the message; the receiver's inbox
drops the second. (A nack would count against the message's delivery limit, and bring it back at once.)
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeAlias

import structlog

from zavhoz_contracts.errors import Outage, Transient
from zavhoz_messaging import metrics
from zavhoz_messaging.connection import OnHealth
from zavhoz_messaging.delivery import ATTEMPT, attempt, died, moved
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_messaging.outgoing import Headers, Outgoing
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.topology import WorkQueue
from zavhoz_messaging.transport import Taken

Outcome: TypeAlias = Literal["done", "retried", "dead", "returned"]
"""What became of a message, for metrics."""

_AGAIN_SECONDS = 1.0
_log = structlog.get_logger("zavhoz.messaging")


class Trouble:
    """Whether the work of a queue is held: health and a metric show it, until the last one that holds goes on."""

    def __init__(self, queue: str, on_health: OnHealth) -> None:
        self._queue = queue
        self._on_health = on_health
        self._holding = 0

    @contextlib.contextmanager
    def watched(self) -> Iterator[Callable[[Exception], None]]:
        """Yields what to tell of the trouble; leaving, however that happens, says that it is over."""
        told = False

        def tell(error: Exception) -> None:
            nonlocal told
            self._holding += not told
            told = True
            metrics.OUTAGE.labels(self._queue).set(1)
            what = error.dependency if isinstance(error, Outage) else "rabbitmq"
            self._on_health(self._queue, False, f"waits for {what}: {error}"[:300])

        try:
            yield tell
        finally:
            self._holding -= told
            if told and not self._holding:
                metrics.OUTAGE.labels(self._queue).set(0)
                self._on_health(self._queue, True, "")


class Mover:
    """Moves messages of one work queue on. While the broker takes nothing, it waits, and shows it."""

    def __init__(self, work: WorkQueue, publisher: Publisher, trouble: Trouble) -> None:
        self._work = work
        self._publisher = publisher
        self._trouble = trouble

    async def retry(self, message: Taken, error: Exception) -> Outcome:
        """One step up the ladder; after the last one it is a dead letter."""
        failed = attempt(message)
        if failed >= len(self._work.retries):
            return await self.bury(message, "exhausted", error)
        if isinstance(error, Transient):
            _log.info("will be tried again", queue=self._work.name, attempt=failed + 1, error=str(error))
        elif failed == 0:
            _log.error("unexpected failure; will be tried again", queue=self._work.name, attempt=1, exc_info=error)
        else:  # the traceback was logged, and told, the first time
            what = f"{type(error).__name__}: {error}"[:300]
            _log.warning("fails again; will be tried again", queue=self._work.name, attempt=failed + 1, error=what)
        await self._move(message, self._work.retries[failed], {ATTEMPT: failed + 1})
        return "retried"

    async def bury(self, message: Taken, reason: str, error: Exception) -> Outcome:
        """To the dead letters, with the reason in its headers."""
        await self._move(message, self._work.dead, died(message, self._work.name, reason, error))
        metrics.DEAD.labels(self._work.name, reason).inc()
        _log.error("dead letter", queue=self._work.name, reason=reason, error=str(error)[:300])
        return "dead"

    async def suspect(self, messages: Sequence[Taken]) -> None:
        """To the queue where messages are handled one at a time."""
        for message in messages:
            await self._move(message, self._work.suspect, moved(message))
        metrics.SUSPECTED.labels(self._work.name).inc(len(messages))
        _log.warning("came back unanswered; they go on one at a time", queue=self._work.name, messages=len(messages))

    async def hand_back(self, queue: str, messages: Sequence[Taken]) -> None:
        """Back to the queue they came from, as if they had never been taken."""
        for message in messages:
            await self._move(message, queue, moved(message))
        if messages:
            _log.info("handed back", queue=queue, messages=len(messages))

    async def _move(self, message: Taken, queue: str, headers: Headers) -> None:
        with self._trouble.watched() as tell:
            while True:
                try:
                    await self._publisher.send(Outgoing(message.body, "", queue, headers))
                    break
                except (Outage, Transient) as error:
                    tell(error)
                    await asyncio.sleep(_AGAIN_SECONDS)
        await reached(Point.MOVED)
        await message.ack()
