"""The settings of the files service."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from zavhoz_chassis.settings import AmqpSettings, BotSettings, PostgresSettings, ServiceSettings

ROLES: Final = ("worker",)
"""What a process of this service can do; by default it does all of it."""


class Settings(ServiceSettings, PostgresSettings, AmqpSettings, BotSettings):
    """What the files service needs to know."""

    storage_url: str = Field(
        pattern=r"^file:///.+",
        description="where files are kept: a folder, as a file:// address",
        examples=["file:///var/lib/zavhoz/files"],
    )
    max_file_bytes: int = Field(
        20 * 1024 * 1024,
        ge=1,
        le=20 * 1024 * 1024,
        description="the largest file that is kept, in bytes; bots are given out 20 MiB at most",
    )
