"""Albums by chat and `media_group_id` (https://core.telegram.org/bots/api#message)."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter

from zavhoz_gateway.domain.album import Album
from zavhoz_gateway.store.connection import RedisStore

KEPT_MS: Final = 48 * 3600 * 1000
"""Telegram keeps an update for 24 hours (https://core.telegram.org/bots/api#getting-updates)."""
_BODY: Final = TypeAdapter(Album)


class Albums:
    """Which request an album went to. Every method raises `StoreUnavailable` while Redis is away."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def get(self, chat_id: int, group_id: str) -> Album | None:
        """The album, if a part of it went to a request."""
        body = await self._store.call("GET", self._key(chat_id, group_id))
        return None if body is None else _BODY.validate_json(body)

    async def put(self, chat_id: int, group_id: str, album: Album) -> None:
        """Remember where it went."""
        body = _BODY.dump_json(album).decode()
        await self._store.call("SET", self._key(chat_id, group_id), body, "PX", KEPT_MS)

    def _key(self, chat_id: int, group_id: str) -> str:
        return self._store.chat_key(chat_id, "album", group_id)
