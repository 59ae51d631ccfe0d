"""The lists of people, for managers: pages, a search by name, and a profile in the message of its list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from zavhoz_contracts.api.people import PeopleView, PersonPage, Profile
from zavhoz_contracts.message import Actor
from zavhoz_contracts.text import shorten
from zavhoz_gateway.application.managed_reads import answered
from zavhoz_gateway.application.ports import Chat, PeopleApi, QueryStore, StoreUnavailable
from zavhoz_gateway.domain.updates import Pressed, Said
from zavhoz_gateway.screens import Screen, Screens

_SIZE: Final = 8
_QUERY_MAX: Final = 100
_log = structlog.get_logger("zavhoz.gateway")


@dataclass(frozen=True, slots=True)
class _Place:
    """What a message of the lists shows: this page of a list, or of what was found by `words`."""

    view: PeopleView = PeopleView.STAFF
    page: int = 1
    words: str = ""


class Directory:
    """Shows people. Who may see them is for the requests service to say; what it refuses is one sentence.

    What a message shows is remembered by the message, to get back to it from a profile.
    """

    def __init__(self, queries: QueryStore, api: PeopleApi, chat: Chat, screens: Screens) -> None:
        self._queries = queries
        self._api = api
        self._chat = chat
        self._screens = screens

    async def open(self, said: Said) -> None:
        """/people: the staff, as a new message."""
        await self._send(said, _Place())

    async def find(self, said: Said, words: str) -> None:
        """Who was looked for, as a new message."""
        await self._send(said, _Place(PeopleView.ALL, words=shorten(" ".join(words.split()), _QUERY_MAX)))

    async def turn(self, pressed: Pressed, view: PeopleView, number: int) -> None:
        """Page `number`, from 1, of a list, in the message pressed."""
        await self._draw(pressed, _Place(view, max(number, 1)))

    async def turn_found(self, pressed: Pressed, number: int) -> None:
        """Page `number`, from 1, of what was found, in the message pressed."""
        place = await self._remembered(pressed)
        if place is None or not place.words:
            await self.alert(pressed, "people.forgotten")
            return
        await self._draw(pressed, _Place(PeopleView.ALL, max(number, 1), place.words))

    async def back(self, pressed: Pressed) -> None:
        """From a profile to what the message showed before; if that is forgotten, to the staff."""
        await self._draw(pressed, await self._remembered(pressed) or _Place())

    async def profile(self, pressed: Pressed, person_id: UUID) -> Profile | None:
        """Somebody; none, and the press is answered with why."""
        found = await answered(
            self._api.profile(f"tg:{pressed.actor.telegram_id}", person_id), "people", "refusal.person_not_found"
        )
        if isinstance(found, str):
            await self.alert(pressed, found)
            return None
        return found

    async def show(self, pressed: Pressed, screen: Screen) -> None:
        """Answer a press with a screen, in its message if that is still there."""
        if not await self._chat.edit(pressed.chat_id, pressed.message_id, screen):
            await self._chat.send(pressed.chat_id, screen)
        await self._chat.answer(pressed.query_id)

    async def alert(self, pressed: Pressed, key: str) -> None:
        """Answer a press with a sentence."""
        await self._chat.answer(pressed.query_id, self._screens.words(key, pressed.language), alert=True)

    async def _send(self, said: Said, place: _Place) -> None:
        page = await self._read(said.actor, place)
        if isinstance(page, str):
            await self._chat.send(said.chat_id, self._screens.line(page, said.language))
            return
        message_id = await self._chat.send(said.chat_id, self._screen(place, page, said.language))
        await self._remember(said.chat_id, message_id, place)

    async def _draw(self, pressed: Pressed, place: _Place) -> None:
        page = await self._read(pressed.actor, place)
        if isinstance(page, str):
            await self.alert(pressed, page)
            return
        await self._remember(pressed.chat_id, pressed.message_id, place)
        await self.show(pressed, self._screen(place, page, pressed.language))

    def _screen(self, place: _Place, page: PersonPage, language: str) -> Screen:
        if place.words:
            return self._screens.found_people(place.words, page, language)
        return self._screens.people(place.view, page, language)

    async def _read(self, actor: Actor, place: _Place) -> PersonPage | str:
        return await answered(
            self._api.people(f"tg:{actor.telegram_id}", place.view, place.words, place.page, _SIZE),
            "people",
            "people.denied",  # somebody being registered just now
        )

    async def _remember(self, chat_id: int, message_id: int, place: _Place) -> None:
        try:
            await self._queries.put(chat_id, message_id, f"{place.view.value} {place.page} {place.words}")
        except StoreUnavailable:
            _log.warning("the way back to a list of people is the first page", chat_id=chat_id)

    async def _remembered(self, pressed: Pressed) -> _Place | None:
        try:
            kept = await self._queries.get(pressed.chat_id, pressed.message_id)
            view, page, words = (kept or "").split(" ", 2)
            return _Place(PeopleView(view), int(page), words)
        except (StoreUnavailable, ValueError):  # a message that is no list of people, under a forged button
            return None
