"""The laws of the decider: what holds for whatever commands come, from whomever, in whatever order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from awkward import FILE_NAMES, PERSON_IDS, WORDS
from hypothesis import given
from hypothesis import strategies as st
from requests_support import NOW

from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.envelope import parse, wrap
from zavhoz_contracts.identity import attachment_id
from zavhoz_contracts.message import Actor, Attachment, AttachmentKind, Origin, Priority, Role
from zavhoz_contracts.requests.v1.commands import (
    AssignRequest,
    AttachToRequest,
    CancelRequest,
    CommentRequest,
    CompleteRequest,
    ConfirmRequest,
    CreateRequest,
    EditRequest,
    HoldRequest,
    JoinRequest,
    LeaveRequest,
    MergeRequest,
    NoteRequest,
    RejectRequest,
    ReopenRequest,
    RequestCommand,
    ResumeRequest,
    TakeRequest,
)
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import RefusalReason
from zavhoz_requests.application.messages import person_message, request_message
from zavhoz_requests.domain.deadlines import Deadlines
from zavhoz_requests.domain.decide import decide
from zavhoz_requests.domain.decision import Context, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.lifecycle import allowed_actions
from zavhoz_requests.domain.people import Registered, RoleChanged, meet, newcomer
from zavhoz_requests.domain.permissions import may_see
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.state import (
    Absorbed,
    Alarmed,
    Assigned,
    Attached,
    Cancelled,
    Commented,
    Completed,
    Confirmed,
    Created,
    Edited,
    Held,
    Joined,
    Left,
    Merged,
    Noted,
    Person,
    Rejected,
    Reopened,
    Request,
    RequestEvent,
    Resumed,
    Taken,
)

_SPACE: Final = UUID(int=1)
REQUEST_ID: Final = uuid5(_SPACE, "request")
TRANSITIONS: Final[dict[tuple[Status | None, Status], tuple[type[RequestEvent], ...]]] = {
    (None, Status.OPEN): (Created,),
    (Status.OPEN, Status.IN_PROGRESS): (Taken, Assigned),
    (Status.IN_PROGRESS, Status.ON_HOLD): (Held,),
    (Status.ON_HOLD, Status.IN_PROGRESS): (Resumed, Assigned),
    (Status.IN_PROGRESS, Status.COMPLETED): (Completed,),
    (Status.OPEN, Status.REJECTED): (Rejected,),
    (Status.IN_PROGRESS, Status.REJECTED): (Rejected,),
    (Status.ON_HOLD, Status.REJECTED): (Rejected,),
    (Status.OPEN, Status.MERGED): (Merged,),
    (Status.IN_PROGRESS, Status.MERGED): (Merged,),
    (Status.ON_HOLD, Status.MERGED): (Merged,),
    (Status.OPEN, Status.CANCELLED): (Cancelled,),
    (Status.COMPLETED, Status.OPEN): (Reopened,),
    (Status.REJECTED, Status.OPEN): (Reopened,),
}
"""Every change of state there is, written out by hand, and the events that make it."""
ALREADY: Final = {
    RefusalReason.ALREADY_TAKEN,
    RefusalReason.ALREADY_COMPLETED,
    RefusalReason.ALREADY_REJECTED,
    RefusalReason.ALREADY_CANCELLED,
    RefusalReason.ALREADY_MERGED,
    RefusalReason.ON_HOLD,
}


def may(person: Person, command: RequestCommand, request: Request | None) -> bool:  # noqa: C901  # a case each
    """The product's table of who may what, written out by hand."""
    if not person.active:
        return False
    if isinstance(command, CreateRequest):
        return True
    assert request is not None
    manager, staff = person.role is Role.MANAGER, person.role is not Role.REQUESTER
    match command:
        case TakeRequest():
            return staff
        case CompleteRequest() | HoldRequest() | ResumeRequest():
            return manager or (staff and person.id == request.assignee_id)
        case RejectRequest() | AssignRequest() | MergeRequest():
            return manager
        case NoteRequest():
            return staff
        case ConfirmRequest() | CancelRequest():
            return person.id == request.requester_id
        case ReopenRequest() | EditRequest():
            return manager or person.id == request.requester_id
        case JoinRequest():
            return True
        case LeaveRequest():
            return person.id in request.watchers
        case _:
            return staff or person.id in (request.requester_id, *request.watchers)


def _carried(*texts: str) -> list[str]:
    """Those that a message can carry: JSON has no lone surrogates."""
    return [text for text in texts if not any("\ud800" <= c <= "\udfff" for c in text)]


ANY_TEXT: Final = st.characters(exclude_categories=["Cs"])
AWKWARD: Final = st.sampled_from(_carried(*(one.typed for one in WORDS)))


def typed(longest: int) -> st.SearchStrategy[str]:
    """Mostly what people type, often what they should not, and any text at all."""
    usual = st.sampled_from(["", "  ", "x", "Water drips from the tap in 214", "x" * 500, "x" * 501, "x" * 1001])
    return usual | AWKWARD | st.text(ANY_TEXT, max_size=longest)


FILES: Final = st.builds(
    lambda one, name: Attachment(
        attachment_id=attachment_id(REQUEST_ID, str(one)),
        kind=AttachmentKind.PHOTO,
        file_id="f",
        file_unique_id=str(one),
        file_name=name,
    ),
    st.integers(0, 60),
    st.none() | st.sampled_from(_carried(*(sent for _, sent, _ in FILE_NAMES))) | st.text(ANY_TEXT, max_size=20),
)
MANY_FILES: Final = st.lists(FILES, max_size=3).map(tuple) | st.lists(FILES, min_size=8, max_size=13).map(tuple)
ACTORS: Final = st.builds(
    Actor,
    telegram_id=st.sampled_from(PERSON_IDS),
    name=st.text(ANY_TEXT, max_size=20) | AWKWARD.map(lambda text: text[:256]),
    username=st.none() | st.just("manager"),
    language=st.none() | st.sampled_from(["ru", "en-US", "", "-", "zz" * 17]),
    seen_at=st.integers(-5, 5).map(lambda minutes: NOW + timedelta(minutes=minutes)),
)
ORIGIN: Final = Origin(chat_id=7)
VERSIONS: Final = st.integers(0, 2**63)
_COMMON: Final[dict[str, Any]] = {"request_id": st.just(REQUEST_ID), "actor": ACTORS, "origin": st.just(ORIGIN)}
_TAKE: Final = st.builds(TakeRequest, **_COMMON, seen_version=VERSIONS)
_COMPLETE: Final = st.builds(
    CompleteRequest, **_COMMON, seen_version=VERSIONS, note=st.just("") | typed(30), attachments=MANY_FILES
)
_ASSIGN: Final = st.builds(
    AssignRequest,
    **_COMMON,
    seen_version=VERSIONS,
    assignee_id=st.integers(0, 5).map(lambda number: uuid5(_SPACE, f"person {number}")),
)
_DAYS: Final = st.none() | st.integers(-3, 400).map(lambda days: NOW.date() + timedelta(days=days))
_HOLD: Final = st.builds(HoldRequest, **_COMMON, seen_version=VERSIONS, reason=typed(30), until=_DAYS)
_RESUME: Final = st.builds(ResumeRequest, **_COMMON, seen_version=VERSIONS)
_MERGE: Final = st.builds(MergeRequest, **_COMMON, seen_version=VERSIONS, into=st.sampled_from([7, 8, 9, 10]))
_NOTE: Final = st.builds(NoteRequest, **_COMMON, text=typed(30))
_REJECT: Final = st.builds(RejectRequest, **_COMMON, seen_version=VERSIONS, reason=typed(30))
_CONFIRM: Final = st.builds(ConfirmRequest, **_COMMON, seen_version=VERSIONS, rating=st.integers(1, 5))
_REOPEN: Final = st.builds(ReopenRequest, **_COMMON, seen_version=VERSIONS, reason=typed(30), attachments=MANY_FILES)
_CANCEL: Final = st.builds(CancelRequest, **_COMMON, seen_version=VERSIONS)
PLACES: Final = {
    code: Place(code, None, PlaceKind.ROOM, path, path, archived_at=NOW if archived else None)
    for code, path, archived in (("r214", "School › Room 214", False), ("r215", "Room 215", False), ("old", "X", True))
}
_PLACE: Final[dict[str, Any]] = {
    "place_code": st.none() | st.sampled_from([*PLACES, "nowhere"]),
    "place": st.none() | typed(20),
}
_EDIT: Final = st.builds(
    EditRequest,
    **_COMMON,
    seen_version=VERSIONS,
    description=st.none() | typed(60),
    priority=st.none() | st.sampled_from(Priority),
    **_PLACE,
)
_JOIN: Final = st.builds(JoinRequest, **_COMMON)
_LEAVE: Final = st.builds(LeaveRequest, **_COMMON)
_COMMENT: Final = st.builds(CommentRequest, **_COMMON, text=typed(30), attachments=MANY_FILES)
_ATTACH: Final = st.builds(AttachToRequest, **_COMMON, attachments=MANY_FILES.filter(bool))
_CREATE: Final = st.builds(
    CreateRequest,
    **_COMMON,
    title=st.none() | typed(150),
    description=typed(60),
    priority=st.sampled_from(Priority),
    attachments=MANY_FILES,
    **_PLACE,
)
# Most of them move the request on, or not a single request in ten would ever be completed.
COMMANDS: Final[st.SearchStrategy[RequestCommand]] = st.sampled_from(
    [
        *(_CREATE, _TAKE, _TAKE, _COMPLETE, _COMPLETE, _COMPLETE, _REJECT, _COMMENT, _ATTACH),
        *(_CONFIRM, _CONFIRM, _REOPEN, _REOPEN, _CANCEL, _EDIT, _JOIN, _LEAVE),
        *(_ASSIGN, _ASSIGN, _HOLD, _HOLD, _RESUME, _RESUME, _MERGE, _NOTE),
    ]
).flatmap(lambda kind: kind)
OTHERS: Final = {
    number: Request(
        id=uuid5(_SPACE, f"request {number}"),
        version=1,
        status=status,
        priority=Priority.MEDIUM,
        title="Water",
        description="Water drips from the tap in 214",
        requester_id=uuid5(_SPACE, "person 1"),
        created_at=NOW,
        updated_at=NOW,
        number=number,
        assignee_id=uuid5(_SPACE, "person 3"),
        watchers=frozenset({uuid5(_SPACE, "somebody else")}),
    )
    for number, status in ((8, Status.OPEN), (9, Status.COMPLETED))
}
"""Other requests, by number, which this one may be the same as."""
FILED: Final = CreateRequest(
    request_id=REQUEST_ID,
    actor=Actor(telegram_id=1, name="Anna", seen_at=NOW),
    origin=ORIGIN,
    description="Water drips from the tap in 214",
)


def person(number: int, role: Role) -> Person:
    """Somebody the database knows."""
    actor = Actor(telegram_id=number, name=f"Person {number}", seen_at=NOW)
    return replace(newcomer(uuid5(_SPACE, f"person {number}"), actor, NOW), role=role, version=1)


def moved(before: Request, event: Edited) -> dict[str, Any]:
    """What becomes of a request's place."""
    code = event.place_code
    assert event.former_place == before.place
    place = None if code is None else PLACES[code]
    where = (
        {"place_id": None, "within": frozenset()} if place is None else {"place_id": place.id, "within": place.within}
    )
    return {"place": event.place, **where}


_NOT_HELD: Final[dict[str, Any]] = {"hold_text_id": None, "held_until": None}


def changed_by(before: Request, event: RequestEvent) -> dict[str, Any]:  # noqa: C901  # a case for each event
    """What becomes of a request by an event, but for its version and the time: written out by hand."""
    over = {"deadlines": Deadlines(runs=before.deadlines.runs), "closed_at": event.at}
    match event:
        case Taken():
            return {"status": Status.IN_PROGRESS, "assignee_id": event.by, "deadlines": event.deadlines}
        case Assigned():
            assert event.former_id == before.assignee_id
            working = {"status": Status.IN_PROGRESS, "assignee_id": event.assignee_id, "deadlines": event.deadlines}
            return working | _NOT_HELD
        case Held():
            held = {"hold_text_id": event.text_id, "held_until": event.until, "deadlines": event.deadlines}
            return {"status": Status.ON_HOLD, **held}
        case Resumed():
            return {"status": Status.IN_PROGRESS, "deadlines": event.deadlines, **_NOT_HELD}
        case Alarmed():
            return {"deadlines": event.deadlines}
        case Merged():
            return {"status": Status.MERGED, "closed_by": event.by, "merged_into": event.into_id, **over}
        case Completed():
            done = {"confirms_at": event.at + timedelta(days=7), "completion_text_id": event.text_id}
            return {"status": Status.COMPLETED, "closed_by": event.by, **done, **over}
        case Rejected():
            return {"status": Status.REJECTED, "closed_by": event.by, "rejection_text_id": event.text_id, **over}
        case Cancelled():
            return {"status": Status.CANCELLED, "closed_by": event.by, **over}
        case Confirmed():
            return {"confirmed_at": event.at, "rating": event.rating}
        case Reopened():
            nobody: dict[str, Any] = dict.fromkeys(("assignee_id", "closed_by", "closed_at", "rejection_text_id"))
            not_confirmed: dict[str, Any] = dict.fromkeys(("confirms_at", "confirmed_at", "rating"))
            new = {"status": Status.OPEN, "reopening_text_id": event.text_id, "deadlines": event.deadlines}
            return nobody | not_confirmed | new | _NOT_HELD | {"completion_text_id": None}
        case Edited():
            names = ("title", "description", "priority", "deadlines", "category_id")
            said = {name: getattr(event, name) for name in names}
            return said if event.place is None else said | moved(before, event)
        case Joined():
            return {"watchers": frozenset([*before.watchers, event.by])}
        case Left():
            return {"watchers": frozenset(one for one in before.watchers if one != event.by)}
        case _:
            assert isinstance(event, Attached | Commented | Noted), "there is a request already"
            return {}


@dataclass(frozen=True)
class Step:
    """Somebody sends a command; before it, they are given another role, or are (de)activated, or neither."""

    by: int
    command: RequestCommand
    role: Role | None
    active: bool | None


def _seldom(*values: Any) -> st.SearchStrategy[Any]:
    """One of these, and mostly none."""
    return st.sampled_from([None] * 4 * len(values) + list(values))


STEPS: Final = st.builds(
    Step,
    by=st.integers(0, 4),
    command=COMMANDS,
    role=_seldom(*Role),
    active=_seldom(True, True, False),
)


@dataclass
class World:
    """One request, five people, and everything that happened."""

    people: list[Person] = field(
        default_factory=lambda: [
            person(number, role)
            for number, role in enumerate(
                (Role.REQUESTER, Role.REQUESTER, Role.TECHNICIAN, Role.TECHNICIAN, Role.MANAGER)
            )
        ]
    )
    request: Request | None = None
    history: list[RequestEvent] = field(default_factory=list)
    attached: set[UUID] = field(default_factory=set)

    def send(self, step: Step, at: int) -> None:
        """Decide a command, and hold every law to what came of it."""
        someone = self.people[step.by]
        someone = replace(
            someone,
            role=step.role or someone.role,
            active=someone.active if step.active is None else step.active,
        )
        self.people[step.by] = someone
        before, command = self.request, step.command
        now, text_id = NOW + timedelta(minutes=at), uuid5(_SPACE, f"text {at}")
        context = Context(someone, now, text_id, frozenset(self.attached), places=PLACES)
        if isinstance(command, AssignRequest):
            assignee = next((one for one in self.people if one.id == command.assignee_id), None)
            context = replace(context, assignee=assignee)
        if isinstance(command, MergeRequest) and before is not None:
            context = replace(context, target=before if command.into == 7 else OTHERS.get(command.into))
        decision = decide(command, before, context)
        assert decide(command, before, context) == decision, "it is a function"
        self.nothing_said_decides(command, context, decision)
        if isinstance(decision, Refusal):
            self.refused(command, someone, decision)
            return
        for event in decision:
            if isinstance(event, Absorbed):
                self.absorbed(event, context)
            else:
                self.happens(event, context)
        if not decision:
            return
        assert before is not None or isinstance(command, CreateRequest)
        assert may(someone, command, before), f"{someone.role} {type(command).__name__}"
        done = [event for event in decision if not isinstance(event, Alarmed)]
        assert all(isinstance(event, Alarmed) for event in decision[: -len(done)]), "what time brought comes first"
        assert type(done[0]) in _MAY_BEGIN[type(command)]
        assert all(isinstance(event, Attached | Absorbed) for event in done[1:])
        assert any(isinstance(event, Absorbed) for event in decision) == isinstance(command, MergeRequest)

    def nothing_said_decides(self, command: RequestCommand, context: Context, decision: object) -> None:
        """Not the version a button was drawn for, nor what a sender says of themselves: only the stored person."""
        said: dict[str, Any] = {
            "actor": Actor(telegram_id=2**52, name="manager", username="admin", seen_at=NOW),
            "origin": ORIGIN,
        }
        if "seen_version" in type(command).model_fields:
            said["seen_version"] = 0
        assert decide(command.model_copy(update=said), self.request, context) == decision

    def refused(self, command: RequestCommand, someone: Person, refusal: Refusal) -> None:
        """A refusal says truly why."""
        reason, request = refusal.reason, self.request
        assert (reason is RefusalReason.DEACTIVATED) == (not someone.active)
        if not someone.active:
            return
        assert (reason is RefusalReason.NOT_FOUND) == (request is None and not isinstance(command, CreateRequest))
        if reason is RefusalReason.NOT_FOUND:
            return
        assert (reason is RefusalReason.NOT_ALLOWED) == (not may(someone, command, request))
        if reason in ALREADY:
            assert refusal.who is not None
            assert refusal.who in {one.id for one in self.people}
        if refusal.limit is not None:
            assert refusal.size is not None
            assert refusal.size != refusal.limit

    def absorbed(self, event: Absorbed, context: Context) -> None:
        """The one that goes on: who filed or joined the duplicate hears of it from now on, and nothing else changes."""
        into, merged = context.target, self.request
        assert into is not None
        assert merged is not None
        after = evolve(into, event)
        assert (event.request_id, event.duplicate_id, merged.merged_into) == (into.id, REQUEST_ID, into.id)
        assert into.status in (Status.OPEN, Status.IN_PROGRESS, Status.ON_HOLD)
        hear = {after.requester_id, after.assignee_id, *after.watchers}
        assert {merged.requester_id, *merged.watchers} <= hear
        assert not after.watchers & {after.requester_id, after.assignee_id}
        watchers = into.watchers | set(event.joined)
        assert after == replace(into, version=into.version + 1, updated_at=event.at, watchers=watchers)
        message = wrap(request_message(event, 12), source="/zavhoz/requests", subject="request/x", version=1)
        assert parse(message.to_json()) == message

    def happens(self, event: RequestEvent, context: Context) -> None:
        """One event: the next version, along the table, told to the world as a message that can be read."""
        before, number = self.request, len(self.history) + 1
        after = evolve(before, event)
        self.request = after
        self.history.append(event)
        assert after.version == number
        by = None if isinstance(event, Alarmed) else context.person.id
        assert (event.request_id, event.by, event.at) == (REQUEST_ID, by, context.now)
        was = None if before is None else before.status
        if was is not after.status:
            assert type(event) in TRANSITIONS[was, after.status]
        if before is not None:
            changes = changed_by(before, event) | {"version": number, "updated_at": event.at}
            assert after == replace(before, **changes), "nothing else changes"
        if isinstance(event, Attached):
            assert event.attachment.attachment_id not in self.attached
            self.attached.add(event.attachment.attachment_id)
        message = wrap(request_message(event, 12), source="/zavhoz/requests", subject="request/x", version=number)
        assert parse(message.to_json()) == message


_MAY_BEGIN: Final[dict[type[RequestCommand], tuple[type[RequestEvent], ...]]] = {
    CreateRequest: (Created,),
    TakeRequest: (Taken,),
    CompleteRequest: (Completed,),
    AssignRequest: (Assigned,),
    HoldRequest: (Held,),
    ResumeRequest: (Resumed,),
    MergeRequest: (Merged,),
    NoteRequest: (Noted,),
    RejectRequest: (Rejected,),
    ConfirmRequest: (Confirmed,),
    ReopenRequest: (Reopened,),
    CancelRequest: (Cancelled,),
    EditRequest: (Edited,),
    CommentRequest: (Commented,),
    AttachToRequest: (Attached,),
    JoinRequest: (Joined,),
    LeaveRequest: (Left,),
}


@given(filed=st.sampled_from([True, True, True, False]), steps=st.lists(STEPS, min_size=4, max_size=25))
def test_the_laws_hold_whatever_comes(filed: bool, steps: Sequence[Step]) -> None:
    world = World()
    if filed:  # most of the time there is something to fight over
        world.send(Step(0, FILED, None, None), 0)
        assert world.request is not None
    for at, step in enumerate(steps, start=1):
        world.send(step, at)
    again: Request | None = None
    for event in world.history:
        again = evolve(again, event)
    assert again == world.request, "the events are the state"
    ended = [event for event in world.history if isinstance(event, Completed | Rejected | Cancelled | Merged)]
    again_open = sum(isinstance(event, Reopened) for event in world.history)
    assert len(ended) <= 1 + again_open, "what is closed stays closed until it is opened again"


@given(steps=st.lists(STEPS, min_size=1, max_size=12), viewer=st.integers(0, 4))
def test_who_may_see_it_and_what_they_are_offered_follows_from_the_stored_role(
    steps: Sequence[Step], viewer: int
) -> None:
    world = World()
    world.send(Step(0, FILED, None, None), 0)
    for at, step in enumerate(steps, start=1):
        world.send(step, at)
    request, someone = world.request, world.people[viewer]
    assert request is not None
    mine = someone.id in (request.requester_id, *request.watchers)
    assert may_see(request, someone) == (someone.active and (mine or someone.role is not Role.REQUESTER))
    offered = allowed_actions(request, someone, NOW)
    one_of_each: dict[Action, type[RequestCommand]] = {
        Action.TAKE: TakeRequest, Action.COMPLETE: CompleteRequest,
        Action.REJECT: RejectRequest, Action.COMMENT: CommentRequest,
        Action.CONFIRM: ConfirmRequest, Action.REOPEN: ReopenRequest,
        Action.CANCEL: CancelRequest, Action.EDIT: EditRequest,
        Action.JOIN: JoinRequest, Action.LEAVE: LeaveRequest,
        Action.ASSIGN: AssignRequest, Action.HOLD: HoldRequest,
        Action.RESUME: ResumeRequest, Action.MERGE: MergeRequest,
        Action.NOTE: NoteRequest,
    }  # fmt: skip
    assert set(one_of_each) == set(Action)
    words: dict[str, Any] = {"seen_version": 0, "reason": "Not ours", "text": "Any news?", "rating": 5}
    words["description"] = f"It is another one, and not {request.title}"
    assignee = replace(world.people[4], id=UUID(int=5), role=Role.TECHNICIAN, active=True)
    words |= {"assignee_id": assignee.id, "into": 8}
    text_id, attached = uuid5(_SPACE, "text"), frozenset(world.attached)
    context = Context(someone, NOW, text_id, attached, assignee=assignee, target=OTHERS[8])
    for action, kind in one_of_each.items():
        given_words = {name: value for name, value in words.items() if name in kind.model_fields}
        command = kind(request_id=REQUEST_ID, actor=FILED.actor, origin=ORIGIN, **given_words)
        decision = decide(command, request, context)
        would = not isinstance(decision, Refusal) and decision != ()
        assert (action in offered) == (would and action is not Action.JOIN), "to join is offered under drafts"


@given(meetings=st.lists(st.tuples(ACTORS, st.booleans()), min_size=1, max_size=20))
def test_people_become_what_the_database_lets_them(meetings: Sequence[tuple[Actor, bool]]) -> None:
    known = newcomer(uuid5(_SPACE, "someone"), meetings[0][0], NOW)
    role: Role | None = None
    for number, (actor, listed) in enumerate(meetings):
        at = NOW + timedelta(minutes=number)
        met, events = meet(known, actor, at, may_become_manager=listed)
        assert meet(met, actor, at, may_become_manager=listed) == (met, ()), "met again at once, nothing is new"
        assert met.version == known.version + len(events)
        for event in events:
            assert isinstance(event, Registered if role is None else RoleChanged)
            if isinstance(event, RoleChanged):
                assert event.previous is role
            role = event.role
            message = wrap(person_message(event), source="/zavhoz/requests", subject="person/x", version=met.version)
            assert parse(message.to_json()) == message
        assert met.role is role
        assert met.role is Role.MANAGER or not listed
        assert listed or met.role is known.role, "nobody rises by what they say"
        assert len(met.name) >= 1
        met.name.encode()
        assert (met.id, met.active, met.registered_at) == (known.id, True, NOW)
        if actor.seen_at <= known.seen_at and number:
            assert (met.name, met.username, met.language) == (known.name, known.username, known.language)
        known = met
