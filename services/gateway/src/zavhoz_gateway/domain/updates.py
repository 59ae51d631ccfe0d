"""What the gateway reads out of an update: who, where, and what they sent."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID
from zlib import crc32

from zavhoz_contracts.message import Actor, AttachmentKind, Origin
from zavhoz_contracts.requests.v1.lifecycle import Action

_STAND_IN_BYTES: Final = 6


@dataclass(frozen=True, slots=True)
class Said:
    """A message in a private chat. `language` is the one to answer in.

    `edited` is when it was edited, in Unix seconds; 0 if it was not. `query_id` is that of the press which says it in
    somebody's stead; its `message_id` is then no message's, and negative.
    """

    actor: Actor
    chat_id: int
    message_id: int
    language: str
    edited: int = 0
    query_id: str | None = None

    def origin(self, message_id: int | None = None) -> Origin:
        """Where the outcome of a command made from this message is answered."""
        return Origin(
            chat_id=self.chat_id,
            message_id=message_id or None,
            callback_query_id=self.query_id,
            language=self.language,
        )


@dataclass(frozen=True, slots=True)
class Pressed:
    """A press of a button under the message `message_id` (0: under none of the chat); `actor` is who pressed.

    That is not who wrote the message. `number` is that of the request which it is about, if it says so. `staff`: they
    are a technician or a manager, as far as is known here; what they may do is decided elsewhere.
    """

    actor: Actor
    chat_id: int
    message_id: int
    query_id: str
    language: str
    number: int | None = None
    staff: bool = False

    def origin(self, message_id: int | None = None) -> Origin:
        """Where the outcome of a command made from this press is answered."""
        return Origin(
            chat_id=self.chat_id,
            message_id=message_id or None,
            callback_query_id=self.query_id,
            language=self.language,
        )

    def as_said(self) -> Said:
        """What this press says in the presser's stead; the same press comes out as the same."""
        stand_in = -1 - int.from_bytes(sha256(self.query_id.encode()).digest()[:_STAND_IN_BYTES])
        return Said(self.actor, self.chat_id, stand_in, self.language, query_id=self.query_id)


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as Telegram describes it; `size` is bytes."""

    kind: AttachmentKind
    file_id: str
    file_unique_id: str
    file_name: str | None = None
    mime_type: str | None = None
    size: int | None = None

    @property
    def key(self) -> str:
        """A short name of it, that a button can carry; it comes out the same for the same file."""
        return f"{crc32(self.file_unique_id.encode()):08x}"


@dataclass(frozen=True, slots=True)
class Content:
    """What one message says: cleaned words, a file, or both; `album` is the id of the album it is a part of.

    `place` is a place that was sent as such, in words.
    """

    text: str = ""
    file: SentFile | None = None
    album: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Replied:
    """The bot's message about a request that somebody replied to; its request by id, or only by number.

    `asks` is what its question is for, if it is one.
    """

    message_id: int
    request_id: UUID | None = None
    number: int | None = None
    asks: Action | None = None
