"""Settings: read once, checked at start; what is wrong is named with what it should look like, secrets are not."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from zavhoz_chassis.settings import (
    AmqpSettings,
    BotSettings,
    PostgresSettings,
    RedisSettings,
    RequestsApiSettings,
    ServiceSettings,
    load,
)


class Settings(ServiceSettings, PostgresSettings, AmqpSettings, RedisSettings, RequestsApiSettings, BotSettings):
    """A service that has everything."""


SECRET = "hunter2-and-more"
RIGHT = {
    "POSTGRES_URL": f"postgresql://zavhoz:{SECRET}@db:5433/postgres",
    "AMQP_URL": f"amqp://zavhoz:{SECRET}@broker/zavhoz",
    "REDIS_URL": f"redis://:{SECRET}@redis:6379/0",
    "REQUESTS_API_URL": "http://requests:8080",
    "API_TOKEN": f"{SECRET}-token",
    "BOT_TOKEN": f"123456:{SECRET}",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in RIGHT.items():
        monkeypatch.setenv(name, value)


def _complaint(settings: type[BaseSettings], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as ended:
        load(settings)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err


def test_what_is_given_is_read_and_the_rest_has_defaults() -> None:
    settings = load(Settings)
    assert settings.database_url("requests") == f"postgresql+asyncpg://zavhoz:{SECRET}@db:5433/zavhoz_requests"
    assert settings.bot_id == 123456
    assert settings.telegram_api_url.get_secret_value() == "https://api.telegram.org"
    assert (settings.http_port, settings.log_format, settings.shutdown_seconds) == (8080, "console", 25.0)


def test_a_variable_left_empty_is_as_good_as_absent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PORT", "")
    assert load(Settings).http_port == 8080


def test_secrets_do_not_show_in_a_printed_settings_object() -> None:
    assert SECRET not in repr(load(Settings))
    assert SECRET not in str(load(Settings))


@pytest.mark.parametrize("name", list(RIGHT))
def test_what_is_missing_is_named_with_what_it_is_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.delenv(name)
    told = _complaint(Settings, capsys)
    field = Settings.model_fields[name.lower()]
    assert f"  {name}: Field required ({field.description}" in told
    assert told.count("\n") == 2, "nothing else is wrong"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("LOG_FORMAT", "xml", "'console' or 'json'"),
        ("HTTP_PORT", "70000", "less than or equal to 65535"),
        ("HTTP_PORT", "http", "valid integer"),
        ("SHUTDOWN_SECONDS", "0", "greater than 0"),
        ("POSTGRES_URL", f"mysql://zavhoz:{SECRET}@db", "must begin with postgresql:// or postgres://"),
        ("POSTGRES_URL", f"zavhoz:{SECRET}", "for example postgresql://zavhoz:password@localhost:5432/postgres"),
        ("POSTGRES_URL", f"postgresql://zavhoz:\u2100{SECRET}@db/postgres", "is not an address"),
        ("POSTGRES_URL", f"postgresql://zavhoz:[{SECRET}@db/postgres", "is not an address"),
        ("AMQP_URL", f"http://zavhoz:{SECRET}@broker", "must begin with amqp:// or amqps://"),
        ("REDIS_URL", f"{SECRET}@redis", "must begin with redis:// or rediss:// or unix://"),
        ("REQUESTS_API_URL", f"requests:{SECRET}", "must begin with http:// or https://"),
        ("API_TOKEN", "hunter2", "at least 16"),
        ("BOT_TOKEN", SECRET, "must be the bot's id, a colon and letters"),
        ("BOT_TOKEN", f"bot123456:{SECRET}", "for example 123456:ABC-DEF"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_is_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    told = _complaint(Settings, capsys)
    assert f"  {name}: " in told
    assert said in told
    assert "hunter2" not in told


def test_everything_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AMQP_URL")
    monkeypatch.setenv("HTTP_PORT", "-1")
    told = _complaint(Settings, capsys)
    assert told.startswith("The settings are not right:\n")
    assert "AMQP_URL" in told
    assert "HTTP_PORT" in told


def test_a_value_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "amqp_url"
    file.write_text(f"  amqp://zavhoz:{SECRET}@elsewhere/zavhoz\n")
    monkeypatch.delenv("AMQP_URL")
    monkeypatch.setenv("AMQP_URL_FILE", str(file))
    assert load(Settings).amqp_url.get_secret_value() == f"amqp://zavhoz:{SECRET}@elsewhere/zavhoz"


def test_what_a_file_holds_is_checked_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "amqp_url"
    file.write_text(f"http://zavhoz:{SECRET}@elsewhere")
    monkeypatch.delenv("AMQP_URL")
    monkeypatch.setenv("AMQP_URL_FILE", str(file))
    told = _complaint(Settings, capsys)
    assert "AMQP_URL: Value error, must begin with amqp:// or amqps://" in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read: No such file"), (b" \n", "is empty"), (b"\xff", "it is not UTF-8")]
)
def test_a_file_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    content: bytes | None,
    said: str,
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.delenv("BOT_TOKEN")
    monkeypatch.setenv("BOT_TOKEN_FILE", str(file))
    told = _complaint(Settings, capsys)
    assert f"BOT_TOKEN: the file {file} (BOT_TOKEN_FILE)" in told
    assert said in told


def test_a_value_given_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOT_TOKEN_FILE", str(tmp_path / "token"))
    assert "BOT_TOKEN: is set, and BOT_TOKEN_FILE too" in _complaint(Settings, capsys)
