"""The category of a draft, chosen in its message, and the answers to what is asked about such requests."""

from __future__ import annotations

from uuid import UUID

from zavhoz_gateway.application.catalogue import Catalogue, CategoriesAway
from zavhoz_gateway.application.draft_cards import DraftCards
from zavhoz_gateway.application.ports import DraftStore, StoreUnavailable
from zavhoz_gateway.domain.draft import Asks, Draft, Looking
from zavhoz_gateway.domain.updates import Pressed


class Sorting:
    """What becomes of the buttons of the choice. Every method may be run again for the same press."""

    def __init__(self, cards: DraftCards, drafts: DraftStore, catalogue: Catalogue) -> None:
        self._cards = cards
        self._drafts = drafts
        self._catalogue = catalogue

    async def look(self, pressed: Pressed, page: int = 1) -> None:
        """Show a page of the categories, from 1."""
        if (draft := await self._cards.pressed(pressed)) is not None:
            await self._cards.become(pressed, draft, draft.asking(Asks.CATEGORY, Looking(page=max(page, 1))))

    async def choose(self, pressed: Pressed, category_id: UUID) -> None:
        """Take the category with this id, and ask what is to be asked."""
        draft = await self._cards.pressed(pressed)
        if draft is None:
            return
        try:
            sort = await self._catalogue.sort(pressed.actor, category_id, pressed.language)
        except CategoriesAway:
            await self._cards.alert(pressed, "category.away")
            return
        if sort is None:
            await self._cards.alert(pressed, "draft.category_gone")
            return
        await self._cards.become(pressed, draft, draft.of_sort(sort))

    async def clear(self, pressed: Pressed) -> None:
        """Have no category, and no answers."""
        if (draft := await self._cards.pressed(pressed)) is not None:
            await self._cards.become(pressed, draft, draft.of_sort(None))

    async def leave(self, pressed: Pressed) -> None:
        """Go back to the draft as it is."""
        if (draft := await self._cards.pressed(pressed)) is not None:
            await self._cards.become(pressed, draft, draft.asking(Asks.NOTHING))

    async def ask(self, pressed: Pressed, asked: int = 0) -> None:
        """Ask this question, from 0; behind the last one, nothing more."""
        if (draft := await self._cards.pressed(pressed)) is not None:
            await self._cards.become(pressed, draft, draft.asking_on(asked))

    async def drop(self, pressed: Pressed, asked: int) -> None:
        """Take the answer to this question away; it is asked again."""
        if (draft := await self._cards.pressed(pressed)) is not None:
            await self._cards.become(pressed, draft, draft.without_answer(asked))

    async def outdated(self, pressed: Pressed, draft: Draft) -> bool:
        """Whether the category is not what it was when it was chosen: the press is answered with that, the draft stays.

        What cannot be read now is decided by the requests service.
        """
        if draft.sort is None or not draft.open:
            return False
        try:
            now = await self._catalogue.sort(pressed.actor, draft.sort.category_id, pressed.language)
        except CategoriesAway:
            return False
        if now is None:
            await self._cards.alert(pressed, "draft.category_gone")
            return True
        if now.asks_as(draft.sort):
            return False
        try:
            draft = await self._drafts.save(draft.of_sort(now).asking(Asks.NOTHING))
        except StoreUnavailable:
            await self._cards.alert(pressed, "draft.store_away")
            return True
        await self._cards.edit(draft, pressed.actor, pressed.language)
        await self._cards.alert(pressed, "draft.category_changed")
        return True
