"""What happened to canned replies."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from zavhoz_contracts.message import Message, Moment


class ReplyChanged(Message):
    """A manager wrote a reply for the staff to use, changed it, or took it away (no text)."""

    TYPE: ClassVar[str] = "zavhoz.reply.changed.v1"

    reply_id: UUID
    language: str
    text: str | None = None
    previous: str | None = None
    actor_id: UUID
    occurred_at: Moment
