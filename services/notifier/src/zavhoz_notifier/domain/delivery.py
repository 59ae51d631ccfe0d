"""One thing to be said in one chat: what it is, and how it ends.

A delivery ends as sent, as permanently refused, or as unknown: Telegram has no idempotency key, so when no answer came
(or we crashed before writing it down) nobody knows. What is unknown is tried once more, saying the same thing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid5

MAX_ATTEMPTS: Final = 20
MAX_UNKNOWN: Final = 2
_LONGEST_BACKOFF: Final = 60.0


class Kind(StrEnum):
    """What is said."""

    ANSWER = "answer"  # to a press: a toast or an alert
    CARD = "card"
    NOTICE = "notice"
    MENU = "menu"  # the commands of somebody's chat
    SCREEN = "screen"  # a page of somebody's own: in the message pressed, or a new one
    SUMMARY = "summary"  # of what was held in quiet hours, drawn when it is sent
    DOCUMENT = "document"  # somebody's data, or one about places, put together when it is sent
    ALBUM = "album"  # files of a request that go together, by Telegram's ids of then


_NEW_MESSAGES: Final = frozenset({Kind.NOTICE, Kind.SUMMARY, Kind.DOCUMENT, Kind.ALBUM})


class Placement(StrEnum):
    """Where a card goes."""

    NEW = "new"  # a new message, whatever is there
    APPEAR = "appear"  # the live card where there is one, else a new message
    CONVERT = "convert"  # the message whose button was pressed becomes it
    LIVE = "live"  # the live card, where there is one


class State(StrEnum):
    """How far a delivery is."""

    PENDING = "pending"
    ATTEMPTING = "attempting"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Urgency(StrEnum):
    """What goes first in a chat: what somebody waits for after a press, before what they are told."""

    NOW = "0"
    SOON = "1"


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told without having asked: `what` happened, so that it can be held, or left out.

    `high`: the request's priority is, so that quiet hours do not matter. `insist`: so that a mute does not.
    """

    what: str
    high: bool = False
    insist: bool = False


@dataclass(frozen=True, slots=True)
class LiveCard:
    """The one message that shows a request in a chat, and what it shows; in a group, the topic it belongs to.

    `message_id` is 0 where it is to be sent again: the group has another chat since.
    """

    message_id: int
    version: int
    content_hash: str
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A live card, and where it is."""

    chat_id: int
    request_id: UUID
    card: LiveCard
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """How a delivery ended: with a message, or an error; and the live card that is `shown` since."""

    id: UUID
    state: State
    message_id: int | None = None
    error: str | None = None
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery. `lane` keeps order: those of one lane go one after another, lanes go side by side.

    `content` is, by kind: `text` (and `alert`, `query` for answers; `rows` of buttons for notices); for menus
    `commands`, none to take the chat's own menu away; for cards `placement`, `message_id` (to convert), perhaps `left`,
    and `rendered` once a new message was attempted, in groups `number` too; for screens as for notices, and
    `message_id` (none: a new one, in a `thread` if that is said); for summaries `things`, and `rendered`; for documents
    `form`, and `under` which place, if it is about places; for albums `files` (attachment ids) and `reply_to`. `live`
    is the card that was live in the chat when the delivery was claimed; only a later one of the same lane makes
    another. `muted` is if the person had muted the request then, `followed` whether another of its lane waited. `told`
    is for planning alone, and not kept.
    """

    id: UUID
    cause_id: UUID
    kind: Kind
    lane: str
    chat_id: int
    language: str
    urgency: Urgency = Urgency.SOON
    person_id: UUID | None = None
    request_id: UUID | None = None
    content: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    unknown: int = 0
    traceparent: str | None = None
    live: LiveCard | None = None
    muted: bool = False
    followed: bool = False
    told: Told | None = None

    @property
    def makes_a_message(self) -> bool:
        """Whether saying it twice would show: it may make a new message."""
        if self.kind is Kind.CARD:
            return self.placement in (Placement.NEW, Placement.APPEAR)
        if self.kind is Kind.SCREEN:
            return self.content["message_id"] is None
        return self.kind in _NEW_MESSAGES

    @property
    def placement(self) -> Placement:
        """Where a card goes."""
        return Placement(self.content["placement"])


def answer(
    cause_id: UUID,
    query: str,
    chat_id: int,
    language: str,
    text: str = "",
    *,
    alert: bool = False,
    person_id: UUID | None = None,
) -> Delivery:
    """The answer to a press; a lane of its own, for nobody is to wait behind anything for it."""
    return Delivery(
        id=uuid5(cause_id, f"answer:{query}"),
        cause_id=cause_id,
        kind=Kind.ANSWER,
        lane=f"press:{query}",
        chat_id=chat_id,
        language=language,
        urgency=Urgency.NOW,
        person_id=person_id,
        content={"query": query, "text": text, "alert": alert},
    )


def notice(
    cause_id: UUID,
    chat_id: int,
    language: str,
    text: str,
    *,
    person_id: UUID | None = None,
    request_id: UUID | None = None,
    rows: list[list[list[str]]] | None = None,
    told: Told | None = None,
) -> Delivery:
    """A new message with a text that is written already."""
    return Delivery(
        id=uuid5(cause_id, f"notice:{chat_id}"),
        cause_id=cause_id,
        kind=Kind.NOTICE,
        lane=f"chat:{chat_id}",
        chat_id=chat_id,
        language=language,
        person_id=person_id,
        request_id=request_id,
        content={"text": text, "rows": rows or []},
        told=told,
    )


def screen(
    cause_id: UUID,
    chat_id: int,
    language: str,
    text: str,
    rows: list[list[list[str]]],
    *,
    message_id: int | None,
    person_id: UUID | None,
) -> Delivery:
    """A page of somebody's own: drawn in the message `message_id`, or as a new one."""
    return Delivery(
        id=uuid5(cause_id, f"screen:{chat_id}"),
        cause_id=cause_id,
        kind=Kind.SCREEN,
        lane=f"chat:{chat_id}",
        chat_id=chat_id,
        language=language,
        urgency=Urgency.NOW,
        person_id=person_id,
        content={"text": text, "rows": rows, "message_id": message_id},
    )


def summary(
    cause_id: UUID, chat_id: int, language: str, person_id: UUID, things: Sequence[tuple[UUID, Sequence[str]]]
) -> Delivery:
    """What was held in quiet hours: by request, what happened, in order. Drawn when it is sent."""
    return Delivery(
        id=uuid5(cause_id, f"summary:{chat_id}"),
        cause_id=cause_id,
        kind=Kind.SUMMARY,
        lane=f"chat:{chat_id}",
        chat_id=chat_id,
        language=language,
        person_id=person_id,
        content={"things": [[str(request_id), list(what)] for request_id, what in things]},
    )


def document(cause_id: UUID, chat_id: int, language: str, person_id: UUID, form: str) -> Delivery:
    """Somebody's data in one form, put together when it is sent."""
    return Delivery(
        id=uuid5(cause_id, f"document:{form}:{chat_id}"),
        cause_id=cause_id,
        kind=Kind.DOCUMENT,
        lane=f"chat:{chat_id}",
        chat_id=chat_id,
        language=language,
        person_id=person_id,
        content={"form": form},
    )


def place_file(cause_id: UUID, chat_id: int, language: str, person_id: UUID, form: str, under: str | None) -> Delivery:
    """A file about places. Drawing it may take minutes: a lane of its own, so that nothing in the chat waits for it."""
    made = document(cause_id, chat_id, language, person_id, form)
    return replace(made, lane=f"file:{chat_id}", content={"form": form, "under": under})


def album(
    cause_id: UUID,
    chat_id: int,
    language: str,
    person_id: UUID,
    request_id: UUID,
    files: Sequence[UUID],
    *,
    reply_to: int | None = None,
) -> Delivery:
    """Files of a request, as one album or a single one."""
    return Delivery(
        id=uuid5(cause_id, f"album:{chat_id}:{files[0]}"),
        cause_id=cause_id,
        kind=Kind.ALBUM,
        lane=f"chat:{chat_id}",
        chat_id=chat_id,
        language=language,
        urgency=Urgency.NOW,
        person_id=person_id,
        request_id=request_id,
        content={"files": [str(id) for id in files], "reply_to": reply_to},
    )


def card(
    cause_id: UUID,
    chat_id: int,
    language: str,
    person_id: UUID,
    request_id: UUID,
    placement: Placement,
    *,
    message_id: int | None = None,
    urgency: Urgency = Urgency.SOON,
    told: Told | None = None,
    left: bool = False,
) -> Delivery:
    """A card, drawn when it is sent, from what is true then. `left`: they have just stopped following the request."""
    return Delivery(
        id=uuid5(cause_id, f"card:{chat_id}:{request_id}"),
        cause_id=cause_id,
        kind=Kind.CARD,
        lane=f"chat:{chat_id}",
        chat_id=chat_id,
        language=language,
        urgency=urgency,
        person_id=person_id,
        request_id=request_id,
        content={"placement": placement.value, "message_id": message_id} | ({"left": True} if left else {}),
        told=told,
    )


def menu(
    cause_id: UUID, chat_id: int, language: str, person_id: UUID | None, commands: list[dict[str, str]]
) -> Delivery:
    """The commands of somebody's chat, none when they have those of everybody; a lane of its own: it says nothing."""
    return Delivery(
        id=uuid5(cause_id, f"menu:{chat_id}"),
        cause_id=cause_id,
        kind=Kind.MENU,
        lane=f"menu:{chat_id}",
        chat_id=chat_id,
        language=language,
        person_id=person_id,
        content={"commands": commands},
    )


def backoff(attempts: int) -> float:
    """Seconds before the next attempt, after `attempts` that failed: 1, 2, 4, … 60."""
    return min(2.0 ** max(attempts - 1, 0), _LONGEST_BACKOFF)
