"""Buttons under cards, notices and lines of a list: presses that become commands, answered by their outcome."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from zavhoz_contracts.cards.v1.commands import OpenCard
from zavhoz_contracts.requests.v1.commands import CompleteRequest, TakeRequest
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.domain.updates import Pressed


class Cards:
    """What becomes of a press on a card; whether it is allowed is for the requests service to say."""

    def __init__(self, commands: Commands, asking: Asking) -> None:
        self._commands = commands
        self._asking = asking

    async def act(self, pressed: Pressed, action: Action, request_id: UUID, seen_version: int) -> None:
        """Do what the button says with the request as it was when the button was drawn."""
        match action:
            case Action.TAKE:
                command: type[TakeRequest | CompleteRequest] = TakeRequest
            case Action.COMPLETE:
                command = CompleteRequest
            case Action.REJECT | Action.COMMENT:
                await self._asking.ask(pressed, action, request_id, seen_version)
                return
            case _:
                assert_never(action)
        data = command(
            request_id=request_id,
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            seen_version=seen_version,
        )
        await self._commands.publish(pressed, data, subject=f"request/{request_id}")

    async def open_line(self, pressed: Pressed, request_id: UUID) -> None:
        """Show the card as a new message: the list stays."""
        await self._open(pressed, request_id, None)

    async def open_notice(self, pressed: Pressed, request_id: UUID) -> None:
        """Turn the notice into the card."""
        await self._open(pressed, request_id, pressed.message_id)

    async def _open(self, pressed: Pressed, request_id: UUID, message_id: int | None) -> None:
        data = OpenCard(request_id=request_id, actor=pressed.actor, origin=pressed.origin(message_id))
        await self._commands.publish(pressed, data, subject=f"request/{request_id}")
