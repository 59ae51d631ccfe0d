"""Ids that come out the same however often the same thing is said.

A command's id is derived from the message or press behind it, never from the update id, which may start again anywhere
after a quiet week (https://core.telegram.org/bots/api#update).
"""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

_NAMESPACE: Final = UUID("6f0d2a6e-6a0b-5d0c-9b52-7a4f3f6c1d11")


def command_id_of_press(bot_id: int, callback_query_id: str, ordinal: int = 0) -> UUID:
    """The id of the `ordinal`-th command made from one press of a button."""
    return uuid5(_NAMESPACE, f"command:{bot_id}:callback_query:{callback_query_id}:{ordinal}")


def command_id_of_message(
    bot_id: int, kind: str, chat_id: int, message_id: int, edit_date: int = 0, ordinal: int = 0
) -> UUID:
    """The id of the `ordinal`-th command made from one message; `edit_date` is Unix seconds, 0 if never edited.

    `kind` is the kind of update, `message` or `edited_message`.
    """
    return uuid5(_NAMESPACE, f"command:{bot_id}:{kind}:{chat_id}:{message_id}:{edit_date}:{ordinal}")


def request_id_of_draft(bot_id: int, chat_id: int, message_id: int) -> UUID:
    """The id of the request that a draft becomes when it is sent."""
    return uuid5(_NAMESPACE, f"request:{bot_id}:{chat_id}:{message_id}")


def reply_id_of_message(bot_id: int, chat_id: int, message_id: int) -> UUID:
    """The id of the canned reply whose text a manager first gave in this message."""
    return uuid5(_NAMESPACE, f"reply:{bot_id}:{chat_id}:{message_id}")


def place_id(code: str) -> UUID:
    """The id of a place, by its code, which never changes."""
    return uuid5(_NAMESPACE, f"place:{code}")


def attachment_id(request_id: UUID, file_unique_id: str) -> UUID:
    """The id of one file in one request; the same file twice in a request is one attachment."""
    return uuid5(_NAMESPACE, f"attachment:{request_id}:{file_unique_id}")
