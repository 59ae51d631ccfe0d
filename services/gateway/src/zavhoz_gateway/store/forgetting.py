"""Everything that is remembered of one chat, forgotten."""

from __future__ import annotations

from typing import Final

from zavhoz_gateway.store.connection import RedisStore

_AT_ONCE: Final = 1000


class ChatMemory:
    """The keys of a chat, found by their common beginning: it takes a look at every key, so it is for rare occasions.

    Raises `StoreUnavailable` while Redis is away.
    """

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def forget(self, chat_id: int) -> None:
        """Delete them, whatever they are."""
        pattern, cursor = self._store.chat_key(chat_id, "*"), "0"
        while True:
            cursor, keys = await self._store.call("SCAN", cursor, "MATCH", pattern, "COUNT", _AT_ONCE)
            for key in keys:
                await self._store.call("DEL", key)
            if str(cursor) == "0":
                return
