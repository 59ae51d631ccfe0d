"""What a group of commands changed, written by a handful of statements: state, typed words, events, outcomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from zavhoz_contracts.categories.v1.commands import ChangeCategory
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.people.v1.commands import PersonCommand
from zavhoz_contracts.requests.v1.commands import RequestCommand
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_messaging import outbox
from zavhoz_requests.application import groups
from zavhoz_requests.application.group import Group, Settled
from zavhoz_requests.application.messages import (
    ORGANISATION_ID,
    SOURCE,
    category_message,
    person_message,
    reply_message,
    request_message,
    request_subject,
    setting_message,
)
from zavhoz_requests.domain.categories import CategoryChange
from zavhoz_requests.domain.people import PersonEvent
from zavhoz_requests.domain.state import (
    Absorbed,
    Attached,
    Commented,
    CommentEdited,
    Completed,
    Created,
    Edited,
    Held,
    Joined,
    Left,
    Noted,
    Rejected,
    Reopened,
    RequestEvent,
)
from zavhoz_requests.store import (
    Connection,
    categories,
    outcomes,
    people,
    places,
    replies,
    requests,
    texts,
    watchers,
    words,
)
from zavhoz_requests.store import erasing as erasing_store
from zavhoz_requests.store import organisation as settings

_ORGANISATION: Final = "organisation"


async def write(connection: Connection, group: Group) -> None:
    """Write all of it, in the order in which rows are locked everywhere."""
    await people.update(connection, sorted(group.changed_people.values(), key=lambda person: person.id))
    await categories.write(connection, list(group.changed_categories.values()))
    await places.write(connection, list(group.changed_places.values()))
    await groups.write(connection, group)
    new = [request for request in group.changed_requests.values() if request.number == 0]
    if new:
        for request, number in zip(new, await requests.next_numbers(connection, len(new)), strict=True):
            numbered = replace(request, number=number)
            group.requests[request.id] = group.changed_requests[request.id] = numbered
    changed = sorted(group.changed_requests.values(), key=lambda request: request.id)
    await requests.write(connection, changed)
    happened = [event for _, event, _ in group.happened]
    attached = [(event, version) for _, event, version in group.happened if isinstance(event, Attached)]
    await requests.attach(connection, attached)
    await watchers.write(connection, [event for event in happened if isinstance(event, Joined | Left | Absorbed)])
    typed = (_words(command, event, version) for command, event, version in group.happened)
    await texts.write(connection, [one for one in typed if one is not None])
    await texts.edit(connection, [event for event in happened if isinstance(event, CommentEdited)])
    told = {event.request_id for event in happened if isinstance(event, Created | Edited)}
    said = (group.requests[id] for id in told)
    await words.write(connection, (part for one in said for part in (one.title, one.description, one.place)))
    for command, event, version in group.happened:
        number = group.requests[event.request_id].number
        message = request_message(event, number)
        group.events.append(_event("request", event.request_id, version, message, command, event.by, event.at))
    await _write_choices(connection, group)
    await outcomes.write(connection, {done.command.id: _outcome(done, group) for done in group.settled})
    if group.events:
        await outbox.append(connection, group.events)  # which wakes the relay too
    else:
        await outbox.wake_relay(connection)
    await erasing_store.erase(connection, list(group.erased.values()))  # the last: whatever they did just now, too


async def _write_choices(connection: Connection, group: Group) -> None:
    """What was chosen for everybody, and that it was: these aggregates are versioned by their events."""
    chosen = group.changed_settings
    if chosen:
        await settings.write(connection, [(one.setting.value, one.value, one.at, one.by) for one, _ in chosen])
        version = await outbox.last_version(connection, _ORGANISATION, ORGANISATION_ID)
        for number, (one, command) in enumerate(chosen, start=version + 1):
            message = setting_message(one)
            group.events.append(_event(_ORGANISATION, ORGANISATION_ID, number, message, command, one.by, one.at))
    await replies.write(connection, [one for one, _ in group.changed_replies])
    versions: dict[UUID, int] = {}
    for reply, command in group.changed_replies:
        id = reply.reply_id
        if id not in versions:
            versions[id] = await outbox.last_version(connection, "reply", id)
        versions[id] += 1
        group.events.append(_event("reply", id, versions[id], reply_message(reply), command, reply.by, reply.at))


def person_event(event: PersonEvent, version: int, command: Envelope[Any], actor_id: UUID) -> outbox.Event:
    """What happened to somebody, as it is kept and published; `version` is theirs afterwards."""
    return _event("person", event.person_id, version, person_message(event), command, actor_id, event.at)


def category_event(event: CategoryChange, version: int, command: Envelope[Any]) -> outbox.Event:
    """What happened to a category, as it is kept and published; `version` is its own afterwards."""
    return _event("category", event.category_id, version, category_message(event), command, event.by, event.at)


def _words(command: Envelope[Any], event: RequestEvent, version: int) -> texts.Words | None:
    """What was typed, to be kept apart from the event."""
    files = 0
    match event:
        case Rejected():
            kind, body = texts.REJECTION, event.reason
        case Held():
            kind, body = texts.HOLD, event.reason
        case Noted():
            kind, body = texts.NOTE, event.words
        case Completed() if event.text_id is not None:
            kind, body, files = texts.COMPLETION, event.note, event.attachments
        case Reopened():
            kind, body, files = texts.REOPENING, event.reason, event.attachments
        case Commented():
            kind, body, files = texts.COMMENT, event.words, event.attachments
        case _:
            return None
    said_by = command.id if isinstance(event, Commented) else None
    text_id = event.text_id or uuid4()
    return texts.Words(text_id, event.request_id, event.by, kind, body, event.at, version, files, said_by)


def _event(
    kind: str, id: UUID, version: int, data: Any, command: Envelope[Any], actor_id: UUID | None, at: datetime
) -> outbox.Event:
    return outbox.Event(
        event_id=uuid4(),
        aggregate_type=kind,
        aggregate_id=id,
        version=version,
        data=data,
        occurred_at=at,
        correlation_id=command.correlationid,
        causation_id=command.id,
        actor_id=actor_id,
        command_id=command.id,
        traceparent=command.traceparent,
    )


def _about(data: Any) -> UUID | None:
    if isinstance(data, ChangeCategory):
        return data.category_id
    return data.person_id if isinstance(data, PersonCommand) else None


def _outcome(done: Settled, group: Group) -> Envelope[Any]:
    data = done.command.data
    request_id = data.request_id if isinstance(data, RequestCommand) else None
    request = group.requests.get(request_id) if request_id is not None else None
    common: dict[str, Any] = {
        "command_id": done.command.id,
        "command_type": done.command.type,
        "person_id": done.person.id,
        "about_id": _about(data),
        "place_code": done.place_code,
        "origin": data.origin,
        "language": done.person.language,
        "request_id": request_id,
        "number": request.number if request else None,
        "version": request.version if request else None,
    }
    subject = request_subject(request_id) if request_id else f"person/{done.person.id}"
    if done.refusal is None:
        report = None if done.tally is None else done.tally.report(group.others)
        told = CommandDone(**common, changed=done.changed, report=report)
        return wrap(told, source=SOURCE, subject=subject, cause=done.command)
    first = group.others.get(done.refusal.who) if done.refusal.who else None
    refused = CommandRefused(
        **common,
        reason=done.refusal.reason,
        who=first.name if first else None,
        limit=done.refusal.limit,
        length=done.refusal.size,
        problem=done.refusal.problem,
        piece=done.refusal.piece,
    )
    return wrap(refused, source=SOURCE, subject=subject, cause=done.command)
