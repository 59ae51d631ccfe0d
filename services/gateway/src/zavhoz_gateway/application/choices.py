"""What there is to choose a place from, read through the API; what cannot be read is an empty choice that says so."""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.places import Place
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_contracts.text import shorten
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import PlaceApi
from zavhoz_gateway.domain.draft import Looking
from zavhoz_telegram.places import Choice

_QUERY_MAX: Final = 100
_ROOTS: Final = Looking()


class Choices:
    """Reads places."""

    def __init__(self, api: PlaceApi) -> None:
        self._api = api

    async def find(self, actor: Actor, looking: Looking) -> Choice:
        """What somebody sees who is there in the tree, or has typed that."""
        as_ = f"tg:{actor.telegram_id}"
        try:
            return await self._find(as_, looking)
        except (NotFound, InvalidQuery):  # the place they looked into is gone
            return await self.find(actor, _ROOTS) if looking.under is not None else Choice(query=looking.query)
        except (Outage, Forbidden):
            metrics.READ_API_FAILURES.labels("places").inc()
            return Choice(query=looking.query, away=True)

    async def place(self, code: str) -> Place | None:
        """The place with this code; none when there is none.

        Raises:
            Outage: the API is away.
        """
        try:
            return await self._api.place(code)
        except (NotFound, Forbidden, InvalidQuery):
            return None

    async def _find(self, as_: str, looking: Looking) -> Choice:
        if looking.query:
            page = await self._api.places(as_, q=shorten(looking.query, _QUERY_MAX), page=looking.page)
        else:
            page = await self._api.places(as_, under=looking.under, page=looking.page)
        roots = not looking.query and looking.under is None
        recent = await self._api.recent_places(as_) if roots and page.page == 1 else ()
        return Choice(page.items, recent, page.page, page.pages, page.total, page.under, looking.query)
