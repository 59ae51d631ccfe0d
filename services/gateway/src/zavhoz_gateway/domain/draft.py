"""A draft: what a person has put together so far, until they press [Send]."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from uuid import UUID

from zavhoz_contracts.identity import attachment_id
from zavhoz_contracts.limits import ANSWER_MAX, ATTACHMENTS_MAX, DESCRIPTION_MAX
from zavhoz_contracts.message import Attachment, Priority
from zavhoz_contracts.text import length
from zavhoz_gateway.domain.updates import Content, SentFile

_CODE_POINTS_MAX: Final = 8 * DESCRIPTION_MAX
"""One user-perceived character may be any number of code points; a command has a size."""


class Obstacle(StrEnum):
    """Why something cannot be added to a draft."""

    TEXT_TOO_LONG = "text_too_long"
    TOO_MANY_FILES = "too_many_files"
    ANSWER_TOO_LONG = "answer_too_long"


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
    CATEGORY = "category"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Looking:
    """Where somebody is in the choice of a place: what they typed, or else the code of the place they look into."""

    query: str = ""
    under: str | None = None
    page: int = 1


@dataclass(frozen=True, slots=True)
class Sort:
    """The category that was chosen, as it was then; `answers` are those to its `questions`, empty where there is none.

    `priority` is what its requests have unless another one is chosen.
    """

    category_id: UUID
    name: str
    priority: Priority | None = None
    questions: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()

    def answered(self, asked: int, answer: str) -> Sort:
        """With the answer to one of the questions, empty to take it away."""
        return replace(self, answers=(*self.answers[:asked], answer, *self.answers[asked + 1 :]))

    def as_before(self, former: Sort | None) -> Sort:
        """With the answers that were given to the same questions before."""
        known = {} if former is None else dict(zip(former.questions, former.answers, strict=True))
        return replace(self, answers=tuple(known.get(question, "") for question in self.questions))

    def asks_as(self, other: Sort) -> bool:
        """Whether the other one means the same for a request, whatever it is called."""
        return (self.priority, self.questions) == (other.priority, other.questions)


class DraftState(StrEnum):
    """A sent draft is kept for a while, so that a refused one can be sent again."""

    OPEN = "open"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft, drawn in the message `message_id`. `parts` are the messages it was put together from, some of them
    parts of `albums`.

    `place` is its path if it has a `place_code`, else in the person's own words. `priority` is the one that the person
    chose. `asks` is what its card asks for, of questions of its category (`sort`) that of this number, from 0.
    `revision` counts the writes, so that of two writers who began from the same one the second is refused.
    """

    chat_id: int
    message_id: int
    text: str = ""
    files: tuple[SentFile, ...] = ()
    priority: Priority | None = None
    parts: tuple[int, ...] = ()
    albums: tuple[str, ...] = ()
    state: DraftState = DraftState.OPEN
    place: str = ""
    place_code: str | None = None
    asks: Asks = Asks.NOTHING
    looking: Looking = Looking()
    revision: int = 0
    sort: Sort | None = None
    asked: int = 0

    @property
    def open(self) -> bool:
        """Whether it can still be changed."""
        return self.state is DraftState.OPEN

    @property
    def urgency(self) -> Priority:
        """How urgent the request will be: as the person says, else as its category does."""
        return self.priority or (self.sort and self.sort.priority) or Priority.MEDIUM

    @property
    def words(self) -> str:
        """All that was typed for it: the text, and the answers with what was asked."""
        asked = () if self.sort is None else zip(self.sort.questions, self.sort.answers, strict=True)
        return "\n".join(part for part in (self.text, *(f"{one} — {said}" for one, said in asked if said)) if part)

    @property
    def empty(self) -> bool:
        """Whether there is nothing in it that could be filed: a place alone is nothing."""
        return not self.text and not self.files

    def add(self, content: Content, message_id: int) -> Draft | TooMuch:
        """The draft with one more message in it; the same message again, or the same file, changes nothing.

        Words mean what the card asks for: a search, when it asks for a place, an answer, or all the words there are
        to be.
        """
        if message_id in self.parts:
            return self
        if self.asks is Asks.PLACE and content.text and content.file is None and not content.place:
            looking = Looking(query=" ".join(content.text.split()))
            return replace(self, looking=looking, parts=(*self.parts, message_id))
        if (sort := self._asked) is not None and content.text and content.file is None and not content.place:
            return self._answer(sort, content.text, message_id)
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
            return (
                replace(added, place=content.place, place_code=None)
                if self._asked is not None
                else added.at(content.place)
            )
        return replace(added, asks=Asks.NOTHING) if asked else added

    def at(self, place: str, code: str | None = None) -> Draft:
        """The draft with this place, empty for none, and its card asking no more."""
        return replace(self, place=place, place_code=code, asks=Asks.NOTHING, looking=Looking())

    @property
    def _asked(self) -> Sort | None:
        """The category whose question the card asks."""
        return self.sort if self.asks is Asks.QUESTION else None

    def _answer(self, sort: Sort, text: str, message_id: int) -> Draft | TooMuch:
        if (size := length(text)) > ANSWER_MAX or len(text) > _CODE_POINTS_MAX:
            return TooMuch(Obstacle.ANSWER_TOO_LONG, ANSWER_MAX, max(size, ANSWER_MAX + 1))
        answered = replace(self, sort=sort.answered(self.asked, text), parts=(*self.parts, message_id))
        return answered.asking_on(self.asked + 1)

    def of_sort(self, sort: Sort | None) -> Draft:
        """The draft with this category, none for none; its card asks what is to be asked about such requests."""
        if sort is None:
            return replace(self, sort=None).asking(Asks.NOTHING)
        return replace(self, sort=sort.as_before(self.sort)).asking_on(0)

    def asking_on(self, asked: int) -> Draft:
        """The draft with its card asking this question of its category; nothing, behind the last one."""
        more = self.sort is not None and asked < len(self.sort.questions)
        return replace(self.asking(Asks.QUESTION if more else Asks.NOTHING), asked=asked if more else 0)

    def without_answer(self, asked: int) -> Draft:
        """The draft without the answer to this question."""
        if self.sort is None or not 0 <= asked < len(self.sort.questions):
            return self
        return replace(self, sort=self.sort.answered(asked, ""))

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
