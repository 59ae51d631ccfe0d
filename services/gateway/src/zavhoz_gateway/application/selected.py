"""The selection of a chat, as what is pressed there finds it."""

from __future__ import annotations

from zavhoz_gateway.application.ports import Chat, SelectionStore, StoreUnavailable
from zavhoz_gateway.domain.selection import Selection
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.many_screens import ManyScreens


class Selected:
    """Remembers and finds selections; why that cannot be is said to whoever pressed."""

    def __init__(self, selections: SelectionStore, chat: Chat, screens: ManyScreens) -> None:
        self._selections = selections
        self._chat = chat
        self._screens = screens

    async def find(self, pressed: Pressed) -> Selection | None:
        """The one that the message pressed shows, if nothing was done with it; else the press is answered with why."""
        try:
            selection = await self._selections.get(pressed.chat_id)
        except StoreUnavailable:
            await self.alert(pressed, "many.away")
            return None
        if selection is None or selection.message_id != pressed.message_id:
            await self.alert(pressed, "many.over")
            return None
        if selection.used:
            await self.alert(pressed, "many.used")
            return None
        return selection

    async def keep(self, pressed: Pressed, selection: Selection) -> bool:
        """Remember it; False, and the press is answered with why not."""
        try:
            await self._selections.put(pressed.chat_id, selection)
        except StoreUnavailable:
            await self.alert(pressed, "many.away")
            return False
        return True

    async def drop(self, pressed: Pressed) -> bool:
        """Forget it; False, and the press is answered with why not."""
        try:
            await self._selections.remove(pressed.chat_id)
        except StoreUnavailable:
            await self.alert(pressed, "many.away")
            return False
        return True

    async def alert(self, pressed: Pressed, key: str) -> None:
        """Answer the press with a sentence."""
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
