"""What the read API tells a person about themselves, page by page: however much it is, a page is small."""

from __future__ import annotations

from enum import StrEnum
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.v1 import AttachmentStatus
from zavhoz_contracts.message import AttachmentKind, Moment, Payload, Priority
from zavhoz_contracts.requests.v1.lifecycle import Status

PAGE: Final = 200
"""So many things are on a page, at most."""


class DataPart(StrEnum):
    """The kinds of things that are held about somebody, beside their profile."""

    REQUESTS = "requests"
    TEXTS = "texts"
    FILES = "files"
    JOINED = "joined"


class OwnRequest(Payload):
    """A request they filed; `rating` is theirs, from 1 to 5."""

    number: int
    title: str
    description: str
    priority: Priority
    status: Status
    place: str = ""
    rating: int | None = None
    created_at: Moment
    updated_at: Moment


class OwnText(Payload):
    """Something they typed about request `number`: a comment, a reason…, as `kind` says."""

    number: int
    kind: str
    text: str
    written_at: Moment


class OwnFile(Payload):
    """A file they sent to request `number`; `size` is bytes."""

    attachment_id: UUID
    number: int
    kind: AttachmentKind
    file_name: str | None = None
    status: AttachmentStatus
    media_type: str | None = None
    size: int | None = None


class OwnJoined(Payload):
    """A request of somebody else that they joined."""

    number: int
    title: str
    joined_at: Moment


OwnThing = OwnRequest | OwnText | OwnFile | OwnJoined


class DataPage(Payload):
    """One page; `next` is what the following one is asked for by, none after the last."""

    requests: tuple[OwnRequest, ...] = ()
    texts: tuple[OwnText, ...] = ()
    files: tuple[OwnFile, ...] = ()
    joined: tuple[OwnJoined, ...] = ()
    next: str | None = None

    @property
    def things(self) -> tuple[OwnThing, ...]:
        """What is on the page, of whichever part."""
        return (*self.requests, *self.texts, *self.files, *self.joined)
