"""One limiter per bot token, shared by all replicas through Redis: GCRA, by Redis' own clock.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from zavhoz_contracts.errors import Outage
from zavhoz_telegram.pauses import EVERYTHING, Pauses

_log = structlog.get_logger("zavhoz.notifier")
# KEYS: chat, bot, the pause of each. ARGV: the interval of chat and bot, and how far ahead a slot is given out. Both
# are taken for the same moment, or neither: a chat's second begins when its message is really sent.
_SLOT: Final = """
local paused = math.max(redis.call('PTTL', KEYS[3]), redis.call('PTTL', KEYS[4]))
if paused > 0 then return {0, string.format('%.0f', paused * 1000)} end
local now = redis.call('TIME')
local us = now[1] * 1000000 + now[2]
local function free(key) return math.max(us, tonumber(redis.call('GET', key) or '0')) end
local function take(key, at, interval)
  redis.call('SET', key, string.format('%.0f', at + interval), 'PX', math.ceil((at - us + interval) / 1000) + 1000)
end
if free(KEYS[1]) > us then return {0, string.format('%.0f', free(KEYS[1]) - us)} end
local at = free(KEYS[2])
if at - us > tonumber(ARGV[3]) then return {0, string.format('%.0f', at - us)} end
take(KEYS[2], at, ARGV[2])
take(KEYS[1], at, ARGV[1])
return {1, string.format('%.0f', at - us)}
"""
CHECK: Final = "redis"
LONGEST_WAIT: Final = 1.5
"""Seconds for which a slot is waited for; for a later one the delivery makes room for others."""


class NoSlotYet(Exception):
    """There is no slot within `LONGEST_WAIT`, and none was taken; ask again in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no slot for {seconds:.1f} s")
        self.seconds = seconds


class Limiter:
    """Gives out slots for sends and edits.

    `overall` and `chat` are messages a second, `group` messages a minute. While Redis is away each process keeps to the
    same rates by itself.
    """

    def __init__(
        self,
        redis: Redis,
        bot_id: int,
        *,
        overall: float,
        chat: float,
        group: float,
        on_health: Callable[[str, bool, str], None] = lambda *_: None,
    ) -> None:
        self._redis = redis
        self._pauses = Pauses(redis.execute_command, bot_id)
        self._prefix = f"zavhoz:limit:{{{bot_id}}}"  # braces: one node of a cluster
        self._overall_us = 1e6 / overall
        self._chat_us = 1e6 / chat
        self._group_us = 60e6 / group
        self._on_health = on_health
        self._local: dict[str, float] = {}
        self._away = False

    async def check(self) -> None:
        """Ask whether Redis answers.

        Raises:
            Outage: it does not.
        """
        try:
            await self._redis.ping()
        except (RedisError, OSError, TimeoutError) as error:
            raise Outage(f"{type(error).__name__}: {error}"[:200], dependency=CHECK) from error

    async def slot(self, chat_id: int) -> None:
        """Wait for this chat's turn, then for the bot's.

        Raises:
            NoSlotYet: it would be long; the caller waits elsewhere, so that other chats go on.
        """
        waited = 0.0
        while True:
            granted, wait = await self._reserve(chat_id, self._group_us if chat_id < 0 else self._chat_us)
            if not granted and waited + wait > LONGEST_WAIT:
                raise NoSlotYet(wait)
            await asyncio.sleep(wait)
            if granted:
                return
            waited += wait

    async def pause(self, chat_id: int, seconds: float) -> None:
        """Flood control told us to wait: this chat; or everything, when several chats were told within seconds."""
        what = self._pauses.told(chat_id)
        try:
            await self._pauses.pause(what, seconds)
        except (RedisError, OSError, TimeoutError):
            self._local[what] = max(self._local.get(what, 0.0), time.monotonic() + seconds)

    async def _reserve(self, chat_id: int, interval_us: float) -> tuple[bool, float]:
        """Whether a slot was taken, and the seconds until it; or until it is worth asking again."""
        keys = [f"{self._prefix}:{chat_id}", f"{self._prefix}:{EVERYTHING}", *self._pauses.keys(chat_id)]
        given = [int(interval_us), int(self._overall_us), int(LONGEST_WAIT * 1e6)]
        try:
            granted, wait_us = await self._redis.eval(_SLOT, 4, *keys, *given)
        except (RedisError, OSError, TimeoutError) as error:
            if not self._away:
                _log.warning("Redis is away; each process limits itself", error=str(error))
            self._away = True
            self._on_health(CHECK, False, f"{type(error).__name__}: {error}"[:200])
            return self._reserve_locally(str(chat_id), interval_us / 1e6)
        self._away = False
        self._on_health(CHECK, True, "")
        return bool(granted), int(wait_us) / 1e6

    def _reserve_locally(self, chat: str, interval: float) -> tuple[bool, float]:
        now = time.monotonic()
        self._local = {name: when for name, when in self._local.items() if when > now}
        if chat in self._local:
            return False, self._local[chat] - now
        at = self._local.get(EVERYTHING, now)
        if at - now > LONGEST_WAIT:
            return False, at - now
        self._local |= {EVERYTHING: at + self._overall_us / 1e6, chat: at + interval}
        return True, at - now
