"""The card of a draft as it is asked for, and the draft whose button was pressed."""

from __future__ import annotations

import asyncio

from zavhoz_contracts.api.categories import Category
from zavhoz_contracts.message import Actor
from zavhoz_gateway.application.catalogue import Catalogue, CategoriesAway
from zavhoz_gateway.application.choices import Choices
from zavhoz_gateway.application.likenesses import Likenesses
from zavhoz_gateway.application.ports import Chat, DraftStore, StoreUnavailable
from zavhoz_gateway.domain.draft import Asks, Draft
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.screens import Screen, Screens


class DraftCards:
    """Draws drafts, and finds the one that was pressed."""

    def __init__(
        self,
        drafts: DraftStore,
        choices: Choices,
        likenesses: Likenesses,
        catalogue: Catalogue,
        chat: Chat,
        screens: Screens,
    ) -> None:
        self._drafts = drafts
        self._choices = choices
        self._likenesses = likenesses
        self._catalogue = catalogue
        self._chat = chat
        self._screens = screens

    async def screen(self, draft: Draft, actor: Actor, language: str) -> Screen:
        """The card, with what it asks for."""
        if draft.asks is Asks.PLACE:
            return self._screens.placing(draft, await self._choices.find(actor, draft.looking), language)
        if draft.asks is Asks.CATEGORY:
            return self._screens.sorting(draft, await self._categories(actor), language)
        similar, categorised = await asyncio.gather(self._likenesses.of(draft, actor), self._catalogue.there_are(actor))
        return self._screens.draft(draft, language, similar, categorised=categorised)

    async def _categories(self, actor: Actor) -> tuple[Category, ...] | None:
        try:
            return await self._catalogue.read(actor)
        except CategoriesAway:
            return None

    async def edit(self, draft: Draft, actor: Actor, language: str) -> bool:
        """Draw the card anew; False when its message is gone."""
        return await self._chat.edit(draft.chat_id, draft.message_id, await self.screen(draft, actor, language))

    async def pressed(self, pressed: Pressed, *, sent: bool = False) -> Draft | None:
        """The draft whose button was pressed; when it cannot be acted on, the press is answered with the reason."""
        try:
            draft = await self._drafts.get(pressed.chat_id, pressed.message_id)
        except StoreUnavailable:
            await self.alert(pressed, "draft.store_away")
            return None
        if draft is None:
            await self.alert(pressed, "draft.gone")
            return None
        if not draft.open and not sent:
            await self.alert(pressed, "draft.already_sent")
            return None
        return draft

    async def become(self, pressed: Pressed, before: Draft, after: Draft) -> None:
        """Write the draft as it is to be after the press, draw it, and answer."""
        if after != before:
            try:
                after = await self._drafts.save(after)
            except StoreUnavailable:
                await self.alert(pressed, "draft.store_away")
                return
        await self.edit(after, pressed.actor, pressed.language)
        await self._chat.answer(pressed.query_id)

    async def alert(self, pressed: Pressed, key: str) -> None:
        """Answer the press with a sentence."""
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
