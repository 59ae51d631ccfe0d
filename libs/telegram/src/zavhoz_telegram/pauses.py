"""Flood control (429), kept by all who speak for one bot: whoever is told to wait tells the others, through Redis.

https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

EVERYTHING: Final = "all"
AFTER_CHATS: Final = 3
WINDOW_SECONDS: Final = 5.0
# KEYS: the chat, the bot. For the longer of both.
_LEFT: Final = "return math.max(redis.call('PTTL', KEYS[1]), redis.call('PTTL', KEYS[2]))"
# A pause is never shortened by one that was told later.
_PAUSE: Final = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], 1, 'PX', ARGV[1]) end
return 0
"""
Call = Callable[..., Awaitable[Any]]


class Pauses:
    """Pauses of chats, and of the whole bot, by Redis' own clock; `call` is one command to Redis, and its answer.

    Whatever `call` raises is raised: who speaks decides what an absence of Redis means.
    """

    def __init__(self, call: Call, bot_id: int) -> None:
        self._call = call
        self._prefix = f"zavhoz:pause:{{{bot_id}}}"  # braces: one node of a cluster
        self._told: dict[int, float] = {}

    def told(self, chat_id: int) -> str:
        """Note that this chat was told to wait; returns what is to wait: it, or everything (`EVERYTHING`).

        Telegram does not say which of its limits was met: when several chats are told within seconds, it was the bot's.
        """
        now = time.monotonic()
        self._told = {chat: at for chat, at in self._told.items() if now - at < WINDOW_SECONDS} | {chat_id: now}
        return EVERYTHING if len(self._told) >= AFTER_CHATS else str(chat_id)

    async def pause(self, what: str, seconds: float) -> None:
        """Have everybody wait for so long, for what `told` has returned."""
        await self._call("EVAL", _PAUSE, 1, self._key(what), max(1, int(seconds * 1000)))

    async def left(self, chat_id: int) -> float:
        """Seconds before this chat may be written to; 0 when it may now."""
        milliseconds = await self._call("EVAL", _LEFT, 2, *self.keys(chat_id))
        return max(0, int(milliseconds)) / 1000

    def keys(self, chat_id: int) -> tuple[str, str]:
        """What exists in Redis as long as this chat, or everything, is paused."""
        return self._key(str(chat_id)), self._key(EVERYTHING)

    def _key(self, what: str) -> str:
        return f"{self._prefix}:{what}"
