"""A group of commands, committed together: claim, lock, decide one by one in memory, write; a handful of statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from structlog.contextvars import bind_contextvars

from zavhoz_contracts.envelope import Envelope, UnknownMessage, wrap
from zavhoz_contracts.errors import Transient
from zavhoz_contracts.message import Role
from zavhoz_contracts.people.v1.commands import ErasePerson, RegisterPerson, SetLanguage
from zavhoz_contracts.requests.v1.commands import (
    AttachToRequest,
    CommentRequest,
    CreateRequest,
    EditComment,
    EditRequest,
    ReopenRequest,
    RequestCommand,
)
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_messaging import inbox, outbox
from zavhoz_requests.application.messages import SOURCE, person_message, request_message, request_subject
from zavhoz_requests.domain.decide import decide
from zavhoz_requests.domain.decision import Context, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.people import erased, hindrance_to_erase, meet, newcomer, speaking
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.state import (
    Attached,
    Comment,
    Commented,
    CommentEdited,
    Created,
    Joined,
    Left,
    Person,
    Rejected,
    Reopened,
    Request,
    RequestEvent,
)
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.store import Connection, outcomes, people, places, requests, texts, watchers
from zavhoz_requests.store import erasing as erasing_store

Clock = Callable[[Envelope[Any], datetime], datetime]
"""When a command is decided. It is given the command and the time by the database's clock."""


def as_it_comes(_: Envelope[Any], now: datetime) -> datetime:
    """Now."""
    return now


PersonCommand = RegisterPerson | SetLanguage | ErasePerson


class ErasedJustNow(Transient):
    """The sender was erased by a command of the same group: the next one comes from somebody new, in another group."""


class NotFiledYet(Transient):
    """A file before its request, an edit before its comment, a comment before its join: that is still on its way."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How one command ended: refused, or done, which may have `changed` something or not."""

    command: Envelope[Any]
    person: Person
    refusal: Refusal | None
    changed: bool

    @property
    def result(self) -> str:
        """A word for metrics: the reason of a refusal, or `done`."""
        return "done" if self.refusal is None else self.refusal.reason.value


@dataclass
class _Group:
    """The state that a group works on: loaded once, changed in memory, written once."""

    people: dict[int, Person]
    requests: dict[UUID, Request]
    others: dict[UUID, Person]
    attached: dict[UUID, set[UUID]]
    open: dict[UUID, int]
    places: dict[str, Place]
    outside_manager: bool
    managers: set[UUID]
    comments: dict[UUID, Comment]
    decided: set[UUID]
    erased: dict[int, Person] = field(default_factory=dict)
    changed_people: dict[UUID, Person] = field(default_factory=dict)
    changed_requests: dict[UUID, Request] = field(default_factory=dict)
    happened: list[tuple[Envelope[Any], RequestEvent, int]] = field(default_factory=list)
    events: list[outbox.Event] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)

    def knows(self, command_id: UUID) -> bool:
        """Whether this command was decided, in this group or before."""
        return command_id in self.decided or any(one.command.id == command_id for one in self.settled)


class CommandHandler:
    """Decides commands. `first_managers` are the Telegram ids listed in ADMIN_USER_ID.

    `clock` says when; one that makes up a history may say that it was then.
    """

    def __init__(self, first_managers: frozenset[int], clock: Clock = as_it_comes, terms: Terms | None = None) -> None:
        self._first_managers = first_managers
        self._clock = clock
        self._terms = terms or Terms()

    async def handle(self, connection: Connection, commands: Sequence[Envelope[Any]]) -> list[Settled]:
        """Decide a group in the transaction of `connection`; what was decided before has no effect again.

        Returns how those ended that were decided now.

        Raises:
            UnknownMessage: one of them is no command for this service.
            NotFiledYet: one of them attaches to a request, or edits a comment, that is not there.
        """
        for command in commands:
            if not isinstance(command.data, RequestCommand | PersonCommand):
                raise UnknownMessage(f"{command.type} is no command for the requests service")
        claimed = await inbox.claim(connection, [(command.id, command.type) for command in commands])
        fresh = [command for command in {one.id: one for one in commands}.values() if command.id in claimed]
        if not fresh:
            return []
        now = max(claimed.values())
        group = await self._load(connection, fresh, now)
        if len(fresh) == 1:  # what fails is handled alone: then the log says whom it is about
            bind_contextvars(person_id=str(group.people[fresh[0].data.actor.telegram_id].id))
        for command in fresh:
            self._settle(group, command, self._clock(command, now))
        await self._write(connection, group)
        return group.settled

    async def _load(self, connection: Connection, commands: Sequence[Envelope[Any]], now: datetime) -> _Group:
        firsts = {command.data.actor.telegram_id: command for command in reversed(commands)}

        def new(telegram_id: int) -> Person:
            command = firsts[telegram_id]
            return newcomer(uuid4(), command.data.actor, self._clock(command, now))

        known = await people.lock(connection, firsts.keys(), new)
        ids = {command.data.request_id for command in commands if isinstance(command.data, RequestCommand)}
        locked = await requests.lock(connection, ids) if ids else {}
        named = {id for request in locked.values() for id in (request.assignee_id, request.closed_by)}
        growing = {
            command.data.request_id
            for command in commands
            if isinstance(command.data, CommentRequest | AttachToRequest | ReopenRequest) and command.data.attachments
        }
        attached = await requests.attached(connection, growing) if growing else {}
        filing = {known[one.data.actor.telegram_id].id for one in commands if isinstance(one.data, CreateRequest)}
        unfinished = await requests.unfinished(connection, filing, self._terms.open_limit) if filing else {}
        codes = {
            command.data.place_code
            for command in commands
            if isinstance(command.data, CreateRequest | EditRequest) and command.data.place_code is not None
        }
        named_places = await places.by_codes(connection, codes) if codes else {}
        others = await people.many(connection, named)
        listed = self._first_managers
        could_rise = any(id in listed and person.role is not Role.MANAGER for id, person in known.items())
        outside = could_rise and await people.outside_manager_exists(connection, listed)
        erasing = any(isinstance(command.data, ErasePerson) for command in commands)
        managers = await erasing_store.managers(connection) if erasing else set()
        edited = {command.data.comment_id for command in commands if isinstance(command.data, EditComment)}
        comments = await texts.by_commands(connection, edited) if edited else {}
        awaited = {one.data.follows for one in commands if isinstance(one.data, CommentRequest) and one.data.follows}
        decided = await outcomes.decided(connection, awaited) if awaited else set()
        return _Group(known, locked, others, attached, unfinished, named_places, outside, managers, comments, decided)

    def _settle(self, group: _Group, command: Envelope[Any], now: datetime) -> None:
        if command.data.actor.telegram_id in group.erased:
            raise ErasedJustNow(f"the sender of {command.id} was erased just now")
        before = group.people[command.data.actor.telegram_id]
        person = self._meet(group, command, now)
        data = command.data
        if isinstance(data, PersonCommand):
            refusal = self._about_sender(group, command, person, now)
            settled = group.people[person.telegram_id]
            group.settled.append(
                Settled(command, settled, refusal, changed=settled != before or settled.telegram_id in group.erased)
            )
            return
        request = group.requests.get(data.request_id)
        context = self._context(group, data, person, now)
        decision = decide(data, request, context)
        if isinstance(decision, Refusal):
            group.settled.append(Settled(command, person, decision, changed=False))
            return
        for event in decision:
            request = evolve(request, event)
            _note(group, command, event)
            group.happened.append((command, event, request.version))
        if decision and request is not None:
            group.requests[request.id] = group.changed_requests[request.id] = request
        group.settled.append(Settled(command, person, None, changed=bool(decision)))

    def _context(self, group: _Group, data: RequestCommand, person: Person, now: datetime) -> Context:
        """What a command about a request is decided by.

        Raises:
            NotFiledYet: what it belongs to is not there.
        """
        if isinstance(data, AttachToRequest) and data.request_id not in group.requests:
            raise NotFiledYet(f"request {data.request_id} is not filed yet")
        if isinstance(data, CommentRequest) and data.follows is not None and not group.knows(data.follows):
            raise NotFiledYet(f"{data.follows} is not decided yet")
        comment = group.comments.get(data.comment_id) if isinstance(data, EditComment) else None
        if isinstance(data, EditComment) and comment is None:
            raise NotFiledYet(f"comment {data.comment_id} is not said yet")
        attached = group.attached.setdefault(data.request_id, set())
        unfinished = group.open.get(person.id, 0)
        return Context(person, now, uuid4(), attached, unfinished, group.places, self._terms, comment)

    def _about_sender(self, group: _Group, command: Envelope[Any], person: Person, now: datetime) -> Refusal | None:
        """What somebody does to what is known of them."""
        data = command.data
        if not person.active:
            return Refusal(RefusalReason.DEACTIVATED)
        if isinstance(data, SetLanguage) and (data.language != person.language or not person.language_chosen):
            changed = speaking(person, data.language)
            group.people[person.telegram_id] = group.changed_people[person.id] = changed
        if isinstance(data, ErasePerson):
            others = bool(group.managers - {person.id})
            why = hindrance_to_erase(person, data.person_id, data.asked_at, now, other_manager=others)
            if why is not None:
                return Refusal(why)
            nobody, event = erased(person, now)
            group.erased[person.telegram_id] = nobody
            group.managers.discard(person.id)
            message = person_message(event)
            group.events.append(_event("person", person.id, nobody.version, message, command, person.id, now))
        return None

    def _meet(self, group: _Group, command: Envelope[Any], now: datetime) -> Person:
        """The sender as the database should know them from now on. A deactivated person changes nothing."""
        actor = command.data.actor
        person = group.people[actor.telegram_id]
        if not person.active:
            return person
        may_rise = actor.telegram_id in self._first_managers and not group.outside_manager
        met, events = meet(person, actor, now, may_become_manager=may_rise)
        if met != person:
            group.people[actor.telegram_id] = group.changed_people[met.id] = met
        group.others[met.id] = met
        for version, event in enumerate(events, start=person.version + 1):
            group.events.append(_event("person", met.id, version, person_message(event), command, met.id, event.at))
        return met

    async def _write(self, connection: Connection, group: _Group) -> None:
        await people.update(connection, sorted(group.changed_people.values(), key=lambda person: person.id))
        new = [request for request in group.changed_requests.values() if request.number == 0]
        if new:
            for request, number in zip(new, await requests.next_numbers(connection, len(new)), strict=True):
                numbered = replace(request, number=number)
                group.requests[request.id] = group.changed_requests[request.id] = numbered
        changed = sorted(group.changed_requests.values(), key=lambda request: request.id)
        await requests.write(connection, changed)
        await requests.attach(
            connection,
            [(event, version) for _, event, version in group.happened if isinstance(event, Attached)],
        )
        await watchers.write(connection, [event for _, event, _ in group.happened if isinstance(event, Joined | Left)])
        typed = (_words(command, event, version) for command, event, version in group.happened)
        await texts.write(connection, [words for words in typed if words is not None])
        await texts.edit(connection, [event for _, event, _ in group.happened if isinstance(event, CommentEdited)])
        for command, event, version in group.happened:
            number = group.requests[event.request_id].number
            message = request_message(event, number)
            group.events.append(_event("request", event.request_id, version, message, command, event.by, event.at))
        await outcomes.write(connection, {done.command.id: _outcome(done, group) for done in group.settled})
        if group.events:
            await outbox.append(connection, group.events)  # which wakes the relay too
        else:
            await outbox.wake_relay(connection)
        await erasing_store.erase(connection, list(group.erased.values()))  # the last: whatever they did just now, too


def _note(group: _Group, command: Envelope[Any], event: RequestEvent) -> None:
    """Let the commands of the group that follow see what has happened beside the request itself."""
    match event:
        case Attached():
            group.attached[event.request_id].add(event.attachment.attachment_id)
        case Created():
            group.open[event.by] = group.open.get(event.by, 0) + 1
        case Commented():
            group.comments[command.id] = Comment(
                event.text_id, event.request_id, event.by, event.at, event.words, event.attachments
            )
        case CommentEdited():
            id = command.data.comment_id
            group.comments[id] = replace(group.comments[id], words=event.words)


def _words(command: Envelope[Any], event: RequestEvent, version: int) -> texts.Words | None:
    """What was typed, to be kept apart from the event."""
    match event:
        case Rejected():
            kind, body, files = texts.REJECTION, event.reason, 0
        case Reopened():
            kind, body, files = texts.REOPENING, event.reason, event.attachments
        case Commented():
            kind, body, files = texts.COMMENT, event.words, event.attachments
        case _:
            return None
    said_by = command.id if isinstance(event, Commented) else None
    return texts.Words(event.text_id, event.request_id, event.by, kind, body, event.at, version, files, said_by)


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


def _outcome(done: Settled, group: _Group) -> Envelope[Any]:
    data = done.command.data
    request_id = data.request_id if isinstance(data, RequestCommand) else None
    request = group.requests.get(request_id) if request_id is not None else None
    common: dict[str, Any] = {
        "command_id": done.command.id,
        "command_type": done.command.type,
        "person_id": done.person.id,
        "origin": data.origin,
        "language": done.person.language,
        "request_id": request_id,
        "number": request.number if request else None,
        "version": request.version if request else None,
    }
    subject = request_subject(request_id) if request_id else f"person/{done.person.id}"
    if done.refusal is None:
        return wrap(CommandDone(**common, changed=done.changed), source=SOURCE, subject=subject, cause=done.command)
    first = group.others.get(done.refusal.who) if done.refusal.who else None
    refused = CommandRefused(
        **common,
        reason=done.refusal.reason,
        who=first.name if first else None,
        limit=done.refusal.limit,
        length=done.refusal.size,
    )
    return wrap(refused, source=SOURCE, subject=subject, cause=done.command)
