"""What the service needs to be told, and what it says when told wrong."""

from __future__ import annotations

import pytest

from zavhoz_chassis.settings import load
from zavhoz_requests.settings import Settings


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_URL", "postgresql://user:pw@localhost/postgres")
    monkeypatch.setenv("AMQP_URL", "amqp://localhost/")
    monkeypatch.setenv("API_TOKENS", "gateway:0123456789abcdef, notifier:fedcba9876543210")
    for name in ("ADMIN_USER_ID", "GROUP_SIZE", "PREFETCH"):
        monkeypatch.delenv(name, raising=False)


def test_what_is_not_said_has_its_default() -> None:
    settings = load(Settings)
    assert settings.admin_user_id == frozenset()
    assert (settings.group_size, settings.prefetch) == (100, 200)
    assert settings.database_url("requests") == "postgresql+asyncpg://user:pw@localhost/zavhoz_requests"


def test_tokens_are_read_by_name_and_never_shown() -> None:
    settings = load(Settings)
    assert {name: token.get_secret_value() for name, token in settings.api_tokens.items()} == {
        "gateway": "0123456789abcdef",
        "notifier": "fedcba9876543210",
    }
    assert "0123456789abcdef" not in repr(settings)


@pytest.mark.parametrize(("given", "read"), [("700001", {700001}), (" 1, 4503599627370497 ,", {1, 4503599627370497})])
def test_first_managers_are_one_or_several(monkeypatch: pytest.MonkeyPatch, given: str, read: set[int]) -> None:
    monkeypatch.setenv("ADMIN_USER_ID", given)
    assert load(Settings).admin_user_id == read


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ADMIN_USER_ID", "@marina", "must be Telegram ids (whole numbers), comma-separated"),
        ("ADMIN_USER_ID", "12;13", "must be Telegram ids (whole numbers), comma-separated"),
        ("API_TOKENS", "a-token-without-a-name", "must be name:token pairs, comma-separated"),
        ("API_TOKENS", "gateway:short", "each token 16 characters or more"),
        ("API_TOKENS", " , ", "must be name:token pairs, comma-separated"),
        ("GROUP_SIZE", "0", "greater than or equal to 1"),
        ("GROUP_SIZE", "many", "valid integer"),
    ],
)
def test_what_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load(Settings)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert f"{name}:" in told
    assert said in told
    if name == "API_TOKENS" and value.strip(" ,"):
        assert value not in told, "a secret is not repeated"
