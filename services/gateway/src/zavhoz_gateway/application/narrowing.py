"""The choice of filters, in the message of the list that they narrow. What is chosen is kept for the person."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.filters import ME, NOBODY, Since
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_gateway.application.catalogue import Catalogue, CategoriesAway
from zavhoz_gateway.application.choices import Choices
from zavhoz_gateway.application.directory import Directory
from zavhoz_gateway.application.placing import Placed
from zavhoz_gateway.application.ports import Chat, NarrowingStore, QueueApi, StoreUnavailable
from zavhoz_gateway.application.queue import chosen_in, reading
from zavhoz_gateway.domain.draft import Looking
from zavhoz_gateway.domain.narrowing import Narrowing
from zavhoz_gateway.domain.updates import Pressed
from zavhoz_gateway.screens import Screen, Screens
from zavhoz_telegram.callbacks import QueueAct

_PEOPLE: Final = 8


class Forged(ValueError):
    """Nobody of us drew this button so."""


class Narrow:
    """What becomes of the buttons of filters; each says what is to be, so that it may be pressed, or come, twice.

    Filters show nothing by themselves: who may see nothing of the queue is told so when they ask for the choice.
    """

    def __init__(
        self,
        narrowings: NarrowingStore,
        choices: Choices,
        catalogue: Catalogue,
        directory: Directory,
        api: QueueApi,
        chat: Chat,
        screens: Screens,
    ) -> None:
        self._narrowings = narrowings
        self._choices = choices
        self._catalogue = catalogue
        self._directory = directory
        self._api = api
        self._chat = chat
        self._screens = screens

    async def show(self, pressed: Pressed, view: View) -> None:
        """The choice, in the message pressed."""
        allowed = await reading(self._api.requests(f"tg:{pressed.actor.telegram_id}", view, 1, 1))
        if isinstance(allowed, str):
            await self._alert(pressed, allowed)
        elif (narrowing := await self._get(pressed)) is not None:
            await self._become(pressed, replace(narrowing, view=view))

    async def choose(self, pressed: Pressed, view: View, act: QueueAct, value: str) -> None:
        """Press one of its buttons."""
        narrowing = await self._get(pressed)
        if narrowing is None:
            return
        try:
            changed = _changed(narrowing, act, value)
        except ValueError:
            await self._alert(pressed, "chat.outdated")
            return
        await self._become(pressed, replace(changed, view=view))

    async def people(self, pressed: Pressed, view: View, page: int) -> None:
        """Show who has something to do."""
        found = await reading(self._api.assignees(f"tg:{pressed.actor.telegram_id}", max(page, 1), _PEOPLE))
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        narrowing = await self._get(pressed)
        offered = {one.person_id: one.name for one in found.items}
        if narrowing is None or not await self._put(pressed, replace(narrowing, offered=offered)):
            return
        await self._turn_into(pressed, self._screens.queue_people(view, found, pressed.language))

    async def categories(self, pressed: Pressed, view: View, page: int) -> None:
        """Show what categories there are."""
        try:
            found = await self._catalogue.read(pressed.actor)
        except CategoriesAway:
            await self._alert(pressed, "category.away")
            return
        narrowing = await self._get(pressed)
        offered = {one.category_id: one.name(pressed.language) for one in found}
        if narrowing is None or not await self._put(pressed, replace(narrowing, offered=offered)):
            return
        await self._turn_into(pressed, self._screens.queue_categories(view, found, page, pressed.language))

    async def filed_by(self, pressed: Pressed, person_id: UUID) -> bool:
        """Have what somebody filed, and nothing narrower; False, and the press is answered with why not."""
        person = await self._directory.profile(pressed, person_id)
        return person is not None and await self._put(pressed, Narrowing().filed_by(person_id, person.name))

    async def pressed(self, pressed: Pressed) -> Placed | None:
        """See `zavhoz_gateway.application.placing.Places`."""
        narrowing = await self._get(pressed)
        return None if narrowing is None else _PlacedList(self, pressed, narrowing)

    async def look(self, pressed: Pressed, narrowing: Narrowing) -> None:
        """Show what places there are to choose from."""
        if not await self._put(pressed, narrowing):
            return
        choice = await self._choices.find(pressed.actor, narrowing.looking)
        placed = narrowing.filters.place is not None
        await self._turn_into(pressed, self._screens.filtering(choice, pressed.language, placed=placed))

    async def leave(self, pressed: Pressed, narrowing: Narrowing) -> None:
        """Show the filters as they are now."""
        await self._become(pressed, replace(narrowing, looking=Looking()))

    async def _become(self, pressed: Pressed, narrowing: Narrowing) -> None:
        if not await self._put(pressed, narrowing):
            return
        await self._turn_into(pressed, self._screens.filters(narrowing.view, chosen_in(narrowing), pressed.language))

    async def _turn_into(self, pressed: Pressed, screen: Screen) -> None:
        await self._chat.edit(pressed.chat_id, pressed.message_id, screen)
        await self._chat.answer(pressed.query_id)

    async def _get(self, pressed: Pressed) -> Narrowing | None:
        """What they chose; none, and the press is answered, without a memory."""
        try:
            return await self._narrowings.get(pressed.chat_id)
        except StoreUnavailable:
            await self._alert(pressed, "queue.no_memory")
            return None

    async def _put(self, pressed: Pressed, narrowing: Narrowing) -> bool:
        try:
            await self._narrowings.put(pressed.chat_id, narrowing)
        except StoreUnavailable:
            await self._alert(pressed, "queue.no_memory")
            return False
        return True

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)


@dataclass(frozen=True, slots=True)
class _PlacedList:
    narrow: Narrow
    pressed: Pressed
    narrowing: Narrowing

    @property
    def looking(self) -> Looking:
        return self.narrowing.looking

    async def look(self, looking: Looking) -> None:
        await self.narrow.look(self.pressed, replace(self.narrowing, looking=looking))

    async def leave(self) -> None:
        await self.narrow.leave(self.pressed, self.narrowing)

    async def take(self, place: str, code: str | None = None) -> None:
        await self.narrow.leave(self.pressed, self.narrowing.at(place, code))


def _changed(narrowing: Narrowing, act: QueueAct, value: str) -> Narrowing:
    """What is chosen after a press.

    Raises:
        ValueError: nobody of us drew it so.
    """
    match act:
        case QueueAct.STATUS:
            return narrowing.status(Status(value[1:]), fits=_on(value))
        case QueueAct.PRIORITY:
            return narrowing.priority(Priority(value[1:]), fits=_on(value))
        case QueueAct.SINCE:
            return narrowing.since(Since(value) if value else None)
        case QueueAct.OVERDUE:
            return narrowing.overdue(alone=_on(value))
        case QueueAct.ASSIGNEE if value in ("", ME, NOBODY):
            return narrowing.assigned(value or None)
        case QueueAct.ASSIGNEE:
            person, name = _offered(narrowing, value)
            return narrowing.assigned(str(person), name)
        case QueueAct.ANYBODY:
            return narrowing.filed_by(None)
        case QueueAct.CATEGORY:
            return narrowing.sorted_as(*_offered(narrowing, value)) if value else narrowing.sorted_as(None)
        case QueueAct.RESET:
            return narrowing.reset()
        case _:
            raise Forged(act)


def _offered(narrowing: Narrowing, value: str) -> tuple[UUID, str]:
    id = UUID(value)
    if id not in narrowing.offered:
        raise Forged(value)
    return id, narrowing.offered[id]


def _on(value: str) -> bool:
    if value[:1] not in ("0", "1"):
        raise Forged(value)
    return value[0] == "1"
