"""A draft: what a person has put together so far, until they press [Send]."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from zavhoz_contracts.identity import attachment_id
from zavhoz_contracts.limits import ATTACHMENTS_MAX, DESCRIPTION_MAX
from zavhoz_contracts.message import Attachment, Priority
from zavhoz_contracts.text import length
from zavhoz_gateway.domain.updates import Content, SentFile

_CODE_POINTS_MAX: Final = 8 * DESCRIPTION_MAX
"""One user-perceived character may be any number of code points; a command has a size."""


class Obstacle(StrEnum):
    """Why something cannot be added to a draft."""

    TEXT_TOO_LONG = "text_too_long"
    TOO_MANY_FILES = "too_many_files"


@dataclass(frozen=True, slots=True)
class TooMuch:
    """The draft stays as it was: with the addition there would be `length` of at most `limit`."""

    obstacle: Obstacle
    limit: int
    length: int


class DraftState(StrEnum):
    """A sent draft is kept for a while, so that a refused one can be sent again."""

    OPEN = "open"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft, drawn in the message `message_id`. `parts` are the messages it was put together from, some of them
    parts of `albums`.

    `revision` counts the writes, so that of two writers who began from the same one the second is refused.
    """

    chat_id: int
    message_id: int
    text: str = ""
    files: tuple[SentFile, ...] = ()
    priority: Priority = Priority.MEDIUM
    parts: tuple[int, ...] = ()
    albums: tuple[str, ...] = ()
    state: DraftState = DraftState.OPEN
    revision: int = 0

    @property
    def open(self) -> bool:
        """Whether it can still be changed."""
        return self.state is DraftState.OPEN

    def add(self, content: Content, message_id: int) -> Draft | TooMuch:
        """The draft with one more message in it; the same message again, or the same file, changes nothing."""
        if message_id in self.parts:
            return self
        text = "\n".join(part for part in (self.text, content.text) if part)
        new = content.file
        known = new is None or any(new.file_unique_id == file.file_unique_id for file in self.files)
        files = self.files if known or new is None else (*self.files, new)
        if (problem := too_much(text, len(files))) is not None:
            return problem
        album = content.album
        albums = self.albums if album is None or album in self.albums else (*self.albums, album)
        return replace(self, text=text, files=files, parts=(*self.parts, message_id), albums=albums)

    def attachments(self, request_id: UUID) -> tuple[Attachment, ...]:
        """The files as the command that files the request carries them."""
        return tuple(attachment(request_id, file) for file in self.files)


def attachment(request_id: UUID, file: SentFile) -> Attachment:
    """A file as part of a request."""
    return Attachment(
        attachment_id=attachment_id(request_id, file.file_unique_id),
        kind=file.kind,
        file_id=file.file_id,
        file_unique_id=file.file_unique_id,
        file_name=file.file_name,
        mime_type=file.mime_type,
        size=file.size,
    )


def too_much(text: str, files: int) -> TooMuch | None:
    """What is wrong with so long a text and so many files, if anything."""
    characters = length(text)
    if characters > DESCRIPTION_MAX or len(text) > _CODE_POINTS_MAX:
        return TooMuch(Obstacle.TEXT_TOO_LONG, DESCRIPTION_MAX, max(characters, DESCRIPTION_MAX + 1))
    if files > ATTACHMENTS_MAX:
        return TooMuch(Obstacle.TOO_MANY_FILES, ATTACHMENTS_MAX, files)
    return None
