"""What the gateway asks about canned replies."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.message import Actor, Message, Origin


class ChangeReply(Message):
    """Have this reply ready in a language, or no more when there is no text."""

    TYPE: ClassVar[str] = "zavhoz.reply.change.v1"

    actor: Actor
    origin: Origin
    reply_id: UUID
    language: str = Field(pattern=r"^[a-z]{2,3}$")
    text: str | None = Field(default=None, max_length=16_384)
