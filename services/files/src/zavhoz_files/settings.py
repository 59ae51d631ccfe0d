"""The settings of the files service."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from zavhoz_chassis.settings import (
    ApiTokens,
    BotSettings,
    ConsumerSettings,
    HttpUrl,
    LogSettings,
    PostgresSettings,
    ServiceSettings,
)

ROLES: Final = ("worker", "api", "sweeper")
"""What a process of this service can do; by default it does all of it."""

_FOLDER: Final = re.compile(r"file:///.+")
_BUCKET: Final = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?")
_SHORTEST_KEY: Final = 32


class StorageSettings(LogSettings):
    """Where files are kept."""

    storage_url: str = Field(
        description="where files are kept: a folder (file:///path) or a bucket (s3://bucket/prefix)",
        examples=["file:///var/lib/zavhoz/files"],
    )
    s3_endpoint: HttpUrl | None = Field(
        None, description="S3 server, if it is not Amazon's", examples=["https://s3.example.org"]
    )
    s3_region: str = Field("us-east-1", min_length=1, description="region of the bucket")
    s3_access_key_id: str | None = Field(
        None, min_length=1, description="with S3_SECRET_ACCESS_KEY; without both, the rights of the machine are used"
    )
    s3_secret_access_key: SecretStr | None = Field(
        None, min_length=1, validate_default=True, description="with S3_ACCESS_KEY_ID"
    )
    s3_path_style: bool = Field(
        True, description="whether the bucket is in the path of an address (true) or in its host name (false)"
    )

    @field_validator("storage_url")
    @classmethod
    def _place(cls, value: str) -> str:
        if not _FOLDER.fullmatch(value) and not _BUCKET.fullmatch(value):
            raise ValueError("must be file:///path/of/a/folder or s3://bucket/prefix")
        return value

    @field_validator("s3_secret_access_key")
    @classmethod
    def _both(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if (value is None) != (info.data.get("s3_access_key_id") is None):
            raise ValueError("S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY go together")
        return value

    @property
    def storage_folder(self) -> Path | None:
        """The folder, or none when files are kept in a bucket."""
        return Path(unquote(urlsplit(self.storage_url).path)) if self.storage_url.startswith("file:") else None

    @property
    def storage_bucket(self) -> tuple[str, str]:
        """The bucket and the prefix in it, which may be empty."""
        parts = urlsplit(self.storage_url)
        return parts.netloc, parts.path.strip("/")


class Settings(ServiceSettings, PostgresSettings, ConsumerSettings, BotSettings, StorageSettings):
    """What the files service needs to know."""

    max_file_bytes: int = Field(
        20 * 1024 * 1024,
        ge=1,
        le=20 * 1024 * 1024,
        description="the largest file that is kept, in bytes; bots are given out 20 MiB at most",
    )
    max_image_pixels: int = Field(
        50_000_000, ge=1, le=200_000_000, description="the largest picture that is kept, all its frames together"
    )
    files_link_key: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (),
        description="for the role api: keys of links, comma-separated, 32 characters or more each; the first one signs,"
        " all are accepted",
        examples=["0123456789abcdef0123456789abcdef"],
    )
    files_link_seconds: int = Field(900, ge=1, le=7 * 86_400, description="how long a link is good, in seconds")
    files_public_url: HttpUrl | None = Field(
        None,
        description="for the role api: where people's browsers reach it, the beginning of every link",
        examples=["https://files.example.org"],
    )
    api_tokens: ApiTokens = Field(
        default_factory=dict,
        description="for the role api: who may ask for links; name:token pairs, comma-separated, each token 16"
        " characters or more",
        examples=["gateway:0123456789abcdef,notifier:fedcba9876543210"],
    )
    requests_api_url: HttpUrl | None = Field(
        None, description="for the role api: where the requests service answers", examples=["http://localhost:8080"]
    )
    api_token: SecretStr | None = Field(
        None, min_length=16, description="for the role api: this service's own token from API_TOKENS of requests"
    )
    sweep_every_seconds: float = Field(3600.0, gt=0, description="how often the role sweeper looks through the store")
    orphan_grace_seconds: float = Field(
        86_400.0, ge=600, description="how old something that nobody names must be before the sweeper removes it"
    )

    @field_validator("files_link_key", mode="before")
    @classmethod
    def _keys(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        keys = [key.strip() for key in value.split(",") if key.strip()]
        if any(len(key) < _SHORTEST_KEY for key in keys):
            raise ValueError(f"must be keys of {_SHORTEST_KEY} characters or more, comma-separated")
        return tuple(SecretStr(key) for key in keys)

    @property
    def orphan_grace(self) -> timedelta:
        """`orphan_grace_seconds` as a span of time."""
        return timedelta(seconds=self.orphan_grace_seconds)

    def missing(self, roles: frozenset[str]) -> tuple[str, ...]:
        """The api cannot do without its keys and addresses."""
        needed = ("files_link_key", "files_public_url", "api_tokens", "requests_api_url", "api_token")
        return tuple(name for name in needed if not getattr(self, name)) if "api" in roles else ()
