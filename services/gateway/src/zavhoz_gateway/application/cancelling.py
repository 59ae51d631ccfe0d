"""/cancel: gives up what is under way in a chat, and says what that was."""

from __future__ import annotations

from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.filing import Filing
from zavhoz_gateway.application.ports import Chat, StoreUnavailable
from zavhoz_gateway.domain.updates import Said
from zavhoz_gateway.screens import Screens


class Cancelling:
    """Gives up the pending question or, when there is none, the open draft."""

    def __init__(self, asking: Asking, filing: Filing, chat: Chat, screens: Screens) -> None:
        self._asking = asking
        self._filing = filing
        self._chat = chat
        self._screens = screens

    async def cancel(self, said: Said) -> None:
        """Give it up; whoever gave something up has said so."""
        try:
            if await self._asking.give_up(said) or await self._filing.give_up(said):
                return
            key = "cancel.nothing"
        except StoreUnavailable:
            key = "cancel.unavailable"
        await self._chat.send(said.chat_id, self._screens.line(key, said.language))
