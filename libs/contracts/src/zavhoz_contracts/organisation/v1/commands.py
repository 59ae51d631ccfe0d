"""What the gateway asks about the organisation's settings."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from zavhoz_contracts.message import Actor, Message, Origin
from zavhoz_contracts.organisation.v1.settings import Setting


class SetSetting(Message):
    """Choose something for the whole organisation, in the words of a manager; none: what it is by default."""

    TYPE: ClassVar[str] = "zavhoz.organisation.set.v1"

    actor: Actor
    origin: Origin
    setting: Setting
    value: str | None = Field(default=None, max_length=16_384)
