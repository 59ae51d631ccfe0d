"""Languages that were chosen just now: other replicas remember profiles from before."""

from __future__ import annotations

from typing import Final

from zavhoz_gateway.store.connection import RedisStore

KEPT_MS: Final = 120 * 1000
"""Twice as long as a profile is remembered."""


class Languages:
    """The language somebody chose, for two minutes. Every method raises `StoreUnavailable` while Redis is away."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def get(self, telegram_id: int) -> str | None:
        """What they chose, if it was just now."""
        found = await self._store.call("GET", self._key(telegram_id))
        return None if found is None else str(found)

    async def put(self, telegram_id: int, language: str) -> None:
        """Remember it."""
        await self._store.call("SET", self._key(telegram_id), language, "PX", KEPT_MS)

    def _key(self, telegram_id: int) -> str:
        return self._store.chat_key(telegram_id, "language")
