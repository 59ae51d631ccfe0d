"""Cards in staff groups: which events cause which, and what is known of a topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from zavhoz_contracts.api.v1 import Audience
from zavhoz_contracts.requests.v1.events import RequestCreated, RequestEdited, RequestEvent, RequestReopened
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_notifier.domain.audience import STALE_AFTER
from zavhoz_notifier.domain.delivery import Delivery, Kind, Placement

_UNFINISHED: Final = frozenset({Status.OPEN, Status.IN_PROGRESS, Status.ON_HOLD})


class WithoutTopics(StrEnum):
    """Why all cards of a group go to its general topic."""

    FORUM = "forum"  # it has no topics
    RIGHT = "right"  # the bot may not make any


@dataclass(frozen=True, slots=True)
class KnownTopic:
    """A topic of a group as it was made; `thread_id` is none while that is under way."""

    name: str
    thread_id: int | None


@dataclass(frozen=True, slots=True)
class KnownChat:
    """What is known of a group when a card is to go there: the topic of the card, or why there is none."""

    topic: KnownTopic | None = None
    without: WithoutTopics | None = None


def is_group(chat_id: int) -> bool:
    """Whether this is a group's chat: a private one has the person's id (https://core.telegram.org/bots/api#chat)."""
    return chat_id < 0


def group_card(
    cause_id: UUID, chat_id: int, language: str, request_id: UUID, number: int, placement: Placement
) -> Delivery:
    """A card in a group, drawn when it is sent, from what is true then; it is nobody's."""
    return Delivery(
        id=uuid5(cause_id, f"card:{chat_id}:{request_id}"),
        cause_id=cause_id,
        kind=Kind.CARD,
        lane=f"chat:{chat_id}",
        chat_id=chat_id,
        language=language,
        request_id=request_id,
        content={"placement": placement.value, "message_id": None, "number": number},
    )


def of_event(cause_id: UUID, event: RequestEvent, audience: Audience, now: datetime) -> Sequence[Delivery]:
    """The cards that an event about a request causes in groups.

    What is new there, or open again, appears; where it is already, it is drawn anew. What goes to another part of the
    places is drawn anew as gone.
    """
    moved = isinstance(event, RequestEdited) and event.place is not None
    new = moved or isinstance(event, RequestCreated | RequestReopened)
    appears = new and audience.status in _UNFINISHED and now - event.occurred_at < STALE_AFTER
    return [
        group_card(
            cause_id,
            group.chat_id,
            group.language,
            audience.request_id,
            audience.number,
            Placement.APPEAR if appears and group.inside else Placement.LIVE,
        )
        for group in audience.groups
        if group.inside or moved
    ]


def redrawn(cause_id: UUID, audience: Audience, chat_id: int | None = None) -> Sequence[Delivery]:
    """The live cards in all groups, or in this one, drawn anew."""
    return [
        group_card(cause_id, group.chat_id, group.language, audience.request_id, audience.number, Placement.LIVE)
        for group in audience.groups
        if group.inside and chat_id in (None, group.chat_id)
    ]
