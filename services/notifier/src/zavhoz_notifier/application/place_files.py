"""Files about places: the tree as a table that loads again, and sheets of QR codes."""

from __future__ import annotations

import contextlib
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import IO, Final, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.api.places import ManagedPlaces, Place
from zavhoz_contracts.api.v1 import Person
from zavhoz_contracts.errors import Permanent
from zavhoz_contracts.places.v1.commands import PlaceFileCommand, SendPlaceSheet
from zavhoz_notifier.application.showing import answered
from zavhoz_notifier.domain.delivery import Delivery, place_file
from zavhoz_notifier.qr.drawing import NoPlaces, SheetDrawer, SheetNotDrawn, TooManyPlaces
from zavhoz_notifier.qr.label import Label
from zavhoz_telegram.client import Bot, read
from zavhoz_telegram.texts import Texts

TABLE, SHEET = "places", "sheet"
_DENIED: Final = {"deactivated": "opening.deactivated", "not_found": "tree.gone"}
_DRAWN_AT_MOST: Final = 3
"""So many attempts at one sheet: what kills the process that draws does so again."""


class NotMade(Permanent):
    """There is no such file; `key` is that of the sentence that says why."""

    reason = "not_made"

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class ReadApi(Protocol):
    """The read API of the requests service (`zavhoz_contracts.api.client`), as far as these files need it."""

    async def person(self, as_: str) -> Person:
        """The person themselves."""
        ...

    async def managed_places(self, as_: str, code: str | None = None) -> ManagedPlaces:
        """What is in a place, or topmost."""
        ...

    async def place_table(self, as_: str, under: str | None = None) -> bytes:
        """The places under one, or all of them, as a table."""
        ...

    async def places_under(self, as_: str, under: str | None = None) -> tuple[Place, ...]:
        """The same places."""
        ...


class _Me(BaseModel):
    """Of https://core.telegram.org/bots/api#user what links to the bot need."""

    username: str


class PlaceFiles:
    """Plans these files, and makes them when they are sent."""

    def __init__(self, api: ReadApi, bot: Bot, texts: Texts, zone: ZoneInfo) -> None:
        self._api = api
        self._bot = bot
        self._texts = texts
        self._zone = zone
        self._drawer: SheetDrawer | None = None

    async def asked(self, cause_id: UUID, asked: PlaceFileCommand) -> Sequence[Delivery]:
        """The file, and the answer to the press; an alert when this person may not have it, or there is nothing."""
        as_, origin = f"tg:{asked.actor.telegram_id}", asked.origin
        try:
            person = await self._api.person(as_)
            page = await self._api.managed_places(as_, asked.under)
        except (NotFound, Forbidden) as error:
            key = _DENIED.get(error.reason, "tree.files_denied")
            t = self._texts.for_language(origin.language)
            return [answered(cause_id, origin, t, t.plain(key), alert=True)]
        t = self._texts.for_language(person.language)
        if page.place.archived if page.place is not None else not page.total:
            return [answered(cause_id, origin, t, t.plain("tree.sheet_empty"), person.person_id, alert=True)]
        form = SHEET if isinstance(asked, SendPlaceSheet) else TABLE
        made = place_file(cause_id, origin.chat_id, person.language, person.person_id, form, asked.under)
        return [answered(cause_id, origin, t, t.plain("tree.file_soon"), person.person_id), made]

    @contextlib.asynccontextmanager
    async def file(self, delivery: Delivery) -> AsyncIterator[tuple[str, IO[bytes]]]:
        """The file's name, and the file, at its beginning; it is gone afterwards.

        Raises:
            NotMade: there is nothing to be put into it, too much, or this person may not have it any more.
            SheetNotDrawn: no sheet was drawn; it may be when it is tried again.
            ApiUnavailable, TelegramUnavailable: what is read for it cannot be read just now.
        """
        as_, under = str(delivery.person_id), delivery.content["under"]
        behind, table = f"-{under}" if under else "", delivery.content["form"] == TABLE
        try:
            content = await self._api.place_table(as_, under) if table else b""
            places = () if table else await self._api.places_under(as_, under)
        except (NotFound, Forbidden) as error:
            raise NotMade("tree.files_denied") from error
        if table:
            yield f"places{behind}.csv", io.BytesIO(content)
            return
        async with contextlib.AsyncExitStack() as stack:
            try:
                sheet = await stack.enter_async_context(await self._drawn(places, delivery.language))
            except NoPlaces as error:
                raise NotMade("tree.sheet_empty") from error
            except TooManyPlaces as error:
                raise NotMade("tree.sheet_too_large") from error
            except (SheetNotDrawn, OSError) as error:
                if delivery.attempts + 1 < _DRAWN_AT_MOST:
                    raise SheetNotDrawn(str(error)) from error
                raise NotMade("tree.sheet_not_drawn") from error
            yield f"qr{behind}.pdf", sheet

    async def _drawn(self, places: Sequence[Place], language: str) -> AbstractAsyncContextManager[IO[bytes]]:
        if self._drawer is None:  # asked for once: a bot that is renamed begins anew
            self._drawer = SheetDrawer(read(_Me, await self._bot.call("getMe")).username)
        return self._drawer.file(_each(places), self._texts.for_language(language), datetime.now(self._zone))


async def _each(places: Sequence[Place]) -> AsyncIterator[Label]:
    for place in places:
        yield Label.of(place)
