"""The state that a group of commands works on: loaded once and locked, changed in memory, written once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from zavhoz_contracts.categories.v1.commands import CategoryField, ChangeCategory
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.groups.v1.commands import BindGroup, GroupCommand
from zavhoz_contracts.message import Role
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.people.v1.commands import ErasePerson, PersonCommand, SetAreas
from zavhoz_contracts.places.v1.commands import ApplyPlaces, PlacesCommand
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.bulk import ChangeRequests
from zavhoz_contracts.requests.v1.commands import (
    AssignRequest,
    AttachToRequest,
    CommentRequest,
    CompleteRequest,
    CreateRequest,
    EditComment,
    EditRequest,
    MergeRequest,
    ReopenRequest,
    RequestCommand,
)
from zavhoz_messaging import outbox
from zavhoz_requests.application.loading import read
from zavhoz_requests.application.many import Tally
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.groups import GroupEvent, StaffGroup
from zavhoz_requests.domain.organisation import SettingChosen
from zavhoz_requests.domain.people import newcomer
from zavhoz_requests.domain.places import Place, Row
from zavhoz_requests.domain.replies import ReplyChange
from zavhoz_requests.domain.state import Category, Comment, Person, Request, RequestEvent
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.store import (
    Connection,
    categories,
    groups,
    outcomes,
    people,
    place_imports,
    places,
    replies,
    requests,
    texts,
)
from zavhoz_requests.store import erasing as erasing_store
from zavhoz_requests.store import organisation as settings

Commands = Sequence[Envelope[Any]]


@dataclass(frozen=True, slots=True)
class Settled:
    """How one command ended: refused, or done, which may have `changed` something or not."""

    command: Envelope[Any]
    person: Person
    refusal: Refusal | None
    changed: bool
    place_code: str | None = None
    tally: Tally | None = None

    @property
    def result(self) -> str:
        """A word for metrics: the reason of a refusal, or `done`."""
        return "done" if self.refusal is None else self.refusal.reason.value


@dataclass
class Group:
    """`people` are by Telegram id, and locked; `others` are those whom an outcome may name.

    `places` are those that commands name; all there are when one of them changes places. `staged` are files of places
    by import, each with who staged it.
    """

    people: dict[int, Person]
    requests: dict[UUID, Request]
    numbers: dict[int, UUID]
    others: dict[UUID, Person]
    attached: dict[UUID, set[UUID]]
    open: dict[UUID, int]
    places: dict[str, Place]
    outside_manager: bool
    managers: dict[UUID, bool]
    comments: dict[UUID, Comment]
    decided: set[UUID]
    terms: Terms
    chosen: dict[str, str]
    categories: dict[UUID, Category]
    replies: dict[UUID, tuple[str, str]]
    staff_groups: dict[int, StaffGroup]
    staged: dict[UUID, tuple[UUID, list[Row]]] = field(default_factory=dict)
    erased: dict[int, Person] = field(default_factory=dict)
    changed_people: dict[UUID, Person] = field(default_factory=dict)
    changed_requests: dict[UUID, Request] = field(default_factory=dict)
    changed_categories: dict[UUID, Category] = field(default_factory=dict)
    changed_places: dict[str, Place] = field(default_factory=dict)
    changed_replies: list[tuple[ReplyChange, Envelope[Any]]] = field(default_factory=list)
    changed_settings: list[tuple[SettingChosen, Envelope[Any]]] = field(default_factory=list)
    bindings: list[tuple[GroupEvent, Envelope[Any]]] = field(default_factory=list)
    happened: list[tuple[Envelope[Any], RequestEvent, int]] = field(default_factory=list)
    events: list[outbox.Event] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)

    def knows(self, command_id: UUID) -> bool:
        """Whether this command was decided, in this group or before."""
        return command_id in self.decided or any(one.command.id == command_id for one in self.settled)

    def person(self, person_id: UUID) -> Person | None:
        """Somebody who is locked, as they are now."""
        return next((one for one in self.people.values() if one.id == person_id), None)

    def change_person(self, person: Person) -> None:
        """Have somebody as they are from now on."""
        self.people[person.telegram_id] = self.changed_people[person.id] = self.others[person.id] = person
        if person.role is Role.MANAGER and person.active:
            self.managers[person.id] = not person.areas
        else:
            self.managers.pop(person.id, None)


async def load(
    connection: Connection,
    commands: Commands,
    at: Callable[[Envelope[Any]], datetime],
    listed: frozenset[int],
    organisation: Organisation,
) -> Group:
    """What these commands are decided by. `at` says when one is decided; `listed` are the first managers."""
    if any(_data(commands, SetSetting)):
        await settings.lock(connection)
    chosen = await settings.values(connection)
    terms = organisation.of(chosen)
    firsts = {command.data.actor.telegram_id: command for command in reversed(commands)}

    def new(telegram_id: int) -> Person:
        command = firsts[telegram_id]
        return newcomer(uuid4(), command.data.actor, at(command))

    shelved = await _categories(connection, commands)
    tree = await _tree(connection, commands)
    bound = await _staff_groups(connection, commands)
    named = {one.assignee_id for one in _data(commands, AssignRequest)}
    named |= {one.assignee_id for one in shelved.values() if one.assignee_id is not None}
    named |= {id for one in _data(commands, ChangeCategory) if (id := named_assignee(one)) is not None}
    named |= {one.person_id for one in _data(commands, PersonCommand)}
    named |= {one.assignee_id for one in _data(commands, ChangeRequests) if one.assignee_id is not None}
    known = await people.lock(connection, firsts.keys(), new, named)
    into = {one.into for one in _data(commands, MergeRequest)}
    numbers = await requests.ids_of(connection, into) if into else {}
    ids = {one.request_id for one in _data(commands, RequestCommand)} | set(numbers.values())
    ids |= {id for one in _data(commands, ChangeRequests) for id in one.request_ids}
    locked = await requests.lock(connection, ids) if ids else {}
    growing = {
        one.request_id
        for one in _data(commands, CommentRequest, AttachToRequest, ReopenRequest, CompleteRequest)
        if one.attachments
    }
    filing = {known[one.actor.telegram_id].id for one in _data(commands, CreateRequest)}
    codes = {one.place_code for one in _data(commands, CreateRequest, EditRequest) if one.place_code is not None}
    codes |= {code for one in _data(commands, SetAreas) for code in one.areas}
    codes |= {one.area for one in _data(commands, BindGroup) if one.area}
    could_rise = any(id in listed and person.role is not Role.MANAGER for id, person in known.items())
    managing = any(_data(commands, ErasePerson, PersonCommand))
    edited = {one.comment_id for one in _data(commands, EditComment)}
    awaited = {one.follows for one in _data(commands, CommentRequest) if one.follows}
    return Group(
        people=known,
        requests=locked,
        numbers=numbers,
        others=await people.many(connection, _named_in(locked.values())),
        attached=await requests.attached(connection, growing) if growing else {},
        open=await requests.unfinished(connection, filing, terms.open_limit) if filing else {},
        places=tree or (await places.by_codes(connection, codes) if codes else {}),
        outside_manager=(could_rise or managing) and await people.outside_manager_exists(connection, listed),
        managers=await erasing_store.managers(connection) if managing else {},
        comments=await texts.by_commands(connection, edited) if edited else {},
        decided=await outcomes.decided(connection, awaited) if awaited else set(),
        terms=terms,
        chosen=chosen,
        categories=shelved,
        staged=await _staged(connection, commands),
        replies=await replies.every(connection) if any(_data(commands, ChangeReply)) else {},
        staff_groups=bound,
    )


async def _tree(connection: Connection, commands: Commands) -> dict[str, Place]:
    """All places, for changing them."""
    if not any(_data(commands, PlacesCommand)):
        return {}
    await places.lock(connection)
    return await places.every(connection)


async def _staged(connection: Connection, commands: Commands) -> dict[UUID, tuple[UUID, list[Row]]]:
    """What is in the files that are to be loaded. They were read without a fault when they were staged."""
    wanted = {one.import_id for one in _data(commands, ApplyPlaces)}
    kept = await place_imports.get(connection, wanted) if wanted else {}
    return {id: (by, read(content)[0]) for id, (by, content) in kept.items()}


async def _categories(connection: Connection, commands: Commands) -> dict[UUID, Category]:
    """Those that requests are to have; all of them when one is changed."""
    if any(_data(commands, ChangeCategory)):
        await categories.lock(connection)
        return await categories.every(connection)
    wanted = {one.category_id for one in _data(commands, CreateRequest) if one.category_id is not None}
    wanted |= {one.category for one in _data(commands, EditRequest) if isinstance(one.category, UUID)}
    return await categories.many(connection, wanted) if wanted else {}


async def _staff_groups(connection: Connection, commands: Commands) -> dict[int, StaffGroup]:
    """All of them, by chat, when one is changed or a command comes from a group."""
    if any(_data(commands, GroupCommand)):
        await groups.lock(connection)
    elif not any(command.data.origin.chat_id < 0 for command in commands):
        return {}
    return await groups.every(connection)


def named_assignee(command: ChangeCategory) -> UUID | None:
    """Whom a category's requests are to be given to, if that is what is said."""
    if command.field is not CategoryField.ASSIGNEE or command.value is None:
        return None
    try:
        return UUID(command.value)
    except ValueError:
        return None


def _data(commands: Commands, *kinds: type[Any]) -> Iterator[Any]:
    return (command.data for command in commands if isinstance(command.data, kinds))


def _named_in(requests: Collection[Request]) -> set[UUID | None]:
    return {id for request in requests for id in (request.assignee_id, request.closed_by)}
