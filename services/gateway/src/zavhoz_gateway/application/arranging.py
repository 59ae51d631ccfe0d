"""/organisation: the settings of the organisation, and what a manager chooses there, one command each."""

from __future__ import annotations

from zavhoz_contracts.message import Shows
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.managed_reads import answered
from zavhoz_gateway.application.ports import Chat, ManagedApi
from zavhoz_gateway.application.wanting import Wanting
from zavhoz_gateway.domain.question import Wanted
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.managed_screens import ManagedScreens


class Arranging:
    """Shows the page, asks for values, and takes choices away. What is typed is for `Wanting`."""

    def __init__(
        self, api: ManagedApi, commands: Commands, wanting: Wanting, chat: Chat, screens: ManagedScreens
    ) -> None:
        self._api = api
        self._commands = commands
        self._wanting = wanting
        self._chat = chat
        self._screens = screens

    async def open(self, said: Said) -> None:
        """The page, as a new message."""
        found = await answered(self._api.organisation(f"tg:{said.actor.telegram_id}"), "shelf", "shelf.denied")
        if isinstance(found, str):
            await self._chat.send(said.chat_id, self._screens.line(found, said.language))
            return
        await self._chat.send(said.chat_id, self._screens.organisation(found, said.language))

    async def show(self, pressed: Pressed) -> None:
        """The page, in the message pressed."""
        found = await answered(self._api.organisation(f"tg:{pressed.actor.telegram_id}"), "shelf", "shelf.denied")
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        screen = self._screens.organisation(found, pressed.language)
        if not await self._chat.edit(pressed.chat_id, pressed.message_id, screen):
            await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def ask(self, pressed: Pressed, setting: Setting) -> None:
        """Ask for another value."""
        found = await answered(self._api.organisation(f"tg:{pressed.actor.telegram_id}"), "shelf", "shelf.denied")
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        screen = self._screens.asks_setting(found, setting, pressed.language)
        await self._wanting.ask(pressed, Wanted(setting=setting), screen)

    async def default(self, pressed: Pressed, setting: Setting) -> None:
        """Have the default again. The outcome answers the press and draws the page."""
        origin = pressed.origin(pressed.message_id).model_copy(update={"shows": Shows.ORGANISATION})
        command = SetSetting(actor=pressed.actor, origin=origin, setting=setting)
        await self._commands.publish(pressed, command, subject="organisation")

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
