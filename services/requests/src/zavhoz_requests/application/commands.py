"""A group of commands, committed together: claim, lock, decide one by one in memory, write; a handful of statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from structlog.contextvars import bind_contextvars

from zavhoz_contracts.categories.v1.commands import ChangeCategory
from zavhoz_contracts.envelope import Envelope, UnknownMessage
from zavhoz_contracts.errors import Transient
from zavhoz_contracts.groups.v1.commands import GroupCommand
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.people.v1.commands import ErasePerson, PersonCommand, RegisterPerson, SetLanguage
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
from zavhoz_requests.application import groups
from zavhoz_requests.application.group import Group, Settled, load, named_assignee
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.application.writing import category_event, person_event, write
from zavhoz_requests.domain import categories
from zavhoz_requests.domain.decide import decide
from zavhoz_requests.domain.decision import Context, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.misread import Misread
from zavhoz_requests.domain.organisation import SettingChosen, read
from zavhoz_requests.domain.people import PersonEvent, erased, hindrance_to_erase, meet, speaking
from zavhoz_requests.domain.permissions import Right, has
from zavhoz_requests.domain.staffing import Staffing, change
from zavhoz_requests.domain.state import Attached, Comment, Commented, CommentEdited, Created, Person, RequestEvent
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.store import Connection

Clock = Callable[[Envelope[Any], datetime], datetime]
"""When a command is decided. It is given the command and the time by the database's clock."""


def as_it_comes(_: Envelope[Any], now: datetime) -> datetime:
    """Now."""
    return now


SenderCommand = RegisterPerson | SetLanguage | ErasePerson
"""What somebody does to what is known of themselves."""
_COMMANDS: Final = RequestCommand | PersonCommand | SenderCommand | GroupCommand | SetSetting | ChangeCategory


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
            if not isinstance(command.data, _COMMANDS):
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
            case PersonCommand():
                settled = self._about_person(group, command, person, now)
            case ChangeCategory():
                settled = self._about_category(group, command, person, now)
            case SetSetting():
                settled = self._about_settings(group, command, person, now)
            case GroupCommand():
                came = groups.decide(group, command, person, now)
                refusal = came if isinstance(came, Refusal) else None
                settled = Settled(command, person, refusal, changed=came is True)
            case _:
                refusal = self._about_sender(group, command, person, now)
                after = group.people[person.telegram_id]
                changed = after != before or after.telegram_id in group.erased
                settled = Settled(command, after, refusal, changed=changed)
        group.settled.append(settled)

    def _about_request(self, group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
        """What somebody does to a request, and by that perhaps to another one."""
        data = command.data
        if data.origin.chat_id < 0 and person.active and not groups.bound(group, data.origin.chat_id, data.request_id):
            return Settled(command, person, Refusal(RefusalReason.GROUP_UNBOUND), changed=False)
        context = self._context(group, data, person, now)
        decision = decide(data, group.requests.get(data.request_id), context)
        if isinstance(decision, Refusal):
            return Settled(command, person, decision, changed=False)
        for event in decision:
            request = evolve(group.requests.get(event.request_id), event)
            group.requests[request.id] = group.changed_requests[request.id] = request
            _note(group, command, event)
            group.happened.append((command, event, request.version))
        return Settled(command, person, None, changed=bool(decision))

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

    def _about_person(self, group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
        """What a manager does to somebody, which may be themselves."""
        if not person.active:
            return Settled(command, person, Refusal(RefusalReason.DEACTIVATED), changed=False)
        about = group.person(command.data.person_id)
        staffing = Staffing(
            by=person,
            about=about,
            now=now,
            managers=group.managers.keys(),
            unlimited={id for id, unlimited in group.managers.items() if unlimited},
            places=group.places,
            listed=about is not None and self._rises(group, about),
        )
        changed = change(command.data, staffing)
        if isinstance(changed, Refusal):
            return Settled(command, person, changed, changed=False)
        after, events = changed
        if about is not None and events:
            group.change_person(after)
            self._tell(group, command, events, about.version, person.id)
        return Settled(command, group.people[person.telegram_id], None, changed=bool(events))

    def _about_category(self, group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
        """What a manager changes about a category."""
        if not person.active:
            return Settled(command, person, Refusal(RefusalReason.DEACTIVATED), changed=False)
        given = named_assignee(command.data)
        assignee = None if given is None else group.person(given)
        changed = categories.change(command.data, categories.Shelf(person, now, group.categories, assignee))
        if isinstance(changed, Refusal):
            return Settled(command, person, changed, changed=False)
        category, event = changed
        if event is not None:
            group.categories[category.id] = group.changed_categories[category.id] = category
            group.events.append(category_event(event, category.version, command))
        return Settled(command, person, None, changed=event is not None)

    def _about_settings(self, group: Group, command: Envelope[Any], person: Person, now: datetime) -> Settled:
        """What a manager chooses for everybody; from the next command on it holds."""
        data = command.data
        refusal = None if person.active else Refusal(RefusalReason.DEACTIVATED)
        if refusal is None and not has(person, Right.MANAGE_SETTINGS):
            refusal = Refusal(RefusalReason.NOT_ALLOWED)
        value = None if data.value is None else read(data.setting, data.value)
        if refusal is None and isinstance(value, Misread):
            refusal = Refusal(RefusalReason.SETTING_UNREADABLE, problem=value.reason, piece=value.piece)
        if refusal is not None or isinstance(value, Misread):
            return Settled(command, person, refusal, changed=False)
        previous = group.chosen.get(data.setting.value)
        if value == previous:
            return Settled(command, person, None, changed=False)
        group.changed_settings.append((SettingChosen(data.setting, value, previous, now, person.id), command))
        group.chosen.pop(data.setting.value, None)
        if value is not None:
            group.chosen[data.setting.value] = value
        group.terms = self._organisation.of(group.chosen)
        return Settled(command, person, None, changed=True)

    def _rises(self, group: Group, person: Person) -> bool:
        """Whether this person becomes a manager by writing to us."""
        return person.telegram_id in self._first_managers and not group.outside_manager

    def _about_sender(self, group: Group, command: Envelope[Any], person: Person, now: datetime) -> Refusal | None:
        """What somebody does to what is known of them."""
        data = command.data
        if not person.active:
            return Refusal(RefusalReason.DEACTIVATED)
        if isinstance(data, SetLanguage) and (data.language != person.language or not person.language_chosen):
            changed = speaking(person, data.language)
            group.people[person.telegram_id] = group.changed_people[person.id] = changed
        if isinstance(data, ErasePerson):
            others = bool(group.managers.keys() - {person.id})
            why = hindrance_to_erase(person, data.person_id, data.asked_at, now, other_manager=others)
            if why is not None:
                return Refusal(why)
            nobody, event = erased(person, now)
            group.erased[person.telegram_id] = nobody
            group.managers.pop(person.id, None)
            self._tell(group, command, (event,), person.version, person.id)
        return None

    def _meet(self, group: Group, command: Envelope[Any], now: datetime) -> Person:
        """The sender as the database should know them from now on. A deactivated person changes nothing."""
        actor = command.data.actor
        person = group.people[actor.telegram_id]
        if not person.active:
            return person
        met, events = meet(person, actor, now, may_become_manager=self._rises(group, person))
        if met != person:
            group.people[actor.telegram_id] = group.changed_people[met.id] = met
        group.others[met.id] = met
        self._tell(group, command, events, person.version, met.id)
        return met

    @staticmethod
    def _tell(
        group: Group, command: Envelope[Any], events: Sequence[PersonEvent], version: int, actor_id: UUID
    ) -> None:
        """Note what happened to a person who was at `version` before."""
        for number, event in enumerate(events, start=version + 1):
            group.events.append(person_event(event, number, command, actor_id))


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
