"""Before any handler: who is it, and may they do anything?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiogram import BaseMiddleware
from aiogram.types import CallbackQuery, Message, TelegramObject
from structlog.contextvars import bind_contextvars

from zavhoz_contracts.message import Actor, Role
from zavhoz_gateway.application.commands import Commands
from zavhoz_gateway.application.people import People, Profile
from zavhoz_gateway.application.ports import Chat
from zavhoz_gateway.entrypoints import reading
from zavhoz_gateway.screens import Screens

Handler = Callable[[TelegramObject, dict[str, Any]], Awaitable[Any]]


class Who(BaseMiddleware):
    """Gives handlers `said` and `known` (messages) or `pressed` (presses), with the person's language.

    Whoever the API does not know is registered by their first message, before it is handled. Who is deactivated gets
    one sentence and nothing else.
    """

    def __init__(self, people: People, commands: Commands, chat: Chat, screens: Screens) -> None:
        self._people = people
        self._commands = commands
        self._chat = chat
        self._screens = screens

    async def __call__(self, handler: Handler, event: TelegramObject, data: dict[str, Any]) -> Any:
        """Find out, then go on."""
        if isinstance(event, Message):
            return await self._message(handler, event, data)
        if isinstance(event, CallbackQuery):
            return await self._press(handler, event, data)
        return None

    async def _message(self, handler: Handler, message: Message, data: dict[str, Any]) -> Any:
        actor = reading.actor_of_message(message)
        if actor is None:
            return None
        profile = await self._profile(actor)
        said = reading.said(message, actor, profile.language)
        if not profile.active:
            await self._chat.send(said.chat_id, self._screens.line("chat.deactivated", said.language))
            return None
        if not profile.known and not said.edited:
            await self._commands.register(said)
            self._people.registered(actor, profile)
        return await handler(message, data | {"said": said, "known": profile.known})

    async def _profile(self, actor: Actor) -> Profile:
        """Who it is; told to the log by their random id alone."""
        profile = await self._people.profile(actor)
        if profile.person_id is not None:
            bind_contextvars(person_id=str(profile.person_id))
        return profile

    async def _press(self, handler: Handler, query: CallbackQuery, data: dict[str, Any]) -> Any:
        actor = reading.actor_of_press(query)
        profile = await self._profile(actor)
        pressed = reading.pressed(query, actor, profile.language)
        if not profile.active or pressed is None:
            key = "chat.outdated" if profile.active else "chat.deactivated"
            await self._chat.answer(query.id, self._screens.words(key, profile.language), alert=True)
            return None
        staff = profile.role is not Role.REQUESTER
        return await handler(query, data | {"pressed": replace(pressed, staff=staff)})
