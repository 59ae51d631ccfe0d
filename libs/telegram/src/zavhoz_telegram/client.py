"""The bot, against a Bot API server of one's choice, with errors by what may be done about them."""

from __future__ import annotations

from typing import Final

from aiogram import Bot, exceptions
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.client.telegram import TelegramAPIServer
from aiogram.enums import ParseMode
from aiogram.methods import Response, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import LinkPreviewOptions
from aiohttp import ClientConnectorError

from zavhoz_contracts.errors import Permanent
from zavhoz_telegram import errors

TIMEOUT_SECONDS: Final = 10.0

_BY_DESCRIPTION: Final[tuple[tuple[str, type[Permanent]], ...]] = (
    ("message is not modified", errors.NotModified),
    ("query is too old", errors.QueryTooOld),
    ("query id is invalid", errors.QueryTooOld),
    ("message to edit not found", errors.MessageGone),
    ("message can't be edited", errors.MessageGone),
    ("there is no text in the message to edit", errors.MessageGone),
    ("message to delete not found", errors.MessageGone),
    ("message can't be deleted", errors.MessageGone),
    ("message to be replied not found", errors.MessageGone),
    ("message_id_invalid", errors.MessageGone),
    ("chat not found", errors.Unreachable),
    ("user not found", errors.Unreachable),
    ("peer_id_invalid", errors.Unreachable),
    ("file is too big", errors.FileTooBig),
)


_BY_CLASS: Final[tuple[tuple[type[Exception], type[Exception]], ...]] = (
    (exceptions.TelegramForbiddenError, errors.Unreachable),
    (exceptions.TelegramConflictError, errors.PollingConflict),
    (exceptions.TelegramServerError, errors.TelegramBusy),
    (exceptions.ClientDecodeError, errors.TelegramBusy),
)


def make_bot(token: str, api_url: str) -> Bot:
    """A bot whose texts are HTML and show no link previews, and whose calls raise the errors of `errors`.

    A call takes at most `TIMEOUT_SECONDS` unless it says otherwise. Close it with `await bot.session.close()`.
    """
    session = AiohttpSession(api=TelegramAPIServer.from_base(api_url), timeout=TIMEOUT_SECONDS)
    session.middleware(_Classify())
    # Not link_preview_is_disabled: the library would send the retired disable_web_page_preview as well.
    previews = LinkPreviewOptions(is_disabled=True)
    return Bot(token, session=session, default=DefaultBotProperties(parse_mode=ParseMode.HTML, link_preview=previews))


class _Classify(BaseRequestMiddleware):
    """Turns the library's errors into ours; neither shows the token."""

    async def __call__(
        self,
        make_request: NextRequestMiddlewareType[TelegramType],
        bot: Bot,
        method: TelegramMethod[TelegramType],
    ) -> Response[TelegramType]:
        try:
            return await make_request(bot, method)
        except exceptions.AiogramError as error:
            raise classify(error) from error


def classify(error: exceptions.AiogramError) -> Exception:
    """Our error for one of the library's."""
    text = error.message if isinstance(error, exceptions.DetailedAiogramError) else type(error).__name__
    match error:
        case exceptions.TelegramRetryAfter():
            return errors.TooManyRequests(text, float(error.retry_after))
        case exceptions.TelegramMigrateToChat():
            return errors.ChatMigrated(error.migrate_to_chat_id)
        case exceptions.TelegramUnauthorizedError() | exceptions.TelegramNotFound():
            # A malformed token is answered with 404.
            return errors.TelegramUnavailable(f"Telegram does not accept the bot's token: {text}")
        case exceptions.TelegramNetworkError() if not isinstance(error, exceptions.TelegramEntityTooLarge):
            return _network(error, text)
        case exceptions.TelegramBadRequest():
            lower = text.lower()
            kind = next((kind for part, kind in _BY_DESCRIPTION if part in lower), errors.Refused)
            return kind(text)
        case _:
            return next((ours(text) for theirs, ours in _BY_CLASS if isinstance(error, theirs)), errors.Refused(text))


def _network(error: BaseException, text: str) -> Exception:
    """A connection that was never made did nothing; one that was lost may have."""
    if isinstance(error.__cause__, ClientConnectorError):
        return errors.TelegramUnavailable(text)
    return errors.TelegramUnknown(text)
