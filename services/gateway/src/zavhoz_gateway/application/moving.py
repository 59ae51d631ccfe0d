"""Another place for a request that is filed, chosen in the message of the question what is to be changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zavhoz_contracts.message import Actor
from zavhoz_contracts.requests.v1.commands import EditRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.choices import Choices
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.placing import Placed
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.draft import Looking
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screens


class Moving:
    """The places of requests: what is chosen becomes a command, and the message the card."""

    def __init__(self, asked: Asked, commands: Commands, choices: Choices, chat: Chat, screens: Screens) -> None:
        self._asked = asked
        self._commands = commands
        self._choices = choices
        self._chat = chat
        self._screens = screens

    async def pressed(self, pressed: Pressed) -> Placed | None:
        """See `zavhoz_gateway.application.placing.Places`."""
        question = await self._asked.find(
            pressed, lambda it: it.waits_in(pressed.message_id) and it.action is Action.EDIT
        )
        return None if question is None else _PlacedRequest(self, pressed, question)

    async def search(self, said: Said, words: str, question: Question) -> None:
        """Show what the words find."""
        if (found := await self._asked.look_for(said, words, question)) is not None:
            await self._draw(found, said.actor, said.language)

    async def look(self, pressed: Pressed, question: Question, looking: Looking | None) -> None:
        """Show what there is to choose from; without `looking`, the question again."""
        shown = replace(question, looking=looking)
        if await self._asked.keep(pressed, shown):
            await self._draw(shown, pressed.actor, pressed.language)
            await self._chat.answer(pressed.query_id)

    async def move(self, pressed: Pressed, question: Question, place: str, code: str | None) -> None:
        """Have the request there. The outcome answers the press."""
        command = EditRequest(
            request_id=question.request_id,
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            seen_version=question.seen_version,
            place_code=code,
            place=place,
        )
        await self._commands.publish(pressed, command, subject=f"request/{question.request_id}")
        await self._asked.answered(question, question.heard)

    async def _draw(self, question: Question, actor: Actor, language: str) -> None:
        if question.looking is None:
            about = question.request_id, question.seen_version, question.number
            screen = self._screens.question(question.action, *about, language)
        else:
            choice = await self._choices.find(actor, question.looking)
            screen = self._screens.moving(question.number, choice, language)
        await self._chat.edit(question.chat_id, question.message_id, screen)


@dataclass(frozen=True, slots=True)
class _PlacedRequest:
    moving: Moving
    pressed: Pressed
    question: Question

    @property
    def looking(self) -> Looking:
        return self.question.looking or Looking()

    async def look(self, looking: Looking) -> None:
        await self.moving.look(self.pressed, self.question, looking)

    async def leave(self) -> None:
        await self.moving.look(self.pressed, self.question, None)

    async def take(self, place: str, code: str | None = None) -> None:
        await self.moving.move(self.pressed, self.question, place, code)
