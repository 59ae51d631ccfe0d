"""Whether the broker gives us what waits for us: looked at from the broker's side, for ours may be mistaken.

A connection can be up, and its consumer gone: cancelled without a word that reached us, or attached to a queue that was
deleted and made again in the same moment (RabbitMQ 3.10 counts it as a consumer, and gives it nothing). So of each
consumer it is asked whether the management API knows its tag, and whether it gets something when something waits.

Two misses one after another: readiness is false, and the consumer begins afresh on another connection. A third one, of
the fresh consumer: only a restart can help, so liveness is false; without a management API the broker's view is not
known, and it stays with readiness. While a consumer is not connected nothing is looked at: a broker that is away is no
reason to restart.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from zavhoz_messaging import metrics
from zavhoz_messaging.connection import LOST, OnHealth
from zavhoz_messaging.consumer import Consumer
from zavhoz_messaging.lane import State
from zavhoz_messaging.management import Management, ManagementUnavailable

CHECK: Final = "consumers"
"""The name under which health is told."""
_AFRESH: Final = 2
_DEAD: Final = 3
_ASK_SECONDS: Final = 5.0
_log = structlog.get_logger("zavhoz.messaging")

Tags = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Look:
    """How the consumer of a queue stood, and how many messages waited for it (none known: not asked)."""

    queue: str
    state: State
    waiting: int | None


@dataclass(slots=True)
class _Record:
    """What is remembered of a queue: the last look, and the misses one after another with what was wrong."""

    last: _Look | None = None
    misses: int = 0
    problem: str = ""


class Watchdog:
    """Looks at `consumers`, all of the virtual host of `amqp_url`, every `every` seconds.

    `management_url` is that of the management API, with user and password. `on_health` and `on_life` are told under the
    name of `CHECK` whether we are ready, and whether we may live on.
    """

    name = "watchdog"

    def __init__(
        self,
        consumers: Sequence[Consumer],
        amqp_url: str,
        management_url: str | None,
        *,
        on_health: OnHealth,
        on_life: OnHealth,
        every: float = 10.0,
    ) -> None:
        self._consumers = consumers
        self._on_health = on_health
        self._on_life = on_life
        self._management = Management(management_url, amqp_url) if management_url else None
        self._every = every
        self._records: dict[str, _Record] = {}
        self._answers: bool | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop`."""
        self._on_health(CHECK, True, "")
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._keep_looking(), name=self.name)
            await stop.wait()
            looking.cancel()

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.look()

    async def look(self) -> None:
        """Look once at every consumer that consumes now, and act."""
        known = await self._known()
        for consumer in self._consumers:
            state = consumer.state
            if state is None:
                continue
            record = self._records.setdefault(consumer.name, _Record())
            look = _Look(consumer.name, state, await self._waiting(consumer, state))
            if record.last is not None and record.last.state.tag == state.tag:
                self._judge(record, problem(record.last, look, known), consumer)
            record.last = look
        self._tell(certain=known is not None)

    def _judge(self, record: _Record, problem: str, consumer: Consumer) -> None:
        record.problem = problem
        record.misses = record.misses + 1 if problem else 0
        if record.misses and record.misses % _AFRESH == 0:
            _log.error("a consumer is stuck; it begins afresh", queue=consumer.name, problem=problem)
            metrics.BEGUN_AFRESH.labels(consumer.name).inc()
            consumer.begin_afresh()

    def _tell(self, *, certain: bool) -> None:
        stuck = {queue: record for queue, record in self._records.items() if record.misses >= _AFRESH}
        for queue in self._records:
            metrics.STUCK.labels(queue).set(queue in stuck)
        what = "; ".join(f"{queue}: {record.problem}" for queue, record in stuck.items())[:300]
        self._on_health(CHECK, not stuck, what)
        worst = max((record.misses for record in stuck.values()), default=0)
        if not stuck or (certain and worst >= _DEAD):
            self._on_life(CHECK, not stuck, what)

    async def _known(self) -> Tags | None:
        """The consumers that the broker sees, or none when it cannot be asked."""
        if self._management is None:
            return None
        try:
            known = await self._management.consumers()
        except ManagementUnavailable as error:
            if self._answers is not False:
                _log.warning("the broker cannot be asked for our consumers", error=str(error))
            self._answers = False
            known = None
        else:
            self._answers = True
        metrics.MANAGEMENT_AVAILABLE.set(self._answers)
        return known

    async def _waiting(self, consumer: Consumer, state: State) -> int | None:
        if not state.idle:
            return None
        try:
            async with asyncio.timeout(_ASK_SECONDS):
                return await consumer.waiting()
        except LOST:  # a queue without a leader, a connection on its way out: that is not for us to judge
            return None


def problem(before: _Look, now: _Look, known: Tags | None) -> str:
    """What is wrong between two looks at the same consumer; empty when nothing is."""
    state = now.state
    if known is not None and (now.queue, state.tag) not in known:
        return "the broker does not know our consumer"
    quiet = before.state.idle and state.idle and before.state.groups == state.groups
    if quiet and before.waiting and now.waiting:
        return f"{now.waiting} messages wait, and none arrives"
    return ""
