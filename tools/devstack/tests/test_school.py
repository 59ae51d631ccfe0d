"""The demo's school before anything runs: its history is one that people could have had."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.people.v1.commands import RegisterPerson
from zavhoz_contracts.requests.v1.commands import CreateRequest, MergeRequest
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_devstack.environment import MANAGER_ID, TECHNICIAN_ID
from zavhoz_devstack.seeding.history import Photo, commands, filed_at
from zavhoz_devstack.seeding.people import PEOPLE
from zavhoz_devstack.seeding.places import TREE
from zavhoz_devstack.seeding.school import CASES
from zavhoz_requests.application.loading import read
from zavhoz_requests.domain.decide import decide
from zavhoz_requests.domain.decision import Context, Refusal
from zavhoz_requests.domain.evolve import evolve
from zavhoz_requests.domain.people import newcomer
from zavhoz_requests.domain.places import Changes, plan
from zavhoz_requests.domain.state import Person, Request
from zavhoz_sandbox.page.samples import samples

NOWS = [
    datetime(2026, 11, 25, 0, 1, tzinfo=UTC),
    datetime(2026, 3, 1, 12, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 59, tzinfo=UTC),
]
NAMES = {name for case in CASES for names in (case.photos, *(step.photos for step in case.then)) for name in names}
PHOTOS = {name: Photo(f"id of {name}", f"unique {name}", 1) for name in NAMES}


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_it_lies_behind_us_within_two_weeks(now: datetime) -> None:
    history = commands(now, PHOTOS)
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
    first, second = (commands(NOWS[0], PHOTOS) for _ in range(2))
    assert first == second
    assert len({command.id for command in first}) == len(first)


def test_everybody_and_everything_is_in_it() -> None:
    assert len({one.id for one in PEOPLE}) == len(PEOPLE)
    assert {case.who for case in CASES} | {step.who for case in CASES for step in case.then} == set(PEOPLE)
    assert {case.priority for case in CASES} == set(Priority)
    assert any(len(case.photos) > 1 for case in CASES)
    assert any(step.photos for case in CASES for step in case.then)
    assert {one.language for one in PEOPLE} == {"ru", "en"}


def test_the_domain_lets_all_of_it_happen_and_every_state_is_there() -> None:
    rows, wrong = read(TREE.encode())
    changes = plan(rows, {}, NOWS[0], archive_missing=False)
    assert not wrong
    assert isinstance(changes, Changes)
    places = {place.code: place for place in changes.written}
    people: dict[int, Person] = {}
    requests: dict[UUID, Request] = {}
    numbered: list[UUID] = []
    for command in commands(NOWS[0], PHOTOS):
        data: Any = command.data
        telegram_id = data.actor.telegram_id
        if isinstance(data, RegisterPerson):
            person = newcomer(uuid4(), data.actor, command.time)
            manages = telegram_id in (MANAGER_ID, TECHNICIAN_ID)
            people[telegram_id] = replace(person, role=Role.MANAGER) if manages else person
            continue
        request = requests.get(data.request_id)
        target = requests[numbered[data.into - 1]] if isinstance(data, MergeRequest) else None
        context = Context(people[telegram_id], command.time, uuid4(), places=places, target=target)
        decision = decide(data, request, context)
        assert not isinstance(decision, Refusal), (command, decision)
        if isinstance(data, CreateRequest):
            numbered.append(data.request_id)
        for event in decision:
            requests[event.request_id] = evolve(requests.get(event.request_id), event)
    ended = Counter(request.status for request in requests.values())
    assert len(requests) == len(CASES)
    assert set(ended) == set(Status)
    assert all(count >= 3 for count in ended.values()), ended
