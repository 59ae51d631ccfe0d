"""Links with a payload, `/start loc_<code>`: printed as QR codes in rooms and on assets, they begin a draft there.

https://core.telegram.org/bots/features#deep-linking
"""

from __future__ import annotations

from typing import Final

from zavhoz_contracts.errors import Outage
from zavhoz_gateway import metrics
from zavhoz_gateway.application.choices import Choices
from zavhoz_gateway.application.filing import Filing
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.updates import Said
from zavhoz_gateway.screens import Screens

_PLACE: Final = "loc_"


class Links:
    """What becomes of a payload."""

    def __init__(self, choices: Choices, filing: Filing, chat: Chat, screens: Screens) -> None:
        self._choices = choices
        self._filing = filing
        self._chat = chat
        self._screens = screens

    async def follow(self, said: Said, payload: str) -> bool:
        """Do what the payload says; False when it says nothing that we know."""
        if not payload.startswith(_PLACE):
            return False
        try:
            place = await self._choices.place(payload.removeprefix(_PLACE))
        except Outage:
            metrics.READ_API_FAILURES.labels("place").inc()
            await self._tell(said, "place.unavailable")
            return True
        if place is None:
            await self._tell(said, "place.unknown")
        else:
            await self._filing.begin_at(said, place)
        return True

    async def _tell(self, said: Said, key: str) -> None:
        await self._chat.send(said.chat_id, self._screens.line(key, said.language))
