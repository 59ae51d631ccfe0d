"""The settings of the notifier."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from zavhoz_chassis.settings import (
    BotSettings,
    ConsumerSettings,
    OrganisationSettings,
    PostgresSettings,
    RedisSettings,
    RequestsApiSettings,
    ServiceSettings,
)

ROLES: Final = ("consumer", "sender", "relay")
"""What a process of this service can do; by default it does all of it."""


class Settings(
    ServiceSettings,
    PostgresSettings,
    ConsumerSettings,
    RedisSettings,
    RequestsApiSettings,
    BotSettings,
    OrganisationSettings,
):
    """What the notifier needs to know."""

    send_rate: float = Field(25.0, gt=0, description="messages and edits a second, in all chats together")
    chat_rate: float = Field(1.0, gt=0, description="messages and edits a second in one private chat")
    group_rate: float = Field(20.0, gt=0, description="messages and edits a minute in one group")

    lease_seconds: float = Field(
        20.0, ge=1, le=60, description="seconds after which other notifiers go on with what a killed one was sending"
    )
