"""How many new requests a person may file in a while, and how many comments they may make."""

from __future__ import annotations

from math import ceil
from typing import Final

from zavhoz_gateway.store.connection import RedisStore

_COUNT: Final = """
local time = redis.call('TIME')
local now, window = time[1] * 1000 + math.floor(time[2] / 1000), tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
if redis.call('ZSCORE', KEYS[1], ARGV[3]) then return 0 end
local excess = redis.call('ZCARD', KEYS[1]) - ARGV[1]
if excess >= 0 then
    return redis.call('ZRANGE', KEYS[1], excess, excess, 'WITHSCORES')[2] + window - now
end
redis.call('ZADD', KEYS[1], now, ARGV[3])
redis.call('PEXPIRE', KEYS[1], window)
return 0
"""
"""Counts, or returns the milliseconds until there is room; by Redis' own clock."""


class Rate:
    """At most `limit` of `what` within any `seconds` for each person: a sliding window, shared by all replicas."""

    def __init__(self, store: RedisStore, what: str, *, limit: int, seconds: int) -> None:
        self._store = store
        self._what = what
        self._limit = limit
        self._milliseconds = seconds * 1000

    async def count(self, telegram_id: int, one: object) -> int:
        """Count this one, once however often it comes; returns 0, or the seconds to wait when it is one too many.

        Raises:
            StoreUnavailable: Redis is away.
        """
        key = self._store.chat_key(telegram_id, self._what)
        wait = await self._store.call("EVAL", _COUNT, 1, key, self._limit, self._milliseconds, str(one))
        return ceil(int(wait) / 1000)
