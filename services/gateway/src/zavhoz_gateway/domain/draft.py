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


class Asks(StrEnum):
    """What the card of a draft is asking for, so that the next message means that."""

    NOTHING = ""
    PLACE = "place"
    TEXT = "text"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Looking:
    """Where somebody is in the choice of a place: what they typed, or else the code of the place they look into."""

    query: str = ""
    under: str | None = None
    page: int = 1


class DraftState(StrEnum):
    """A sent draft is kept for a while, so that a refused one can be sent again."""

    OPEN = "open"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft, drawn in the message `message_id`. `parts` are the messages it was put together from, some of them
    parts of `albums`.

    `place` is its path if it has a `place_code`, else in the person's own words. `asks` is what its card asks for.
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
    place: str = ""
    place_code: str | None = None
    asks: Asks = Asks.NOTHING
    looking: Looking = Looking()
    revision: int = 0

    @property
    def open(self) -> bool:
        """Whether it can still be changed."""
        return self.state is DraftState.OPEN

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that could be filed: a place alone is nothing."""
        return not self.text and not self.files

    def add(self, content: Content, message_id: int) -> Draft | TooMuch:
        """The draft with one more message in it; the same message again, or the same file, changes nothing.

        Words mean what the card asks for: a search, when it asks for a place, or all the words there are to be.
        """
        if message_id in self.parts:
            return self
        if self.asks is Asks.PLACE and content.text and content.file is None and not content.place:
            looking = Looking(query=" ".join(content.text.split()))
            return replace(self, looking=looking, parts=(*self.parts, message_id))
        asked = self.asks is Asks.TEXT and bool(content.text)
        text = "\n".join(part for part in ("" if asked else self.text, content.text) if part)
        new = content.file
        known = new is None or any(new.file_unique_id == file.file_unique_id for file in self.files)
        files = self.files if known or new is None else (*self.files, new)
        if (problem := too_much(text, len(files))) is not None:
            return problem
        album = content.album
        albums = self.albums if album is None or album in self.albums else (*self.albums, album)
        added = replace(self, text=text, files=files, parts=(*self.parts, message_id), albums=albums)
        if content.place:
            return added.at(content.place)
        return replace(added, asks=Asks.NOTHING) if asked else added

    def at(self, place: str, code: str | None = None) -> Draft:
        """The draft with this place, empty for none, and its card asking no more."""
        return replace(self, place=place, place_code=code, asks=Asks.NOTHING, looking=Looking())

    def asking(self, asks: Asks, looking: Looking = Looking()) -> Draft:  # frozen
        """The draft with its card asking for this."""
        return replace(self, asks=asks, looking=looking)

    def without(self, key: str) -> Draft:
        """The draft without the file of this key."""
        return replace(self, files=tuple(file for file in self.files if file.key != key))

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
