"""Telegram as the gateway uses it: updates in, screens out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structlog
from aiogram.types import Update
from pydantic import RootModel, ValidationError

from zavhoz_contracts.errors import ZavhozError
from zavhoz_contracts.message import DEFAULT_LANGUAGE
from zavhoz_gateway.entrypoints.polling import Fetched
from zavhoz_gateway.entrypoints.reading import person_of
from zavhoz_gateway.entrypoints.routing import RoutingBot
from zavhoz_gateway.screens import Screen
from zavhoz_telegram.client import TIMEOUT_SECONDS, Bot, read
from zavhoz_telegram.errors import MessageGone, NotModified, QueryTooOld
from zavhoz_telegram.texts import Texts

ALLOWED_UPDATES: Final = ("message", "callback_query")
_COMMANDS: Final = ("start", "my", "queue", "help", "cancel")
_log = structlog.get_logger("zavhoz.gateway")


class BotChat:
    """Private chats with the bot. A person who cannot be written to raises `zavhoz_telegram.errors.Unreachable`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, screen: Screen) -> int:
        """Send a new message; returns its id."""
        return await self._bot.send_message(chat_id, screen)

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> bool:
        """Draw a message anew; False when there is no such message any more."""
        try:
            await self._bot.edit_message_text(chat_id, message_id, screen)
        except NotModified:
            return True
        except MessageGone:
            return False
        return True

    async def answer(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a press. One that comes too late counts as answered."""
        try:
            await self._bot.answer_callback_query(query_id, text, alert=alert)
        except QueryTooOld:
            _log.info("a press was answered too late")


class _Updates(RootModel[list[dict[str, Any]]]):
    """Updates without a look inside: one that cannot be read must not hide the others."""


class BotUpdates:
    """Updates for the poller."""

    def __init__(self, bot: Bot, routing: RoutingBot, texts: Texts) -> None:
        self._bot = bot
        self._routing = routing
        self._texts = texts

    async def prepare(self) -> None:
        """Make polling possible, and show the bot's commands in its menu; a menu that fails does not matter."""
        await self._bot.call("deleteWebhook", {"drop_pending_updates": False})
        try:
            await self._show_commands(DEFAULT_LANGUAGE, None)
            for language in self._texts.languages:
                if language != DEFAULT_LANGUAGE:
                    await self._show_commands(language, language)
        except ZavhozError as error:
            _log.warning("the menu of commands was not set", error=f"{type(error).__name__}: {error}")

    async def fetch(self, offset: int | None, *, timeout: int, limit: int) -> Sequence[Fetched]:
        """Updates from `offset` on, in order; those below it are forgotten."""
        asked = {"offset": offset, "limit": limit, "timeout": timeout, "allowed_updates": ALLOWED_UPDATES}
        updates = await self._bot.call("getUpdates", asked, timeout=timeout + TIMEOUT_SECONDS)
        return [self._read(raw) for raw in read(_Updates, updates).root]

    def _read(self, raw: dict[str, Any]) -> Fetched:
        update_id = int(raw["update_id"])
        try:
            update = Update.model_validate(raw, context={"bot": self._routing})
        except ValidationError:
            return Fetched(update_id, ("update", update_id), None)
        return Fetched(update_id, person_of(update), update)

    async def _show_commands(self, language: str, code: str | None) -> None:
        t = self._texts.for_language(language)
        commands = [{"command": name, "description": t.plain(f"command.{name}")} for name in _COMMANDS]
        scope = {"type": "all_private_chats"}
        await self._bot.call("setMyCommands", {"commands": commands, "scope": scope, "language_code": code})
