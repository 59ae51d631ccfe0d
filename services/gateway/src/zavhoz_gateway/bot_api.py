"""Telegram as the gateway uses it: updates in, screens out."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Final

import structlog
from aiohttp import ClientSession, ClientTimeout
from pydantic import BaseModel, BeforeValidator, RootModel

from zavhoz_contracts.errors import ZavhozError
from zavhoz_contracts.message import DEFAULT_LANGUAGE
from zavhoz_gateway.application.ports import StoreUnavailable
from zavhoz_gateway.entrypoints.reading import Fetched, numbered, read_update
from zavhoz_gateway.entrypoints.routing import RoutingBot
from zavhoz_gateway.screens import Screen
from zavhoz_telegram.client import TIMEOUT_SECONDS, Bot, read
from zavhoz_telegram.downloads import download
from zavhoz_telegram.errors import MessageGone, NotModified, QueryTooOld, TooManyRequests, Unreachable
from zavhoz_telegram.menu import menu_of_everybody
from zavhoz_telegram.pauses import Pauses
from zavhoz_telegram.texts import Texts

ALLOWED_UPDATES: Final = ("message", "callback_query", "edited_message", "my_chat_member")
_FILE_TIMEOUT: Final = ClientTimeout(total=20, connect=5)
_log = structlog.get_logger("zavhoz.gateway")


class BotChat:
    """Private chats with the bot. A person who cannot be written to raises `zavhoz_telegram.errors.Unreachable`.

    A chat that was told to wait, by whoever of us, is not written to before its time: `TooManyRequests`.
    """

    def __init__(self, bot: Bot, pauses: Pauses) -> None:
        self._bot = bot
        self._pauses = pauses

    async def send(self, chat_id: int, screen: Screen) -> int:
        """Send a new message; returns its id."""
        async with self._heeding(chat_id):
            return await self._bot.send_message(chat_id, screen)

    async def edit(self, chat_id: int, message_id: int, screen: Screen) -> bool:
        """Draw a message anew; False when there is no such message any more."""
        try:
            async with self._heeding(chat_id):
                await self._bot.edit_message_text(chat_id, message_id, screen)
        except NotModified:
            return True
        except MessageGone:
            return False
        return True

    async def reaches(self, chat_id: int) -> bool:
        """Whether the bot may write there: it shows that it is about to."""
        try:
            async with self._heeding(chat_id):
                await self._bot.call("sendChatAction", {"chat_id": chat_id, "action": "typing"})
        except Unreachable:
            return False
        return True

    async def answer(self, query_id: str, text: str = "", *, alert: bool = False) -> None:
        """Answer a press. One that comes too late counts as answered."""
        try:
            await self._bot.answer_callback_query(query_id, text, alert=alert)
        except QueryTooOld:
            _log.info("a press was answered too late")

    @contextlib.asynccontextmanager
    async def _heeding(self, chat_id: int) -> AsyncIterator[None]:
        with contextlib.suppress(StoreUnavailable):  # then Telegram itself says so
            if seconds := await self._pauses.left(chat_id):
                raise TooManyRequests("told to wait before", seconds)
        try:
            yield
        except TooManyRequests as error:
            with contextlib.suppress(StoreUnavailable):
                await self._pauses.pause(self._pauses.told(chat_id), error.wait)
            raise


class BotFiles:
    """Small files that were sent to the bot."""

    def __init__(self, bot: Bot, session: ClientSession) -> None:
        self._bot = bot
        self._session = session

    async def fetch(self, file_id: str, cap: int) -> bytes:
        """The file, of at most `cap` bytes, within 20 s. Raises what `download` does."""
        content = bytearray()
        await download(self._bot, self._session, file_id, content.extend, max_bytes=cap, timeout=_FILE_TIMEOUT)
        return bytes(content)


class _Updates(RootModel[list[Annotated[dict[str, Any], BeforeValidator(numbered)]]]):
    """Updates without a look inside: one that cannot be read must not hide the others."""


class _WebhookInfo(BaseModel):
    """Of https://core.telegram.org/bots/api#webhookinfo what is looked at; the address is empty when none is set."""

    url: str


class BotMenu:
    """What Telegram shows of the bot in each language: the commands in its menu, and what it says of itself."""

    def __init__(self, bot: Bot, texts: Texts) -> None:
        self._bot = bot
        self._texts = texts

    async def show(self) -> None:
        """Show it; that this fails does not matter."""
        try:
            await self._show(DEFAULT_LANGUAGE, None)
            for language in self._texts.languages:
                if language != DEFAULT_LANGUAGE:
                    await self._show(language, language)
        except ZavhozError as error:
            _log.warning("the menu and the description were not set", error=f"{type(error).__name__}: {error}")

    async def _show(self, language: str, code: str | None) -> None:
        t, scope = self._texts.for_language(language), {"type": "all_private_chats"}
        commands = menu_of_everybody(t)
        await self._bot.call("setMyCommands", {"commands": commands, "scope": scope, "language_code": code})
        for method, name, text in (
            ("setMyDescription", "description", t.plain("bot.description")),
            ("setMyShortDescription", "short_description", t.plain("bot.short_description")),
        ):
            await self._bot.call(method, {name: text, "language_code": code})


class BotUpdates:
    """Updates for the poller."""

    def __init__(self, bot: Bot, routing: RoutingBot, menu: BotMenu) -> None:
        self._bot = bot
        self._routing = routing
        self._menu = menu

    async def prepare(self) -> None:
        """Make polling possible, and show the menu."""
        await self._bot.call("deleteWebhook", {"drop_pending_updates": False})
        await self._menu.show()

    async def fetch(self, offset: int | None, *, timeout: int, limit: int) -> Sequence[Fetched]:
        """Updates from `offset` on, in order; those below it are forgotten."""
        asked = {"offset": offset, "limit": limit, "timeout": timeout, "allowed_updates": ALLOWED_UPDATES}
        updates = await self._bot.call("getUpdates", asked, timeout=timeout + TIMEOUT_SECONDS)
        return [read_update(self._routing, raw) for raw in read(_Updates, updates).root]


class BotWebhook:
    """Updates for the webhook at `url`."""

    def __init__(self, bot: Bot, menu: BotMenu, *, url: str, secret: str, max_connections: int) -> None:
        self._bot = bot
        self._menu = menu
        self._url = url
        self._secret = secret
        self._max_connections = max_connections

    async def prepare(self) -> None:
        """Show the menu."""
        await self._menu.show()

    async def is_set(self) -> bool:
        """Whether Telegram sends updates to our address."""
        return read(_WebhookInfo, await self._bot.call("getWebhookInfo")).url == self._url

    async def set(self) -> None:
        """Have Telegram send updates to our address; replicas say the same, so any number of them may."""
        wanted = {
            "url": self._url,
            "secret_token": self._secret,
            "max_connections": self._max_connections,
            "allowed_updates": ALLOWED_UPDATES,
            "drop_pending_updates": False,
        }
        await self._bot.call("setWebhook", wanted)
