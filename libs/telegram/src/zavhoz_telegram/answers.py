"""The shape of what the Bot API answers (https://core.telegram.org/bots/api#making-requests)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Parameters(BaseModel):
    """What helps to handle an error (https://core.telegram.org/bots/api#responseparameters)."""

    migrate_to_chat_id: int | None = None
    retry_after: int | None = None


class Answer(BaseModel):
    """An answer of any method: `result` when `ok`, else `description`, which is for people."""

    ok: bool
    result: Any = None
    description: str | None = None
    parameters: Parameters | None = None


class SentMessage(BaseModel):
    """As much of a message as the sender needs (https://core.telegram.org/bots/api#message)."""

    message_id: int


class File(BaseModel):
    """A file that can be fetched for an hour (https://core.telegram.org/bots/api#file); `file_size` is in bytes."""

    file_path: str | None = None
    file_size: int | None = None
