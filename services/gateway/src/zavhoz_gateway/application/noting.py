"""[Staff note]: words that only the staff reads."""

from __future__ import annotations

from uuid import UUID

from zavhoz_contracts.limits import NOTE_MAX
from zavhoz_contracts.requests.v1.commands import NoteRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.answering import Wording
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Content, Pressed, Said
from zavhoz_gateway.screens import Screen, Screens


class Noting:
    """Asks for a note, and publishes it. A note has no files: everybody who sees the request sees those."""

    def __init__(self, commands: Commands, wording: Wording, screens: Screens) -> None:
        self._commands = commands
        self._wording = wording
        self._screens = screens

    async def screen(self, pressed: Pressed, request_id: UUID, seen_version: int) -> Screen:
        """See `zavhoz_gateway.application.answering.Answers`."""
        about = request_id, seen_version, pressed.number
        return self._screens.question(Action.NOTE, *about, pressed.language, staff=pressed.staff)

    async def answer(self, said: Said, content: Content, question: Question) -> bool:
        """See `zavhoz_gateway.application.answering.Answers`."""
        words = await self._wording.words(said, content, question, 1, NOTE_MAX)
        if words is None:
            return False
        await self._commands.publish_answer(said, question, NoteRequest, text=words)
        return True
