"""Pending questions, at most one for each chat; one that nobody answers within 15 minutes is forgotten."""

from __future__ import annotations

from typing import Final

from pydantic import TypeAdapter

from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.store.connection import RedisStore

PENDING_MS: Final = 15 * 60 * 1000
_BODY: Final = TypeAdapter(Question)


class Questions:
    """Questions by chat. Every method raises `StoreUnavailable` while Redis is away."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def get(self, chat_id: int) -> Question | None:
        """The question asked last in this chat, answered or not."""
        body = await self._store.call("GET", self._key(chat_id))
        return None if body is None else _BODY.validate_json(body)

    async def put(self, question: Question) -> None:
        """Ask, or write down by which message it was answered; a former question of this chat is forgotten."""
        body = _BODY.dump_json(question).decode()
        await self._store.call("SET", self._key(question.chat_id), body, "PX", PENDING_MS)

    async def remove(self, chat_id: int) -> None:
        """Forget the question."""
        await self._store.call("DEL", self._key(chat_id))

    def _key(self, chat_id: int) -> str:
        return self._store.chat_key(chat_id, "question")
