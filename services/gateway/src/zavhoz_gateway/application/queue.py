"""The queue and the archive, narrowed as somebody has chosen; what they may see of them the requests service says."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, TypeVar

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.v1 import RequestPage, View
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import Chat, NarrowingStore, QueueApi, StoreUnavailable
from zavhoz_gateway.domain.narrowing import Narrowing
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screens
from zavhoz_telegram.queue import Chosen
from zavhoz_telegram.screens import Screen

VIEWS: Final = frozenset({View.QUEUE, View.ARCHIVE})
SIZE: Final = 10
PageT = TypeVar("PageT")


class Queue:
    """Shows them. One that cannot be read is one sentence; without its memory it is shown whole, and says so."""

    def __init__(self, narrowings: NarrowingStore, api: QueueApi, chat: Chat, screens: Screens) -> None:
        self._narrowings = narrowings
        self._api = api
        self._chat = chat
        self._screens = screens

    async def show(self, said: Said) -> None:
        """The first page of the queue, as a new message."""
        screen = await self._page(said.actor, said.chat_id, View.QUEUE, 1, said.language)
        await self._chat.send(
            said.chat_id, self._screens.line(screen, said.language) if isinstance(screen, str) else screen
        )

    async def turn(self, pressed: Pressed, view: View, number: int) -> None:
        """Page `number`, from 1, in the message whose button was pressed; 0 is the first page as a new message."""
        screen = await self._page(pressed.actor, pressed.chat_id, view, max(number, 1), pressed.language)
        if isinstance(screen, str):
            await self._chat.answer(pressed.query_id, self._screens.words(screen, pressed.language), alert=True)
            return
        if number < 1 or not await self._chat.edit(pressed.chat_id, pressed.message_id, screen):
            await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def _page(self, actor: Actor, chat_id: int, view: View, number: int, language: str) -> Screen | str:
        """What is shown, or the key of the sentence that says why nothing is."""
        chosen = await chosen_by(self._narrowings, chat_id)
        page = await reading(self._read(actor, view, chosen, number))
        return page if isinstance(page, str) else self._screens.queue(view, page, chosen, language)

    async def _read(self, actor: Actor, view: View, chosen: Chosen, number: int) -> RequestPage:
        return await self._api.requests(f"tg:{actor.telegram_id}", view, number, SIZE, filters=chosen.within(view))


class Everywhere:
    """The search in the queue and the archive, for `Finding`."""

    def __init__(self, narrowings: NarrowingStore, api: QueueApi, screens: Screens) -> None:
        self._narrowings = narrowings
        self._api = api
        self._screens = screens

    async def page(self, actor: Actor, chat_id: int, query: str, number: int, language: str) -> Screen | str:
        """See `zavhoz_gateway.application.finding.Searched`."""
        chosen = await chosen_by(self._narrowings, chat_id)
        asked = self._api.search(f"tg:{actor.telegram_id}", query, number, SIZE, filters=chosen.filters)
        page = await reading(asked)
        return page if isinstance(page, str) else self._screens.found_anywhere(query, page, chosen, language)


async def chosen_by(narrowings: NarrowingStore, chat_id: int) -> Chosen:
    """What somebody has narrowed both to; without the memory everything, which says so."""
    try:
        narrowing = await narrowings.get(chat_id)
    except StoreUnavailable:
        return Chosen(away=True)
    return chosen_in(narrowing)


def chosen_in(narrowing: Narrowing) -> Chosen:
    """What is drawn of it."""
    return Chosen(narrowing.filters, narrowing.place, narrowing.assignee, narrowing.requester, narrowing.category)


async def reading(asked: Awaitable[PageT], denied: str = "list.queue_denied") -> PageT | str:
    """What the API answers, or the key of the sentence that says why it does not; `denied`: they may not."""
    try:
        return await asked
    except NotFound:  # being registered just now: a requester
        return denied
    except InvalidQuery:
        return "chat.outdated"
    except Forbidden as error:
        return "chat.deactivated" if error.reason == "deactivated" else denied
    except Outage:
        metrics.READ_API_FAILURES.labels("queue").inc()
        return "list.unavailable"
