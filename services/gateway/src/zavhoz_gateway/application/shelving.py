"""/categories: the list, a page for each, and what a manager changes there, one command each."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from zavhoz_contracts.api.people import PeopleView
from zavhoz_contracts.categories.v1.commands import CategoryField, ChangeCategory
from zavhoz_contracts.message import Priority, Shows
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.managed_reads import answered
from zavhoz_gateway.application.ports import Chat, ManagedApi
from zavhoz_gateway.application.wanting import Wanting
from zavhoz_gateway.domain.question import Wanted
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.managed_screens import ManagedScreens, Screen

_PEOPLE: Final = 8


class Shelving:
    """Shows the pages, and publishes what is pressed there. What is typed is for `Wanting`."""

    def __init__(
        self, api: ManagedApi, commands: Commands, wanting: Wanting, chat: Chat, screens: ManagedScreens
    ) -> None:
        self._api = api
        self._commands = commands
        self._wanting = wanting
        self._chat = chat
        self._screens = screens

    async def open(self, said: Said) -> None:
        """The list, as a new message."""
        found = await answered(
            self._api.categories(f"tg:{said.actor.telegram_id}", archived=True), "shelf", "shelf.denied"
        )
        if isinstance(found, str):
            await self._chat.send(said.chat_id, self._screens.line(found, said.language))
            return
        await self._chat.send(said.chat_id, self._screens.shelf(found, 1, said.language))

    async def turn(self, pressed: Pressed, page: int) -> None:
        """A page of the list, from 1, in the message pressed."""
        found = await answered(self._api.categories(_as(pressed), archived=True), "shelf", "shelf.denied")
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        await self._show(pressed, self._screens.shelf(found, page, pressed.language))

    async def show(self, pressed: Pressed, category_id: UUID) -> None:
        """The page of a category, in the message pressed."""
        found = await answered(self._api.category(_as(pressed), category_id), "shelf", "shelf.gone")
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        await self._show(pressed, self._screens.category(found, pressed.language))

    async def choose_priority(self, pressed: Pressed, category_id: UUID) -> None:
        """The choice of its priority."""
        found = await answered(self._api.category(_as(pressed), category_id), "shelf", "shelf.gone")
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        await self._show(pressed, self._screens.priorities(found.category, pressed.language))

    async def choose_assignee(self, pressed: Pressed, category_id: UUID, page: int) -> None:
        """A page of those whom its requests can be given to, from 1."""
        found = await answered(self._api.category(_as(pressed), category_id), "shelf", "shelf.gone")
        staff = await answered(
            self._api.people(_as(pressed), PeopleView.STAFF, page=page, size=_PEOPLE), "shelf", "shelf.denied"
        )
        if isinstance(found, str) or isinstance(staff, str):
            await self._alert(pressed, found if isinstance(found, str) else str(staff))
            return
        await self._show(pressed, self._screens.staff(found.category, staff, pressed.language))

    async def ask_new(self, pressed: Pressed) -> None:
        """Ask for the name of another category, in the manager's language."""
        found = await answered(self._api.categories(_as(pressed), archived=True), "shelf", "shelf.denied")
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        wanted = Wanted(language=self._screens.language(pressed.language))
        await self._wanting.ask(pressed, wanted, self._screens.asks_new(pressed.language))

    async def ask(self, pressed: Pressed, category_id: UUID, field: CategoryField, language: str) -> None:
        """Ask for its name, or its questions, in a language."""
        if language not in self._screens.languages:
            await self._alert(pressed, "chat.outdated")
            return
        found = await answered(self._api.category(_as(pressed), category_id), "shelf", "shelf.gone")
        if isinstance(found, str):
            await self._alert(pressed, found)
            return
        screen = self._screens.asks_words(found.category, field, language, pressed.language)
        await self._wanting.ask(pressed, Wanted(category_id=category_id, field=field, language=language), screen)

    async def ask_again(self, pressed: Pressed, wanted: Wanted) -> None:
        """Ask once more for what was typed and would not do."""
        if wanted.category_id is None:
            await self.ask_new(pressed)
        else:
            await self.ask(pressed, wanted.category_id, wanted.field, wanted.language)

    async def forget_questions(self, pressed: Pressed, category_id: UUID, language: str) -> None:
        """Ask nothing in this language any more."""
        if language not in self._screens.languages:
            await self._alert(pressed, "chat.outdated")
            return
        await self.change(pressed, category_id, CategoryField.QUESTIONS, None, language)

    async def prioritise(self, pressed: Pressed, category_id: UUID, value: str) -> None:
        """Have its requests this urgent unless somebody says otherwise; empty for as everywhere."""
        if value and value not in set(Priority):
            await self._alert(pressed, "chat.outdated")
            return
        await self.change(pressed, category_id, CategoryField.PRIORITY, value or None)

    async def change(
        self, pressed: Pressed, category_id: UUID, field: CategoryField, value: str | None, language: str | None = None
    ) -> None:
        """Change one thing about it. The outcome answers the press and draws the page."""
        command = ChangeCategory(
            actor=pressed.actor,
            origin=pressed.origin(pressed.message_id).model_copy(update={"shows": Shows.CATEGORY}),
            category_id=category_id,
            field=field,
            value=value,
            language=language,
        )
        await self._commands.publish(pressed, command, subject="category")

    async def _show(self, pressed: Pressed, screen: Screen) -> None:
        if not await self._chat.edit(pressed.chat_id, pressed.message_id, screen):
            await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def _alert(self, pressed: Pressed, key: str) -> None:
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)


def _as(pressed: Pressed) -> str:
    return f"tg:{pressed.actor.telegram_id}"
