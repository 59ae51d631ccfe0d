"""Commands on their way to the broker, under ids that come out the same however often an update is delivered."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.envelope import wrap
from zavhoz_contracts.identity import command_id_of_message, command_id_of_press
from zavhoz_contracts.message import Actor, Message, Origin
from zavhoz_contracts.people.v1.commands import RegisterPerson
from zavhoz_contracts.requests.v1.commands import RequestCommand
from zavhoz_gateway.application.ports import Bus
from zavhoz_gateway.domain.question import Question
from zavhoz_gateway.domain.updates import Pressed, Said

SOURCE: Final = "/zavhoz/gateway"
_MAIN, _REGISTER = 0, 1
"""Ordinals by purpose, not by order: a delivery that registers nobody gives its other command the same id."""


class Commands:
    """Publishes commands. Every method returns when the broker has the command, else raises as `Bus.publish` does."""

    def __init__(self, bus: Bus, bot_id: int) -> None:
        self._bus = bus
        self.bot_id = bot_id

    def id_of(self, cause: Said | Pressed) -> UUID:
        """The id of the command made from this update; also its correlation id in the logs."""
        if isinstance(cause, Pressed) or cause.query_id is not None:
            return command_id_of_press(self.bot_id, cause.query_id or "", _MAIN)
        kind = "edited_message" if cause.edited else "message"
        return command_id_of_message(self.bot_id, kind, cause.chat_id, cause.message_id, cause.edited, _MAIN)

    async def publish(self, cause: Said | Pressed, command: Message, *, subject: str) -> None:
        """Publish what this update asks for."""
        await self._bus.publish(wrap(command, source=SOURCE, subject=subject, id=self.id_of(cause)))

    async def publish_answer(self, said: Said, question: Question, kind: type[RequestCommand], **given: object) -> None:
        """Publish what the answer to a question asks for; the card whose button asked shows what comes of it."""
        common = {
            "request_id": question.request_id,
            "actor": said.actor,
            "origin": said.origin(question.card_message_id),
            "seen_version": question.seen_version,
        }
        command = kind.model_validate({**common, **given})
        await self.publish(said, command, subject=f"request/{question.request_id}")

    async def publish_from_draft(self, pressed: Pressed, command: Message, ordinal: int, *, subject: str) -> None:
        """Publish what a draft holds, once: however often its button is pressed, the id comes out the same."""
        id = command_id_of_message(self.bot_id, "draft", pressed.chat_id, pressed.message_id, ordinal=ordinal)
        await self.publish_once(pressed, command, id, subject=subject)

    async def publish_once(self, pressed: Pressed, command: Message, id: UUID, *, subject: str) -> None:
        """Publish what is done once, however often it is pressed: under an id that is not the press's."""
        await self._bus.publish(wrap(command, source=SOURCE, subject=subject, id=id, correlationid=self.id_of(pressed)))

    async def register(self, said: Said) -> None:
        """Make the sender of a message known."""
        command = RegisterPerson(actor=said.actor, origin=said.origin())
        await self._bus.publish(
            wrap(
                command,
                source=SOURCE,
                subject="person",
                id=command_id_of_message(self.bot_id, "message", said.chat_id, said.message_id, ordinal=_REGISTER),
                correlationid=self.id_of(said),
            )
        )

    async def tell(self, fact: Message, id: UUID, *, subject: str) -> None:
        """Publish what Telegram says and nobody asks for."""
        await self._bus.publish(wrap(fact, source=SOURCE, subject=subject, id=id))

    async def back(self, actor: Actor, chat_id: int, language: str) -> None:
        """Register somebody who has unblocked the bot: from now on they can be written to again."""
        command = RegisterPerson(actor=actor, origin=Origin(chat_id=chat_id, language=language))
        seconds = int(actor.seen_at.timestamp())
        id = command_id_of_message(self.bot_id, "my_chat_member", chat_id, 0, seconds)
        await self._bus.publish(wrap(command, source=SOURCE, subject="person", id=id))
