"""The updates in hand, and up to where Telegram may forget them."""

from __future__ import annotations

import asyncio
import contextlib


class Window:
    """Updates fetched and not finished, in the order in which they came.

    Telegram forgets every update below the offset of a getUpdates call, so the offset moves past an update only when it
    and all before it are finished. It is said until one call with it was answered, then never again: update ids may
    jump down after a quiet week, and an old high offset would hide the new ones
    (https://core.telegram.org/bots/api#update).
    """

    def __init__(self) -> None:
        self._finished: dict[int, bool] = {}
        self._offset: int | None = None
        self._settled = asyncio.Event()
        self._settled.set()

    @property
    def busy(self) -> bool:
        """Whether an update is in hand that is not finished."""
        return not self._settled.is_set()

    @property
    def unfinished(self) -> int:
        """How many updates are in hand that are not finished."""
        return sum(not finished for finished in self._finished.values())

    def admit(self, update_id: int) -> bool:
        """Take an update in hand; False when it is there already, as it is whenever it was fetched again unfinished."""
        if update_id in self._finished:
            return False
        self._finished[update_id] = False
        self._settled.clear()
        return True

    def finish(self, update_id: int) -> None:
        """Say that what the update became is durable."""
        self._finished[update_id] = True
        if all(self._finished.values()):
            self._settled.set()

    def offset(self) -> int | None:
        """What the next getUpdates must say: one more than the last update before which all are finished."""
        for update_id in list(self._finished):
            if not self._finished[update_id]:
                break
            del self._finished[update_id]
            self._offset = update_id + 1
        return self._offset

    def acknowledge(self, offset: int | None) -> None:
        """Say that Telegram answered a call with this offset."""
        if offset == self._offset:
            self._offset = None

    async def settle(self, seconds: float) -> None:
        """Wait until nothing is in hand, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._settled.wait()
