"""What happened to attachments: added by the requests service, stored or refused by the files service."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from zavhoz_contracts.message import AttachmentKind, Message, Moment, Payload


class AddedFile(Payload):
    """A file at Telegram, without the name that its sender gave it. `file_id` is useless without the bot's token."""

    attachment_id: UUID
    kind: AttachmentKind
    file_id: str = Field(min_length=1, max_length=256)
    file_unique_id: str = Field(min_length=1, max_length=64)
    mime_type: str | None = Field(default=None, max_length=255)
    size: int | None = Field(default=None, ge=0)


class AttachmentAdded(Message):
    """A request has an attachment that is still at Telegram. Subject `request/<id>`, in the request's sequence.

    `uploader_id` is the person who sent it, who is to hear if it is refused.
    `alone`: it came by itself; otherwise the event of the request or comment it belongs to is just before it.
    """

    TYPE: ClassVar[str] = "zavhoz.attachment.added.v1"

    request_id: UUID
    attachment: AddedFile
    uploader_id: UUID
    alone: bool = False
    occurred_at: Moment


class AttachmentStored(Message):
    """The bytes are in our store under `key`. Subject `attachment/<id>`, in the files service's sequence.

    `size` is bytes, `media_type` was told from the bytes, `sha256` is lower-case hex.
    """

    TYPE: ClassVar[str] = "zavhoz.attachment.stored.v1"

    attachment_id: UUID
    request_id: UUID
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)
    media_type: str
    key: str
    occurred_at: Moment


class AttachmentRefusalReason(StrEnum):
    """Why an attachment is not kept."""

    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    EXECUTABLE = "executable"
    ARCHIVE = "archive"
    TYPE_NOT_ALLOWED = "type_not_allowed"
    DAMAGED = "damaged"
    EMPTY = "empty"
    UNAVAILABLE = "unavailable"


class AttachmentRefused(Message):
    """The file is not kept. Subject `attachment/<id>`, in the files service's sequence."""

    TYPE: ClassVar[str] = "zavhoz.attachment.refused.v1"

    attachment_id: UUID
    request_id: UUID
    uploader_id: UUID
    reason: AttachmentRefusalReason
    occurred_at: Moment
