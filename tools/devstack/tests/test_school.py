"""The demo's school before anything runs: its history is one that people could have had."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_args
from uuid import UUID, uuid4

import pytest

from zavhoz_contracts.categories.v1.commands import CategoryField, ChangeCategory
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.groups.v1.commands import BindGroup
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.organisation.v1.commands import SetSetting
from zavhoz_contracts.people.v1.commands import PersonCommand, RegisterPerson
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.commands import AssignRequest, CreateRequest, MergeRequest, RequestCommand
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_devstack.environment import DEMO_MANAGERS
from zavhoz_devstack.seeding.cases import Action
from zavhoz_devstack.seeding.desk import ANSWERS, CATEGORIES, SORTED, category_of
from zavhoz_devstack.seeding.history import Given, Photo, everything, filed_at
from zavhoz_devstack.seeding.people import GRACE, PEOPLE
from zavhoz_devstack.seeding.places import TREE
from zavhoz_devstack.seeding.school import CASES
from zavhoz_requests.application.loading import read
from zavhoz_requests.domain import categories, organisation, replies
from zavhoz_requests.domain.categories import Shelf
from zavhoz_requests.domain.decide import decide
from zavhoz_requests.domain.decision import Context, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.groups import Binding, bind
from zavhoz_requests.domain.people import newcomer
from zavhoz_requests.domain.places import Changes, plan
from zavhoz_requests.domain.staffing import Staffing, change
from zavhoz_requests.domain.state import Category, Person, Request
from zavhoz_requests.domain.terms import Terms
from zavhoz_sandbox.page.samples import samples

Result = TypeVar("Result")
NOWS = [
    datetime(2026, 11, 25, 0, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 12, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
]
NAMES = {name for case in CASES for names in (case.photos, *(step.photos for step in case.then)) for name in names}
PHOTOS = {name: Photo(f"id of {name}", f"unique {name}", 1) for name in NAMES}
IDS = {one.id: uuid4() for one in PEOPLE}


def given(now: datetime) -> Given:
    return Given(now, PHOTOS, IDS)


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_it_lies_behind_us_within_two_weeks(now: datetime) -> None:
    history = everything(given(now))
    times = [command.time for command in history]
    assert times == sorted(times)
    assert times[-1] <= now
    filed = [filed_at(case, now) for case in CASES]
    assert filed == sorted(filed)
    assert now - timedelta(days=15) < filed[0] < now - timedelta(days=13)
    assert now - filed[-1] < timedelta(days=2)
    busy = Counter(at.date() for at in filed)
    assert len(busy) >= 9
    assert max(busy.values()) >= 2 * min(busy.values())


def test_its_photos_are_samples_of_the_stand_in() -> None:
    assert {one["name"] for one in samples() if one["kind"] == "photo"} >= NAMES


def test_it_is_the_same_each_time() -> None:
    first, second = (everything(given(NOWS[0])) for _ in range(2))
    assert first == second
    assert len({command.id for command in first}) == len(first)


def test_everybody_and_everything_is_in_it() -> None:
    assert len({one.id for one in PEOPLE}) == len(PEOPLE)
    steps = [step for case in CASES for step in case.then]
    assert {case.who for case in CASES} | {step.who for step in steps} == set(PEOPLE) - {GRACE}
    assert {step.action for step in steps} == set(get_args(Action))
    found = [category_of(case) for case in CASES]
    assert None in found
    assert all(category in found for category in CATEGORIES)
    assert {case.words for case in CASES} >= SORTED.keys() | ANSWERS.keys()
    assert {case.priority for case in CASES} == set(Priority)
    assert any(len(case.photos) > 1 for case in CASES)
    assert any(step.photos for case in CASES for step in case.then)
    assert {one.language for one in PEOPLE} == {"ru", "en"}


class School:
    """What the domain makes of the commands: whoever they are about, in memory."""

    def __init__(self, now: datetime) -> None:
        rows, wrong = read(TREE.encode())
        changes = plan(rows, {}, now, archive_missing=False)
        assert not wrong
        assert isinstance(changes, Changes)
        self.places = {place.code: place for place in changes.written}
        self.people: dict[int, Person] = {}
        self.requests: dict[UUID, Request] = {}
        self.numbered: list[UUID] = []
        self.categories: dict[UUID, Category] = {}
        self.replies: dict[UUID, tuple[str, str]] = {}
        self.chosen: dict[str, str] = {}

    def person(self, id: UUID | None) -> Person | None:
        return next((one for one in self.people.values() if one.id == id), None)

    def play(self, command: Envelope[Any]) -> None:
        data, at = command.data, command.time
        if isinstance(data, RegisterPerson):
            id = data.actor.telegram_id
            person = newcomer(IDS[id], data.actor, at)
            self.people[id] = replace(person, role=Role.MANAGER) if id in DEMO_MANAGERS else person
            return
        by = self.people[data.actor.telegram_id]
        match data:
            case PersonCommand():
                managers = {one.id for one in self.people.values() if one.role is Role.MANAGER}
                staffing = Staffing(by, self.person(data.person_id), at, managers, managers, self.places)
                after, _ = done(change(data, staffing))
                self.people[after.telegram_id] = after
            case ChangeCategory():
                assignee = self.person(UUID(data.value)) if data.field is CategoryField.ASSIGNEE else None
                category, _ = done(categories.change(data, Shelf(by, at, self.categories, assignee)))
                self.categories[category.id] = category
            case ChangeReply():
                done(replies.change(data, by, at, self.replies))
                self.replies[data.reply_id] = data.language, data.text or ""
            case SetSetting():
                value = organisation.read(data.setting, data.value or "")
                assert isinstance(value, str), data
                self.chosen[data.setting.value] = value
            case BindGroup():
                done(bind(data, Binding(by, at, at, None, self.places, uuid4())))
            case RequestCommand():
                self._about_request(data, by, at)
            case _:
                raise AssertionError(data)

    def _about_request(self, data: Any, by: Person, at: datetime) -> None:
        request = self.requests.get(data.request_id)
        target = self.requests[self.numbered[data.into - 1]] if isinstance(data, MergeRequest) else None
        named = data.category_id if isinstance(data, CreateRequest) else None
        by_category = self.categories[named].assignee_id if named else None
        assignee = self.person(data.assignee_id if isinstance(data, AssignRequest) else by_category)
        terms = organisation.terms_of(Terms(), self.chosen)
        context = Context(by, at, uuid4(), terms=terms, places=self.places, target=target, assignee=assignee)
        events = done(decide(data, request, replace(context, categories=self.categories)))
        assert events, data
        if isinstance(data, CreateRequest):
            self.numbered.append(data.request_id)
        for event in events:
            self.requests[event.request_id] = evolve(self.requests.get(event.request_id), event)


def done(decided: Result | Refusal) -> Result:
    assert not isinstance(decided, Refusal), decided
    return decided


@pytest.mark.parametrize("now", [NOWS[0] + timedelta(days=more, hours=13) for more in range(7)], ids="{:%A}".format)
def test_the_domain_lets_all_of_it_happen_and_every_state_is_there(now: datetime) -> None:
    school = School(now)
    for command in everything(given(now)):
        school.play(command)
    requests = school.requests.values()
    ended = Counter(request.status for request in requests)
    assert len(requests) == len(CASES)
    assert set(ended) == set(Status)
    assert all(count >= 3 for count in ended.values()), ended
    # On any day of the week something is late, and not everything.
    waiting = [one for one in requests if one.status in (Status.OPEN, Status.IN_PROGRESS)]
    late = [one for one in waiting if now > (one.deadlines.react_by or one.deadlines.due_at or now)]
    assert 1 <= len(late) < len(waiting), late
    held = [one.held_until for one in requests if one.status is Status.ON_HOLD]
    assert all(until is None or until > now for until in held)
    assert any(held)
