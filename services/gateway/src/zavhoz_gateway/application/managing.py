"""What managers do to people: their roles and their access. Each is a command, whose outcome answers the press."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.message import Message, Role, Shows
from zavhoz_contracts.people.v1.commands import SetActive, SetRole
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.directory import Directory
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.screens import Screens
from zavhoz_telegram.profiles import OFF, ON

_ROLES: Final = frozenset(role.value for role in Role)


class Managing:
    """What becomes of the buttons of a profile, but for those about places."""

    def __init__(self, directory: Directory, commands: Commands, screens: Screens) -> None:
        self._directory = directory
        self._commands = commands
        self._screens = screens

    async def open(self, pressed: Pressed, person_id: UUID) -> None:
        """Show somebody in the message pressed."""
        if (profile := await self._directory.profile(pressed, person_id)) is not None:
            await self._directory.show(pressed, self._screens.profile(profile, pressed.language))

    async def ask(self, pressed: Pressed, person_id: UUID, value: str) -> None:
        """Ask whether a role, or `OFF`, is meant."""
        if value not in _ROLES | {OFF}:
            await self._directory.alert(pressed, "chat.outdated")
        elif (profile := await self._directory.profile(pressed, person_id)) is not None:
            await self._directory.show(pressed, self._screens.sure_about(profile, value, pressed.language))

    async def set(self, pressed: Pressed, person_id: UUID, value: str) -> None:
        """Give somebody a role, or access (`ON`), or take it away (`OFF`)."""
        origin = pressed.origin(pressed.message_id).model_copy(update={"shows": Shows.PERSON})
        if value in _ROLES:
            command: Message = SetRole(actor=pressed.actor, origin=origin, person_id=person_id, role=Role(value))
        elif value in (ON, OFF):
            command = SetActive(actor=pressed.actor, origin=origin, person_id=person_id, active=value == ON)
        else:
            await self._directory.alert(pressed, "chat.outdated")
            return
        await self._commands.publish(pressed, command, subject="person")
