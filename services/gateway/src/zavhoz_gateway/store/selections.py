"""Requests that were chosen to be changed at once, for 15 minutes after the last press."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter, ValidationError

from zavhoz_gateway.domain.selection import Selection
from zavhoz_gateway.store.connection import RedisStore

KEPT_MS: Final = 15 * 60 * 1000
_BODY: Final = TypeAdapter(Selection)


class Selections:
    """The last one of each chat. Every method raises `StoreUnavailable` while Redis is away."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def get(self, chat_id: int) -> Selection | None:
        """What was chosen last; none if its time is over, or it is not to be read as what it was."""
        body = await self._store.call("GET", self._key(chat_id))
        try:
            return None if body is None else _BODY.validate_json(body, strict=True)
        except ValidationError:
            return None

    async def put(self, chat_id: int, selection: Selection) -> None:
        """Remember it in place of a former one."""
        await self._store.call("SET", self._key(chat_id), _BODY.dump_json(selection).decode(), "PX", KEPT_MS)

    async def remove(self, chat_id: int) -> None:
        """Forget it."""
        await self._store.call("DEL", self._key(chat_id))

    def _key(self, chat_id: int) -> str:
        return self._store.chat_key(chat_id, "selection")
