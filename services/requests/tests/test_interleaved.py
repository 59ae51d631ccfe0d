"""Groups of commands from two workers at once, doubled, reordered and killed, against a real PostgreSQL.

Whatever the order turns out to be, what is in the database must be explained by it: the events replayed give the rows,
and each answer was right at a moment when it could have been given.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from requests_support import ANNA, BORIS, LEAK, MARINA, OLEG, Desk, Sender, photo
from sqlalchemy.exc import DBAPIError

from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.message import Attachment, Priority
from zavhoz_contracts.people.v1.commands import RegisterPerson
from zavhoz_contracts.requests.v1.commands import CreateRequest
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused
from zavhoz_requests.application.commands import NotFiledYet
from zavhoz_requests.domain.deadlines import Deadlines, at_work, begun
from zavhoz_requests.domain.decide import decide
from zavhoz_requests.domain.decision import Context, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.state import (
    Attached,
    Commented,
    Completed,
    Created,
    Person,
    Rejected,
    Request,
    RequestEvent,
    Taken,
)
from zavhoz_requests.store import people, requests

PAVEL = Sender(700_004, "Pavel")
"""A technician, as BORIS is. MARINA and OLEG are managers, ANNA files."""
GONE = Sender(700_005, "Gone")
"""Deactivated."""
REQUESTS: Final = 2
UNIQUE_VIOLATION: Final = "23505"
_strangers: Final = itertools.count(800_000)


class Kind(StrEnum):
    """What is commanded."""

    CREATE = "create"
    TAKE = "take"
    COMPLETE = "complete"
    REJECT = "reject"
    COMMENT = "comment"
    ATTACH = "attach"
    REGISTER = "register"


class Fate(StrEnum):
    """What becomes of the worker that has a group in hand; killed, the group is delivered again."""

    LIVES = "lives"
    DIES_BEFORE_COMMIT = "dies before commit"
    DIES_BEFORE_ACK = "dies before ack"


@dataclass(frozen=True)
class Ask:
    """One command: of what kind, by whom (by place in the cast; the last is a stranger), about which request."""

    kind: Kind
    by: int
    request: int
    file: int


@dataclass(frozen=True)
class Group:
    """Commands by their place in the plan, some of them perhaps twice, or with another worker too."""

    commands: Sequence[int]
    fate: Fate


class Killed(Exception):
    """The process ended here."""


ASKS: Final = st.builds(
    Ask,
    kind=st.sampled_from([*Kind, Kind.TAKE, Kind.COMPLETE, Kind.COMMENT]),
    by=st.integers(0, 6),
    request=st.integers(0, REQUESTS - 1),
    file=st.integers(0, 3),
)
FATES: Final = st.sampled_from([Fate.LIVES, Fate.LIVES, Fate.DIES_BEFORE_COMMIT, Fate.DIES_BEFORE_ACK])


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Ask], list[list[Group]]]:
    """Commands, and how two workers get them in groups; whatever no group has comes last."""
    asks = [Ask(Kind.CREATE, 0, one, 0) for one in range(draw(st.integers(0, REQUESTS)))]
    asks += draw(st.lists(ASKS, min_size=2, max_size=10))
    some = st.lists(st.integers(0, len(asks) - 1), min_size=1, max_size=6)
    workers = [draw(st.lists(st.builds(Group, some, FATES), max_size=3)) for _ in range(2)]
    told = {place for groups in workers for group in groups for place in group.commands}
    left = [place for place in range(len(asks)) if place not in told]
    if left:
        workers[draw(st.integers(0, 1))].append(Group(left, Fate.LIVES))
    return asks, workers


def _command(ask: Ask, by: Sender, request_id: UUID) -> Envelope[Any]:
    file: tuple[Attachment, ...] = () if ask.file == 0 else (photo(request_id, str(ask.file)),)
    match ask.kind:
        case Kind.CREATE:
            return by.create(request_id, LEAK, attachments=file, priority=list(Priority)[ask.file % 3])
        case Kind.TAKE:
            return by.take(request_id, seen_version=ask.file)
        case Kind.COMPLETE:
            return by.complete(request_id)
        case Kind.REJECT:
            return by.reject(request_id, "No" if ask.file == 0 else "Not our building")
        case Kind.COMMENT:
            return by.comment(request_id, "" if ask.file == 1 else f"Said {ask.file}", *file)
        case Kind.ATTACH:
            return by.attach(request_id, photo(request_id, str(ask.file)))
        case Kind.REGISTER:
            return by.register()


class Worker:
    """Takes groups in order; one that fails is taken apart, as the consumer of the queue does."""

    def __init__(self, desk: Desk, commands: Sequence[Envelope[Any]]) -> None:
        self._desk = desk
        self._commands = commands
        self._filing = Tally(command.data.request_id for command in commands if isinstance(command.data, CreateRequest))

    async def run(self, groups: Sequence[Group]) -> None:
        for group in groups:
            delivered = [self._commands[place] for place in group.commands]
            if group.fate is not Fate.LIVES:
                await self._tried(delivered, group.fate)
            if not await self._tried(delivered):
                for command in delivered:  # one that fails even so comes again later
                    await self._tried([command])

    async def _tried(self, group: Sequence[Envelope[Any]], fate: Fate = Fate.LIVES) -> bool:
        """Whether it could be done. Workers wait for each other: only two filings of one request can collide."""
        try:
            await _commit(self._desk, group, fate)
        except (Killed, NotFiledYet):
            return False
        except DBAPIError as error:
            filed = {command.data.request_id for command in group if isinstance(command.data, CreateRequest)}
            collides = any(self._filing[request_id] > 1 for request_id in filed)
            if not collides or getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
                raise
            return False
        return True


async def _commit(desk: Desk, group: Sequence[Envelope[Any]], fate: Fate = Fate.LIVES) -> None:
    async def decided(connection: Any) -> None:
        await desk.handler.handle(connection, group)
        if fate is Fate.DIES_BEFORE_COMMIT:
            raise Killed

    await desk.database.run(decided)
    if fate is Fate.DIES_BEFORE_ACK:
        raise Killed


@dataclass
class Told:
    """What the events say of one request: its state after each, from none, and its files then."""

    states: list[Request | None]
    files: list[frozenset[UUID]]
    by_command: dict[UUID, list[int]]


async def replay(desk: Desk, request_id: UUID) -> Told:
    """Read a request's history; its versions have no gap."""
    rows = await desk.rows(
        "SELECT * FROM events WHERE aggregate_type = 'request' AND aggregate_id = :id ORDER BY id", id=request_id
    )
    assert [row.version for row in rows] == list(range(1, len(rows) + 1))
    told = Told([None], [frozenset()], {})
    for row in rows:
        event = await _event(desk, request_id, row, told.states[-1])
        told.states.append(evolve(told.states[-1], event))
        more = {event.attachment.attachment_id} if isinstance(event, Attached) else set()
        assert not more & told.files[-1], "a file is attached once"
        told.files.append(told.files[-1] | more)
        told.by_command.setdefault(row.command_id, []).append(row.version)
    return told


async def _event(desk: Desk, request_id: UUID, row: Any, before: Request | None) -> RequestEvent:
    data, by, at = row.data, row.actor_id, row.occurred_at
    terms, deadlines = desk.organisation.of({}), Deadlines() if before is None else before.deadlines
    match row.type:
        case "zavhoz.request.created.v1":
            assert UUID(data["requester_id"]) == by
            files, priority = data["attachments"], Priority(data["priority"])
            deadlines = begun(priority, at, terms)
            assert datetime.fromisoformat(data["due_at"]) == deadlines.due_at
            return Created(request_id, by, at, data["title"], LEAK, priority, files, deadlines)
        case "zavhoz.attachment.added.v1":
            attachment = Attachment.model_validate(data["attachment"])
            return Attached(request_id, by, at, attachment, alone=data["alone"])
        case "zavhoz.request.taken.v1":
            return Taken(request_id, by, at, at_work(deadlines, at, terms))
        case "zavhoz.request.completed.v1":
            return Completed(request_id, by, at, datetime.fromisoformat(data["confirms_at"]))
        case "zavhoz.request.rejected.v1":
            return Rejected(request_id, by, at, UUID(data["text_id"]), await _typed(desk, row))
        case "zavhoz.request.commented.v1":
            return Commented(request_id, by, at, UUID(data["text_id"]), await _typed(desk, row), data["attachments"])
        case other:
            raise AssertionError(other)


async def _typed(desk: Desk, row: Any) -> str:
    query = "SELECT request_id, author_id, version, body FROM texts WHERE id = :id"
    ((request_id, author, version, body),) = await desk.rows(query, id=row.data["text_id"])
    assert (request_id, author, version) == (row.aggregate_id, row.actor_id, row.version)
    return str(body)


async def rows_are_what_the_events_say(desk: Desk, request_id: UUID, told: Told) -> None:
    """The row of a request, its files and its texts: nothing more, nothing less than its events."""
    async with desk.database.transaction() as connection:
        row = await requests.by_id(connection, request_id)
        files = (await requests.attachments_of(connection, [request_id])).get(request_id, [])
    last = told.states[-1]
    assert row == (None if last is None or row is None else replace(last, number=row.number))
    assert {file.id for file in files} == told.files[-1]
    assert len(files) == len(told.files[-1])
    types = await desk.history(request_id)
    texts = await desk.value("SELECT count(*) FROM texts WHERE request_id = :id", id=request_id)
    assert texts == types.count("request.commented") + types.count("request.rejected")


async def answers_were_right(desk: Desk, command: Envelope[Any], told: Told, everybody: dict[int, Person]) -> None:
    """A command has one effect and one outcome, and both are what deciding it at some moment gives."""
    ((recorded, marked),) = await desk.rows(
        "SELECT count(*), count(outcome) FROM inbox WHERE message_id = :id", id=command.id
    )
    versions = told.by_command.get(command.id, [])
    if not recorded:
        assert command.type == "zavhoz.request.attach.v1"
        assert told.states == [None], "only a file without a request is still to come"
        return
    assert (recorded, marked) == (1, 1)
    (outcome,) = [envelope.data for envelope in await desk.outcomes([command])]
    person = everybody[command.data.actor.telegram_id]
    assert outcome.person_id == person.id

    def decided(version: int) -> Any:
        terms = desk.organisation.of({})
        at = Context(person, command.time, uuid4(), told.files[version], terms=terms)
        return decide(command.data, told.states[version], at)

    if isinstance(command.data, RegisterPerson):
        assert isinstance(outcome, CommandDone if person.active else CommandRefused)
        return
    moments = range((outcome.version or 0) + 1)
    if isinstance(outcome, CommandRefused):
        assert versions == []
        refusals = [one for one in map(decided, moments) if isinstance(one, Refusal)]
        said = (outcome.reason, outcome.who, outcome.limit, outcome.length)
        names = {one.id: one.name for one in everybody.values()}
        assert said in [(one.reason, names.get(one.who) if one.who else None, one.limit, one.size) for one in refusals]
    elif outcome.changed:
        assert versions == list(range(versions[0], versions[0] + len(versions))), "nothing in between"
        again, state = decided(versions[0] - 1), told.states[versions[0] - 1]
        assert len(again) == len(versions)
        for event, version in zip(again, versions, strict=True):
            state, was = evolve(state, event), told.states[version]
            assert was is not None
            # Decided at another moment, all but the times is the same.
            times = {
                name: getattr(was, name)
                for name in ("created_at", "updated_at", "deadlines", "closed_at", "confirms_at")
            }
            assert replace(state, **times, rejection_text_id=was.rejection_text_id) == was
    else:
        assert versions == []
        assert () in list(map(decided, moments))


async def audit(desk: Desk, commands: Sequence[Envelope[Any]], ids: Sequence[UUID]) -> None:
    """Everything that must hold when all is quiet again."""
    async with desk.database.transaction() as connection:
        senders = {command.data.actor.telegram_id for command in commands} | {one.telegram_id for one in CAST}
        everybody = {id: person for id in senders if (person := await people.by_telegram_id(connection, id))}
    for person in everybody.values():
        about = await desk.rows(
            "SELECT version, type FROM events WHERE aggregate_type = 'person' AND aggregate_id = :id ORDER BY id",
            id=person.id,
        )
        assert [row.version for row in about] == list(range(1, person.version + 1))
        assert sum(row.type == "zavhoz.person.registered.v1" for row in about) == 1
    told = {id: await replay(desk, id) for id in ids}
    for id in ids:
        await rows_are_what_the_events_say(desk, id, told[id])
    for command in commands:
        await answers_were_right(desk, command, told[getattr(command.data, "request_id", ids[0])], everybody)
    for stray in ("SELECT count(*) - count(DISTINCT number) FROM requests", _UNCAUSED):
        assert await desk.value(stray) == 0
    assert await desk.value("SELECT coalesce(max(number), 0) - count(*) FROM requests") == 0, "numbers are dense"


_UNCAUSED: Final = """
    SELECT count(*) FROM events LEFT JOIN inbox ON inbox.message_id = events.command_id
    WHERE inbox.outcome IS NULL OR events.aggregate_type = 'request' AND inbox.outcome->'data'->>'changed' <> 'true'
"""
CAST: Final = (ANNA, BORIS, PAVEL, MARINA, OLEG, GONE)


@pytest.fixture
async def staffed(desk: Desk) -> Desk:
    """The service with everybody of the cast known to it."""
    await desk.handle(*(one.register() for one in CAST))
    for technician in (BORIS, PAVEL):
        await desk.technician(technician)
    await desk.change("UPDATE people SET active = false WHERE telegram_id = :id", id=GONE.telegram_id)
    return desk


def _race(kind: Kind, one: int, other: int, file: int = 0) -> tuple[list[Ask], list[list[Group]]]:
    """Two people do the same at once, each with a worker of their own, and everything is delivered to both."""
    asks = [Ask(Kind.CREATE, 0, 0, 0), Ask(Kind.TAKE, 1, 0, 0)][: 1 + (kind is Kind.COMPLETE)]
    asks += [Ask(kind, one, 0, file), Ask(kind, other, 0, file)]
    first, second = len(asks) - 2, len(asks) - 1
    before = [Group(list(range(first)), Fate.LIVES)]
    ours, theirs = Group([first], Fate.DIES_BEFORE_ACK), Group([second], Fate.LIVES)
    return asks, [[*before, ours, theirs], [*before, theirs, ours]]


@pytest.mark.timeout(600)
@settings(
    max_examples=max(settings().max_examples // 4, 1),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=plans())
@example(plan=_race(Kind.CREATE, 0, 6))
@example(plan=_race(Kind.TAKE, 1, 2))
@example(plan=_race(Kind.COMPLETE, 1, 3))
@example(plan=_race(Kind.REJECT, 3, 4, 1))
@example(plan=_race(Kind.ATTACH, 0, 3, 2))
@example(plan=_race(Kind.COMMENT, 5, 0, 2))
async def test_two_workers_at_once_leave_what_one_could_have_left(
    staffed: Desk, plan: tuple[list[Ask], list[list[Group]]]
) -> None:
    asks, workers = plan
    ids = [uuid4() for _ in range(REQUESTS)]
    cast = [*CAST, Sender(next(_strangers), "Stranger")]
    commands = [_command(ask, cast[ask.by], ids[ask.request]) for ask in asks]
    async with asyncio.TaskGroup() as group:
        for groups in workers:
            group.create_task(Worker(staffed, commands).run(groups), name="worker")
    for command in commands:  # what was left on the ladder comes again, and everything else once more too
        try:
            await _commit(staffed, [command])
        except NotFiledYet:
            continue
    await audit(staffed, commands, ids)
