"""One person's updates one at a time across all replicas: a renewed lease for each person."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final
from weakref import WeakValueDictionary

import structlog

from zavhoz_contracts.errors import Transient
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import Lease, Leases, StoreUnavailable

LOOK_SECONDS: Final = 0.05
"""Between two looks whether another replica has finished."""
PATIENCE_SECONDS: Final = 30.0
"""How long to wait for another replica, before the update counts as failed for now."""
_log = structlog.get_logger("zavhoz.gateway")


class TurnTaken(Transient):
    """Another replica has an update of this person in hand, and does not finish it."""


class Turns:
    """Whose turn it is. Within this process those who wait go in the order they came; between replicas, by update id.

    Without Redis each replica keeps order by itself. A lease that ends too early loses nothing: a draft is written only
    over the revision that was read, and commands come out the same however often.
    """

    name = "turns"

    def __init__(self, leases: Leases) -> None:
        self._leases = leases
        self._here: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._held: set[Lease] = set()

    @contextlib.asynccontextmanager
    async def turn(self, person: str, update_id: int) -> AsyncIterator[None]:
        """Wait for this person's turn, and have it while inside.

        Raises:
            TurnTaken: another replica has had it for 30 s.
        """
        here = self._here.setdefault(person, asyncio.Lock())
        async with here:
            lease = self._leases.lease(person, order=update_id)
            try:
                await self._take(lease)
                yield
            finally:
                self._held.discard(lease)
                with contextlib.suppress(StoreUnavailable):
                    await lease.release()

    async def run(self, stop: asyncio.Event) -> None:
        """Renew what is held, three times within its time."""
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._leases.seconds / 3)
            await asyncio.gather(*[self._renew(lease) for lease in self._held])

    async def _take(self, lease: Lease) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await lease.take():  # noqa: ASYNC110  # it is another process that finishes
                    await asyncio.sleep(LOOK_SECONDS)
            self._held.add(lease)
        except StoreUnavailable:
            _log.debug("handled without a lease")
        except TimeoutError:
            raise TurnTaken(f"another replica has this person's turn for {PATIENCE_SECONDS:.0f} s") from None

    async def _renew(self, lease: Lease) -> None:
        try:
            if await lease.renew():
                return
        except StoreUnavailable:
            return  # it may still be ours at the next attempt
        if lease in self._held:  # else it was given back meanwhile
            self._held.discard(lease)
            metrics.LEASES_LOST.labels("person").inc()
            _log.warning("a person's turn ended before their update was finished")
