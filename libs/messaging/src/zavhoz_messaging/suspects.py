"""The lane of messages that came back unanswered twice: one of them may be what ends the process each time.

A process has one such message at a time, whatever queue it is from, and asks for it only when its turn has come. With a
consumer, the broker would push the next one beside it (and one from each other queue), and each would be counted as
returned, and be a dead letter in the end, because of what another one does.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from aio_pika.abc import AbstractConnection

from zavhoz_messaging.lane import Lane
from zavhoz_messaging.transport import getting

_LOOK_SECONDS: Final = 1.0


class SuspectLane(Lane):
    """Works off the queue of suspects, one message after another, each while it holds `alone`."""

    async def run(self, connection: AbstractConnection, stop: asyncio.Event) -> None:
        """Work until `stop`; then finish what is in hand. Raises as `Lane.run` does."""
        self._stop = stop
        async with getting(connection, self._queue) as get, asyncio.TaskGroup() as group:
            stopping = group.create_task(self._wind_down(_nothing_comes_by_itself))
            while not stop.is_set():
                async with self._alone:
                    message = await get()
                    if message is not None:
                        await self._work_off([message])
                if message is None:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), _LOOK_SECONDS)
            stopping.cancel()


async def _nothing_comes_by_itself() -> None:
    """There is no consumer to be cancelled."""
