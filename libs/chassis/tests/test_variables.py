"""What settings do beyond being read: addresses for drivers, secrets for the log, words for --help."""

from __future__ import annotations

import pytest
from pydantic import Field, SecretStr, model_validator

from zavhoz_chassis.settings import (
    AmqpSettings,
    BotSettings,
    PostgresSettings,
    RequestsApiSettings,
    ServiceSettings,
    load,
    secrets_of,
    variables,
)


class Settings(ServiceSettings, PostgresSettings, AmqpSettings, RequestsApiSettings, BotSettings):
    """Some of everything."""

    api_tokens: dict[str, SecretStr] = Field({"a": SecretStr("one-of-the-tokens")}, description="tokens")
    sizes: list[int] = Field([], description="sizes, as JSON", examples=["[1, 2]"])


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("POSTGRES_URL", "postgresql://user:pass%40word@localhost/postgres")
    monkeypatch.setenv("AMQP_URL", "amqp://guest:guest@localhost/")
    monkeypatch.setenv("REQUESTS_API_URL", "http://localhost:8080")
    monkeypatch.setenv("API_TOKEN", "0123456789abcdef")
    monkeypatch.setenv("BOT_TOKEN", "123456:ABC-DEF_ghi")


def complaint(capsys: pytest.CaptureFixture[str], settings: type[ServiceSettings] = Settings) -> list[str]:
    """The lines about variables."""
    with pytest.raises(SystemExit):
        load(settings)
    return capsys.readouterr().err.splitlines()[1:]


@pytest.mark.parametrize(
    ("server", "database"),
    [
        ("postgresql://u:pa%40ss@h:5432/postgres", "postgresql+asyncpg://u:pa%40ss@h:5432/zavhoz_files"),
        ("postgres://h", "postgresql+asyncpg://h/zavhoz_files"),
        ("postgresql://h/x?sslmode=require&a=b", "postgresql+asyncpg://h/zavhoz_files?ssl=require&a=b"),
        ("postgresql:///x?host=/run/pg", "postgresql+asyncpg:///zavhoz_files?host=/run/pg"),
    ],
)
def test_each_service_has_its_own_database(monkeypatch: pytest.MonkeyPatch, server: str, database: str) -> None:
    monkeypatch.setenv("POSTGRES_URL", server)
    assert load(PostgresSettings).database_url("files") == database


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("POSTGRES_URL", "postgresql:hunter2", "must begin with postgresql://"),
        ("POSTGRES_URL", "postgresql://user:hunter2", "percent-encoded"),
        ("POSTGRES_URL", "postgresql://user:hunter2/hunter2@host:5432/x", "percent-encoded"),
        ("REQUESTS_API_URL", "http:///hunter2", "names no host"),
    ],
)
def test_malformed_addresses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    (line,) = complaint(capsys)
    assert line.startswith(f"  {name}: ")
    assert said in line
    assert "hunter2" not in line


def test_a_value_that_is_not_json_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("SIZES", "one, two")
    assert complaint(capsys) == ["  SIZES: cannot be read (sizes, as JSON; for example [1, 2])"]


class Pair(ServiceSettings):
    """Two variables that must agree."""

    @model_validator(mode="after")
    def _agree(self) -> Pair:
        raise ValueError("API_TOKEN is needed with HTTP_PORT")


def test_what_is_wrong_with_several_is_said_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint(capsys, Pair) == ["  settings: Value error, API_TOKEN is needed with HTTP_PORT"]


def test_secrets_by_value() -> None:
    assert set(secrets_of(load(Settings))) == {
        "pass%40word",
        "pass@word",
        "0123456789abcdef",
        "123456:ABC-DEF_ghi",
        "one-of-the-tokens",
    }, "not the short one of AMQP_URL, and no address as a whole"


def test_help_names_each_variable_and_no_secret() -> None:
    told = {line.split(":")[0]: line for line in variables(Settings)}
    assert set(told) == {name.upper() for name in Settings.model_fields}
    assert "(default: 8080)" in told["HTTP_PORT"]
    assert "PostgreSQL server" in told["POSTGRES_URL"]
    assert told["POSTGRES_URL"].endswith("(required)")
    assert "one-of-the-tokens" not in "".join(told.values())
