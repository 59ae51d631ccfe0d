"""Typed settings from environment variables: read once, checked at start, secrets never printed.

A service composes its settings from `ServiceSettings` and the mixins for what it talks to. Names of variables are the
fields' names in capitals, without a prefix.
"""

from __future__ import annotations

import re
import sys
from typing import Annotated, Literal, NoReturn, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


def _schemes(*allowed: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value())
        except ValueError:
            raise ValueError("is not an address") from None  # the library's own text repeats the password
        if parts.scheme not in allowed or not (parts.netloc or parts.path):
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in allowed)}")
        return value

    return AfterValidator(check)


PostgresUrl = Annotated[SecretStr, _schemes("postgresql", "postgres")]
AmqpUrl = Annotated[SecretStr, _schemes("amqp", "amqps")]
RedisUrl = Annotated[SecretStr, _schemes("redis", "rediss", "unix")]
HttpUrl = Annotated[SecretStr, _schemes("http", "https")]
"""Secret because addresses may hold passwords."""


def _bot_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("must be the bot's id, a colon and letters")
    return value


class _Settings(BaseSettings):
    """The base of all of them: of several bases the last one's configuration counts."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)


class ServiceSettings(_Settings):
    """What every service has."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least severe line to log")
    log_format: Literal["console", "json"] = Field("console", description="console for people, json for machines")
    http_host: str = Field("0.0.0.0", description="address for /livez, /readyz, /metrics", examples=["127.0.0.1"])  # noqa: S104  # nosec B104: a container's port is opened from outside it
    http_port: int = Field(8080, ge=0, le=65535, description="port for /livez, /readyz, /metrics; 0 for any free one")
    shutdown_seconds: float = Field(25.0, gt=0, le=600, description="how long a stop may take before it is forced")


class PostgresSettings(_Settings):
    """For services with a database of their own on a PostgreSQL server."""

    postgres_url: PostgresUrl = Field(
        description="PostgreSQL server; each service uses its own database zavhoz_<service> on it",
        examples=["postgresql://zavhoz:password@localhost:5432/postgres"],
    )
    postgres_pool_size: int = Field(10, ge=1, le=200, description="connections kept open by one process")

    def database_url(self, service: str) -> str:
        """The address of this service's database on the server, for SQLAlchemy with asyncpg."""
        parts = urlsplit(self.postgres_url.get_secret_value())
        return urlunsplit(parts._replace(scheme="postgresql+asyncpg", path=f"/zavhoz_{service}"))


class AmqpSettings(_Settings):
    """For services that talk over RabbitMQ."""

    amqp_url: AmqpUrl = Field(
        description="RabbitMQ, 3.10 or newer", examples=["amqp://zavhoz:password@localhost:5672/zavhoz"]
    )


class RedisSettings(_Settings):
    """For services that share short-lived state."""

    redis_url: RedisUrl = Field(description="Redis or Valkey", examples=["redis://localhost:6379/0"])


class RequestsApiSettings(_Settings):
    """For services that read from the requests service."""

    requests_api_url: HttpUrl = Field(
        description="where the requests service answers", examples=["http://localhost:8080"]
    )
    api_token: SecretStr = Field(min_length=16, description="this service's own token from API_TOKENS of requests")


class BotSettings(_Settings):
    """For services that talk to Telegram."""

    bot_token: Annotated[SecretStr, AfterValidator(_bot_token)] = Field(
        description="from @BotFather", examples=["123456:ABC-DEF"]
    )
    telegram_api_url: HttpUrl = Field(
        SecretStr("https://api.telegram.org"), description="Bot API server", examples=["https://api.telegram.org"]
    )

    @property
    def bot_id(self) -> int:
        """The bot's own Telegram id: the part of the token before the colon."""
        return int(self.bot_token.get_secret_value().split(":", 1)[0])


SettingsT = TypeVar("SettingsT", bound=BaseSettings)


def load(settings: type[SettingsT]) -> SettingsT:
    """Read the settings; when something is wrong or missing, say what it should look like and exit with status 2."""
    try:
        return settings()
    except ValidationError as error:
        _complain(settings, error)


def _complain(settings: type[BaseSettings], error: ValidationError) -> NoReturn:
    lines = ["The settings are not right:"]
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else ""
        field = settings.model_fields.get(name)
        line = f"  {name.upper() or 'settings'}: {problem['msg']}"
        if field is not None and field.description:
            line += f" ({field.description}{_example(field.examples)})"
        lines.append(line)
    sys.stderr.write("\n".join(lines) + "\n")
    raise SystemExit(2)


def _example(examples: list[object] | None) -> str:
    return f"; for example {examples[0]}" if examples else ""
