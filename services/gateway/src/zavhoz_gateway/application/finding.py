"""Searches: what was looked for is remembered by the message that shows what was found."""

from __future__ import annotations

from typing import Final, Protocol

import structlog

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.v1 import RequestPage
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_contracts.text import shorten
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import Chat, FindApi, QueryStore, StoreUnavailable
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screen, Screens

_QUERY_MAX: Final = 100
_SIZE: Final = 8
_NOTHING: Final = RequestPage(items=(), page=1, pages=1, total=0)
_log = structlog.get_logger("zavhoz.gateway")


class Searched(Protocol):
    """What is looked through."""

    async def page(self, actor: Actor, chat_id: int, query: str, number: int, language: str) -> Screen | str:
        """Page `number` of what is found, drawn; or the key of the sentence that says why there is none."""
        ...


class Own:
    """One's own requests."""

    def __init__(self, api: FindApi, screens: Screens) -> None:
        self._api = api
        self._screens = screens

    async def page(self, actor: Actor, chat_id: int, query: str, number: int, language: str) -> Screen | str:  # noqa: ARG002
        """See `Searched`."""
        try:
            page = await self._api.find(f"tg:{actor.telegram_id}", query, number, _SIZE)
        except (NotFound, InvalidQuery):  # somebody being registered just now, or words that are none
            page = _NOTHING
        except Forbidden as error:
            return "chat.deactivated" if error.reason == "deactivated" else "chat.not_allowed"
        except Outage:
            metrics.READ_API_FAILURES.labels("find").inc()
            return "list.unavailable"
        return self._screens.found(query, page, language)


class Finding:
    """Shows what was found, and turns its pages."""

    def __init__(self, queries: QueryStore, searched: Searched, chat: Chat, screens: Screens) -> None:
        self._queries = queries
        self._searched = searched
        self._chat = chat
        self._screens = screens

    async def find(self, said: Said, words: str) -> None:
        """The first page, as a new message."""
        query = shorten(" ".join(words.split()), _QUERY_MAX)
        screen = await self._searched.page(said.actor, said.chat_id, query, 1, said.language)
        if isinstance(screen, str):
            await self._chat.send(said.chat_id, self._screens.line(screen, said.language))
            return
        message_id = await self._chat.send(said.chat_id, screen)
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
        if query is None:
            screen: Screen | str = "mine.forgotten"
        else:
            asked = pressed.actor, pressed.chat_id, query, max(number, 1)
            screen = await self._searched.page(*asked, pressed.language)
        if isinstance(screen, str):
            await self._chat.answer(pressed.query_id, self._screens.words(screen, pressed.language), alert=True)
            return
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)
