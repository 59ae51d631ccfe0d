"""Consuming in groups, with the three classes of failure, and nothing lost or doubled for want of an answer.

A lane takes what is there, up to a group, and hands it to the handler; one ack answers the group. When the handler
raises for a group, each message is handled alone, so one bad message never holds its neighbours. Messages that came
back unanswered twice go to the queue of suspects, whose lane takes one at a time.
"""

from __future__ import annotations

import asyncio

from aio_pika.abc import AbstractConnection

from zavhoz_messaging import topology
from zavhoz_messaging.connection import OnHealth, keep_connected
from zavhoz_messaging.lane import Handler, Lane, Pace
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

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop`; then finish what is in hand, hand back the rest, and return."""

        async def use(connection: AbstractConnection) -> None:
            await self._declare(connection)
            async with asyncio.TaskGroup() as group:
                redeclaring = group.create_task(self._keep_declared(connection), name=f"{self.name}: declare")
                async with asyncio.TaskGroup() as lanes:
                    shared = (self._pace, self._handler, self._mover, self._trouble, self._alone)
                    lanes.create_task(Lane(self.name, *shared).run(connection, stop))
                    lanes.create_task(SuspectLane(self._work.suspect, *shared).run(connection, stop))
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
