"""Leases: what one process holds for a while, and others wait for. Their time is counted by Redis' own clock."""

from __future__ import annotations

from typing import Final
from uuid import uuid4

from zavhoz_gateway.store.connection import RedisStore

WAITING_MS: Final = 2000
"""How long somebody who was told to wait counts as waiting: longer than between two of their attempts."""

_TAKE: Final = """
local time = redis.call('TIME')
local now, order = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[3])
local first = true
local waiting = redis.call('HGETALL', KEYS[2])
for i = 1, #waiting, 2 do
    if tonumber(waiting[i + 1]) < now then
        redis.call('HDEL', KEYS[2], waiting[i])
    elseif tonumber(waiting[i]) < order then
        first = false
    end
end
local holder = redis.call('GET', KEYS[1])
if holder == ARGV[1] or (first and not holder) then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    redis.call('HDEL', KEYS[2], ARGV[3])
    return 1
end
redis.call('HSET', KEYS[2], ARGV[3], now + ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[4])
return 0
"""
"""Takes what is free, unless somebody waits who comes before; else waits."""

_RENEW: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""

_RELEASE: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


class Lease:
    """A claim to one thing, which ends by itself unless it is renewed; to those who wait it goes by `order`.

    Every method raises `StoreUnavailable` while Redis is away.
    """

    def __init__(self, store: RedisStore, what: str, seconds: float, order: int, holder: str) -> None:
        self._store = store
        self._keys = store.shared_key(what, "lease"), store.shared_key(what, "waiting")
        self._milliseconds = round(seconds * 1000)
        self._order = order
        self._holder = holder

    async def take(self) -> bool:
        """Take it if it is free, or ours already, and nobody waits with a lower `order`; else wait with ours."""
        return await self._run(_TAKE, 2, *self._keys, self._holder, self._milliseconds, self._order, WAITING_MS)

    async def renew(self) -> bool:
        """Hold it for another while; False when it is ours no more."""
        return await self._run(_RENEW, 1, self._keys[0], self._holder, self._milliseconds)

    async def release(self) -> bool:
        """Give it back; False when it was ours no more."""
        return await self._run(_RELEASE, 1, self._keys[0], self._holder)

    async def _run(self, script: str, *arguments: str | int) -> bool:
        return bool(await self._store.call("EVAL", script, *arguments))


class RedisLeases:
    """Makes leases of `seconds`, counted from each `take` and `renew`: so long a successor waits when a holder dies.

    To each other they are one holder, which is one at a time by itself: what could not be given back, because Redis was
    away, is had again at once when it is back.
    """

    def __init__(self, store: RedisStore, seconds: float) -> None:
        self._store = store
        self.seconds = seconds
        self._holder = str(uuid4())

    def lease(self, what: str, *, order: int = 0) -> Lease:
        """A claim to `what`; of those who wait, the lowest `order` comes first."""
        return Lease(self._store, what, self.seconds, order, self._holder)
