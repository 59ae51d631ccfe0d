"""What many ask for one by one, done for all of them together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, Generic, TypeVar

KeyT = TypeVar("KeyT")
ValueT = TypeVar("ValueT")
_TURNS: Final = 3
"""Turns of the loop for which the first lets others come: what was begun at once asks within them."""


class _AbandonedError(Exception):
    """Whoever was at it was cancelled; the others begin again."""


class Batched(Generic[KeyT, ValueT]):
    """Calls `work` for at most `most` keys that were asked for at the same time, each key once, one call after another.

    While a call is under way the next batch gathers, as in a group commit. A call begins after everybody who gets its
    answer has asked, and nothing is kept. The first who asks works for those who come after, so there are no tasks.
    """

    def __init__(self, work: Callable[[Sequence[KeyT]], Awaitable[Mapping[KeyT, ValueT]]], most: int) -> None:
        self._work = work
        self._most = most
        self._gathering: dict[KeyT, asyncio.Future[ValueT | None]] | None = None
        self._one_call = asyncio.Lock()

    async def get(self, key: KeyT) -> ValueT | None:
        """What `work` gave for this key; None if nothing. Raises what it raises."""
        while True:
            batch = self._gathering
            if batch is None or (key not in batch and len(batch) >= self._most):
                return await self._lead(key)
            answer = batch.setdefault(key, asyncio.get_running_loop().create_future())
            try:
                return await asyncio.shield(answer)  # it is not ours alone, to be cancelled with us
            except _AbandonedError:
                continue

    async def _lead(self, key: KeyT) -> ValueT | None:
        batch = self._gathering = {key: asyncio.get_running_loop().create_future()}
        try:
            async with self._one_call:
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
                self._close(batch)
                found = await self._work(list(batch))
        except BaseException as error:
            self._close(batch)
            for answer in batch.values():
                answer.set_exception(error if isinstance(error, Exception) else _AbandonedError())
                answer.exception()  # perhaps nobody waits for it
            raise
        for asked, answer in batch.items():
            answer.set_result(found.get(asked))
        return found.get(key)

    def _close(self, batch: dict[KeyT, asyncio.Future[ValueT | None]]) -> None:
        if self._gathering is batch:
            self._gathering = None
