"""The gateway's settings."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from zavhoz_chassis.settings import AmqpSettings, BotSettings, RedisSettings, RequestsApiSettings, ServiceSettings

ROLES: Final = ("polling",)
"""What a process of this service can do; by default it does all of it."""


class Settings(ServiceSettings, AmqpSettings, RedisSettings, RequestsApiSettings, BotSettings):
    """Where Telegram, the broker, Redis and the read API are, and how updates are fetched."""

    poll_seconds: int = Field(25, ge=0, le=50, description="how long Telegram may hold an empty getUpdates open")
    people_at_once: int = Field(32, ge=1, le=1000, description="of how many people updates are handled at once")
    filing_limit: int = Field(5, ge=1, le=1000, description="new requests of one person within FILING_SECONDS")
    filing_seconds: int = Field(60, ge=1, le=3600, description="seconds that FILING_LIMIT is counted over")
    help_contacts: str = Field(
        "",
        max_length=1000,
        description="whom to call or write to, as /help shows it",
        examples=["Duty: +7 000 000-00-00"],
    )
    publish_patience: float = Field(
        10.0, gt=0, le=60, description="seconds to wait for the broker before an update is kept and tried again"
    )
