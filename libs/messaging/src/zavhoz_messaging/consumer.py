"""Consuming in groups, with the three classes of failure, and nothing lost or doubled for want of an answer.

A lane takes what is there, up to a group, and hands it to the handler; one ack answers the group. When the handler
raises for a group, each message is handled alone, so one bad message never holds its neighbours. Messages that came
back unanswered twice go to the queue of suspects, whose lane takes one at a time.
"""

from __future__ import annotations

import asyncio

from aio_pika.abc import AbstractConnection

from zavhoz_messaging import topology
from zavhoz_messaging.connection import ConnectionLost, OnHealth, keep_connected, own_channel
from zavhoz_messaging.lane import Handler, Lane, Pace, State
from zavhoz_messaging.moving import Mover, Trouble
from zavhoz_messaging.publisher import Publisher
from zavhoz_messaging.suspects import SuspectLane
from zavhoz_messaging.topology import WorkQueue

__all__ = ["Consumer", "Handler", "Pace"]


class Consumer:
    """Consumes one work queue and its suspects for as long as `run` runs, through lost connections and outages.

    `publisher` takes what moves on: retries, suspects, dead letters. `on_health` is told under the queue's name. The
    consumers of one process share `alone`, so that it has one suspect at a time.
    """

    def __init__(
        self,
        url: str,
        queue: WorkQueue,
        handle: Handler,
        publisher: Publisher,
        *,
        pace: Pace | None = None,
        on_health: OnHealth = lambda *_: None,
        alone: asyncio.Lock | None = None,
    ) -> None:
        self.name = queue.name
        self._url = url
        self._work = queue
        self._handler = handle
        self._pace = pace or Pace()
        self._on_health = on_health
        self._trouble = Trouble(queue.name, on_health)
        self._mover = Mover(queue, publisher, self._trouble)
        self._alone = alone or asyncio.Lock()
        self._connection: AbstractConnection | None = None
        self._lane: Lane | None = None
        self._afresh = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; then finish what is in hand, hand back the rest, and return."""

        async def use(connection: AbstractConnection) -> None:
            await self._declare(connection)
            shared = (self._pace, self._handler, self._mover, self._trouble, self._alone)
            self._connection, self._lane = connection, Lane(self.name, *shared)
            self._afresh.clear()
            try:
                async with asyncio.TaskGroup() as group:
                    beside = [
                        group.create_task(self._keep_declared(connection), name=f"{self.name}: declare"),
                        group.create_task(self._until_told(), name=f"{self.name}: afresh"),
                    ]
                    async with asyncio.TaskGroup() as lanes:
                        lanes.create_task(self._lane.run(connection, stop))
                        lanes.create_task(SuspectLane(self._work.suspect, *shared).run(connection, stop))
                        self._on_health(self.name, True, "")
                    for task in beside:
                        task.cancel()
            finally:
                self._connection = self._lane = None

        await keep_connected(self._url, self.name, use, self._on_health, stop)

    @property
    def state(self) -> State | None:
        """What its lane does now; none while it is not connected, and when it is stopping."""
        return self._lane.state if self._lane is not None else None

    async def waiting(self) -> int:
        """How many messages wait in the queue, as the broker says now.

        Raises:
            ConnectionLost and what else a lost connection looks like (`connection.LOST`).
        """
        if self._connection is None:
            raise ConnectionLost("not connected")
        async with own_channel(self._connection) as channel:
            found = await channel.declare_queue(self.name, passive=True)
        return found.declaration_result.message_count or 0

    def begin_afresh(self) -> None:
        """Drop the connection, with what is in hand, and consume on another one."""
        self._afresh.set()

    async def _until_told(self) -> None:
        await self._afresh.wait()
        raise ConnectionLost("the watchdog wants a fresh one")

    async def _declare(self, connection: AbstractConnection) -> None:
        async with own_channel(connection) as channel:
            await topology.declare(channel, [self._work])

    async def _keep_declared(self, connection: AbstractConnection) -> None:
        """`mandatory` says nothing on an exchange with a stream bound to it: so bindings are made again each minute."""
        while True:
            await asyncio.sleep(self._pace.redeclare_seconds)
            await self._declare(connection)
