"""What was looked for, by the message that shows what was found."""

from __future__ import annotations

from typing import Final

from zavhoz_gateway.store.connection import RedisStore

KEPT_MS: Final = 48 * 3600 * 1000


class Queries:
    """Every method raises `StoreUnavailable` while Redis is away."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def get(self, chat_id: int, message_id: int) -> str | None:
        """The words; none when they are forgotten."""
        words = await self._store.call("GET", self._key(chat_id, message_id))
        return None if words is None else str(words)

    async def put(self, chat_id: int, message_id: int, words: str) -> None:
        """Remember them for 48 hours."""
        await self._store.call("SET", self._key(chat_id, message_id), words, "PX", KEPT_MS)

    def _key(self, chat_id: int, message_id: int) -> str:
        return self._store.chat_key(chat_id, "query", message_id)
