"""Consuming in groups, with the three classes of failure, and nothing lost or doubled for want of an answer.

A lane takes what is there, up to a group, and hands it to the handler; one ack answers the group. When the handler
raises for a group, each message is handled alone, so one bad message never holds its neighbours. Messages that came
back unanswered twice go to the queue of suspects, whose lane takes one at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from aio_pika.abc import AbstractConnection, AbstractIncomingMessage
from aio_pika.message import IncomingMessage
from aiormq.abc import DeliveredMessage
from structlog.contextvars import bound_contextvars

from zavhoz_contracts.errors import Outage, Permanent, Transient
from zavhoz_messaging import metrics, topology
from zavhoz_messaging.connection import ConnectionLost, OnHealth, keep_connected
from zavhoz_messaging.delivery import ATTEMPT, Delivery, attempt, died, moved, returns
from zavhoz_messaging.publisher import Headers, Outgoing, Publisher
from zavhoz_messaging.topology import WorkQueue

Handler = Callable[[Sequence[Delivery]], Awaitable[None]]
"""Handles a group; returning means that every message in it is done for good.

It must be safe to cancel anywhere, and safe to be given the same message again."""

_RETURNS_OF_A_SUSPECT: Final = 2
_REDECLARE_SECONDS: Final = 60.0
_OUTAGE_BACKOFF: Final = (0.5, 1.0, 2.0, 5.0)
_log = structlog.get_logger("zavhoz.messaging")


@dataclass(frozen=True, slots=True)
class Pace:
    """How a consumer takes its work.

    `group` messages at most are handled together, `prefetch` are with us unanswered (0 is refused: it would mean no
    limit). Work held for an outage longer than `hold_seconds` is handed back (the broker closes the channel of whoever
    answers nothing for 30 minutes). When stopping, what is in hand may take `drain_seconds`; the rest is handed back.
    """

    group: int = 100
    prefetch: int = 200
    hold_seconds: float = 600.0
    drain_seconds: float = 10.0
    redeclare_seconds: float = _REDECLARE_SECONDS

    def __post_init__(self) -> None:
        if not 1 <= self.group <= self.prefetch:
            raise ValueError(f"group {self.group} must be at least 1 and at most prefetch {self.prefetch}")


@dataclass
class _Lane:
    """One channel consuming one queue."""

    queue: str
    pace: Pace
    suspects: bool
    arrived: asyncio.Queue[AbstractIncomingMessage | None] = field(default_factory=asyncio.Queue)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False
    deadline: float | None = None  # monotonic; set when stopping


class Consumer:
    """Consumes one work queue and its suspects for as long as `run` runs, through lost connections and outages.

    `publisher` takes what moves on: retries, suspects, dead letters. `on_health` is told under the queue's name.
    """

    def __init__(
        self,
        url: str,
        queue: WorkQueue,
        handle: Handler,
        publisher: Publisher,
        *,
        pace: Pace = Pace(),
        on_health: OnHealth = lambda *_: None,
    ) -> None:
        self.name = queue.name
        self._url = url
        self._work = queue
        self._handler = handle
        self._publisher = publisher
        self._pace = pace
        self._on_health = on_health
        self._alone = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; then finish what is in hand, hand back the rest, and return."""

        async def use(connection: AbstractConnection) -> None:
            await self._declare(connection)
            async with asyncio.TaskGroup() as group:
                redeclaring = group.create_task(self._keep_declared(connection), name=f"{self.name}: declare")
                async with asyncio.TaskGroup() as lanes:
                    lanes.create_task(self._consume(connection, _Lane(self.name, self._pace, suspects=False), stop))
                    one = Pace(1, 1, self._pace.hold_seconds, self._pace.drain_seconds)
                    lanes.create_task(self._consume(connection, _Lane(self._work.suspect, one, suspects=True), stop))
                    self._on_health(self.name, True, "")
                redeclaring.cancel()

        await keep_connected(self._url, self.name, use, self._on_health, stop)

    async def _declare(self, connection: AbstractConnection) -> None:
        async with connection.channel() as channel:
            await topology.declare(channel, [self._work])

    async def _keep_declared(self, connection: AbstractConnection) -> None:
        """`mandatory` says nothing on an exchange with a stream bound to it: so bindings are made again each minute."""
        while True:
            await asyncio.sleep(self._pace.redeclare_seconds)
            await self._declare(connection)

    async def _consume(self, connection: AbstractConnection, lane: _Lane, stop: asyncio.Event) -> None:
        async with connection.channel() as channel:
            await channel.set_qos(prefetch_count=lane.pace.prefetch)
            underlay = await channel.get_underlay_channel()

            async def arrived(message: DeliveredMessage) -> None:
                lane.arrived.put_nowait(IncomingMessage(message))

            def gone(*_: object) -> None:
                lane.arrived.put_nowait(None)

            underlay.on_consumer_cancel_callbacks.add(gone)
            channel.close_callbacks.add(gone)
            # The client's own consumer below the library's: one task a message fewer, and what came before the answer
            # to a cancel is here before that answer is.
            consumer = await underlay.basic_consume(lane.queue, arrived)
            tag = consumer.consumer_tag or ""
            async with asyncio.TaskGroup() as group:
                stopping = group.create_task(self._wind_down(lane, stop, lambda: underlay.basic_cancel(tag)))
                while group_ := await self._take(lane, stop):
                    await self._process(lane, group_, stop)
                stopping.cancel()

    async def _wind_down(self, lane: _Lane, stop: asyncio.Event, cancel: Callable[[], Awaitable[object]]) -> None:
        """When stopping, take no more: what came before the cancel stays ours to answer."""
        await stop.wait()
        lane.deadline = time.monotonic() + lane.pace.drain_seconds
        await cancel()
        lane.cancelled.set()
        lane.arrived.put_nowait(None)

    async def _take(self, lane: _Lane, stop: asyncio.Event) -> list[AbstractIncomingMessage]:
        """What is there, up to a group, without lingering; empty when all is done after a stop.

        Raises:
            ConnectionLost: the broker ended the consumer (its queue was deleted) or the channel.
        """
        messages: list[AbstractIncomingMessage] = []
        while len(messages) < lane.pace.group and not (lane.arrived.empty() and (messages or lane.ended)):
            message = await lane.arrived.get()
            if message is None:
                lane.ended = True
            else:
                messages.append(message)
            if lane.ended and not stop.is_set():
                raise ConnectionLost(f"the broker ended the consumer of {lane.queue}")
        return messages

    async def _process(self, lane: _Lane, messages: list[AbstractIncomingMessage], stop: asyncio.Event) -> None:
        if not lane.suspects:
            messages = await self._set_suspects_aside(messages)
            if not messages:
                return
        if lane.deadline is not None and time.monotonic() > lane.deadline:
            await self._hand_back(lane, messages)
        else:
            async with self._alone if lane.suspects else contextlib.nullcontext():
                await self._work_on(lane, messages, stop)
        # Everything before the last is answered too: lanes are sequential, and channels deliver in order.
        await messages[-1].ack(multiple=True)

    async def _set_suspects_aside(self, messages: list[AbstractIncomingMessage]) -> list[AbstractIncomingMessage]:
        """Move what came back unanswered to the queue of suspects; returns the others.

        Not while a suspect is being handled: if that one ends the process between a move and its ack, the moved message
        is there twice, and once more at each turn.
        """
        suspects = [message for message in messages if returns(message) >= _RETURNS_OF_A_SUSPECT]
        if not suspects:
            return messages
        async with self._alone:
            for message in suspects:
                await self._move(message, self._work.suspect, moved(message))
                await message.ack()
        metrics.SUSPECTED.labels(self.name).inc(len(suspects))
        _log.warning("messages came back unanswered; they go on one at a time", queue=self.name, messages=len(suspects))
        return [message for message in messages if returns(message) < _RETURNS_OF_A_SUSPECT]

    async def _work_on(self, lane: _Lane, messages: list[AbstractIncomingMessage], stop: asyncio.Event) -> None:
        group: list[Delivery] = []
        for message in messages:
            try:
                group.append(Delivery.read(message))
            except Permanent as error:
                await self._bury(message, error.reason, error)
        if group:
            started = time.perf_counter()
            await self._handle(lane, group, stop)
            metrics.HANDLED_SECONDS.labels(self.name).observe(time.perf_counter() - started)
            metrics.GROUP_SIZE.labels(self.name).observe(len(group))
            metrics.CONSUMED.labels(self.name).inc(len(group))

    async def _handle(self, lane: _Lane, group: Sequence[Delivery], stop: asyncio.Event) -> None:
        """Hand a group to the handler. Whatever it does, each message is done, moved or handed back afterwards."""
        if len(group) == 1:
            await self._handle_alone(lane, group[0], stop)
            return
        try:
            await self._through_outages(lane, group, stop)
        except Exception as error:  # noqa: BLE001  # each is judged alone
            _log.info("a group failed; each of it is handled alone", queue=self.name, size=len(group), error=str(error))
            for delivery in group:
                await self._handle_alone(lane, delivery, stop)

    async def _handle_alone(self, lane: _Lane, delivery: Delivery, stop: asyncio.Event) -> None:
        envelope = delivery.envelope
        with bound_contextvars(
            message_id=str(envelope.id), correlation_id=str(envelope.correlationid), message_type=envelope.type
        ):
            try:
                await self._through_outages(lane, [delivery], stop)
            except Permanent as error:
                await self._bury(delivery.message, error.reason, error)
            except Exception as error:  # noqa: BLE001  # unknown failures are tried again, then kept as dead letters
                await self._retry(delivery.message, error)

    async def _through_outages(self, lane: _Lane, group: Sequence[Delivery], stop: asyncio.Event) -> None:
        """Handle, holding the work in hand while a dependency is away: it is neither lost nor counted as failed."""
        began: float | None = None
        for trial in range(1_000_000_000):
            try:
                await self._handler(group)
            except Outage as outage:
                began = began or time.monotonic()
                metrics.OUTAGE.labels(self.name).set(1)
                self._on_health(self.name, False, f"waits for {outage.dependency}: {outage}"[:300])
                held = time.monotonic() - began
                if stop.is_set() or held > lane.pace.hold_seconds:
                    if stop.is_set():
                        await lane.cancelled.wait()  # or it would come straight back to us
                    await self._hand_back(lane, [delivery.message for delivery in group])
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), _OUTAGE_BACKOFF[min(trial, len(_OUTAGE_BACKOFF) - 1)])
            else:
                break
        if began is not None:
            metrics.OUTAGE.labels(self.name).set(0)
            self._on_health(self.name, True, "")

    async def _retry(self, message: AbstractIncomingMessage, error: Exception) -> None:
        failed = attempt(message)
        if failed >= len(self._work.retries):
            await self._bury(message, "exhausted", error)
            return
        if isinstance(error, Transient):
            _log.info("will be tried again", queue=self.name, attempt=failed + 1, error=str(error))
        else:
            _log.exception("unexpected failure; will be tried again", queue=self.name, attempt=failed + 1)
        await self._move(message, self._work.retries[failed], {ATTEMPT: failed + 1})
        metrics.RETRIED.labels(self.name).inc()

    async def _bury(self, message: AbstractIncomingMessage, reason: str, error: BaseException) -> None:
        await self._move(message, self._work.dead, died(message, self.name, reason, error))
        metrics.DEAD.labels(self.name, reason).inc()
        _log.error("dead letter", queue=self.name, reason=reason, error=str(error)[:300])

    async def _hand_back(self, lane: _Lane, messages: Sequence[AbstractIncomingMessage]) -> None:
        """Back to the queue as fresh copies: a nack or a close would count against each message's delivery limit."""
        for message in messages:
            await self._move(message, lane.queue, moved(message))
        _log.info("handed back", queue=lane.queue, messages=len(messages))

    async def _move(self, message: AbstractIncomingMessage, queue: str, headers: Headers) -> None:
        """Publish a fresh copy and wait for its confirm; the caller acks afterwards.

        A crash in between doubles the message; the receiver's inbox drops the second.
        """
        await self._publisher.send(Outgoing(message.body, "", queue, headers))
