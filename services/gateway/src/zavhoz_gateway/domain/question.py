"""A question that waits for its answer: why a request is rejected, what is to be said about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.categories.v1.commands import CategoryField
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_contracts.requests.v1.bulk import BulkAction
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_gateway.domain.draft import Looking


class PlaceWants(StrEnum):
    """What is asked about the tree of places."""

    NAME = "name"
    OTHER_NAME = "other_name"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class WantedPlace:
    """A question about the tree of places: about the one with this `code`, or what is added in it, of this `kind`."""

    wants: PlaceWants
    code: str | None = None
    kind: PlaceKind | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted of a manager: another value of a setting; else the name or the questions of a category, in a
    language. Without a category, the name makes one.
    """

    setting: Setting | None = None
    category_id: UUID | None = None
    field: CategoryField = CategoryField.NAME
    language: str = ""


@dataclass(frozen=True, slots=True)
class WantedReply:
    """What a manager is to type: another text of the canned reply `reply_id`, or, without one, that of a new one.

    `page` is that of the list in this language from which it was asked.
    """

    language: str
    page: int = 1
    reply_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Asked in the message `message_id` after a press on the card `card_message_id`, drawn for `seen_version`.

    `action` is what the answer is for; `number` is the request's, if the card said it. `answered_by` is the message
    that answered it: delivered again, that message means the same again.
    One that `searches` asks for words to look for in one's own requests, or `everywhere` in the queue and the archive,
    or, with `people`, for a name; it is about no request. One that `limits` somebody is about them: a part of the
    places is chosen.
    One about a `place` of the tree, or a table of places, is about no request.
    While another place is chosen in it, `looking` says where; `heard` is the last message that was looked for there.
    One that `wants` something of a manager is about no request, and stands on a page that its outcome draws anew.
    One about `many` requests asks for words for doing that to all that are chosen; it is about none of them.
    One for a canned `reply` is about no request either; the page it was asked on is its message.
    One with a `reason`, typed in the message `heard`, asks until when work stops for it.
    """

    request_id: UUID
    seen_version: int
    chat_id: int
    message_id: int
    card_message_id: int
    answered_by: int | None = None
    action: Action = Action.REJECT
    number: int | None = None
    searches: bool = False
    people: bool = False
    limits: UUID | None = None
    everywhere: bool = False
    looking: Looking | None = None
    heard: int = 0
    place: WantedPlace | None = None
    reason: str = ""
    wants: Wanted | None = None
    reply: WantedReply | None = None
    many: BulkAction | None = None

    def waits_in(self, message_id: int) -> bool:
        """Whether it stands in this message, without an answer."""
        return self.message_id == message_id and self.answered_by is None

    def awaits(self, message_id: int) -> bool:
        """Whether this message is its answer."""
        return self.answered_by in (None, message_id)
