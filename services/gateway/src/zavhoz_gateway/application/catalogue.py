"""The categories there are to choose from, read through the API; a request can always do without one."""

from __future__ import annotations

import asyncio
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.message import Actor
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import CategoryApi
from zavhoz_gateway.domain.draft import Sort

_SOON: Final = 1.0
"""Seconds that somebody waits who can do without."""


class CategoriesAway(Outage):
    """They cannot be read soon."""

    def __init__(self) -> None:
        super().__init__("the categories cannot be read", dependency="requests-api")


class Catalogue:
    """Reads categories."""

    def __init__(self, api: CategoryApi) -> None:
        self._api = api

    async def read(self, actor: Actor) -> tuple[Category, ...]:
        """Those that this person may choose.

        Raises:
            CategoriesAway: there is no answer within a second.
        """
        try:
            async with asyncio.timeout(_SOON):
                return await self._api.categories(f"tg:{actor.telegram_id}")
        except (NotFound, Forbidden, InvalidQuery):  # somebody who is being registered just now
            return ()
        except (Outage, TimeoutError) as error:
            metrics.READ_API_FAILURES.labels("categories").inc()
            raise CategoriesAway from error

    async def there_are(self, actor: Actor) -> bool:
        """Whether there is one at all, as far as can be told soon."""
        try:
            return bool(await self.read(actor))
        except CategoriesAway:
            return False

    async def sort(self, actor: Actor, category_id: UUID, language: str) -> Sort | None:
        """One of them as a draft keeps it, without answers; none when it is not to be chosen any more.

        Raises:
            CategoriesAway: there is no answer within a second.
        """
        found = next((one for one in await self.read(actor) if one.category_id == category_id), None)
        if found is None:
            return None
        questions = found.asks(language)
        return Sort(found.category_id, found.name(language), found.priority, questions, ("",) * len(questions))
