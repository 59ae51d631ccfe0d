"""Which updates are finished: Telegram may deliver one again, after a crash or when an answer of it was lost."""

from __future__ import annotations

from typing import Final

from zavhoz_gateway.store.connection import RedisStore

KEPT_MS: Final = 48 * 3600 * 1000
"""Telegram keeps an update for 24 hours (https://core.telegram.org/bots/api#getting-updates)."""


class SeenUpdates:
    """Update ids as a set, never as a high-water mark: they may start again anywhere after a quiet week.

    Every method raises `StoreUnavailable` while Redis is away.
    """

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def has(self, update_id: int) -> bool:
        """Whether the update was finished."""
        return bool(await self._store.call("EXISTS", self._key(update_id)))

    async def add(self, update_id: int) -> None:
        """Say that the update is finished."""
        await self._store.call("SET", self._key(update_id), 1, "PX", KEPT_MS)

    def _key(self, update_id: int) -> str:
        return self._store.bot_key("update", update_id)
