"""Drafts: a hash for each (chat, draft message), and a pointer to the one that new content is added to."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from pydantic import TypeAdapter

from zavhoz_gateway.application.ports import DraftChanged
from zavhoz_gateway.domain.draft import Draft
from zavhoz_gateway.store.connection import RedisStore

OPEN_MS: Final = 7 * 24 * 3600 * 1000
SENT_MS: Final = 48 * 3600 * 1000
_BODY: Final = TypeAdapter(Draft)

_SAVE: Final = """
local revision = redis.call('HGET', KEYS[1], 'revision') or '0'
if revision ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'body', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if revision == '0' then redis.call('SET', KEYS[2], ARGV[5]) end
if redis.call('GET', KEYS[2]) == ARGV[5] then redis.call('PEXPIRE', KEYS[2], ARGV[4]) end
return 1
"""
"""Compare and set on the revision; a new draft becomes the current one."""

_REMOVE: Final = """
local revision = redis.call('HGET', KEYS[1], 'revision')
if revision and revision ~= ARGV[2] then return 0 end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
redis.call('DEL', KEYS[1])
return 1
"""


class Drafts:
    """Drafts by chat and message. Every method raises `StoreUnavailable` while Redis is away.

    An open draft lives for seven days after its last change, a sent one for 48 hours.
    """

    def __init__(self, store: RedisStore) -> None:
        self._store = store

    async def get(self, chat_id: int, message_id: int) -> Draft | None:
        """The draft drawn in this message, if it is still kept."""
        body = await self._store.call("HGET", self._key(chat_id, message_id), "body")
        return None if body is None else _BODY.validate_json(body)

    async def current(self, chat_id: int) -> Draft | None:
        """The draft of this chat that was begun last, open or sent."""
        message_id = await self._store.call("GET", self._current(chat_id))
        return None if message_id is None else await self.get(chat_id, int(message_id))

    async def save(self, draft: Draft) -> Draft:
        """Write the draft, if it is still the revision it was read as; a new one becomes the current one.

        Raises:
            DraftChanged: it is not.
        """
        written = replace(draft, revision=draft.revision + 1)
        saved = await self._store.call(
            "EVAL",
            _SAVE,
            2,
            self._key(draft.chat_id, draft.message_id),
            self._current(draft.chat_id),
            draft.revision,
            written.revision,
            _BODY.dump_json(written).decode(),
            OPEN_MS if draft.open else SENT_MS,
            draft.message_id,
        )
        if not saved:
            raise _changed(draft)
        return written

    async def remove(self, draft: Draft) -> None:
        """Forget the draft, if it is still the revision it was read as, or gone already.

        Raises:
            DraftChanged: it is another.
        """
        keys = self._key(draft.chat_id, draft.message_id), self._current(draft.chat_id)
        if not await self._store.call("EVAL", _REMOVE, 2, *keys, draft.message_id, draft.revision):
            raise _changed(draft)

    def _key(self, chat_id: int, message_id: int) -> str:
        return self._store.chat_key(chat_id, "draft", message_id)

    def _current(self, chat_id: int) -> str:
        return self._store.chat_key(chat_id, "current")


def _changed(draft: Draft) -> DraftChanged:
    return DraftChanged(f"draft {draft.message_id} in chat {draft.chat_id} is not at revision {draft.revision}")
