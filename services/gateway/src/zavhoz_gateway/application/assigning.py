"""[Assign]: whom a request can be given to, page by page; a press gives it to them."""

from __future__ import annotations

from uuid import UUID

from zavhoz_contracts.api.client import Forbidden, NotFound
from zavhoz_contracts.errors import Outage
from zavhoz_contracts.requests.v1.commands import AssignRequest
from zavhoz_gateway import metrics
from zavhoz_gateway.application.asking import Asking
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.ports import Chat, StaffApi
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.screens import Screen, Screens
from zavhoz_telegram.callbacks import AssignPress


class Assigning:
    """Shows the staff, and publishes the command. Nothing is remembered: the buttons hold all there is."""

    def __init__(self, asking: Asking, api: StaffApi, commands: Commands, chat: Chat, screens: Screens) -> None:
        self._asking = asking
        self._api = api
        self._commands = commands
        self._chat = chat
        self._screens = screens

    async def ask(self, pressed: Pressed, request_id: UUID, seen_version: int) -> None:
        """Ask who is to do it; a question that waits in this chat is given up."""
        screen = await self._screen(pressed, request_id, seen_version, 1)
        if isinstance(screen, str):
            await self._alert(pressed, screen)
            return
        await self._asking.withdraw(pressed)
        await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def turn(self, pressed: Pressed, request_id: UUID, seen_version: int, page: int) -> None:
        """Show page `page` of the staff, as it is now, in the message pressed."""
        screen = await self._screen(pressed, request_id, seen_version, page)
        if isinstance(screen, str):
            await self._alert(pressed, screen)
            return
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)

    async def assign(self, pressed: Pressed, press: AssignPress) -> None:
        """Give it to somebody. The outcome answers the press and turns the message into the card."""
        command = AssignRequest(
            request_id=press.request_id,
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            seen_version=press.version,
            assignee_id=press.person_id,
        )
        await self._commands.publish(pressed, command, subject=f"request/{press.request_id}")

    async def _screen(self, pressed: Pressed, request_id: UUID, seen_version: int, page: int) -> Screen | str:
        """The staff, or the key of the sentence that says why it cannot be shown."""
        as_ = f"tg:{pressed.actor.telegram_id}"
        try:
            card = await self._api.card(request_id, as_)
            staff = await self._api.staff(as_, request_id)
        except (NotFound, Forbidden) as error:
            return "chat.deactivated" if error.reason == "deactivated" else "refusal.not_allowed"
        except Outage:
            metrics.READ_API_FAILURES.labels("staff").inc()
            return "assign.away"
        return self._screens.staff(card, staff, seen_version, page, pressed.language)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)
