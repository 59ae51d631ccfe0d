"""What the service needs to be told, and what it says when told wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from zavhoz_chassis.process import main
from zavhoz_chassis.settings import load, secrets_of
from zavhoz_files.settings import ROLES, Settings

KEY, OTHER = "k" * 32, "o" * 40
API = {
    "FILES_LINK_KEY": f"{KEY}, {OTHER}",
    "FILES_PUBLIC_URL": "https://files.example.org",
    "API_TOKENS": "gateway:0123456789abcdef",
    "REQUESTS_API_URL": "http://localhost:8080",
    "API_TOKEN": "fedcba9876543210",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTGRES_URL", "postgresql://user:pw@localhost/postgres")
    monkeypatch.setenv("AMQP_URL", "amqp://localhost/")
    monkeypatch.setenv("BOT_TOKEN", "123456:ABC-DEF")
    monkeypatch.setenv("STORAGE_URL", "s3://bucket/pre/fix/")
    for name in [*API, *(name for name in Settings.model_fields if name.startswith("s3_"))]:
        monkeypatch.delenv(name.upper(), raising=False)


def test_a_folder_and_a_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(Settings)
    assert (settings.storage_folder, settings.storage_bucket) == (None, ("bucket", "pre/fix"))
    assert settings.s3_path_style
    folder = Path("/var/lib/моя папка")
    monkeypatch.setenv("STORAGE_URL", folder.as_uri())
    assert load(Settings).storage_folder == folder


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("STORAGE_URL", "/var/lib/zavhoz", "must be file:///path/of/a/folder or s3://bucket/prefix"),
        ("STORAGE_URL", "file://relative/path", "must be file:///path/of/a/folder or s3://bucket/prefix"),
        ("STORAGE_URL", "s3://", "must be file:///path/of/a/folder or s3://bucket/prefix"),
        ("STORAGE_URL", "s3://Not_A_Bucket/x", "must be file:///path/of/a/folder or s3://bucket/prefix"),
        ("S3_ACCESS_KEY_ID", "key", "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together"),
        ("S3_SECRET_ACCESS_KEY", "secret-of-the-bucket", "S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together"),
        ("S3_ENDPOINT", "s3.example.org", "must begin with http:// or https://"),
        ("FILES_LINK_KEY", "short", "must be keys of 32 characters or more, comma-separated"),
        ("FILES_LINK_KEY", f"{KEY},short", "must be keys of 32 characters or more, comma-separated"),
        ("ORPHAN_GRACE_SECONDS", "0", "greater than or equal to 600"),
    ],
)
def test_what_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load(Settings)
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert name in told
    assert "secret-of-the-bucket" not in told


def test_secrets_are_known_to_the_log_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**API, "S3_ACCESS_KEY_ID": "key", "S3_SECRET_ACCESS_KEY": "secret-of-the-bucket"}.items():
        monkeypatch.setenv(name, value)
    settings = load(Settings)
    secrets = [KEY, OTHER, "secret-of-the-bucket", "fedcba9876543210", "0123456789abcdef"]
    assert set(secrets) <= set(secrets_of(settings))
    assert not [secret for secret in secrets if secret in repr(settings)]
    assert [key.get_secret_value() for key in settings.files_link_key] == [KEY, OTHER]


def test_only_the_api_needs_keys_and_addresses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = load(Settings)
    assert settings.missing(frozenset({"worker", "sweeper"})) == ()
    assert set(settings.missing(frozenset(ROLES))) == {name.lower() for name in API}

    def nothing_starts(*_: object, **__: object) -> None:
        raise AssertionError("it was started without them")

    with pytest.raises(SystemExit) as ended:
        main("files", Settings, nothing_starts, roles=ROLES, arguments=["run", "api"])  # type: ignore[arg-type]
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert all(f"{name}: Field required (for the role api" in told for name in API)
    for name, value in API.items():
        monkeypatch.setenv(name, value)
    assert load(Settings).missing(frozenset(ROLES)) == ()
