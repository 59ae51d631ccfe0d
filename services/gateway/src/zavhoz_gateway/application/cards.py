"""Buttons under cards, notices and lines of a list: presses that become commands, answered by their outcome."""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from zavhoz_contracts.cards.v1.commands import OpenCard, SendPhotos
from zavhoz_contracts.requests.v1.commands import (
    CancelRequest,
    CompleteRequest,
    ConfirmRequest,
    LeaveRequest,
    RequestCommand,
    ResumeRequest,
    TakeRequest,
)
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.assigning import Assigning
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.domain.updates import Pressed


class Cards:
    """What becomes of a press on a card; whether it is allowed is for the requests service to say."""

    def __init__(self, commands: Commands, asking: Asking, assigning: Assigning) -> None:
        self._commands = commands
        self._asking = asking
        self._assigning = assigning

    async def act(self, pressed: Pressed, action: Action, request_id: UUID, seen_version: int) -> None:
        """Do what the button says with the request as it was when the button was drawn."""
        match action:
            case Action.TAKE:
                command: type[RequestCommand] = TakeRequest
            case Action.CANCEL:
                await self._asking.make_sure(pressed, action, request_id, seen_version)
                return
            case Action.RESUME:
                command = ResumeRequest
            case Action.REJECT | Action.REOPEN | Action.EDIT | Action.COMMENT:
                await self._asking.ask(pressed, action, request_id, seen_version)
                return
            case Action.COMPLETE | Action.HOLD | Action.MERGE | Action.NOTE:
                await self._asking.ask(pressed, action, request_id, seen_version)
                return
            case Action.LEAVE:
                await self._follow(pressed, LeaveRequest, request_id)
                return
            case Action.ASSIGN:
                await self._assigning.ask(pressed, request_id, seen_version)
                return
            # The one is said by a rating, the other under a draft: no button of ours carries them.
            case Action.CONFIRM | Action.JOIN:
                await self._asking.outdated(pressed)
                return
            case _:
                assert_never(action)
        await self._command(pressed, command, request_id, seen_version)

    async def withdraw(self, pressed: Pressed, request_id: UUID, seen_version: int) -> None:
        """Withdraw the request: the presser is sure."""
        await self._command(pressed, CancelRequest, request_id, seen_version)

    async def complete(self, pressed: Pressed, request_id: UUID, seen_version: int) -> None:
        """Say that the work is done, without words."""
        await self._command(pressed, CompleteRequest, request_id, seen_version)
        await self._asking.pressed_instead(pressed)

    async def rate(self, pressed: Pressed, rating: int, request_id: UUID, seen_version: int) -> None:
        """Say that it is fixed, and how well."""
        await self._command(pressed, ConfirmRequest, request_id, seen_version, rating=rating)

    async def _follow(self, pressed: Pressed, kind: type[RequestCommand], request_id: UUID) -> None:
        command = kind(request_id=request_id, actor=pressed.actor, origin=pressed.origin(pressed.message_id))
        await self._commands.publish(pressed, command, subject=f"request/{request_id}")

    async def _command(
        self, pressed: Pressed, kind: type[RequestCommand], request_id: UUID, seen_version: int, **given: object
    ) -> None:
        common = {
            "request_id": request_id,
            "actor": pressed.actor,
            "origin": pressed.origin(pressed.message_id),
            "seen_version": seen_version,
        }
        data = kind.model_validate({**common, **given})
        await self._commands.publish(pressed, data, subject=f"request/{request_id}")

    async def open_line(self, pressed: Pressed, request_id: UUID) -> None:
        """Show the card as a new message: the list stays."""
        await self._open(pressed, request_id, None)

    async def open_notice(self, pressed: Pressed, request_id: UUID) -> None:
        """Turn the notice into the card."""
        await self._open(pressed, request_id, pressed.message_id)

    async def photos(self, pressed: Pressed, request_id: UUID) -> None:
        """Send the request's files, below the card."""
        data = SendPhotos(request_id=request_id, actor=pressed.actor, origin=pressed.origin(pressed.message_id))
        await self._commands.publish(pressed, data, subject=f"request/{request_id}")

    async def _open(self, pressed: Pressed, request_id: UUID, message_id: int | None) -> None:
        data = OpenCard(request_id=request_id, actor=pressed.actor, origin=pressed.origin(message_id))
        await self._commands.publish(pressed, data, subject=f"request/{request_id}")
