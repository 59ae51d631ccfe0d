"""What managers do to people: every reason for a refusal, what is kept of it, and how people are read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests_support import ANNA, BORIS, MARINA, NOW, OLEG, Desk, Sender, Served, tg

from zavhoz_contracts import limits
from zavhoz_contracts.api.client import Forbidden, InvalidQuery, NotFound
from zavhoz_contracts.api.people import HISTORY_MOST, Change, PeopleView
from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.message import Message, Role
from zavhoz_contracts.people.v1.events import PersonAreasChanged
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_messaging.testing import wait_until
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.people import ActiveChanged, AreasChanged, RoleChanged, newcomer
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.staffing import Staffing, change
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import people, places

VERA = Sender(700_010, "Vera")
"""A manager from outside the list of the first ones."""


def place(code: str, *above: str, archived: bool = False) -> Place:
    """A place in others, by their codes from the root."""
    path = " › ".join((*above, code))
    parent = above[-1] if above else None
    return Place(code, parent, PlaceKind.SITE, code, path, NOW if archived else None, frozenset({code, *above}))


TREE = (
    place("school"),
    place("house", "school"),
    place("r1", "school", "house"),
    place("dorm"),
    place("ruin", archived=True),
)
PLACES = {one.code: one for one in TREE}


def person(role: Role = Role.REQUESTER, *areas: str, active: bool = True) -> Person:
    return replace(newcomer(uuid4(), ANNA.actor, NOW), version=1, role=role, areas=frozenset(areas), active=active)


@dataclass
class Office:
    """The people that decisions are about."""

    by: Person
    about: Person | None
    others: Sequence[Person] = ()
    listed: bool = False
    places: Mapping[str, Place] | None = None

    def decide(self, command: Envelope[Any]) -> Any:
        managers = {one for one in (self.by, self.about, *self.others) if one and one.role is Role.MANAGER}
        active = [one for one in managers if one.active]
        staffing = Staffing(
            by=self.by,
            about=self.about,
            now=NOW,
            managers={one.id for one in active},
            unlimited={one.id for one in active if not one.areas},
            places=PLACES if self.places is None else self.places,
            listed=self.listed,
        )
        return change(command.data, staffing)


def reason_of(decided: Any) -> RefusalReason:
    assert isinstance(decided, Refusal), decided
    return decided.reason


BOSS = person(Role.MANAGER)
EVERY = (
    MARINA.set_role(uuid4(), Role.TECHNICIAN),
    MARINA.set_areas(uuid4(), "school"),
    MARINA.set_active(uuid4(), active=False),
)


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command.type)
@pytest.mark.parametrize(
    "by",
    [person(), person(Role.TECHNICIAN), person(Role.MANAGER, "school"), person(Role.MANAGER, active=False)],
    ids=["requester", "technician", "limited manager", "deactivated manager"],
)
def test_only_a_manager_who_is_limited_to_nothing_may(command: Envelope[Any], by: Person) -> None:
    assert reason_of(Office(by, person(Role.TECHNICIAN), [BOSS]).decide(command)) is RefusalReason.NOT_ALLOWED
    # Not even whether there is somebody is told.
    assert reason_of(Office(by, None, [BOSS]).decide(command)) is RefusalReason.NOT_ALLOWED


@pytest.mark.parametrize("command", EVERY, ids=lambda command: command.type)
def test_there_has_to_be_somebody(command: Envelope[Any]) -> None:
    assert reason_of(Office(BOSS, None).decide(command)) is RefusalReason.PERSON_NOT_FOUND
    erased = replace(person(), erased=True)
    assert reason_of(Office(BOSS, erased).decide(command)) is RefusalReason.PERSON_NOT_FOUND


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.REQUESTER])
def test_the_last_manager_stays_one(role: Role) -> None:
    command = MARINA.set_role(BOSS.id, role)
    assert reason_of(Office(BOSS, BOSS).decide(command)) is RefusalReason.LAST_MANAGER
    # Another one who is deactivated is none.
    gone = person(Role.MANAGER, active=False)
    assert reason_of(Office(BOSS, BOSS, [gone]).decide(command)) is RefusalReason.LAST_MANAGER
    other = person(Role.MANAGER)
    after, events = Office(BOSS, BOSS, [other]).decide(command)
    assert (after.role, after.version) == (role, BOSS.version + 1)
    assert events == (RoleChanged(BOSS.id, role, Role.MANAGER, NOW, BOSS.id),)


def test_the_last_one_who_is_limited_to_nothing_stays_so() -> None:
    limited = person(Role.MANAGER, "school")
    for command in (MARINA.set_role(BOSS.id, Role.TECHNICIAN), MARINA.set_areas(BOSS.id, "dorm")):
        decided = Office(BOSS, BOSS, [limited]).decide(command)
        assert reason_of(decided) is RefusalReason.LAST_UNLIMITED_MANAGER
    # The only manager of all is the last one in this sense too, when it is about places.
    decided = Office(BOSS, BOSS).decide(MARINA.set_areas(BOSS.id, "dorm"))
    assert reason_of(decided) is RefusalReason.LAST_UNLIMITED_MANAGER
    after, _ = Office(BOSS, BOSS, [person(Role.MANAGER)]).decide(MARINA.set_areas(BOSS.id, "dorm"))
    assert after.areas == {"dorm"}


def test_who_becomes_a_manager_again_at_once_is_not_demoted() -> None:
    listed = person(Role.MANAGER)
    decided = Office(BOSS, listed, listed=True).decide(MARINA.set_role(listed.id, Role.REQUESTER))
    assert reason_of(decided) is RefusalReason.LISTED_MANAGER
    assert decided.who == listed.id
    # Who is no manager has nothing to do with the list.
    after, _ = Office(BOSS, person(), listed=True).decide(MARINA.set_role(listed.id, Role.TECHNICIAN))
    assert after.role is Role.TECHNICIAN


def test_places_limit_the_staff_alone() -> None:
    decided = Office(BOSS, person()).decide(MARINA.set_areas(uuid4(), "school"))
    assert reason_of(decided) is RefusalReason.NOT_STAFF


def test_a_place_has_to_be_there() -> None:
    about = person(Role.TECHNICIAN, "dorm")
    for codes in (("nowhere",), ("ruin",), ("school", "ruin"), ("",)):
        decided = Office(BOSS, about).decide(MARINA.set_areas(about.id, *codes))
        assert reason_of(decided) is RefusalReason.PLACE_NOT_FOUND, codes


def test_a_place_that_was_archived_since_may_stay_and_go() -> None:
    about = person(Role.TECHNICIAN, "ruin")
    after, _ = Office(BOSS, about).decide(MARINA.set_areas(about.id, "dorm", "ruin"))
    assert after.areas == {"dorm", "ruin"}
    after, _ = Office(BOSS, about).decide(MARINA.set_areas(about.id))
    assert after.areas == set()


def test_there_are_not_too_many_places() -> None:
    many = {f"p{number}": place(f"p{number}") for number in range(limits.AREAS_MAX + 1)}
    about = person(Role.TECHNICIAN)
    decided = Office(BOSS, about, places=many).decide(MARINA.set_areas(about.id, *many))
    assert reason_of(decided) is RefusalReason.TOO_MANY_AREAS
    assert (decided.limit, decided.size) == (limits.AREAS_MAX, limits.AREAS_MAX + 1)
    after, _ = Office(BOSS, about, places=many).decide(MARINA.set_areas(about.id, *list(many)[1:]))
    assert len(after.areas) == limits.AREAS_MAX


def test_places_in_others_of_them_are_left_out_before_they_are_counted() -> None:
    about = person(Role.TECHNICIAN)
    after, events = Office(BOSS, about).decide(MARINA.set_areas(about.id, "r1", "school", "dorm", "house", "dorm"))
    assert after.areas == {"school", "dorm"}
    assert events == (AreasChanged(about.id, ("dorm", "school"), (), NOW, BOSS.id),)
    rooms = {f"p{number}": place(f"p{number}", "school") for number in range(limits.AREAS_MAX + 5)}
    after, _ = Office(BOSS, about, places=PLACES | rooms).decide(MARINA.set_areas(about.id, "school", *rooms))
    assert after.areas == {"school"}


def test_nobody_deactivates_themselves() -> None:
    decided = Office(BOSS, BOSS, [person(Role.MANAGER)]).decide(MARINA.set_active(BOSS.id, active=False))
    assert reason_of(decided) is RefusalReason.NOT_YOURSELF


@pytest.mark.parametrize("active", [True, False])
def test_access_is_taken_away_and_given_back(active: bool) -> None:
    about = person(Role.TECHNICIAN, "dorm", active=not active)
    after, events = Office(BOSS, about).decide(MARINA.set_active(about.id, active=active))
    assert (after.active, after.role, after.areas, after.version) == (active, Role.TECHNICIAN, {"dorm"}, 2)
    assert events == (ActiveChanged(about.id, active, NOW, BOSS.id),)


def test_what_is_so_already_does_not_happen() -> None:
    about = person(Role.TECHNICIAN, "dorm")
    same = (
        MARINA.set_role(about.id, Role.TECHNICIAN),
        MARINA.set_areas(about.id, "dorm", "dorm"),
        MARINA.set_active(about.id, active=True),
    )
    for command in same:
        assert Office(BOSS, about).decide(command) == (about, ())
    # The last manager is one already, and is limited to nothing already.
    assert Office(BOSS, BOSS).decide(MARINA.set_role(BOSS.id, Role.MANAGER)) == (BOSS, ())
    assert Office(BOSS, BOSS).decide(MARINA.set_areas(BOSS.id)) == (BOSS, ())


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.MANAGER])
def test_who_leaves_the_staff_is_limited_to_nothing_either(role: Role) -> None:
    about = person(role, "dorm", "school")
    after, events = Office(BOSS, about).decide(MARINA.set_role(about.id, Role.REQUESTER))
    assert (after.role, after.areas, after.version) == (Role.REQUESTER, frozenset(), 3)
    assert events == (
        RoleChanged(about.id, Role.REQUESTER, role, NOW, BOSS.id),
        AreasChanged(about.id, (), ("dorm", "school"), NOW, BOSS.id),
    )
    other = Role.MANAGER if role is Role.TECHNICIAN else Role.TECHNICIAN
    after, _ = Office(BOSS, about).decide(MARINA.set_role(about.id, other))
    assert after.areas == about.areas, "another role of the staff is limited as before"


_PEOPLE = st.builds(
    lambda role, areas, active: person(role, *(areas if role is not Role.REQUESTER else ()), active=active),
    st.sampled_from(Role),
    st.frozensets(st.sampled_from(["school", "dorm"]), max_size=1),
    st.booleans(),
)


@given(st.lists(_PEOPLE, min_size=1, max_size=4), st.data())
def test_there_is_always_a_manager_who_may(others: list[Person], data: st.DataObject) -> None:
    """Whatever managers do one after another, one who is limited to nothing is left."""
    office = {one.id: one for one in (BOSS, *others)}
    for _ in range(6):
        by, about = (office[data.draw(st.sampled_from(list(office)))] for _ in range(2))
        whom = st.just(about.id)
        command = data.draw(
            st.one_of(
                st.builds(MARINA.set_role, whom, st.sampled_from(Role)),
                st.builds(MARINA.set_active, whom, active=st.booleans()),
                st.builds(
                    lambda person_id, codes: MARINA.set_areas(person_id, *codes),
                    whom,
                    st.lists(st.sampled_from(list(PLACES)), max_size=2),
                ),
            )
        )
        decided = Office(by, about, list(office.values())).decide(command)
        if not isinstance(decided, Refusal):
            office[about.id] = decided[0]
    assert any(one.role is Role.MANAGER and one.active and not one.areas for one in office.values())


# Through commands and PostgreSQL.


@pytest.fixture
async def town(desk: Desk) -> Desk:
    """Marina is the first manager; Boris is known; the places are there."""
    await desk.handle(MARINA.register(), ANNA.register(), BORIS.register())
    await desk.database.run(lambda connection: places.write(connection, TREE))
    return desk


async def only(desk: Desk, command: Envelope[Any]) -> Message:
    (outcome,) = await desk.handle(command)
    return outcome


async def done(desk: Desk, command: Envelope[Any], *, changed: bool = True) -> CommandDone:
    outcome = await only(desk, command)
    assert isinstance(outcome, CommandDone), outcome
    assert outcome.changed is changed
    assert outcome.about_id == command.data.person_id
    return outcome


async def refused(desk: Desk, command: Envelope[Any]) -> CommandRefused:
    outcome = await only(desk, command)
    assert isinstance(outcome, CommandRefused), outcome
    assert outcome.about_id == command.data.person_id
    return outcome


async def told(desk: Desk, person_id: UUID) -> list[tuple[str, Any]]:
    """What happened to somebody, in order, without a gap, with who did it."""
    rows = await desk.rows(
        "SELECT type, version, data FROM events WHERE aggregate_type = 'person' AND aggregate_id = :id ORDER BY id",
        id=person_id,
    )
    assert [row.version for row in rows] == list(range(1, len(rows) + 1))
    return [(row.type.split(".")[2], row.data.get("actor_id")) for row in rows]


async def test_a_role_places_and_access_are_kept_and_told(town: Desk) -> None:
    boris, marina = await town.person_id(BORIS), await town.person_id(MARINA)
    await done(town, MARINA.set_role(boris, Role.TECHNICIAN))
    await done(town, MARINA.set_role(boris, Role.TECHNICIAN), changed=False)
    await done(town, MARINA.set_areas(boris, "r1", "house", "dorm"))
    await done(town, MARINA.set_areas(boris, "dorm", "house"), changed=False)
    await done(town, MARINA.set_active(boris, active=False))
    (row,) = await town.rows("SELECT role, areas, active, version FROM people WHERE id = :id", id=boris)
    assert (row.role, sorted(row.areas), row.active, row.version) == ("technician", ["dorm", "house"], False, 4)
    # Deactivated, they may do nothing: not even what changes nothing.
    late = await refused(town, BORIS.set_active(boris, active=True))
    assert late.reason is RefusalReason.DEACTIVATED
    await done(town, MARINA.set_active(boris, active=True))
    await done(town, MARINA.set_role(boris, Role.REQUESTER))
    by = str(marina)
    assert await told(town, boris) == [
        ("registered", None),
        ("role_changed", by),
        ("areas_changed", by),
        ("deactivated", by),
        ("activated", by),
        ("role_changed", by),
        ("areas_changed", by),
    ]
    data = await town.value("SELECT data FROM events WHERE aggregate_id = :id ORDER BY id DESC LIMIT 1", id=boris)
    cleared = PersonAreasChanged.model_validate(data)
    assert (cleared.areas, cleared.previous) == ((), ("dorm", "house"))


async def test_the_stored_role_decides_not_the_button(town: Desk) -> None:
    boris, anna = await town.person_id(BORIS), await town.person_id(ANNA)
    await town.technician(BORIS)
    for sender, about in ((ANNA, boris), (BORIS, anna), (BORIS, boris)):
        forged = (
            sender.set_role(about, Role.MANAGER),
            sender.set_areas(about),
            sender.set_active(about, active=False),
        )
        for command in forged:
            assert (await refused(town, command)).reason is RefusalReason.NOT_ALLOWED
    limited = replace(VERA, telegram_id=700_011)
    await town.handle(limited.register())
    await done(town, MARINA.set_role(await town.person_id(limited), Role.MANAGER))
    await done(town, MARINA.set_areas(await town.person_id(limited), "school"))
    assert (await refused(town, limited.set_role(anna, Role.MANAGER))).reason is RefusalReason.NOT_ALLOWED
    assert await town.value("SELECT count(*) FROM people WHERE role = 'manager'") == 2


async def test_refusals_name_whom_and_how_many(town: Desk) -> None:
    boris, marina = await town.person_id(BORIS), await town.person_id(MARINA)
    assert (await refused(town, MARINA.set_role(uuid4(), Role.MANAGER))).reason is RefusalReason.PERSON_NOT_FOUND
    assert (await refused(town, MARINA.set_role(marina, Role.REQUESTER))).reason is RefusalReason.LAST_MANAGER
    assert (await refused(town, MARINA.set_active(marina, active=False))).reason is RefusalReason.NOT_YOURSELF
    assert (await refused(town, MARINA.set_areas(boris, "school"))).who == "Boris"
    # Oleg is listed too: as long as no manager from outside the list exists, he would be one again at once.
    await town.handle(OLEG.register())
    listed = await refused(town, MARINA.set_role(await town.person_id(OLEG), Role.TECHNICIAN))
    assert (listed.reason, listed.who) == (RefusalReason.LISTED_MANAGER, "Oleg")
    await done(town, MARINA.set_role(boris, Role.MANAGER))
    await done(town, MARINA.set_role(await town.person_id(OLEG), Role.TECHNICIAN))
    await done(town, BORIS.set_role(marina, Role.REQUESTER))
    await town.handle(MARINA.register())
    assert await town.value("SELECT role FROM people WHERE id = :id", id=marina) == "requester", "and stays one"
    many = [place(f"p{number}") for number in range(limits.AREAS_MAX + 1)]
    await town.database.run(lambda connection: places.write(connection, many))
    oleg = await town.person_id(OLEG)
    too_many = await refused(town, BORIS.set_areas(oleg, *(one.code for one in many)))
    assert (too_many.limit, too_many.length) == (limits.AREAS_MAX, limits.AREAS_MAX + 1)
    for code in ("ruin", "nowhere"):
        assert (await refused(town, BORIS.set_areas(oleg, code))).reason is RefusalReason.PLACE_NOT_FOUND


async def at_once(desk: Desk, first: Envelope[Any], second: Envelope[Any]) -> tuple[Message, Message]:
    """Have the second decided while the first one's transaction is under way."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.TaskGroup() as group, desk.database.transaction() as connection:
        await desk.handler.handle(connection, [first])
        other = group.create_task(desk.handle(second))

        async def held_up() -> bool:
            return other.done() or bool(await desk.value(waiting))

        await wait_until(held_up, "the second one sees that there is a first, or is through")
    (outcome,) = await desk.outcomes([first])
    (late,) = await other
    return outcome.data, late


async def test_of_two_managers_who_demote_each_other_one_stays(town: Desk) -> None:
    await town.handle(VERA.register())
    vera, marina = await town.person_id(VERA), await town.person_id(MARINA)
    await done(town, MARINA.set_role(vera, Role.MANAGER))
    outcome, late = await at_once(town, MARINA.set_role(vera, Role.REQUESTER), VERA.set_role(marina, Role.REQUESTER))
    assert isinstance(outcome, CommandDone)
    assert isinstance(late, CommandRefused)
    assert late.reason is RefusalReason.NOT_ALLOWED, "she is no manager any more"
    assert await town.value("SELECT count(*) FROM people WHERE role = 'manager' AND active") == 1


@pytest.mark.parametrize("how", ["less", "limited"])
async def test_of_two_managers_who_make_less_of_themselves_at_once_one_stays(town: Desk, how: str) -> None:
    """They lock each their own row alone: what keeps them apart is the lock about managers."""
    await town.handle(VERA.register(), OLEG.register())
    vera, boris = await town.person_id(VERA), await town.person_id(BORIS)
    for one in (vera, boris):
        await done(town, MARINA.set_role(one, Role.MANAGER))
    for one in (MARINA, OLEG):
        await done(town, VERA.set_role(await town.person_id(one), Role.TECHNICIAN))
    if how == "less":
        first, second = VERA.set_role(vera, Role.TECHNICIAN), BORIS.set_role(boris, Role.TECHNICIAN)
    else:
        first, second = VERA.set_areas(vera, "school"), BORIS.set_areas(boris, "dorm")
    outcome, late = await at_once(town, first, second)
    assert isinstance(outcome, CommandDone)
    assert isinstance(late, CommandRefused)
    expected = RefusalReason.LAST_MANAGER if how == "less" else RefusalReason.LAST_UNLIMITED_MANAGER
    assert late.reason is expected
    left = "SELECT count(*) FROM people WHERE role = 'manager' AND active AND areas = '{}'"
    assert await town.value(left) == 1


async def test_commands_of_one_group_see_what_the_former_did(town: Desk) -> None:
    boris, marina = await town.person_id(BORIS), await town.person_id(MARINA)
    promoted, by_him, last = await town.handle(
        MARINA.set_role(boris, Role.MANAGER),
        BORIS.set_role(marina, Role.TECHNICIAN),
        BORIS.set_role(boris, Role.REQUESTER),
    )
    assert isinstance(promoted, CommandDone)
    assert isinstance(by_him, CommandDone)
    assert isinstance(last, CommandRefused)
    assert last.reason is RefusalReason.LAST_MANAGER


# As managers read of it.


async def crowd(desk: Desk, *names: tuple[str, str | None]) -> None:
    for number, (name, username) in enumerate(names):
        await desk.handle(Sender(800_000 + number, name, username=username).register())


async def test_people_are_listed_by_role_and_name_and_paged(town: Desk, served: Served) -> None:
    await town.technician(BORIS)
    await crowd(town, *((f"Person {number:02}", None) for number in range(20)))
    api, as_ = served.api, tg(MARINA)
    first = await api.people(as_)
    assert [line.name for line in first.items[:4]] == ["Marina", "Boris", "Anna", "Person 00"]
    assert (first.page, first.pages, first.total, len(first.items)) == (1, 3, 23, 8)
    last = await api.people(as_, page=3)
    assert [line.name for line in last.items] == [f"Person {number:02}" for number in range(13, 20)]
    assert await api.people(as_, page=99) == last, "beyond the last is the last"
    assert [line.name for line in (await api.people(as_, PeopleView.STAFF)).items] == ["Marina", "Boris"]
    assert (await api.people(as_, PeopleView.REQUESTERS)).total == 21


async def test_marks_and_views_tell_who_is_limited_gone_or_out_of_reach(town: Desk, served: Served) -> None:
    boris, anna = await town.person_id(BORIS), await town.person_id(ANNA)
    await done(town, MARINA.set_role(boris, Role.TECHNICIAN))
    await done(town, MARINA.set_areas(boris, "school", "dorm"))
    await done(town, MARINA.set_active(anna, active=False))
    await crowd(town, ("Gone", None))
    said = datetime(2027, 1, 1, tzinfo=UTC)
    gone = await town.value("SELECT id FROM people WHERE name = 'Gone'")
    await town.database.run(lambda connection: people.set_reachable(connection, [(gone, False, said)]))
    api, as_ = served.api, tg(MARINA)
    (line,) = [one for one in (await api.people(as_, PeopleView.STAFF)).items if one.person_id == boris]
    assert (line.role, line.areas, line.active, line.reachable) == (Role.TECHNICIAN, 2, True, True)
    (line,) = (await api.people(as_, PeopleView.INACTIVE)).items
    assert (line.person_id, line.active) == (anna, False)
    (line,) = (await api.people(as_, PeopleView.UNREACHABLE)).items
    assert (line.name, line.reachable) == ("Gone", False)
    assert (await api.people(as_)).total == 4


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("семён", ["Семен Чётный", "Семён Ёлкин"]),
        ("СЕМЕН", ["Семен Чётный", "Семён Ёлкин"]),
        ("елкин", ["Семён Ёлкин"]),
        ("ёлк сем", ["Семён Ёлкин"]),
        ("100%", ["100% Bob"]),
        ("%", ["100% Bob"]),
        ("_", ["Under_score"]),
        ("\\", []),
        ("@fix_it", ["Under_score"]),
        ("@FIX", ["Under_score"]),
        ("score @fix", ["Under_score"]),
        ("nobody", []),
        ("", ["Marina", "100% Bob", "Anna", "Boris", "Under_score", "Семен Чётный", "Семён Ёлкин"]),
    ],
)
async def test_names_are_found_as_people_write_them(town: Desk, served: Served, words: str, names: list[str]) -> None:
    await crowd(
        town, ("Семён Ёлкин", None), ("Семен Чётный", None), ("100% Bob", "bob100"), ("Under_score", "Fix_It_All")
    )
    found = await served.api.people(tg(MARINA), q=words)
    assert sorted(line.name for line in found.items) == sorted(names)
    assert found.total == len(names)


async def test_nobody_else_reads_of_people(town: Desk, served: Served) -> None:
    boris = await town.person_id(BORIS)
    await town.technician(BORIS)
    for sender in (ANNA, BORIS):
        with pytest.raises(Forbidden):
            await served.api.people(tg(sender))
        with pytest.raises(Forbidden):
            await served.api.profile(tg(sender), boris)
    with pytest.raises(NotFound):
        await served.api.profile(tg(MARINA), uuid4())
    with pytest.raises(NotFound):
        await served.api.people("tg:1")
    with pytest.raises(InvalidQuery):
        await served.api.people(tg(MARINA), q="x" * 101)


async def test_a_profile_says_what_they_have_to_do(town: Desk, served: Served) -> None:
    boris = await town.person_id(BORIS)
    await done(town, MARINA.set_role(boris, Role.TECHNICIAN))
    await done(town, MARINA.set_areas(boris, "house", "dorm"))
    taken, held, finished = uuid4(), uuid4(), uuid4()
    for id in (taken, held, finished):
        await town.handle(ANNA.create(id, place_code="r1"), BORIS.take(id))
    await town.handle(BORIS.hold(held), BORIS.complete(finished), BORIS.create())
    found = await served.api.profile(tg(MARINA), boris)
    assert (found.name, found.role, found.active, found.reachable, found.yourself) == (
        "Boris",
        Role.TECHNICIAN,
        True,
        True,
        False,
    )
    assert [(area.code, area.path) for area in found.areas] == [("dorm", "dorm"), ("house", "school › house")]
    assert (found.in_work, found.on_hold, found.filed) == (1, 1, 1)
    assert found.seen_at == NOW
    assert (await served.api.profile(tg(MARINA), await town.person_id(MARINA))).yourself


async def test_a_profile_tells_what_was_changed_last_by_whom(town: Desk, served: Served) -> None:
    boris, marina = await town.person_id(BORIS), await town.person_id(MARINA)
    assert (await served.api.profile(tg(MARINA), boris)).history == ()
    await done(town, MARINA.set_role(boris, Role.TECHNICIAN))
    await done(town, MARINA.set_areas(boris, "r1"))
    await done(town, MARINA.set_areas(boris, "dorm"))
    await done(town, MARINA.set_active(boris, active=False))
    history = (await served.api.profile(tg(MARINA), boris)).history
    assert [one.change for one in history] == [Change.DEACTIVATED, Change.AREAS, Change.AREAS, Change.ROLE]
    assert {(one.by.person_id, one.by.name) for one in history if one.by} == {(marina, "Marina")}
    assert (history[1].previous_areas, history[1].areas) == (("school › house › r1",), ("dorm",))
    assert (history[3].previous, history[3].role) == (Role.REQUESTER, Role.TECHNICIAN)
    await done(town, MARINA.set_active(boris, active=True))
    await done(town, MARINA.set_role(boris, Role.MANAGER))
    latest = (await served.api.profile(tg(MARINA), boris)).history
    assert len(latest) == HISTORY_MOST
    assert [one.change for one in latest[:2]] == [Change.ROLE, Change.ACTIVATED]


async def test_who_is_listed_later_was_made_a_manager_by_nobody(desk: Desk, served: Served) -> None:
    outside = Desk(desk.database, first_managers=frozenset({MARINA.telegram_id}))
    await outside.handle(MARINA.register(), OLEG.register())
    await desk.handle(OLEG.register())  # whose service has him in the list
    (change_,) = (await served.api.profile(tg(MARINA), await desk.person_id(OLEG))).history
    assert (change_.change, change_.by, change_.role) == (Change.ROLE, None, Role.MANAGER)


async def test_the_name_of_an_erased_manager_is_gone_from_the_history(town: Desk, served: Served) -> None:
    await town.handle(VERA.register())
    boris, vera = await town.person_id(BORIS), await town.person_id(VERA)
    await done(town, MARINA.set_role(vera, Role.MANAGER))
    await done(town, VERA.set_role(boris, Role.TECHNICIAN))
    await town.change(
        "UPDATE people SET name = '', telegram_id = NULL, role = 'requester', active = false, erased_at = now()"
        " WHERE id = :id",
        id=vera,
    )
    (change_,) = (await served.api.profile(tg(MARINA), boris)).history
    assert change_.by is not None
    assert (change_.by.person_id, change_.by.name) == (vera, "")
    with pytest.raises(NotFound):
        await served.api.profile(tg(MARINA), vera)
    assert vera not in {line.person_id for line in (await served.api.people(tg(MARINA))).items}


async def test_work_is_given_to_who_has_least_of_it_and_works_there(town: Desk, served: Served) -> None:
    await town.handle(VERA.register(), OLEG.register())
    boris, vera, oleg = [await town.person_id(one) for one in (BORIS, VERA, OLEG)]
    for one in (boris, vera):
        await done(town, MARINA.set_role(one, Role.TECHNICIAN))
    busy, held, inside, outside = uuid4(), uuid4(), uuid4(), uuid4()
    await town.handle(ANNA.create(busy, place_code="r1"), ANNA.create(held, place_code="r1"))
    await town.handle(BORIS.take(busy), MARINA.take(held))
    await town.handle(MARINA.hold(held), ANNA.create(inside, place_code="r1"), ANNA.create(outside, place_code="dorm"))
    api, as_ = served.api, tg(MARINA)
    found = await api.staff(as_, inside)
    assert [(one.name, one.in_work, one.on_hold) for one in found] == [
        ("Oleg", 0, 0),
        ("Vera", 0, 0),
        ("Marina", 0, 1),
        ("Boris", 1, 0),
    ]
    await done(town, MARINA.set_areas(vera, "dorm"))
    await done(town, MARINA.set_active(oleg, active=False))
    assert [one.person_id for one in await api.staff(as_, inside)] == [await town.person_id(MARINA), boris]
    assert [one.person_id for one in await api.staff(as_, outside)] == [vera, await town.person_id(MARINA), boris]
    elsewhere, there = await town.handle(MARINA.assign(inside, vera), MARINA.assign(outside, vera))
    assert isinstance(elsewhere, CommandRefused)
    assert elsewhere.reason is RefusalReason.ASSIGNEE_ELSEWHERE
    assert isinstance(there, CommandDone)
    with pytest.raises(Forbidden):
        await api.staff(tg(BORIS), inside)
    with pytest.raises(NotFound):
        await api.staff(as_, uuid4())


async def test_what_is_moved_is_the_business_of_who_works_where_it_is_now(town: Desk, served: Served) -> None:
    boris = await town.person_id(BORIS)
    await done(town, MARINA.set_role(boris, Role.TECHNICIAN))
    await done(town, MARINA.set_areas(boris, "dorm"))
    came, went = uuid4(), uuid4()
    await town.handle(ANNA.create(came, place_code="r1"), ANNA.create(went, place_code="dorm"))
    # What is done in one group with the move sees it too.
    early, _, late, _, gone = await town.handle(
        BORIS.take(came),
        MARINA.edit(came, place_code="dorm"),
        BORIS.take(came),
        MARINA.edit(went, place_code="r1"),
        BORIS.take(went),
    )
    assert [getattr(one, "reason", None) for one in (early, late, gone)] == [
        RefusalReason.NOT_ALLOWED, None, RefusalReason.NOT_ALLOWED,
    ]  # fmt: skip
    assert [line.request_id for line in (await served.api.requests(tg(BORIS), View.QUEUE)).items] == [came]
    heard = [boris in {one.person_id for one in (await served.api.audience(id)).members} for id in (came, went)]
    assert heard == [True, False]


async def test_a_manager_of_a_part_hears_how_many_who_work_there_are_out_of_reach(town: Desk, served: Served) -> None:
    await town.handle(VERA.register(), OLEG.register())
    boris, vera, oleg = [await town.person_id(one) for one in (BORIS, VERA, OLEG)]
    for one, area in ((boris, "house"), (vera, "dorm")):
        await done(town, MARINA.set_role(one, Role.TECHNICIAN))
        await done(town, MARINA.set_areas(one, area))
    await town.change("UPDATE people SET reachable = false WHERE id = ANY(:ids)", ids=[boris, vera])
    assert (await served.api.digest(tg(OLEG))).unreachable == 2
    for area, expected in (("school", 1), ("house", 1), ("dorm", 1), ("ruin", 0)):
        await town.change("UPDATE people SET areas = ARRAY[:area] WHERE id = :id", area=area, id=oleg)
        assert (await served.api.digest(tg(OLEG))).unreachable == expected, area
