"""One's own settings: presses and commands that the notifier or the requests service answers."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final, assert_never

import structlog

from zavhoz_contracts.message import Message, Shows
from zavhoz_contracts.people.v1.commands import ErasePerson, SetLanguage
from zavhoz_contracts.settings.v1.commands import (
    MuteRequest,
    OpenSettings,
    SendData,
    SetDigest,
    SetQuietHours,
    SettingsPage,
)
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.people import People
from zavhoz_gateway.application.ports import Chat, Memory, StoreUnavailable
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screens
from zavhoz_telegram.callbacks import ErasePress, MutePress, SettingsAct
from zavhoz_telegram.greeting import MENU

_HOURS: Final = re.compile(r"([0-9]{1,2})-([0-9]{1,2})")
_HOUR: Final = re.compile("[0-9]{1,2}")
_OFF: Final = "off"
_LATEST_MINUTE: Final = 2**31
_log = structlog.get_logger("zavhoz.gateway")


class Personal:
    """What becomes of /settings, /mydata and the buttons of the settings. `languages` are those there are texts in."""

    def __init__(
        self,
        commands: Commands,
        people: People,
        memory: Memory,
        chat: Chat,
        screens: Screens,
        languages: Collection[str],
    ) -> None:
        self._commands = commands
        self._people = people
        self._memory = memory
        self._chat = chat
        self._screens = screens
        self._languages = frozenset(languages)

    async def open(self, said: Said) -> None:
        """/settings: they come as a new message."""
        await self._publish(said, OpenSettings(actor=said.actor, origin=said.origin()))

    async def send_data(self, said: Said) -> None:
        """/mydata."""
        await self._publish(said, SendData(actor=said.actor, origin=said.origin()))

    async def press(self, pressed: Pressed, act: SettingsAct, value: str) -> None:
        """A button of the settings, or of the greeting. What no button of ours says is outdated."""
        command = self._command(pressed, act, value)
        if command is None:
            await self._outdated(pressed)
            return
        await self._publish(pressed, command)
        if isinstance(command, SetLanguage):
            # After the command is safe: the profile that is remembered, here and elsewhere, says otherwise for a while.
            await self._people.chose(pressed.actor, command.language)

    def _command(self, pressed: Pressed, act: SettingsAct, value: str) -> Message | None:
        actor, origin = pressed.actor, pressed.origin(pressed.message_id)
        match act:
            case SettingsAct.OPEN if value == MENU:
                return OpenSettings(actor=actor, origin=pressed.origin())
            case SettingsAct.OPEN if value in set(SettingsPage):
                return OpenSettings(actor=actor, origin=origin, page=SettingsPage(value))
            case SettingsAct.LANGUAGE | SettingsAct.GREET if value in self._languages:
                shows = Shows.SETTINGS if act is SettingsAct.LANGUAGE else Shows.GREETING
                return SetLanguage(actor=actor, origin=origin.model_copy(update={"shows": shows}), language=value)
            case SettingsAct.QUIET | SettingsAct.DIGEST:
                return _hours(pressed, act, value)
            case SettingsAct.DATA:
                return SendData(actor=actor, origin=pressed.origin())
            case SettingsAct.UNMUTE:
                return MuteRequest(actor=actor, origin=origin, muted=False)
            case SettingsAct.OPEN | SettingsAct.LANGUAGE | SettingsAct.GREET:
                return None
            case _:
                assert_never(act)

    async def mute(self, pressed: Pressed, press: MutePress) -> None:
        """[Mute] or [Unmute] under a card."""
        await self._publish(
            pressed,
            MuteRequest(
                actor=pressed.actor,
                origin=pressed.origin(pressed.message_id),
                request_id=press.request_id,
                muted=bool(press.muted),
            ),
        )

    async def erase(self, pressed: Pressed, press: ErasePress) -> None:
        """The last question was answered with yes. Whether it was asked of this person is decided where they are known.

        What is remembered of them here goes as well, unsent drafts too: done again, there is nothing left to forget.
        """
        if not 0 <= press.minute < _LATEST_MINUTE:
            await self._outdated(pressed)
            return
        command = ErasePerson(
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            person_id=press.person_id,
            asked_at=datetime.fromtimestamp(press.minute * 60, UTC),
        )
        await self._publish(pressed, command)
        self._people.forget(pressed.actor)
        try:
            await self._memory.forget(pressed.chat_id)
        except StoreUnavailable:
            _log.warning("what is remembered of an erased person goes when it is over: in seven days at the latest")

    async def _publish(self, cause: Said | Pressed, command: Message) -> None:
        await self._commands.publish(cause, command, subject="person")

    async def _outdated(self, pressed: Pressed) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words("chat.outdated", pressed.language), alert=True)


def _hours(pressed: Pressed, act: SettingsAct, value: str) -> Message | None:
    """Quiet hours, or the hour of the digest; none for what no button of ours says."""
    actor, origin = pressed.actor, pressed.origin(pressed.message_id)
    if act is SettingsAct.DIGEST:
        if value != _OFF and not _HOUR.fullmatch(value):
            return None
        return SetDigest(actor=actor, origin=origin, hour=None if value == _OFF else int(value))
    if value == _OFF:
        return SetQuietHours(actor=actor, origin=origin)
    found = _HOURS.fullmatch(value)
    return found and SetQuietHours(actor=actor, origin=origin, start=int(found[1]), end=int(found[2]))
