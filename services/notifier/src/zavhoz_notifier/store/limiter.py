"""One limiter per bot token, shared by all replicas through Redis: GCRA, by Redis' own clock.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

_log = structlog.get_logger("zavhoz.notifier")
_SLOT: Final = """
local now = redis.call('TIME')
local us = now[1] * 1000000 + now[2]
local at = math.max(us, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', at + ARGV[1]), 'PX', math.ceil((at - us + ARGV[1]) / 1000) + 1000)
return string.format('%.0f', at - us)
"""
_PAUSE: Final = """
local now = redis.call('TIME')
local until_us = now[1] * 1000000 + now[2] + ARGV[1]
local at = math.max(until_us, tonumber(redis.call('GET', KEYS[1]) or '0'))
redis.call('SET', KEYS[1], string.format('%.0f', at), 'PX', math.ceil(ARGV[1] / 1000) + 1000)
return 0
"""
_GLOBAL_AFTER_CHATS: Final = 3
_GLOBAL_WINDOW: Final = 5.0


class Limiter:
    """Gives out slots for sends and edits.

    `overall` and `chat` are messages a second, `group` messages a minute. While Redis is away each process keeps to the
    same rates by itself.
    """

    def __init__(self, redis: Redis, bot_id: int, *, overall: float, chat: float, group: float) -> None:
        self._redis = redis
        self._prefix = f"zavhoz:limit:{bot_id}"
        self._overall_us = 1e6 / overall
        self._chat_us = 1e6 / chat
        self._group_us = 60e6 / group
        self._local: dict[str, float] = {}
        self._away = False
        self._told: dict[int, float] = {}

    async def slot(self, chat_id: int) -> None:
        """Wait for this chat's turn, then for the bot's. A chat that has to wait holds up no other."""
        await asyncio.sleep(await self._reserve(str(chat_id), self._group_us if chat_id < 0 else self._chat_us))
        await asyncio.sleep(await self._reserve("all", self._overall_us))

    async def pause(self, chat_id: int, seconds: float) -> None:
        """Flood control told us to wait: this chat; or everything, when several chats were told within seconds."""
        now = time.monotonic()
        self._told = {chat: at for chat, at in self._told.items() if now - at < _GLOBAL_WINDOW} | {chat_id: now}
        key = "all" if len(self._told) >= _GLOBAL_AFTER_CHATS else str(chat_id)
        try:
            await self._redis.eval(_PAUSE, 1, f"{self._prefix}:{key}", int(seconds * 1e6))
        except (RedisError, OSError, TimeoutError):
            self._local[key] = max(self._local.get(key, 0.0), now + seconds)

    async def _reserve(self, key: str, interval_us: float) -> float:
        """Seconds until the slot that was reserved."""
        try:
            waited = await self._redis.eval(_SLOT, 1, f"{self._prefix}:{key}", int(interval_us))
        except (RedisError, OSError, TimeoutError) as error:
            if not self._away:
                _log.warning("Redis is away; each process limits itself", error=str(error))
            self._away = True
            return self._reserve_locally(key, interval_us / 1e6)
        self._away = False
        return int(waited) / 1e6

    def _reserve_locally(self, key: str, interval: float) -> float:
        now = time.monotonic()
        at = max(now, self._local.get(key, 0.0))
        self._local = {name: when for name, when in self._local.items() if when > now} | {key: at + interval}
        return at - now
