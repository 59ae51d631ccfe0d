"""What aiogram's routers need to route: who the bot is, and which button was pressed."""

from __future__ import annotations

from typing import Any, Final, NoReturn

import aiogram
from aiogram.filters import Filter
from aiogram.types import CallbackQuery, TelegramObject, User
from magic_filter import MagicFilter

from zavhoz_telegram.callbacks import CallbackData
from zavhoz_telegram.client import Bot

_DIGITS: Final = 5


class RoutingBot(aiogram.Bot):
    """The bot as aiogram knows it. It calls nothing: whatever is said to Telegram is said through `Bot`, in one way."""

    def __init__(self, token: str, bot: Bot) -> None:
        super().__init__(token)
        self._ours = bot

    async def me(self) -> User:
        """Who we are, asked for once: a command may name the bot it is meant for."""
        if self._me is None:
            self._me = User.model_validate(await self._ours.call("getMe"))
        return self._me

    async def __call__(self, method: object, request_timeout: int | None = None) -> NoReturn:
        """Refuse aiogram's shortcuts, `message.answer()` and the like."""
        raise NotImplementedError(f"{type(method).__name__}: use zavhoz_telegram.client.Bot")


class Matches(Filter):
    """What a rule (`F`) is true of. Given as it is, aiogram would hand each rule to a thread, for each update."""

    def __init__(self, rule: MagicFilter) -> None:
        self._rule = rule

    async def __call__(self, event: TelegramObject) -> bool:
        return bool(self._rule.resolve(event))


def number_in(value: str, least: int = 1) -> int:
    """The number that a button says, a page mostly: of at most five digits, and at least so much. It may be forged."""
    return max(int(value), least) if value.isascii() and value.isdecimal() and len(value) <= _DIGITS else least


class Button(Filter):
    """Presses whose data is of this kind and passes the rule; the handler is given it as `callback_data`."""

    def __init__(self, kind: type[CallbackData], rule: MagicFilter | None = None) -> None:
        self._kind = kind
        self._rule = rule

    async def __call__(self, query: CallbackQuery) -> bool | dict[str, Any]:
        try:
            data = self._kind.unpack(query.data or "")
        except ValueError:
            return False
        return {"callback_data": data} if self._rule is None or self._rule.resolve(data) else False
