"""One thing to be said in one chat: what it is, and how it ends.

A delivery ends as sent, as permanently refused, or as unknown: Telegram has no idempotency key, so when no answer came
(or we crashed before writing it down) nobody knows. What is unknown is tried once more, saying the same thing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
class LiveCard:
    """The one message that shows a request in a chat, and what it shows."""

    message_id: int
    version: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A live card, and where it is."""

    chat_id: int
    request_id: UUID
    card: LiveCard


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
    `commands`, none to take the chat's own menu away; for cards
    `placement`, `message_id` (to convert), and `rendered` once a new message was attempted. `live` is the card that
    was live in the chat when the delivery was claimed; only a later one of the same lane makes another.
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

    @property
    def makes_a_message(self) -> bool:
        """Whether saying it twice would show: it may make a new message."""
        if self.kind is Kind.CARD:
            return self.placement in (Placement.NEW, Placement.APPEAR)
        return self.kind is Kind.NOTICE

    @property
    def placement(self) -> Placement:
        """Where a card goes."""
        return Placement(self.content["placement"])


def answer(cause_id: UUID, query: str, chat_id: int, language: str, text: str = "", *, alert: bool = False) -> Delivery:
    """The answer to a press; a lane of its own, for nobody is to wait behind anything for it."""
    return Delivery(
        id=uuid5(cause_id, f"answer:{query}"),
        cause_id=cause_id,
        kind=Kind.ANSWER,
        lane=f"press:{query}",
        chat_id=chat_id,
        language=language,
        urgency=Urgency.NOW,
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
) -> Delivery:
    """A card, drawn when it is sent, from what is true then."""
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
        content={"placement": placement.value, "message_id": message_id},
    )


def menu(cause_id: UUID, chat_id: int, language: str, person_id: UUID, commands: list[dict[str, str]]) -> Delivery:
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
