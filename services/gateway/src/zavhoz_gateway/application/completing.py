"""[Done]: what was done, in words, by photos, or without any."""

from __future__ import annotations

from uuid import UUID

from zavhoz_contracts.limits import REASON_MAX, REASON_MIN
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.answering import Wording
from zavhoz_gateway.application.commenting import Commenting
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.screens import Screen, Screens


class Completing:
    """Asks, and takes words and files. [Without words] needs no memory: see `zavhoz_gateway.application.cards`."""

    def __init__(self, commenting: Commenting, wording: Wording, screens: Screens) -> None:
        self._commenting = commenting
        self._wording = wording
        self._screens = screens

    async def screen(self, pressed: Pressed, request_id: UUID, seen_version: int) -> Screen:
        """See `zavhoz_gateway.application.answering.Answers`."""
        about = request_id, seen_version, pressed.number
        return self._screens.question(Action.COMPLETE, *about, pressed.language, staff=pressed.staff)

    async def answer(self, said: Said, content: Content, question: Question) -> bool:
        """See `zavhoz_gateway.application.answering.Answers`. The further parts of an album follow its first one."""
        if await self._wording.words(said, content, question, REASON_MIN, REASON_MAX, files=True) is None:
            await self._commenting.refuse_album(said, content, question.request_id)
            return False
        await self._commenting.complete(said, content, question)
        return True
