"""Our error for whatever is no success: an error answer, an answer that is not Telegram's, a broken connection.

Error answers are JSON (https://core.telegram.org/bots/api#making-requests). Anything else was said by a proxy between
us and Telegram, or by a server that is no Bot API at all, so it says nothing about a chat or a message.
"""

from __future__ import annotations

import re
from typing import Final

from aiohttp import ClientConnectorError, ConnectionTimeoutError, InvalidURL

from zavhoz_contracts.errors import Permanent, ZavhozError
from zavhoz_telegram import errors
from zavhoz_telegram.answers import Answer, Parameters

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
    ("topic_not_modified", errors.NotModified),
    ("message thread not found", errors.ThreadGone),
    ("topic_deleted", errors.ThreadGone),
    ("topic_id_invalid", errors.ThreadGone),
    ("topic_closed", errors.TopicClosed),
    ("the chat is not a forum", errors.NoForum),
    ("not enough rights", errors.NotEnoughRights),
    ("chat_admin_required", errors.NotEnoughRights),
    ("chat not found", errors.Unreachable),
    ("user not found", errors.Unreachable),
    ("peer_id_invalid", errors.Unreachable),
    ("file is too big", errors.FileTooBig),
)
_RETRY_AFTER: Final = re.compile(r"retry after (\d+)")
_WAIT_DEFAULT, _WAIT_MIN = 5.0, 1.0
_NEVER_SENT: Final = (ClientConnectorError, ConnectionTimeoutError, InvalidURL)


def of_answer(status: int, content: bytes) -> ZavhozError:
    """Our error for an answer with an HTTP status other than 2xx."""
    try:
        answer = Answer.model_validate_json(content)
    except ValueError:
        return _of_stranger(status)
    description = answer.description or f"HTTP {status}"
    parameters = answer.parameters or Parameters()
    if parameters.migrate_to_chat_id is not None:
        return errors.ChatMigrated(parameters.migrate_to_chat_id)
    match status:
        case 400:
            lower = description.lower()
            return next((kind for part, kind in _BY_DESCRIPTION if part in lower), errors.Refused)(description)
        case 401 | 404:
            # A malformed token is answered with 404.
            return errors.TelegramUnavailable(f"Telegram does not accept the bot's token: {description}")
        case 403:
            return errors.Unreachable(description)
        case 409:
            return errors.PollingConflict(description)
        case 429:
            return errors.TooManyRequests(description, _wait(description, parameters.retry_after))
        case _ if status >= 500:
            return errors.TelegramBusy(description)
        case _:
            return errors.Refused(description)


def of_unreadable() -> ZavhozError:
    """Our error for a 2xx that cannot be read: Telegram most likely did it."""
    return errors.TelegramUnknown("the answer cannot be read")


def of_failure(cause: Exception) -> ZavhozError:
    """Our error for a request without an answer: one that was never sent did nothing, any other may have.

    Only what cannot hold the address is quoted, for the address holds the token.
    """
    name = type(cause).__name__
    if isinstance(cause, ClientConnectorError):
        return errors.TelegramUnavailable(f"{name}: {cause.host}:{cause.port}: {cause.os_error}")
    if isinstance(cause, _NEVER_SENT):
        return errors.TelegramUnavailable(name)
    return errors.TelegramUnknown(name)


def _of_stranger(status: int) -> ZavhozError:
    said = f"HTTP {status}, and not in Telegram's words"
    match status:
        case 413:
            return errors.Refused(said)
        case 429:
            return errors.TooManyRequests(said, _WAIT_DEFAULT)
        case _ if status >= 500:
            # A proxy that lost Telegram, perhaps after it had passed the request on.
            return errors.TelegramUnknown(said)
        case _:
            return errors.TelegramUnavailable(said)


def _wait(description: str, seconds: int | None) -> float:
    if seconds is None:
        told = _RETRY_AFTER.search(description)
        return max(float(told[1]), _WAIT_MIN) if told else _WAIT_DEFAULT
    return max(float(seconds), _WAIT_MIN)
