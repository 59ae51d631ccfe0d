"""The settings of the requests service."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from zavhoz_chassis.settings import ApiTokens, ConsumerSettings, OrganisationSettings, PostgresSettings, ServiceSettings
from zavhoz_requests.domain.terms import Terms

ROLES: Final = ("worker", "relay", "clock", "api")
"""What a process of this service can do; by default it does all of it."""


class Settings(ServiceSettings, PostgresSettings, ConsumerSettings, OrganisationSettings):
    """What the requests service needs to know."""

    admin_user_id: Annotated[frozenset[int], NoDecode] = Field(
        frozenset(),
        description="Telegram ids of the first managers, comma-separated; they count while no other manager exists",
        examples=["700001,700002"],
    )
    api_tokens: ApiTokens = Field(
        description="who may read the API: name:token pairs, comma-separated, each token 16 characters or more",
        examples=["gateway:0123456789abcdef,notifier:fedcba9876543210"],
    )
    confirmation_days: int = Field(
        7, ge=1, le=90, description="days for which a completed request can be reopened; then it confirms itself"
    )
    open_limit: int = Field(20, ge=1, le=10_000, description="requests of one person, not of the staff, open at a time")
    group_size: int = Field(100, ge=1, le=300, description="commands committed together, at most")
    prefetch: int = Field(200, ge=1, le=2000, description="commands taken from the queue ahead of time")

    @property
    def terms(self) -> Terms:
        """What the organisation has chosen, for the domain."""
        confirmation = timedelta(days=self.confirmation_days)
        return Terms(confirmation=confirmation, open_limit=self.open_limit, zone=self.time_zone)

    @field_validator("admin_user_id", mode="before")
    @classmethod
    def _ids(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = [part.strip() for part in value.split(",") if part.strip()]
        if not all(part.isascii() and part.isdigit() for part in parts):
            raise ValueError("must be Telegram ids (whole numbers), comma-separated")
        return frozenset(int(part) for part in parts)
