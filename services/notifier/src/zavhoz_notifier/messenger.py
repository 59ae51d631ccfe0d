"""Telegram as the notifier uses it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import IO

from zavhoz_contracts.message import AttachmentKind
from zavhoz_telegram.albums import send_files
from zavhoz_telegram.client import Bot
from zavhoz_telegram.errors import NotModified, QueryTooOld
from zavhoz_telegram.screens import Screen
from zavhoz_telegram.topics import create_topic, rename_topic, reopen_topic


class BotMessenger:
    """Sends, edits and answers with a bot; errors are those of `zavhoz_telegram.errors`."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def send(self, chat_id: int, screen: Screen, thread_id: int | None = None) -> int:
        """Send a new message, in a topic if one is named; returns its id."""
        return await self._bot.send_message(chat_id, screen, thread_id)

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> None:
        """Draw a message anew; one that shows this already is fine."""
        with contextlib.suppress(NotModified):
            await self._bot.edit_message_text(chat_id, message_id, screen)

    async def document(self, chat_id: int, name: str, file: IO[bytes], caption: str) -> int:
        """Send a file with a caption in HTML, as a new message; returns its id."""
        return await self._bot.send_document(chat_id, name, file, caption)

    async def files(
        self, chat_id: int, files: Sequence[tuple[AttachmentKind, str]], caption: Screen, reply_to: int | None
    ) -> int:
        """Send files that Telegram has, as one album or a single one; returns the first message's id."""
        return await send_files(self._bot, chat_id, files, caption, reply_to)

    async def strip(self, chat_id: int, message_id: int) -> None:
        """Take a message's buttons away."""
        with contextlib.suppress(NotModified):
            await self._bot.edit_message_reply_markup(chat_id, message_id)

    async def answer(self, query: str, text: str, *, alert: bool) -> None:
        """Answer a press; one that is too old counts as answered."""
        with contextlib.suppress(QueryTooOld):
            await self._bot.answer_callback_query(query, text, alert=alert)

    async def set_menu(self, chat_id: int, commands: Sequence[Mapping[str, str]]) -> None:
        """Give a chat a menu of its own; no commands: take it away."""
        scope = {"type": "chat", "chat_id": chat_id}
        if commands:
            await self._bot.call("setMyCommands", {"commands": commands, "scope": scope})
        else:
            await self._bot.call("deleteMyCommands", {"scope": scope})

    async def create_topic(self, chat_id: int, name: str) -> int:
        """Begin a topic; returns its id."""
        return await create_topic(self._bot, chat_id, name)

    async def rename_topic(self, chat_id: int, thread_id: int, name: str) -> None:
        """Call a topic so; one that is called so already is fine."""
        with contextlib.suppress(NotModified):
            await rename_topic(self._bot, chat_id, thread_id, name)

    async def reopen_topic(self, chat_id: int, thread_id: int) -> None:
        """Open a closed topic; one that is open is fine."""
        with contextlib.suppress(NotModified):
            await reopen_topic(self._bot, chat_id, thread_id)
