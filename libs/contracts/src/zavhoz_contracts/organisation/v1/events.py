"""What happened to the organisation's settings."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from zavhoz_contracts.message import Message, Moment
from zavhoz_contracts.organisation.v1.settings import Setting


class SettingChanged(Message):
    """A manager chose something else; none: what it is by default."""

    TYPE: ClassVar[str] = "zavhoz.organisation.changed.v1"

    setting: Setting
    value: str | None = None
    previous: str | None = None
    actor_id: UUID
    occurred_at: Moment
