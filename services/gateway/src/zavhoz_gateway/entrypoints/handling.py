"""What happens to one update, from the question whether it is new to the mark that it is finished."""

from __future__ import annotations

from time import monotonic
from typing import Protocol
from uuid import UUID

import structlog
from aiogram import Bot, Dispatcher
from aiogram.dispatcher.event.bases import UNHANDLED
from aiogram.types import Update

from zavhoz_chassis.logs import message_context
from zavhoz_contracts import tracing
from zavhoz_contracts.errors import Outage, Transient, ZavhozError
from zavhoz_contracts.identity import command_id_of_message, command_id_of_press
from zavhoz_contracts.message import DEFAULT_LANGUAGE
from zavhoz_gateway import metrics
from zavhoz_gateway.application.ports import Chat, StoreUnavailable
from zavhoz_gateway.entrypoints.reading import Fetched, kind_of
from zavhoz_gateway.entrypoints.turns import Turns
from zavhoz_gateway.screens import Screens
from zavhoz_messaging.failpoints import Point, reached
from zavhoz_telegram.errors import Unreachable

_log = structlog.get_logger("zavhoz.gateway")


class Seen(Protocol):
    """Remembers which updates are finished. Every method raises `StoreUnavailable` while it cannot."""

    async def has(self, update_id: int) -> bool:
        """Whether it is finished."""
        ...

    async def add(self, update_id: int) -> None:
        """It is finished."""
        ...


class Handling:
    """Handles updates: what comes back from `handle` is finished, durably or by an honest answer."""

    def __init__(
        self, bot: Bot, dispatcher: Dispatcher, turns: Turns, seen: Seen, chat: Chat, screens: Screens
    ) -> None:
        self._bot = bot
        self._dispatcher = dispatcher
        self._turns = turns
        self._seen = seen
        self._chat = chat
        self._screens = screens

    async def handle(self, fetched: Fetched) -> None:
        """Finish one update.

        Raises:
            Outage: something is away; the update is not finished and must be handled again.
            Transient: so it is for another reason.
        """
        update = fetched.update
        if update is None:
            _log.error("an update could not be read and is skipped", update_id=fetched.update_id)
            metrics.UPDATES.labels("unreadable", "failed").inc()
            return
        kind = kind_of(update)
        correlation_id = self._correlation_id(update)
        # The trace of everything that comes of the update begins here.
        with (
            message_context(correlation_id, correlation_id),
            tracing.begun(f"handle {kind}", {"zavhoz.update_id": update.update_id}),
        ):
            async with self._turns.turn(fetched.person, fetched.update_id):
                await reached(Point.UPDATE)
                result = await self._once(update, correlation_id)
                await reached(Point.UPDATE_MARKED)
        metrics.UPDATES.labels(kind, result).inc()
        metrics.UPDATE_SECONDS.labels(kind).observe(monotonic() - fetched.received)

    async def _once(self, update: Update, correlation_id: UUID) -> str:
        try:
            if await self._seen.has(update.update_id):
                return "duplicate"
        except StoreUnavailable:
            # Filing goes on: the ids of commands come out the same, so a duplicate does no harm.
            _log.debug("handled without knowing whether it is new", update_id=update.update_id)
        if kind_of(update) == "other":
            return "ignored"  # never asked for; the library would print all of it
        result = await self._dispatch(update, correlation_id)
        await reached(Point.UPDATE_DONE)
        try:
            # After the work, never before: a crash in between repeats the work, and does not lose it.
            await self._seen.add(update.update_id)
        except StoreUnavailable:
            _log.debug("a finished update could not be marked", update_id=update.update_id)
        return result

    async def _dispatch(self, update: Update, correlation_id: UUID) -> str:
        try:
            answer = await self._dispatcher.feed_update(self._bot, update)
        except (Outage, Transient):
            raise
        except Unreachable:
            return "unreachable"
        except Exception as error:  # noqa: BLE001  # a bug, ours or a library's: one update must not stop all others
            tracing.failed(error)
            _log.exception("an update failed")
            await self._apologise(update, correlation_id)
            return "failed"
        return "ignored" if answer is UNHANDLED else "done"

    async def _apologise(self, update: Update, correlation_id: UUID) -> None:
        """Say honestly that it was not done; the code finds the line in the log."""
        code = str(correlation_id)[:8]
        try:
            if (query := update.callback_query) is not None:
                language = query.from_user.language_code or DEFAULT_LANGUAGE
                await self._chat.answer(query.id, self._screens.words("chat.failed", language, code=code), alert=True)
            elif (message := update.message) is not None and message.from_user is not None:
                language = message.from_user.language_code or DEFAULT_LANGUAGE
                await self._chat.send(message.chat.id, self._screens.line("chat.failed", language, code=code))
        except ZavhozError as error:
            _log.warning("an apology was not delivered", error=f"{type(error).__name__}: {error}")

    def _correlation_id(self, update: Update) -> UUID:
        """What ties the log to what the update becomes: the id of its command, whether it becomes one or not."""
        if (query := update.callback_query) is not None:
            return command_id_of_press(self._bot.id, query.id)
        if (message := update.message) is not None:
            return command_id_of_message(self._bot.id, "message", message.chat.id, message.message_id)
        if (edited := update.edited_message) is not None:
            chat_id, message_id, date = edited.chat.id, edited.message_id, edited.edit_date or 0
            return command_id_of_message(self._bot.id, "edited_message", chat_id, message_id, date)
        return command_id_of_message(self._bot.id, "update", 0, update.update_id)
