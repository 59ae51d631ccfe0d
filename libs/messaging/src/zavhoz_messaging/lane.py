"""One channel that consumes one queue: takes what is there, has it handled, answers it; one group after another."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter as Tally
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, repeat
from typing import Final

import structlog
from aio_pika.abc import AbstractConnection
from opentelemetry.trace import Span
from structlog.contextvars import bound_contextvars

from zavhoz_contracts import tracing
from zavhoz_contracts.errors import Outage, Permanent
from zavhoz_messaging import metrics
from zavhoz_messaging.connection import ConnectionLost
from zavhoz_messaging.delivery import Delivery, continuing, returns
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_messaging.moving import Mover, Outcome, Trouble
from zavhoz_messaging.transport import Taken, ack_all, taking

Handler = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Handles a group; returning means that every message in it is done for good.

It must be safe to cancel anywhere, and safe to be given the same message again."""

_RETURNS_OF_A_SUSPECT: Final = 2
_READERS: Final = 3
_BACKOFF: Final = (0.5, 1.0)
_BACKOFF_MAX: Final = 2.0
_HAND_BACK_SECONDS: Final = 5.0
_log = structlog.get_logger("zavhoz.messaging")


@dataclass(frozen=True, slots=True)
class Pace:
    """How a consumer takes its work.

    `group` messages at most are handled together, `prefetch` are with us unanswered (0 is refused: it would mean no
    limit). A consumer that got nothing for `renew_seconds`, up to twice as long, makes room for another. Work held for
    an outage longer than `hold_seconds` is handed back (the broker closes the channel of whoever answers nothing for 30
    minutes). When stopping, what is in hand may take `drain_seconds`; then it is cancelled, and what is not done is
    handed back.

    `space_seconds` pass between the beginnings of two groups, unless as many as a group has wait already: what nobody
    waits for is then handled in larger groups, at less cost for each message. What comes alone is handled at once.
    """

    group: int = 100
    prefetch: int = 200
    hold_seconds: float = 600.0
    drain_seconds: float = 10.0
    redeclare_seconds: float = 60.0
    renew_seconds: float = 20.0
    space_seconds: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= self.group <= self.prefetch:
            raise ValueError(f"group {self.group} must be at least 1 and at most prefetch {self.prefetch}")


@dataclass(frozen=True, slots=True)
class State:
    """What a lane does, for whoever watches it: its consumer's tag at the broker, and how many groups it has finished.

    It is idle when it has answered everything it was given.
    """

    tag: str
    groups: int
    idle: bool


class Lane:
    """Consumes `queue`; whoever works on suspects holds `alone` (see `suspects`)."""

    def __init__(
        self,
        queue: str,
        pace: Pace,
        handler: Handler,
        mover: Mover,
        trouble: Trouble,
        alone: asyncio.Lock,
    ) -> None:
        self._queue = queue
        self._pace = pace
        self._handler = handler
        self._mover = mover
        self._trouble = trouble
        self._alone = alone
        self._arrived: asyncio.Queue[Taken | None] = asyncio.Queue()
        self._stop = asyncio.Event()
        self._cancelled = asyncio.Event()
        self._ended = False
        self._deadline: float | None = None  # on the loop's clock; set when stopping
        self._limit: asyncio.Timeout | None = None
        self._tag = ""
        self._groups = 0
        self._in_hand = False
        self._renewing = False

    @property
    def state(self) -> State | None:
        """What it does now; none before it consumes, and when it is stopping."""
        if not self._tag or self._stop.is_set():
            return None
        return State(self._tag, self._groups, idle=not self._in_hand and self._arrived.empty())

    async def run(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        """Consume until `stop`; then finish what is in hand, or hand it back.

        Raises:
            ConnectionLost: begin afresh; what is unanswered comes again.
        """
        self._stop = stop
        while not stop.is_set():
            await self._consume(connection)

    async def _consume(self, connection: AbstractConnection) -> None:
        """Be one consumer of the queue, until `stop` or until another is due."""
        self._ended = self._renewing = False
        self._arrived = asyncio.Queue()  # the channel before has told the end of itself to its own
        async with (
            taking(connection, self._queue, self._pace.prefetch, self._arrived.put_nowait) as consumer,
            asyncio.TaskGroup() as group,
        ):
            self._tag = consumer.tag
            beside = [
                group.create_task(self._wind_down(consumer.cancel)),
                group.create_task(self._renew(consumer.cancel)),
            ]
            while messages := await self._take():
                self._in_hand, began = True, time.monotonic()
                await self._process(messages)
                self._groups, self._in_hand = self._groups + 1, False
                await self._keep_space(began)
            for task in beside:
                task.cancel()

    async def _renew(self, cancel: Callable[[], Awaitable[object]]) -> None:
        """End the consumer when nothing came for a while, so that another one follows, on a channel of its own.

        Seen on 3.10.8: when a queue is deleted and made again in the same moment, the consumer stays, is told nothing,
        and what is delivered to it never arrives: it counts as unanswered until the channel closes. From the outside
        that looks like a quiet queue.
        """
        groups = -1
        while groups != self._groups or self._in_hand or not self._arrived.empty():
            groups = self._groups
            await asyncio.sleep(self._pace.renew_seconds)
        await cancel()
        self._renewing = True
        self._arrived.put_nowait(None)

    async def _wind_down(self, cancel: Callable[[], Awaitable[object]]) -> None:
        """When stopping, take no more: what came before the cancel stays ours to answer, within the drain.

        Raises:
            ConnectionLost: not even handing back was possible in time; the broker returns the rest, and counts it.
        """
        await self._stop.wait()
        self._deadline = asyncio.get_running_loop().time() + self._pace.drain_seconds
        if self._limit is not None:
            self._limit.reschedule(self._deadline)
        await cancel()
        self._cancelled.set()
        self._arrived.put_nowait(None)
        await asyncio.sleep(self._pace.drain_seconds + _HAND_BACK_SECONDS)
        raise ConnectionLost(f"could not finish with {self._queue} in time")

    async def _take(self) -> list[Taken]:
        """What is there, up to a group, without lingering; empty when all is done and the consumer was ended by us.

        Raises:
            ConnectionLost: the broker ended the consumer (its queue was deleted) or the channel.
        """
        messages: list[Taken] = []
        while len(messages) < self._pace.group and not (self._arrived.empty() and (messages or self._ended)):
            message = await self._arrived.get()
            if message is None:
                self._ended = True
            else:
                messages.append(message)
                if len(messages) == 1 and self._arrived.qsize() < self._pace.group:
                    await self._read_on()
            if self._ended and not (self._stop.is_set() or self._renewing):
                raise ConnectionLost(f"the broker ended the consumer of {self._queue}")
        return messages

    async def _keep_space(self, began: float) -> None:
        left = began + self._pace.space_seconds - time.monotonic()
        if left > 0 and self._arrived.qsize() < self._pace.group:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._stop.wait()

    async def _read_on(self) -> None:
        """Let the client's readers (connection, channel, callback) finish with what the socket has given already."""
        for _ in range(_READERS):
            await asyncio.sleep(0)

    async def _process(self, messages: Sequence[Taken]) -> None:
        messages = await self._set_suspects_aside(messages)
        if self._deadline is not None and asyncio.get_running_loop().time() > self._deadline:
            await self._hand_back(messages)
        elif messages:
            await self._work_off(messages)

    async def _work_off(self, messages: Sequence[Taken]) -> None:
        await reached(Point.TAKEN)
        await self._work_on(messages)
        await reached(Point.HANDLED)
        await ack_all(messages)
        await reached(Point.ACKNOWLEDGED)

    async def _set_suspects_aside(self, messages: Sequence[Taken]) -> Sequence[Taken]:
        """Move what came back unanswered to the queue of suspects; returns the others.

        Not while a suspect is being handled: if that one ends the process between a move and its ack, the moved message
        is there twice, and once more at each turn.
        """
        suspects = [message for message in messages if returns(message) >= _RETURNS_OF_A_SUSPECT]
        if not suspects:
            return messages
        async with self._alone:
            await self._mover.suspect(suspects)
        return [message for message in messages if not message.answered]

    async def _work_on(self, messages: Sequence[Taken]) -> None:
        group: list[Delivery] = []
        for message in messages:
            try:
                group.append(Delivery.read(message))
            except Permanent as error:
                outcome = await self._mover.bury(message, error.reason, error)
                metrics.HANDLED.labels(self._queue, "unreadable", outcome).inc()
        if group:
            oldest = min(delivery.envelope.time for delivery in group)
            metrics.MESSAGE_AGE.labels(self._queue).observe(max(0.0, (datetime.now(UTC) - oldest).total_seconds()))
            metrics.GROUP_SIZE.labels(self._queue).observe(len(group))
            if not await self._handle(group):
                # Whatever else is with us has waited as long.
                await self._hand_back([*messages, *self._waiting()])

    async def _handle(self, group: Sequence[Delivery]) -> bool:
        """Hand a group to the handler; when it fails, each alone. False: what is not answered is to be handed back."""
        if len(group) > 1:
            began = time.perf_counter()
            try:
                with self._span(group) as span:
                    done = await self._through_outages(continuing(span, group))
            except Exception as error:  # noqa: BLE001  # each is judged alone
                _log.info(
                    "a group failed; each is handled alone", queue=self._queue, size=len(group), error=str(error)[:300]
                )
            else:
                self._count(group, "done" if done else "returned", began)
                return done
        for delivery in group:
            if not await self._handle_alone(delivery):
                return False
        return True

    async def _handle_alone(self, delivery: Delivery) -> bool:
        envelope, began = delivery.envelope, time.perf_counter()
        ids = {"message_id": str(envelope.id), "correlation_id": str(envelope.correlationid)}
        if envelope.causationid is not None:
            ids["causation_id"] = str(envelope.causationid)
        # Commands name their sender by a Telegram id, which is for nobody else: their handler says who it is.
        who = getattr(envelope.data, "person_id", None) or getattr(envelope.data, "actor_id", None)
        known = bound_contextvars(**ids, message_type=envelope.type, person_id=str(who) if who else None)
        with known, self._span([delivery]) as span:
            try:
                done = await self._through_outages(continuing(span, [delivery]))
                failure: Exception | None = None
            except Exception as error:  # noqa: BLE001  # unknown failures are tried again, then kept as dead letters
                failure, done = error, True
                tracing.failed(error, span)
            outcome = await self._answer(delivery.message, failure) if done else "returned"
        self._count([delivery], outcome, began)
        return done

    async def _answer(self, message: Taken, failure: Exception | None) -> Outcome:
        if failure is None:
            await message.ack()
            return "done"
        if isinstance(failure, Permanent):
            return await self._mover.bury(message, failure.reason, failure)
        return await self._mover.retry(message, failure)

    def _span(self, group: Sequence[Delivery]) -> AbstractContextManager[Span]:
        """One span for the group; its context goes on into what the handler writes."""
        return tracing.grouped(
            f"process {self._queue}",
            [delivery.envelope.traceparent for delivery in group],
            kind=tracing.SpanKind.CONSUMER,
            attributes={
                "messaging.system": "rabbitmq",
                "messaging.operation.name": "process",
                "messaging.operation.type": "process",
                "messaging.destination.name": self._queue,
            },
        )

    def _count(self, group: Sequence[Delivery], outcome: Outcome, began: float) -> None:
        seconds = time.perf_counter() - began
        for type, count in Tally(delivery.envelope.type for delivery in group).items():
            metrics.HANDLED.labels(self._queue, type, outcome).inc(count)
            metrics.HANDLING_SECONDS.labels(self._queue, type).observe(seconds)
        _log.debug("consumed", queue=self._queue, messages=len(group), milliseconds=round(seconds * 1000, 1))

    async def _through_outages(self, group: Sequence[Delivery]) -> bool:
        """Handle, holding the work in hand while a dependency is away: it is neither lost nor counted as failed.

        False when it cannot be held any longer: too long, or we are stopping.
        """
        began = time.monotonic()
        with self._trouble.watched() as tell:
            for pause in chain(_BACKOFF, repeat(_BACKOFF_MAX)):
                try:
                    return await self._within_drain(group)
                except Outage as outage:
                    tell(outage)
                if self._stop.is_set() or time.monotonic() - began > self._pace.hold_seconds:
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), pause)
        return False

    async def _within_drain(self, group: Sequence[Delivery]) -> bool:
        """Handle; when stopping, only until the end of the drain. False: cancelled by it."""
        try:
            async with asyncio.timeout_at(self._deadline) as limit:
                self._limit = limit
                try:
                    await self._handler(group)
                finally:
                    self._limit = None
        except TimeoutError:
            if not limit.expired():
                raise
            return False
        return True

    def _waiting(self) -> list[Taken]:
        """Everything that has arrived and that nobody looked at yet."""
        waiting: list[Taken] = []
        while not self._arrived.empty():
            message = self._arrived.get_nowait()
            if message is None:
                self._ended = True
            else:
                waiting.append(message)
        return waiting

    async def _hand_back(self, messages: Sequence[Taken]) -> None:
        if self._stop.is_set():
            await self._cancelled.wait()  # or they would come straight back to us
        await self._mover.hand_back(self._queue, [message for message in messages if not message.answered])
