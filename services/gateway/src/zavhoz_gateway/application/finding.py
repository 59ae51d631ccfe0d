"""The search in one's own requests: what was looked for is remembered by the message that shows what was found."""

from __future__ import annotations

from typing import Final

import structlog

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.v1 import RequestPage
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_contracts.text import shorten
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import Chat, FindApi, QueryStore, StoreUnavailable
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screens

_QUERY_MAX: Final = 100
_SIZE: Final = 8
_NOTHING: Final = RequestPage(items=(), page=1, pages=1, total=0)
_log = structlog.get_logger("zavhoz.gateway")


class Finding:
    """Shows what was found, and turns its pages."""

    def __init__(self, queries: QueryStore, api: FindApi, chat: Chat, screens: Screens) -> None:
        self._queries = queries
        self._api = api
        self._chat = chat
        self._screens = screens

    async def find(self, said: Said, words: str) -> None:
        """The first page, as a new message."""
        query = shorten(" ".join(words.split()), _QUERY_MAX)
        page = await self._read(said.actor, query, 1)
        if isinstance(page, str):
            await self._chat.send(said.chat_id, self._screens.line(page, said.language))
            return
        message_id = await self._chat.send(said.chat_id, self._screens.found(query, page, said.language))
        try:
            await self._queries.put(said.chat_id, message_id, query)
        except StoreUnavailable:
            _log.warning("the pages of a search cannot be turned", chat_id=said.chat_id)

    async def turn(self, pressed: Pressed, number: int) -> None:
        """Page `number`, from 1, in the message whose button was pressed."""
        try:
            query = await self._queries.get(pressed.chat_id, pressed.message_id)
        except StoreUnavailable:
            query = None
        page = "mine.forgotten" if query is None else await self._read(pressed.actor, query, max(number, 1))
        if query is None or isinstance(page, str):
            await self._chat.answer(pressed.query_id, self._screens.words(str(page), pressed.language), alert=True)
            return
        screen = self._screens.found(query, page, pressed.language)
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)

    async def _read(self, actor: Actor, query: str, number: int) -> RequestPage | str:
        """A page, or the key of the sentence that says why there is none."""
        try:
            return await self._api.find(f"tg:{actor.telegram_id}", query, number, _SIZE)
        except (NotFound, InvalidQuery):  # somebody being registered just now, or words that are none
            return _NOTHING
        except Forbidden as error:
            return "chat.deactivated" if error.reason == "deactivated" else "chat.not_allowed"
        except Outage:
            metrics.READ_API_FAILURES.labels("find").inc()
            return "list.unavailable"
