"""What the gateway asks of the notifier, which owns quiet hours, mutes, and the screen that shows them."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from zavhoz_contracts.message import Actor, Message, Origin


class SettingsPage(StrEnum):
    """The pages of the settings."""

    MAIN = "main"
    LANGUAGE = "language"
    QUIET = "quiet"
    MUTED = "muted"
    DIGEST = "digest"
    ERASE = "erase"
    ERASE_SURE = "sure"


class SettingsCommand(Message):
    """What every command about one's own settings carries. Answered in the origin's message, or by a new one."""

    actor: Actor
    origin: Origin


class OpenSettings(SettingsCommand):
    """Show a page of the settings."""

    TYPE: ClassVar[str] = "zavhoz.settings.open.v1"

    page: SettingsPage = SettingsPage.MAIN


class SetQuietHours(SettingsCommand):
    """Be left alone from hour `start` to hour `end` (0 to 23) of the organisation's day; none of both: never.

    What cannot be is refused with a sentence.
    """

    TYPE: ClassVar[str] = "zavhoz.settings.quiet_hours.v1"

    start: int | None = None
    end: int | None = None


class SetDigest(SettingsCommand):
    """Be told how things stand at this hour (0 to 23) of the organisation's day, every day; none: never."""

    TYPE: ClassVar[str] = "zavhoz.settings.digest.v1"

    hour: int | None = None


class MuteRequest(SettingsCommand):
    """Hear no more, or again, of one request, whose card the origin's message is; or of none in particular: of all."""

    TYPE: ClassVar[str] = "zavhoz.settings.mute.v1"

    request_id: UUID | None = None
    muted: bool


class SendData(SettingsCommand):
    """Send the actor everything that is held about them, as files."""

    TYPE: ClassVar[str] = "zavhoz.settings.send_data.v1"
