"""Who hears what of an event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from zavhoz_contracts.api.v1 import Audience, AudienceMember, Relation
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.events import (
    RequestAbsorbed,
    RequestAlarm,
    RequestAssigned,
    RequestBreached,
    RequestCancelled,
    RequestCommented,
    RequestCommentEdited,
    RequestCompleted,
    RequestConfirmed,
    RequestCreated,
    RequestEdited,
    RequestEscalated,
    RequestEvent,
    RequestHeld,
    RequestJoined,
    RequestLeft,
    RequestMerged,
    RequestNoted,
    RequestReopened,
    RequestRescheduled,
    RequestResumed,
)
from zavhoz_notifier.domain.delivery import Delivery, Placement, Told, card, notice

STALE_AFTER: Final = timedelta(days=1)
"""An older event, come late, redraws cards but disturbs nobody."""

_ITS_PEOPLE: Final = (Relation.REQUESTER, Relation.WATCHER)
"""Whose trouble it is."""
_SILENT: Final = (
    *(RequestCreated, RequestConfirmed, RequestCancelled, RequestEdited, RequestCommentEdited),
    *(RequestJoined, RequestLeft, RequestAbsorbed, RequestRescheduled),
)
"""What only shows on cards: nobody has to do anything."""
Notice = tuple[str, list[list[list[str]]]]
"""The text of a notice, and its buttons."""


def told_of(
    event: RequestEvent, audience: Audience, now: datetime, with_card: AbstractSet[int] = frozenset()
) -> tuple[AudienceMember, ...]:
    """Who gets a notice of an event: the requester, and who has joined; the assignee too of what they are to know.

    While nobody works on the request, a comment, and that it is not fixed, is told to those of the staff who have its
    card, in the chats `with_card`, and to who has worked on it. A note is told to the assignee and to those who have
    its card, as far as they may read notes, and to nobody else; that time runs out to those of the staff who are to do
    something about it. The actor is not told of what they did, nobody of what
    is old or only redraws cards, and who cannot be reached is left out.
    """
    if isinstance(event, _SILENT) or now - event.occurred_at >= STALE_AFTER:
        return ()
    return tuple(
        member
        for member in audience.members
        if member.reachable
        and member.person_id != event.actor_id
        and _concerned(event, member, audience, has_card=member.chat_id in with_card)
    )


def _concerned(event: RequestEvent, member: AudienceMember, audience: Audience, *, has_card: bool) -> bool:
    theirs = member.relation in _ITS_PEOPLE
    works = member.person_id == audience.assignee_id
    match event:
        case RequestNoted():
            return member.reads_notes and (works or has_card)
        case RequestAssigned():
            return theirs or member.person_id in (event.assignee_id, event.former_assignee_id)
        case RequestHeld() | RequestResumed() | RequestMerged():
            return theirs or works
        case RequestAlarm():
            return _alarmed(event, member, audience)
        case RequestCommented() | RequestReopened() if not theirs:
            worked = isinstance(event, RequestReopened) and member.person_id == event.assignee_id
            someone_works = any(one.person_id == audience.assignee_id for one in audience.members)
            return works or worked or (has_card and not someone_works)
        case _:
            return theirs


def _alarmed(event: RequestAlarm, member: AudienceMember, audience: Audience) -> bool:
    """Who is to do something about time that runs out: whose work it is, then managers, those nearest to it first.

    What nobody works on is a matter of the technicians, or, without any, of the managers. A manager who is limited to
    parts of the places is nearer than one who is not; of an escalation all of them hear.
    """
    staff = [one for one in audience.members if one.reads_notes and one.role is not Role.REQUESTER]
    managers = [one for one in staff if one.role is Role.MANAGER]
    if isinstance(event, RequestEscalated):
        return member in managers
    works = [one for one in staff if one.person_id == audience.assignee_id]
    if isinstance(event, RequestBreached):
        return member in works or member in ([one for one in managers if one.limited] or managers)
    technicians = [one for one in staff if one.role is Role.TECHNICIAN]
    return member in (works or technicians or managers)


def deliveries_of(
    cause_id: UUID,
    event: RequestEvent,
    audience: Audience,
    now: datetime,
    notices: Mapping[UUID, Notice],
    *,
    high: bool = False,
) -> Sequence[Delivery]:
    """What an event about a request causes: cards for the staff, redrawn cards, and `notices` by person.

    The actor is not told of what they did. Those who cannot be reached are left out until they are back. `high`: the
    request's priority is.
    """
    if isinstance(event, RequestCreated):
        if now - event.occurred_at >= STALE_AFTER:
            return []
        return [
            _card(
                cause_id,
                event.request_id,
                member,
                Placement.APPEAR,
                _told(event, member, high=event.priority is Priority.HIGH),
            )
            for member in audience.members
            if member.reachable and member.person_id != event.actor_id and member.relation is not Relation.REQUESTER
        ]
    planned: list[Delivery] = []
    for member in audience.members:
        if not member.reachable:
            continue
        planned.append(_card(cause_id, event.request_id, member, Placement.LIVE))
        if member.person_id in notices:
            written, rows = notices[member.person_id]
            planned.append(
                notice(
                    cause_id,
                    member.chat_id,
                    member.language,
                    written,
                    person_id=member.person_id,
                    request_id=event.request_id,
                    rows=rows,
                    told=_told(event, member, high=high),
                )
            )
    return planned


def _told(event: RequestEvent, member: AudienceMember, *, high: bool) -> Told:
    """Whose request is done is asked whether it is, and who is to do it told so, muted or not."""
    asked = isinstance(event, RequestCompleted) and member.relation is Relation.REQUESTER
    insist = asked or (isinstance(event, RequestAssigned) and member.person_id == event.assignee_id)
    return Told(event.TYPE.split(".")[-2], high=high, insist=insist)


def redrawn(cause_id: UUID, audience: Audience) -> Sequence[Delivery]:
    """The live cards of everyone who can be reached, drawn anew, silently."""
    return [
        _card(cause_id, audience.request_id, member, Placement.LIVE) for member in audience.members if member.reachable
    ]


def _card(
    cause_id: UUID, request_id: UUID, member: AudienceMember, placement: Placement, told: Told | None = None
) -> Delivery:
    return card(cause_id, member.chat_id, member.language, member.person_id, request_id, placement, told=told)
