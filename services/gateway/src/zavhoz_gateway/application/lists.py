"""Pages of one's own requests, read through the API."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.v1 import RequestPage, View
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import Chat, ReadApi
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screens

_SIZE: Final = 8
_NOTHING: Final = RequestPage(items=(), page=1, pages=1, total=0)


class Lists:
    """Shows lists. A list that cannot be read is one sentence."""

    def __init__(self, api: ReadApi, chat: Chat, screens: Screens) -> None:
        self._api = api
        self._chat = chat
        self._screens = screens

    async def show(self, said: Said, view: View) -> None:
        """The first page, as a new message."""
        page = await self._read(said.actor, view, 1)
        if isinstance(page, str):
            screen = self._screens.line(page, said.language)
        else:
            screen = self._screens.requests(view, page, said.language)
        await self._chat.send(said.chat_id, screen)

    async def turn(self, pressed: Pressed, view: View, number: int) -> None:
        """Page `number`, from 1, in the message whose button was pressed; 0 is the first page as a new message."""
        page = await self._read(pressed.actor, view, max(number, 1))
        if isinstance(page, str):
            await self._chat.answer(pressed.query_id, self._screens.words(page, pressed.language), alert=True)
            return
        screen = self._screens.requests(view, page, pressed.language)
        if number < 1 or not await self._chat.edit(pressed.chat_id, pressed.message_id, screen):
            await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def _read(self, actor: Actor, view: View, number: int) -> RequestPage | str:
        """A page, or the key of the sentence that says why there is none."""
        try:
            return await self._api.requests(f"tg:{actor.telegram_id}", view, number, _SIZE)
        except NotFound:  # being registered just now: a requester without requests
            return _NOTHING
        except InvalidQuery:
            return "chat.outdated"
        except Forbidden as error:
            return "chat.deactivated" if error.reason == "deactivated" else "chat.not_allowed"
        except Outage:
            metrics.READ_API_FAILURES.labels("list").inc()
            return "list.unavailable"
