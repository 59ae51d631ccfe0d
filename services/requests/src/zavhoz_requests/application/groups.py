"""Staff groups: binding them, what Telegram says of them, and how they are told of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, assert_never
from uuid import UUID, uuid4

from zavhoz_chassis import clock
from zavhoz_contracts.api import groups as v1
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.groups.v1.commands import BindGroup, GroupCommand
from zavhoz_contracts.groups.v1.facts import GroupBound, GroupLeft, GroupMigrated, GroupUnbound
from zavhoz_contracts.message import Message
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_messaging import outbox
from zavhoz_requests.application.group import Group
from zavhoz_requests.application.placing import place_view
from zavhoz_requests.application.reading import Denied
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.groups import (
    Binding,
    Bound,
    GroupEvent,
    StaffGroup,
    Unbound,
    bind,
    migrated,
    removed,
    superseded,
    unbind,
)
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, groups, people, places

GROUP = "group"


def decide(group: Group, command: Envelope[Any], person: Person, now: datetime) -> Refusal | bool:
    """What somebody does about a staff group: why not, or whether anything changed."""
    if not person.active:
        return Refusal(RefusalReason.DEACTIVATED)
    data: GroupCommand = command.data
    known, asked_at = group.staff_groups.get(data.chat_id), data.actor.seen_at
    of = Binding(person, now, asked_at, known, group.places, uuid4())
    happened = bind(data, of) if isinstance(data, BindGroup) else unbind(of)
    if happened is None:
        return False
    if isinstance(happened, Refusal):
        return happened
    if isinstance(happened, Unbound):
        del group.staff_groups[data.chat_id]
    else:
        group.staff_groups[data.chat_id] = happened.group
    group.bindings.append((happened, command))
    return True


async def write(connection: Connection, group: Group) -> None:
    """Write what `decide` has changed, and note it to be told."""
    if group.bindings:
        await _write(connection, [event for event, _ in group.bindings])
        group.events += [_told(event, command) for event, command in group.bindings]


async def note(connection: Connection, said: Sequence[Envelope[Any]]) -> None:
    """Write down what Telegram said of groups, and tell of it; of a group that is not bound there is nothing to say."""
    if not said:
        return
    await groups.lock(connection)
    known, now = await groups.every(connection), await clock.now(connection)
    told: list[outbox.Event] = []
    for one in said:
        for event in await _said(connection, one.data, list(known.values()), now):
            await _write(connection, [event])
            told.append(_told(event, one))
            known = await groups.every(connection)
    await outbox.append(connection, told)


async def _said(
    connection: Connection, data: GroupMigrated | GroupLeft, known: Sequence[StaffGroup], now: datetime
) -> list[GroupEvent]:
    group = next((one for one in known if one.chat_id == data.chat_id), None)
    if group is None:
        return []
    if isinstance(data, GroupMigrated):
        # Somebody may have bound the new chat before this was heard: then it stays as it was bound.
        if any(one.chat_id == data.new_chat_id for one in known):
            return [superseded(group, now)]
        return [migrated(group, data.new_chat_id, now)]
    by = None if data.by is None else await people.by_telegram_id(connection, data.by)
    gone = removed(group, by.id if by else None, data.occurred_at, now)
    return [] if gone is None else [gone]


async def _write(connection: Connection, happened: Sequence[GroupEvent]) -> None:
    for event in happened:  # in order: a group may be bound and let go by commands that came together
        if isinstance(event, Bound):
            await groups.write(connection, [event.group])
        else:
            await groups.remove(connection, [event.group.id])


def _told(event: GroupEvent, cause: Envelope[Any]) -> outbox.Event:
    group = event.group
    return outbox.Event(
        event_id=uuid4(),
        aggregate_type=GROUP,
        aggregate_id=group.id,
        version=group.version,
        data=_message(event),
        occurred_at=event.at,
        correlation_id=cause.correlationid,
        causation_id=cause.id,
        actor_id=event.by,
        command_id=cause.id,
        traceparent=cause.traceparent,
    )


def _message(event: GroupEvent) -> Message:
    group = event.group
    common: dict[str, Any] = {
        "group_id": group.id,
        "chat_id": group.chat_id,
        "language": group.language,
        "actor_id": event.by,
        "occurred_at": event.at,
    }
    match event:
        case Bound():
            return GroupBound(**common, by=group.by, area=group.area, former_chat_id=event.former_chat_id)
        case Unbound():
            return GroupUnbound(**common, title=group.title, reason=event.reason)
        case _:
            assert_never(event)


async def one(connection: Connection, chat_id: int) -> v1.StaffGroup:
    """How requests appear in a group.

    Raises:
        Denied: `not_found`.
    """
    group = (await groups.every(connection)).get(chat_id)
    if group is None:
        raise Denied("not_found")
    area = await places.shown(connection, [group.area]) if group.area else ()
    return v1.StaffGroup(
        chat_id=group.chat_id,
        by=group.by,
        area=place_view(area[0]) if area else None,
        title=group.title,
        forum=group.forum,
        language=group.language,
    )


async def keepers(connection: Connection) -> v1.Keepers:
    """Who may bind groups."""
    return v1.Keepers(
        tuple(
            v1.Keeper(
                person_id=person.id, chat_id=person.telegram_id, language=person.language, reachable=person.reachable
            )
            for person in await people.staff(connection)
            if has(person, Right.MANAGE_GROUPS)
        )
    )


def bound(group: Group, chat_id: int, request_id: UUID) -> bool:
    """Whether a request appears in the group that a command came from."""
    request, staff_group = group.requests.get(request_id), group.staff_groups.get(chat_id)
    return request is None or (staff_group is not None and staff_group.shows(request))
