"""What somebody has narrowed the queue to: as they left it, for 90 days."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter

from zavhoz_gateway.domain.narrowing import Narrowing
from zavhoz_gateway.store.connection import RedisStore

KEPT_MS: Final = 90 * 24 * 3600 * 1000
_BODY: Final = TypeAdapter(Narrowing)


class Narrowings:
    """By chat, which is the person's own. Every method raises `StoreUnavailable` while Redis is away."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def get(self, chat_id: int) -> Narrowing:
        """What they chose; everything, if nothing or what a later version no longer knows."""
        body = await self._store.call("GET", self._key(chat_id))
        try:
            return Narrowing() if body is None else _BODY.validate_json(body)
        except ValueError:
            return Narrowing()

    async def put(self, chat_id: int, narrowing: Narrowing) -> None:
        """Remember it for 90 days."""
        await self._store.call("SET", self._key(chat_id), _BODY.dump_json(narrowing).decode(), "PX", KEPT_MS)

    def _key(self, chat_id: int) -> str:
        return self._store.chat_key(chat_id, "narrowing")
