"""Typed settings from environment variables: read once, checked at start, secrets never printed.

A service composes its settings from `ServiceSettings` and the mixins for what it talks to. Names of variables are the
fields' names in capitals, without a prefix; `<NAME>_FILE` may name a file with the value instead (`secret_files`).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from zavhoz_chassis.secret_files import FileSource, FileUnusable

_SHORTEST_SECRET: Final = 8
_SHORTEST_TOKEN: Final = 16
_ESCAPE: Final = "is not an address; special characters in its password must be percent-encoded (%40 for @, %2F for /)"


def _schemes(*allowed: str, host: bool = False) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        address = value.get_secret_value()
        if not address.startswith(tuple(f"{scheme}://" for scheme in allowed)):
            raise ValueError(f"must begin with {' or '.join(f'{scheme}://' for scheme in allowed)}")
        try:
            parts = urlsplit(address)
            named = bool(parts.hostname)
            _ = parts.port
        except ValueError:
            raise ValueError(_ESCAPE) from None  # the library's own text repeats the password
        if host and not named:
            raise ValueError("names no host")
        return value

    return AfterValidator(check)


PostgresUrl = Annotated[SecretStr, _schemes("postgresql", "postgres")]
AmqpUrl = Annotated[SecretStr, _schemes("amqp", "amqps")]
RedisUrl = Annotated[SecretStr, _schemes("redis", "rediss", "unix")]
HttpUrl = Annotated[SecretStr, _schemes("http", "https", host=True)]
"""Secret because addresses may hold passwords."""


def _dsn(value: SecretStr) -> SecretStr:
    parts = urlsplit(value.get_secret_value())
    if not parts.username or not parts.path.rpartition("/")[2].isdigit():
        raise ValueError("must be an address with a key before the @ and a project's number at its end")
    return value


def _bot_token(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[0-9]+:[A-Za-z0-9_-]+", value.get_secret_value()):
        raise ValueError("must be the bot's id, a colon and letters")
    return value


def _tokens(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    pairs = [part.strip().partition(":") for part in value.split(",") if part.strip()]
    if not pairs or any(not name or len(token) < _SHORTEST_TOKEN for name, _, token in pairs):
        raise ValueError(f"must be name:token pairs, comma-separated, each token {_SHORTEST_TOKEN} characters or more")
    return {name: SecretStr(token) for name, _, token in pairs}


ApiTokens = Annotated[dict[str, SecretStr], NoDecode, BeforeValidator(_tokens)]
"""The tokens of those who may use an API, by name."""


class _Settings(BaseSettings):
    """The base of all of them: of several bases the last one's configuration counts."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    @classmethod
    def settings_customise_sources(  # the signature is the library's
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, and files that it names."""
        return init_settings, env_settings, FileSource(settings_cls)


class LogSettings(_Settings):
    """How much is logged, and for whom."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least severe line to log")
    log_format: Literal["console", "json"] = Field("console", description="console for people, json for machines")
    log_file: str | None = Field(
        None,
        description="a file for the log as well, of one process; after 10 MiB another begins, 5 former ones are kept;"
        " {service} in it is the service's name",
        examples=["/var/log/zavhoz/{service}.log"],
    )


class TelemetrySettings(_Settings):
    """Where traces and unexpected errors go. OpenTelemetry's other standard variables hold as well."""

    otel_exporter_otlp_endpoint: HttpUrl | None = Field(
        None, description="traces go there over OTLP/HTTP; nowhere without it", examples=["http://localhost:4318"]
    )
    otel_exporter_otlp_traces_endpoint: HttpUrl | None = Field(
        None, description="the same as a full address", examples=["http://localhost:4318/v1/traces"]
    )
    otel_exporter_otlp_headers: SecretStr | None = Field(
        None, description="headers for the receiver of traces", examples=["authorization=Bearer%20secret"]
    )
    otel_sdk_disabled: bool = Field(False, description="true: no traces, whatever else is set")
    otel_traces_sampler: Literal[
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ] = Field("parentbased_always_on", description="which traces are recorded", examples=["parentbased_traceidratio"])
    otel_traces_sampler_arg: float = Field(1.0, ge=0, le=1, description="the share, for the samplers by ratio")
    sentry_dsn: Annotated[HttpUrl, AfterValidator(_dsn)] | None = Field(
        None,
        description="unexpected errors go there, and a share of the traces; nowhere without it",
        examples=["https://key@sentry.example.org/1"],
    )
    sentry_environment: str = Field("production", min_length=1, max_length=64, description="which installation it is")
    sentry_release: str | None = Field(None, description="the release shown in Sentry; by default zavhoz@<version>")
    sentry_sample_rate: float = Field(1.0, ge=0, le=1, description="the share of unexpected errors sent to Sentry")
    sentry_traces_sample_rate: float = Field(0.1, ge=0, le=1, description="the share of traces sent to Sentry")

    @property
    def otlp_wanted(self) -> bool:
        """Whether traces go to a receiver of their own."""
        named = self.otel_exporter_otlp_endpoint or self.otel_exporter_otlp_traces_endpoint
        return named is not None and not self.otel_sdk_disabled

    @property
    def traces_wanted(self) -> bool:
        """Whether traces go anywhere at all."""
        to_sentry = self.sentry_dsn is not None and self.sentry_traces_sample_rate > 0
        return self.otlp_wanted or (to_sentry and not self.otel_sdk_disabled)


class ServiceSettings(LogSettings, TelemetrySettings):
    """What every service has."""

    http_host: str = Field("0.0.0.0", description="address for /livez, /readyz, /metrics", examples=["127.0.0.1"])  # noqa: S104  # nosec B104: a container's port is opened from outside it
    http_port: int = Field(8080, ge=0, le=65535, description="port for /livez, /readyz, /metrics; 0 for any free one")
    shutdown_seconds: float = Field(25.0, gt=0, le=600, description="how long a stop may take before it is forced")

    def missing(self, roles: frozenset[str]) -> tuple[str, ...]:  # noqa: ARG002
        """Names of the fields that are not set and that a process with these roles cannot do without."""
        return ()


class PostgresSettings(_Settings):
    """For services with a database of their own on a PostgreSQL server."""

    postgres_url: PostgresUrl = Field(
        description="PostgreSQL server; each service uses its own database zavhoz_<service> on it",
        examples=["postgresql://zavhoz:password@localhost:5432/postgres"],
    )
    postgres_pool_size: int = Field(10, ge=1, le=200, description="connections kept open by one process")

    def database_url(self, service: str) -> str:
        """The address of this service's database on the server, for SQLAlchemy with asyncpg."""
        _, _, rest = self.postgres_url.get_secret_value().partition("://")
        parts = urlsplit(f"//{rest}")
        # asyncpg, given its arguments one by one, knows libpq's sslmode as ssl.
        query = "&".join(re.sub("^sslmode=", "ssl=", one) for one in parts.query.split("&"))
        return f"postgresql+asyncpg://{parts.netloc}/zavhoz_{service}{'?' if query else ''}{query}"


class MigrationSettings(LogSettings, PostgresSettings):
    """For migrations: they need nothing else of a service."""


class AmqpSettings(_Settings):
    """For services that talk over RabbitMQ."""

    amqp_url: AmqpUrl = Field(
        description="RabbitMQ, 3.10 or newer", examples=["amqp://zavhoz:password@localhost:5672/zavhoz"]
    )


class ConsumerSettings(AmqpSettings):
    """For services that consume."""

    amqp_management_url: HttpUrl | None = Field(
        None,
        description="RabbitMQ's management API, with a user who may see the virtual host: without it the watchdog asks"
        " the broker less, and never wants a restart",
        examples=["http://zavhoz:password@localhost:15672"],
    )

    @property
    def management_url(self) -> str | None:
        """The address itself, with its password."""
        return self.amqp_management_url.get_secret_value() if self.amqp_management_url else None


class OrganisationSettings(_Settings):
    """What several services need to know of the organisation."""

    time_zone: ZoneInfo = Field(ZoneInfo("UTC"), description="the organisation's time zone", examples=["Europe/Moscow"])

    @field_validator("time_zone", mode="before")
    @classmethod
    def _zone(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("must be a name from the IANA time zone database") from None


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
        problems = error.errors(include_input=False, include_url=False)
        _complain(settings, [(str(one["loc"][0]) if one["loc"] else "", one["msg"]) for one in problems])
    except FileUnusable as error:
        _complain(settings, [(error.field, str(error))])
    except SettingsError as error:
        named = re.search(r'field "(\w+)"', str(error))
        _complain(settings, [(named[1] if named else "", "cannot be read")])


def demand(settings: ServiceSettings, roles: frozenset[str]) -> None:
    """When a setting is missing that only these roles need, say so and exit with status 2."""
    if missing := settings.missing(roles):
        _complain(type(settings), [(name, "Field required") for name in missing])


def _complain(settings: type[BaseSettings], problems: list[tuple[str, str]]) -> NoReturn:
    lines = ["The settings are not right:"]
    for name, said in problems:
        field = settings.model_fields.get(name)
        line = f"  {name.upper() or 'settings'}: {said}"
        if field is not None and field.description:
            line += f" ({field.description}{_example(field.examples)})"
        lines.append(line)
    sys.stderr.write("\n".join(lines) + "\n")
    raise SystemExit(2)


def _example(examples: list[object] | None) -> str:
    return f"; for example {examples[0]}" if examples else ""


def variables(settings: type[BaseSettings]) -> Iterator[str]:
    """A line about each variable, for `--help`: its name, what it is for, and what it is when it is not set."""
    for name, field in settings.model_fields.items():
        line = f"{name.upper()}: {field.description or ''}{_example(field.examples)}"
        if field.is_required():
            yield f"{line} (required)"
        elif field.default_factory is not None or not isinstance(field.default, str | int | float):
            yield line
        else:
            yield f"{line} (default: {field.default})"


def secrets_of(settings: BaseSettings) -> list[str]:
    """The secrets themselves, and the passwords in addresses, for the log to mask wherever they turn up.

    Those of fewer than 8 characters are left out: masking them would blot out ordinary words.
    """
    found: list[str] = []
    for value in settings.__dict__.values():
        secrets: list[Any] = list(value.values()) if isinstance(value, dict) else [value]
        if isinstance(value, tuple):
            secrets = list(value)
        for one in secrets:
            if isinstance(one, SecretStr):
                found += _secret_parts(one.get_secret_value())
    return [secret for secret in found if len(secret) >= _SHORTEST_SECRET]


def _secret_parts(secret: str) -> list[str]:
    if "://" not in secret:
        return [secret]
    password = urlsplit(secret).password or ""
    return list({password, unquote(password)})
