"""A group of commands, committed together: claim, lock, decide one by one in memory, write; a handful of statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from structlog.contextvars import bind_contextvars

from zavhoz_contracts.categories.v1.commands import ChangeCategory
from zavhoz_contracts.envelope import Envelope, UnknownMessage
from zavhoz_contracts.errors import Transient
from zavhoz_contracts.groups.v1.commands import GroupCommand
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.people.v1.commands import ErasePerson, PersonCommand, RegisterPerson, SetLanguage
from zavhoz_contracts.places.v1.commands import PlacesCommand
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.bulk import ChangeRequests
from zavhoz_contracts.requests.v1.commands import (
    AssignRequest,
    AttachToRequest,
    CommentRequest,
    CreateRequest,
    EditComment,
    MergeRequest,
    RequestCommand,
)
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_messaging import inbox
from zavhoz_requests.application import groups, managing
from zavhoz_requests.application.group import Group, Settled, load
from zavhoz_requests.application.many import Tally, each
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.application.writing import write
from zavhoz_requests.domain.decide import decide
from zavhoz_requests.domain.decision import Context, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.people import meet
from zavhoz_requests.domain.permissions import Right, has, may_see
from zavhoz_requests.domain.state import Attached, Comment, Commented, CommentEdited, Created, Person, RequestEvent
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.store import Connection

Clock = Callable[[Envelope[Any], datetime], datetime]
"""When a command is decided. It is given the command and the time by the database's clock."""


def as_it_comes(_: Envelope[Any], now: datetime) -> datetime:
    """Now."""
    return now


_DECIDED: Final = (
    *(RequestCommand, ChangeRequests, PersonCommand, RegisterPerson, SetLanguage, ErasePerson),
    *(ChangeCategory, ChangeReply, SetSetting, GroupCommand, PlacesCommand),
)
"""The commands there are."""


class ErasedJustNow(Transient):
    """The sender was erased by a command of the same group: the next one comes from somebody new, in another group."""


class NotFiledYet(Transient):
    """A file before its request, an edit before its comment, a comment before its join: that is still on its way."""


class CommandHandler:
    """Decides commands. `first_managers` are the Telegram ids listed in ADMIN_USER_ID.

    `clock` says when; one that makes up a history may say that it was then.
    """

    def __init__(
        self, first_managers: frozenset[int], clock: Clock = as_it_comes, organisation: Organisation | None = None
    ) -> None:
        self._first_managers = first_managers
        self._clock = clock
        self._organisation = organisation or Organisation(Terms())

    async def handle(self, connection: Connection, commands: Sequence[Envelope[Any]]) -> list[Settled]:
        """Decide a group in the transaction of `connection`; what was decided before has no effect again.

        Returns how those ended that were decided now.

        Raises:
            UnknownMessage: one of them is no command for this service.
            NotFiledYet: one of them attaches to a request, or edits a comment, that is not there.
        """
        for command in commands:
            if not isinstance(command.data, _DECIDED):
                raise UnknownMessage(f"{command.type} is no command for the requests service")
        claimed = await inbox.claim(connection, [(command.id, command.type) for command in commands])
        fresh = [command for command in {one.id: one for one in commands}.values() if command.id in claimed]
        if not fresh:
            return []
        now = max(claimed.values())
        at = {command.id: self._clock(command, now) for command in fresh}
        group = await load(connection, fresh, lambda command: at[command.id], self._first_managers, self._organisation)
        if len(fresh) == 1:  # what fails is handled alone: then the log says whom it is about
            bind_contextvars(person_id=str(group.people[fresh[0].data.actor.telegram_id].id))
        for command in fresh:
            self._settle(group, command, at[command.id])
        await write(connection, group)
        return group.settled

    def _settle(self, group: Group, command: Envelope[Any], now: datetime) -> None:
        if command.data.actor.telegram_id in group.erased:
            raise ErasedJustNow(f"the sender of {command.id} was erased just now")
        before = group.people[command.data.actor.telegram_id]
        person = self._meet(group, command, now)
        match command.data:
            case RequestCommand():
                settled = self._about_request(group, command, person, now)
            case ChangeRequests():
                settled = self._about_many(group, command, person, now)
            case PersonCommand():
                settled = managing.about_person(group, command, person, now, self._first_managers)
            case ChangeCategory():
                settled = managing.about_category(group, command, person, now)
            case ChangeReply():
                settled = managing.about_reply(group, command, person, now)
            case PlacesCommand():
                settled = managing.about_places(group, command, person, now)
            case SetSetting():
                settled = managing.about_settings(group, command, person, now, self._organisation)
            case GroupCommand():
                came = groups.decide(group, command, person, now)
                refusal = came if isinstance(came, Refusal) else None
                settled = Settled(command, person, refusal, changed=came is True)
            case _:
                refusal = managing.about_sender(group, command, person, now)
                after = group.people[person.telegram_id]
                changed = after != before or after.telegram_id in group.erased
                settled = Settled(command, after, refusal, changed=changed)
        group.settled.append(settled)

    def _about_request(self, group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
        """What somebody does to a request, and by that perhaps to another one."""
        data = command.data
        if data.origin.chat_id < 0 and person.active and not groups.bound(group, data.origin.chat_id, data.request_id):
            return Settled(command, person, Refusal(RefusalReason.GROUP_UNBOUND), changed=False)
        decided = self._decide(group, command, data, person, now)
        if isinstance(decided, Refusal):
            return Settled(command, person, decided, changed=False)
        return Settled(command, person, None, changed=decided)

    def _about_many(self, group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
        """What a manager does to many requests, one after the other."""
        refusal = None if person.active else Refusal(RefusalReason.DEACTIVATED)
        if refusal is None and not has(person, Right.CHANGE_MANY):
            refusal = Refusal(RefusalReason.NOT_ALLOWED)
        if refusal is not None:
            return Settled(command, person, refusal, changed=False)
        given = command.data.assignee_id
        tally = Tally(command.data, None if given is None else group.person(given))
        for single in each(command.data):
            decided = self._decide(group, command, single, person, now)
            request = group.requests.get(single.request_id)
            if isinstance(decided, Refusal):
                seen = request is not None and may_see(request, person)
                tally.refused.append((request if seen else None, decided))
            elif decided:
                tally.changed += 1
            else:
                tally.unchanged += 1
        return Settled(command, person, None, changed=tally.changed > 0, tally=tally)

    def _decide(
        self, group: Group, command: Envelope[Any], data: RequestCommand, person: Person, now: datetime
    ) -> Refusal | bool:
        """Decide what is said about a request, by a command that may say more, and note what happened; whether any."""
        context = self._context(group, data, person, now)
        decision = decide(data, group.requests.get(data.request_id), context)
        if isinstance(decision, Refusal):
            return decision
        for event in decision:
            request = evolve(group.requests.get(event.request_id), event)
            group.requests[request.id] = group.changed_requests[request.id] = request
            _note(group, command, event)
            group.happened.append((command, event, request.version))
        return bool(decision)

    def _context(self, group: Group, data: RequestCommand, person: Person, now: datetime) -> Context:
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
        context = Context(
            person,
            now,
            uuid4(),
            group.attached.setdefault(data.request_id, set()),
            group.open.get(person.id, 0),
            group.places,
            group.terms,
            comment,
            categories=group.categories,
        )
        if isinstance(data, AssignRequest):
            return replace(context, assignee=group.person(data.assignee_id))
        if isinstance(data, CreateRequest) and data.category_id in group.categories:
            given = group.categories[data.category_id].assignee_id
            return replace(context, assignee=None if given is None else group.person(given))
        if isinstance(data, MergeRequest) and (into := group.numbers.get(data.into)) is not None:
            return replace(context, target=group.requests.get(into))
        return context

    def _listed(self, group: Group) -> frozenset[int]:
        """The Telegram ids of those who become a manager by writing to us."""
        return frozenset() if group.outside_manager else self._first_managers

    def _meet(self, group: Group, command: Envelope[Any], now: datetime) -> Person:
        """The sender as the database should know them from now on. A deactivated person changes nothing."""
        actor = command.data.actor
        person = group.people[actor.telegram_id]
        if not person.active:
            return person
        met, events = meet(person, actor, now, may_become_manager=actor.telegram_id in self._listed(group))
        if met != person:
            group.people[actor.telegram_id] = group.changed_people[met.id] = met
        group.others[met.id] = met
        managing.tell(group, command, events, person.version, met.id)
        return met


def _note(group: Group, command: Envelope[Any], event: RequestEvent) -> None:
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
