"""The base of every payload, and the small values that several payloads share."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field


class Payload(BaseModel):
    """A frozen value; unknown fields are ignored on reading, so that a newer sender may add optional ones."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Payload):
    """The data of one command, event or outcome. `TYPE` is its CloudEvents type and its routing key."""

    TYPE: ClassVar[str] = ""


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError as error:  # pydantic takes it for a mistake of ours, not for one in the message
        raise ValueError("out of the years 1 to 9999 in UTC") from error


Moment = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A point in time: always with an offset on reading, always UTC afterwards."""

TelegramId = Annotated[int, Field(ge=-(2**63), lt=2**63)]
"""A Telegram user or chat id: 64-bit, today below 2^52 (https://core.telegram.org/bots/api#user)."""


DEFAULT_LANGUAGE: Final = "en"
"""For whom Telegram gives no language. Whoever shows texts also falls back to it where there is no message file."""


class Priority(StrEnum):
    """How urgent a request is; it decides the due times."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Role(StrEnum):
    """What a person may do; stored by the requests service, never believed from anywhere else."""

    REQUESTER = "requester"
    TECHNICIAN = "technician"
    MANAGER = "manager"


class Actor(Payload):
    """Who sent the update behind a command, as Telegram told it; the requests service upserts the person from it.

    `language` is Telegram's language code (`ru`, `en-US`…), if it gave one. `seen_at` is the update's time: a person
    is only overwritten by a newer one.
    """

    telegram_id: TelegramId
    name: str = Field(max_length=256)
    username: str | None = Field(default=None, max_length=64)
    language: str | None = Field(default=None, max_length=35)
    seen_at: Moment


class Shows(StrEnum):
    """What the message of an origin shows, when it is no draft, card or notice and is to be drawn anew."""

    GREETING = "greeting"
    SETTINGS = "settings"
    PLACE = "place"
    PERSON = "person"
    """Whom the command is about, as managers see them."""
    AREAS = "areas"
    """The parts of the places that they are limited to."""
    CATEGORY = "category"
    ORGANISATION = "organisation"
    REPLIES = "replies"
    """The canned replies; which page of them, `view` says."""


class Origin(Payload):
    """Where a command came from in Telegram, so that its outcome can be answered there without knowing the person.

    `message_id` is the draft, card or notice to be turned into the live card (for an answer to a pending question: the
    card whose button asked), none when the command came from a plain message. `language` is the one to answer in when
    the person is not known. `thread_id` is the topic of the chat that a plain message was written in. `view` is the
    data of a button that shows the same, for what has several pages.
    """

    chat_id: TelegramId
    message_id: int | None = None
    callback_query_id: str | None = Field(default=None, max_length=64)
    language: str = Field(default=DEFAULT_LANGUAGE, max_length=35)
    shows: Shows | None = None
    thread_id: int | None = None
    view: str | None = Field(default=None, max_length=64)


class AttachmentKind(StrEnum):
    """What Telegram called the file when the person sent it."""

    PHOTO = "photo"
    DOCUMENT = "document"
    VIDEO = "video"
    VIDEO_NOTE = "video_note"
    VOICE = "voice"
    AUDIO = "audio"
    ANIMATION = "animation"


class Attachment(Payload):
    """A file at Telegram. `file_id` is useless without the bot's token; sizes are bytes as Telegram states them."""

    attachment_id: UUID
    kind: AttachmentKind
    file_id: str = Field(min_length=1, max_length=256)
    file_unique_id: str = Field(min_length=1, max_length=64)
    file_name: str | None = Field(default=None, max_length=255)
    mime_type: str | None = Field(default=None, max_length=255)
    size: int | None = Field(default=None, ge=0)
