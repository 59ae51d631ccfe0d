"""The bot, against a Bot API server of one's choice, with errors by what may be done about them."""

from __future__ import annotations

from typing import Any, Final

from aiogram import Bot, exceptions
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import LinkPreviewOptions
from aiohttp import ClientTimeout

from zavhoz_contracts.errors import ZavhozError
from zavhoz_telegram import refusals

TIMEOUT_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 5.0


def make_bot(token: str, api_url: str, *, timeout: float = TIMEOUT_SECONDS) -> Bot:
    """A bot whose texts are HTML and show no link previews, and whose calls raise the errors of `errors`.

    A call takes at most `timeout` seconds unless it says otherwise. Close it with `await bot.session.close()`.
    """
    session = _Session(api=TelegramAPIServer.from_base(api_url), timeout=timeout)
    # Not link_preview_is_disabled: the library would send the retired disable_web_page_preview as well.
    previews = LinkPreviewOptions(is_disabled=True)
    return Bot(token, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview=previews))


class _Session(AiohttpSession):
    """Raises our errors and no others, without the library's as their cause: those may quote the token."""

    async def make_request(
        self, bot: Bot, method: TelegramMethod[TelegramType], timeout: int | None = None
    ) -> TelegramType:
        total = self.timeout if timeout is None else timeout
        # A limit of its own for connecting tells "never sent" from "not answered".
        limits: Any = ClientTimeout(total=total, connect=min(_CONNECT_SECONDS, total / 2))
        failure: ZavhozError
        try:
            return await super().make_request(bot, method, limits)
        except exceptions.TelegramNetworkError as error:
            failure = refusals.of_failure(error.__cause__)
        except UnicodeDecodeError:
            failure = refusals.of_unreadable()
        raise failure

    def check_response(
        self, bot: Bot, method: TelegramMethod[TelegramType], status_code: int, content: str
    ) -> Response[TelegramType]:
        if not 200 <= status_code < 300:
            raise refusals.of_answer(status_code, content)
        try:
            return super().check_response(bot, method, status_code, content)
        except exceptions.AiogramError:
            failure = refusals.of_unreadable()
        raise failure
