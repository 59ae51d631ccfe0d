"""Who hears what of an event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.v1 import Audience, AudienceMember, Relation
from zavhoz_contracts.requests.v1.events import RequestCreated, RequestEvent
from zavhoz_notifier.domain.delivery import Delivery, Placement, card, notice

STALE_AFTER: Final = timedelta(days=1)
"""An older event, come late, redraws cards but disturbs nobody."""

NoticeText = Callable[[AudienceMember], tuple[str, list[list[list[str]]]]]
"""The text of a notice, and its buttons, for one member of the audience."""


def deliveries_of(
    cause_id: UUID, event: RequestEvent, audience: Audience, now: datetime, text: NoticeText
) -> Sequence[Delivery]:
    """What an event about a request causes: cards for the staff, a notice for the requester, redrawn cards.

    The actor is not told of what they did. Those who cannot be reached are left out until they are back.
    """
    planned: list[Delivery] = []
    fresh = now - event.occurred_at < STALE_AFTER
    for member in audience.members:
        if not member.reachable:
            continue
        is_actor = member.person_id == event.actor_id
        if isinstance(event, RequestCreated):
            if fresh and not is_actor and member.relation is not Relation.REQUESTER:
                planned.append(_card(cause_id, event, member, Placement.APPEAR))
            continue
        planned.append(_card(cause_id, event, member, Placement.LIVE))
        if fresh and not is_actor and member.relation is Relation.REQUESTER:
            written, rows = text(member)
            planned.append(
                notice(
                    cause_id,
                    member.chat_id,
                    member.language,
                    written,
                    person_id=member.person_id,
                    request_id=event.request_id,
                    rows=rows,
                )
            )
    return planned


def redrawn(cause_id: UUID, request_id: UUID, audience: Audience) -> Sequence[Delivery]:
    """The live cards of everyone who can be reached, drawn anew, silently."""
    return [
        card(cause_id, member.chat_id, member.language, member.person_id, request_id, Placement.LIVE)
        for member in audience.members
        if member.reachable
    ]


def _card(cause_id: UUID, event: RequestEvent, member: AudienceMember, placement: Placement) -> Delivery:
    return card(cause_id, member.chat_id, member.language, member.person_id, event.request_id, placement)
