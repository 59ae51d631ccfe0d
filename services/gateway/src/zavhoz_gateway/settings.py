"""The gateway's settings."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from zavhoz_chassis.settings import (
    AmqpSettings,
    BotSettings,
    HttpUrl,
    OrganisationSettings,
    RedisSettings,
    RequestsApiSettings,
    ServiceSettings,
)

ROLES: Final = ("polling", "webhook")
"""How updates come; unless one is named, by webhook when `WEBHOOK_URL` is set and by polling when it is not."""
_OWN_PATHS: Final = ("/livez", "/readyz", "/metrics")


class Settings(ServiceSettings, AmqpSettings, RedisSettings, RequestsApiSettings, BotSettings, OrganisationSettings):
    """Where Telegram, the broker, Redis and the read API are, and how updates are fetched."""

    webhook_url: HttpUrl | None = Field(
        None,
        description="where Telegram sends updates; the gateway answers under the same path",
        examples=["https://zavhoz.example.org/telegram"],
    )
    webhook_secret: SecretStr | None = Field(
        None, validate_default=True, description="what Telegram shows with each update: 1-256 of A-Z, a-z, 0-9, _ and -"
    )
    webhook_max_connections: int = Field(
        40, ge=1, le=100, description="how many updates Telegram may send at the same time, to all gateways together"
    )
    webhook_seconds: float = Field(
        45.0, gt=0, le=55, description="seconds to finish an update in, before Telegram (60 s) gives up waiting"
    )
    lease_seconds: float = Field(
        10.0, ge=1, le=60, description="seconds after which other gateways go on with what a killed one had in hand"
    )
    poll_seconds: int = Field(25, ge=0, le=50, description="how long Telegram may hold an empty getUpdates open")
    people_at_once: int = Field(32, ge=1, le=1000, description="of how many people updates are handled at once")
    filing_limit: int = Field(5, ge=1, le=1000, description="new requests of one person within FILING_SECONDS")
    filing_seconds: int = Field(60, ge=1, le=3600, description="seconds that FILING_LIMIT is counted over")
    comment_limit: int = Field(10, ge=1, le=1000, description="comments of one person within COMMENT_SECONDS")
    comment_seconds: int = Field(60, ge=1, le=3600, description="seconds that COMMENT_LIMIT is counted over")
    help_contacts: str = Field(
        "",
        max_length=1000,
        description="whom to call or write to, as /help shows it",
        examples=["Duty: +7 000 000-00-00"],
    )
    publish_patience: float = Field(
        10.0, gt=0, le=60, description="seconds to wait for the broker before an update is kept and tried again"
    )

    @property
    def webhook_path(self) -> str:
        """The path of `WEBHOOK_URL`."""
        return "/" if self.webhook_url is None else urlsplit(self.webhook_url.get_secret_value()).path or "/"

    @field_validator("webhook_url")
    @classmethod
    def _path(cls, value: SecretStr | None) -> SecretStr | None:
        path = "" if value is None else urlsplit(value.get_secret_value()).path
        if path in _OWN_PATHS or not re.fullmatch(r"[A-Za-z0-9/._~-]*", path):
            raise ValueError(f"must have a path of plain letters that is none of {', '.join(_OWN_PATHS)}")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _secret(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is None and info.data.get("webhook_url") is not None:
            raise ValueError("must be set when WEBHOOK_URL is: without it anybody could send updates")
        if value is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value.get_secret_value()):
            raise ValueError("has other characters, or more")
        return value
