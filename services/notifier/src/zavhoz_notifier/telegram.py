"""Telegram as the notifier uses it: one call for one content, its errors as results."""

from __future__ import annotations

from typing import assert_never

from aiogram import Bot
from aiogram.types import InlineKeyboardMarkup

from zavhoz_contracts.errors import Permanent, Transient
from zavhoz_notifier.domain.content import Act, Content
from zavhoz_notifier.domain.progress import Gone, Migrated, NotSent, Refused, Result, Sent, Unknown
from zavhoz_telegram import errors
from zavhoz_telegram.screens import Screen


class TelegramMessenger:
    """The `Messenger` on the Bot API. A call takes at most `timeout` seconds, well within a lease."""

    def __init__(self, bot: Bot, timeout: float) -> None:
        self._bot = bot
        self._timeout = max(1, round(timeout))

    async def deliver(self, chat_id: int, content: Content) -> Result:
        """Make the call."""
        try:
            return Sent(await self._call(chat_id, content))
        except errors.TelegramUnavailable as error:
            return NotSent(str(error)[:200], away=True)
        except errors.TelegramUnknown as error:
            return Unknown(str(error)[:200], away=True)
        except errors.TooManyRequests as error:
            return NotSent("too_many_requests", error.retry_after, flood=True)
        except errors.ChatMigrated as error:
            return Migrated(error.new_chat_id)
        except Transient as error:
            return NotSent(str(error)[:200], error.retry_after)
        except (errors.NotModified, errors.QueryTooOld) as error:
            return Sent(content.message_id if isinstance(error, errors.NotModified) else None)
        except errors.MessageGone:
            return Gone()
        except Permanent as error:
            return Refused(f"{error.reason}: {error}"[:200], unreachable=isinstance(error, errors.Unreachable))

    async def _call(self, chat_id: int, content: Content) -> int | None:
        match content.act:
            case Act.SEND:
                sent = await self._bot.send_message(
                    chat_id,
                    content.text,
                    reply_markup=_keyboard(content),
                    disable_notification=content.silent or None,
                    request_timeout=self._timeout,
                )
                return sent.message_id
            case Act.EDIT:
                await self._bot.edit_message_text(
                    content.text,
                    chat_id=chat_id,
                    message_id=content.message_id,
                    reply_markup=_keyboard(content),
                    request_timeout=self._timeout,
                )
                return content.message_id
            case Act.STRIP:
                await self._bot.edit_message_reply_markup(
                    chat_id=chat_id, message_id=content.message_id, request_timeout=self._timeout
                )
                return content.message_id
            case Act.ANSWER:
                await self._bot.answer_callback_query(
                    content.query_id or "",
                    text=content.text or None,
                    show_alert=content.alert or None,
                    request_timeout=self._timeout,
                )
                return None
            case _:
                assert_never(content.act)


def _keyboard(content: Content) -> InlineKeyboardMarkup | None:
    return Screen(content.text, content.buttons).keyboard
