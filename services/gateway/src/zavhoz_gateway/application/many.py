"""[All at once]: what the queue shows is chosen, what is to be done to it is confirmed, and becomes one command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid5

import structlog

from zavhoz_contracts.api.people import StaffMember
from zavhoz_contracts.api.v1 import RequestIds, View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.bulk import BulkAction, ChangeRequests
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.many_words import ManyWords
from zavhoz_gateway.application.ports import Chat, ManyApi, NarrowingStore, SelectionStore, StoreUnavailable
from zavhoz_gateway.application.queue import chosen_by, reading
from zavhoz_gateway.application.selected import Selected
from zavhoz_gateway.domain.selection import Plan, Selection
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.many_screens import ManyScreens
from zavhoz_telegram.queue import Chosen
from zavhoz_telegram.screens import Screen

_log = structlog.get_logger("zavhoz.gateway")


class Many:
    """What becomes of these buttons. Who may change many, and what of each, is for the requests service to say."""

    def __init__(
        self,
        narrowings: NarrowingStore,
        selections: SelectionStore,
        api: ManyApi,
        commands: Commands,
        words: ManyWords,
        chat: Chat,
        screens: ManyScreens,
    ) -> None:
        self._narrowings = narrowings
        self._selections = selections
        self._selected = Selected(selections, chat, screens)
        self._api = api
        self._commands = commands
        self._words = words
        self._chat = chat
        self._screens = screens

    async def choose(self, pressed: Pressed) -> None:
        """Choose what the filters have now, and show what can be done to it."""
        chosen = await chosen_by(self._narrowings, pressed.chat_id)
        if chosen.away:  # without filters it would be everything
            await self._selected.alert(pressed, "many.away")
            return
        chosen = replace(chosen, filters=chosen.within(View.QUEUE))
        found = await reading(
            self._api.request_ids(f"tg:{pressed.actor.telegram_id}", filters=chosen.filters), "refusal.not_allowed"
        )
        if isinstance(found, str) or not found.ids:
            await self._selected.alert(pressed, found if isinstance(found, str) else "many.nothing")
            return
        selection = self._selection(pressed, found, chosen)
        if await self._selected.keep(pressed, selection):
            await self._show(pressed, self._screens.choice(selection, pressed.language))

    async def back(self, pressed: Pressed) -> None:
        """Show again what can be done; nothing is planned any more."""
        if (selection := await self._selected.find(pressed)) is None:
            return
        if await self._selected.keep(pressed, replace(selection, plan=None)):
            await self._show(pressed, self._screens.choice(selection, pressed.language))

    async def staff(self, pressed: Pressed, page: int) -> None:
        """A page of those whom they can be given to, from 1."""
        if (selection := await self._selected.find(pressed)) is None:
            return
        staff = await self._staff(pressed)
        if staff is not None:
            await self._show(pressed, self._screens.staff(selection, staff, page, pressed.language))

    async def assign(self, pressed: Pressed, person_id: UUID) -> None:
        """Plan to give them to this person."""
        if (selection := await self._selected.find(pressed)) is None:
            return
        if (staff := await self._staff(pressed)) is None:
            return
        chosen = next((one for one in staff if one.person_id == person_id), None)
        if chosen is None:
            await self._selected.alert(pressed, "many.gone")
            return
        await self._plan(pressed, selection, Plan(BulkAction.ASSIGN, chosen.person_id, chosen.name))

    async def prioritise(self, pressed: Pressed, priority: Priority) -> None:
        """Plan to make them this urgent."""
        if (selection := await self._selected.find(pressed)) is not None:
            await self._plan(pressed, selection, Plan(BulkAction.PRIORITISE, priority=priority))

    async def wordless(self, pressed: Pressed) -> None:
        """Plan to mark them as done, without words."""
        if (selection := await self._selected.find(pressed)) is not None:
            await self._plan(pressed, selection, Plan(BulkAction.COMPLETE))

    async def ask(self, pressed: Pressed, action: BulkAction) -> None:
        """Ask for the words that are needed for it."""
        if (selection := await self._selected.find(pressed)) is None:
            return
        selection = replace(selection, plan=None)
        if await self._selected.keep(pressed, selection):
            await self._words.ask(pressed, selection, action)

    async def do(self, pressed: Pressed) -> None:
        """Do what was confirmed. The outcome answers the press and turns the message into the report.

        However often it is pressed, it is one command: its id is the selection's.
        """
        if (selection := await self._selected.find(pressed)) is None:
            return
        if (plan := selection.plan) is None:
            await self._selected.alert(pressed, "chat.outdated")
            return
        command = ChangeRequests(
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id),
            request_ids=selection.request_ids,
            action=plan.action,
            assignee_id=plan.assignee_id,
            priority=plan.priority,
            words=plan.words,
        )
        await self._commands.publish_once(pressed, command, selection.id, subject="requests")
        try:
            await self._selections.put(pressed.chat_id, replace(selection, used=True))
        except StoreUnavailable:
            _log.warning("a selection could not be marked as used", chat_id=pressed.chat_id)

    async def cancel(self, pressed: Pressed) -> None:
        """Forget what was chosen."""
        if await self._selected.find(pressed) is not None and await self._selected.drop(pressed):
            await self._show(pressed, self._screens.over("many.cancelled", pressed.language))

    def _selection(self, pressed: Pressed, found: RequestIds, chosen: Chosen) -> Selection:
        return Selection(
            uuid5(self._commands.id_of(pressed), "selection"),
            pressed.message_id,
            found.ids,
            found.total,
            found.more,
            chosen.filters,
            chosen.place,
            chosen.assignee,
            chosen.requester,
            chosen.category,
        )

    async def _plan(self, pressed: Pressed, selection: Selection, plan: Plan) -> None:
        """Have it confirmed."""
        if await self._selected.keep(pressed, replace(selection, plan=plan)):
            await self._show(pressed, self._screens.sure(selection, plan, pressed.language))

    async def _staff(self, pressed: Pressed) -> Sequence[StaffMember] | None:
        found = await reading(self._api.all_staff(f"tg:{pressed.actor.telegram_id}"), "refusal.not_allowed")
        if isinstance(found, str):
            await self._selected.alert(pressed, found)
            return None
        return found

    async def _show(self, pressed: Pressed, screen: Screen) -> None:
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)
