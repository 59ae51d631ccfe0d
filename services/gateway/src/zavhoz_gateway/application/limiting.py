"""The parts of the tree of places that somebody is limited to, chosen in the message of their profile.

Every change is a command with the whole new set, whose outcome answers the press.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from zavhoz_contracts.message import Actor, Shows
from zavhoz_contracts.people.v1.commands import SetAreas
from zavhoz_gateway.application.asked import Asked
from zavhoz_gateway.application.choices import Choices
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.directory import Directory
from zavhoz_gateway.application.placing import Placed
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.domain.draft import Looking
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screens
from zavhoz_telegram.profiles import area_key

_NONE: Final = UUID(int=0)


class Limiting:
    """What becomes of [Places] under a profile. Where somebody is in the choice is kept with a question."""

    def __init__(
        self,
        directory: Directory,
        asked: Asked,
        commands: Commands,
        choices: Choices,
        chat: Chat,
        screens: Screens,
    ) -> None:
        self._directory = directory
        self._asked = asked
        self._commands = commands
        self._choices = choices
        self._chat = chat
        self._screens = screens

    async def show(self, pressed: Pressed, person_id: UUID) -> None:
        """Show which places these are."""
        if (profile := await self._directory.profile(pressed, person_id)) is not None:
            await self._directory.show(pressed, self._screens.areas(profile, pressed.language))

    async def add(self, pressed: Pressed, person_id: UUID) -> None:
        """Show the tree, to choose another one. A question that waited is to be withdrawn before."""
        if await self._directory.profile(pressed, person_id) is not None:
            begun = Question(_NONE, 0, pressed.chat_id, pressed.message_id, pressed.message_id, limits=person_id)
            await self.look(pressed, begun, Looking())

    async def remove(self, pressed: Pressed, person_id: UUID, key: str) -> None:
        """Limit them to the others, to nothing if there is none; if it is none of theirs any more, nothing changes."""
        if (profile := await self._directory.profile(pressed, person_id)) is not None:
            await self._publish(pressed, person_id, (one.code for one in profile.areas if area_key(one.code) != key))

    async def everywhere(self, pressed: Pressed, person_id: UUID) -> None:
        """Limit them to nothing."""
        await self._publish(pressed, person_id, ())

    async def pressed(self, pressed: Pressed) -> Placed | None:
        """See `zavhoz_gateway.application.placing.Places`."""
        question = await self._asked.find(
            pressed, lambda it: it.waits_in(pressed.message_id) and it.limits is not None, over="people.choice_gone"
        )
        if question is None or question.limits is None:
            return None
        return _PlacedArea(self, pressed, question, question.limits)

    async def search(self, said: Said, words: str, question: Question) -> None:
        """Show what the words find."""
        if (found := await self._asked.look_for(said, words, question)) is not None:
            await self._draw(found, said.actor, said.language)

    async def look(self, pressed: Pressed, question: Question, looking: Looking) -> None:
        """Show what there is to choose from."""
        shown = replace(question, looking=looking)
        if await self._asked.keep(pressed, shown):
            await self._draw(shown, pressed.actor, pressed.language)
            await self._chat.answer(pressed.query_id)

    async def leave(self, pressed: Pressed, question: Question, person_id: UUID) -> None:
        """Choose no more."""
        await self._asked.answered(question, question.heard)
        await self.show(pressed, person_id)

    async def take(self, pressed: Pressed, question: Question, person_id: UUID, code: str | None) -> None:
        """Limit them to this place too. No button of ours limits somebody to words, or to no place."""
        if code is None:
            await self._directory.alert(pressed, "chat.outdated")
        elif (profile := await self._directory.profile(pressed, person_id)) is not None:
            await self._publish(pressed, person_id, {code, *(area.code for area in profile.areas)})
            await self._asked.answered(question, question.heard)

    async def _publish(self, pressed: Pressed, person_id: UUID, codes: Iterable[str]) -> None:
        origin = pressed.origin(pressed.message_id).model_copy(update={"shows": Shows.AREAS})
        command = SetAreas(actor=pressed.actor, origin=origin, person_id=person_id, areas=tuple(sorted(codes)))
        await self._commands.publish(pressed, command, subject="person")

    async def _draw(self, question: Question, actor: Actor, language: str) -> None:
        choice = await self._choices.find(actor, question.looking or Looking())
        await self._chat.edit(question.chat_id, question.message_id, self._screens.choosing_area(choice, language))


@dataclass(frozen=True, slots=True)
class _PlacedArea:
    limiting: Limiting
    pressed: Pressed
    question: Question
    person_id: UUID

    @property
    def looking(self) -> Looking:
        return self.question.looking or Looking()

    async def look(self, looking: Looking) -> None:
        await self.limiting.look(self.pressed, self.question, looking)

    async def leave(self) -> None:
        await self.limiting.leave(self.pressed, self.question, self.person_id)

    async def take(self, place: str, code: str | None = None) -> None:  # noqa: ARG002
        await self.limiting.take(self.pressed, self.question, self.person_id, code)
