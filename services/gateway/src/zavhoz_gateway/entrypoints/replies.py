"""Which request a message of ours is about: from its buttons, else from the number it begins with.

Telegram gives the message replied to as it is then, with its buttons (https://core.telegram.org/bots/api#message), so
nothing has to be remembered: a reply to a message of last year means the same.
"""

from __future__ import annotations

import contextlib
import re
from typing import Final

from aiogram.types import InaccessibleMessage, Message

from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.domain.updates import Replied
from zavhoz_telegram.callbacks import MovePress, OpenNotice, QuestionPress, RecategoryPress, RequestPress

_NUMBER: Final = re.compile(r"#([0-9]{1,9})\b")
Press = RequestPress | OpenNotice | QuestionPress | MovePress | RecategoryPress
_PRESSES: Final[tuple[type[Press], ...]] = (RequestPress, OpenNotice, QuestionPress, MovePress, RecategoryPress)


def replied_to(message: Message, bot_id: int) -> Replied | None:
    """The message about a request that this one replies to; none when it replies to nothing, or something else."""
    target = message.reply_to_message
    if target is None or target.from_user is None or target.from_user.id != bot_id:
        return None
    number = number_of(target)
    press = next((press for data in _data(target) if (press := _press(data)) is not None), None)
    if press is None:
        return None if number is None else Replied(target.message_id, number=number)
    if isinstance(press, MovePress | RecategoryPress):
        return Replied(target.message_id, number=number, asks=Action.EDIT)
    asks = press.action if isinstance(press, QuestionPress) else None
    return Replied(target.message_id, press.request_id, number, asks)


def number_of(message: Message | InaccessibleMessage) -> int | None:
    """The number of the request that a message of ours is about: every one of them begins with it."""
    if isinstance(message, InaccessibleMessage):
        return None
    found = _NUMBER.match(message.text or message.caption or "")
    return None if found is None else int(found[1])


def _data(message: Message) -> list[str]:
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    return [button.callback_data for row in rows for button in row if button.callback_data]


def _press(data: str) -> Press | None:
    for kind in _PRESSES:
        # Another kind's, or drawn by a version long gone.
        with contextlib.suppress(ValueError, TypeError):
            return kind.unpack(data)
    return None
