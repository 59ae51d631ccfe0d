"""Who may what: every action and every read × role × relation × inside or outside, against the commands and the API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from typing import Any, Final
from uuid import UUID, uuid4, uuid5

import pytest
from fastapi.routing import APIRoute
from pydantic import SecretStr
from requests_support import TOKEN, Desk, Sender, Served, tg

from zavhoz_chassis.database import Database
from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.api.v1 import Relation as Related
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.envelope import Envelope
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.limits import BULK_MAX
from zavhoz_contracts.message import Role
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_requests.domain.lifecycle import RULES, rules
from zavhoz_requests.domain.permissions import SEES, SEES_NOTES, Relation, Standing, Who
from zavhoz_requests.domain.places import Place
from zavhoz_requests.entrypoints.api import make_router
from zavhoz_requests.store import places, words

_SPACE: Final = UUID(int=7)
# By hand, from the product's table: relations count anywhere, roles inside, "anybody" is anybody.
MAY: Final[dict[Action | str, set[str]]] = {
    "see": {"requester", "watcher", "assignee", "technician", "manager"},
    "notes": {"assignee", "technician", "manager"},
    Action.TAKE: {"technician", "manager"},
    Action.ASSIGN: {"manager"},
    Action.HOLD: {"assignee", "manager"},
    Action.RESUME: {"assignee", "manager"},
    Action.COMPLETE: {"assignee", "manager"},
    Action.REJECT: {"manager"},
    Action.CONFIRM: {"requester"},
    Action.REOPEN: {"requester", "manager"},
    Action.EDIT: {"requester", "manager"},
    Action.CANCEL: {"requester"},
    Action.MERGE: {"manager"},
    Action.COMMENT: {"requester", "watcher", "assignee", "technician", "manager"},
    Action.NOTE: {"assignee", "technician", "manager"},
    Action.JOIN: {"anybody"},
    Action.LEAVE: {"watcher"},
}
FROM: Final = {
    Action.HOLD: Status.IN_PROGRESS,
    Action.RESUME: Status.ON_HOLD,
    Action.COMPLETE: Status.IN_PROGRESS,
    Action.CONFIRM: Status.COMPLETED,
    Action.REOPEN: Status.COMPLETED,
}
"""A state in which the action can be done; open, if it is none of these."""


@dataclass(frozen=True)
class Case:
    """Somebody before a request. `limited` to which part of the places, if any; `placed`: the request is in room r1."""

    role: Role
    relation: Relation | None
    limited: str | None
    placed: bool
    active: bool = True

    @property
    def inside(self) -> bool:
        return self.limited is None or (self.placed and self.limited in ("s1", "b1", "r1"))

    def may(self, what: Action | str) -> bool:
        """By hand: whether they may."""
        if not self.active:
            return False
        words = MAY[what]
        gone = self.relation is Relation.ASSIGNEE and self.role is Role.REQUESTER
        related = self.relation is not None and not gone and self.relation.value in words
        # A role of the staff, for "requester" names a relation.
        staff = self.role is not Role.REQUESTER and self.role.value in words and self.inside
        return "anybody" in words or related or staff

    @property
    def standing(self) -> Standing:
        gone = self.relation is Relation.ASSIGNEE and self.role is Role.REQUESTER
        relations = frozenset({self.relation} if self.relation and not gone else ())
        return Standing(self.role, relations, self.inside)


def cases() -> Iterator[Case]:
    """Every role × relation × place; only the staff is limited, and one of them to each depth of the tree."""
    relations = (None, *Relation)
    for role, relation, placed in product(Role, relations, (True, False)):
        limits: Sequence[str | None] = (None,) if role is Role.REQUESTER else (None, "s1", "b1", "r1", "s2")
        yield from (Case(role, relation, limited, placed) for limited in limits)
    for role, relation in product(Role, relations):
        yield Case(role, relation, None, placed=True, active=False)


CASES: Final = tuple(cases())


def sender(case: Case) -> Sender:
    """The person of a case."""
    return Sender(10_000 + CASES.index(case), f"Person {CASES.index(case)}")


def person_id(case: Case) -> UUID:
    return uuid5(_SPACE, f"person {CASES.index(case)}")


def request_id(case: Case, action: Action) -> UUID:
    return uuid5(_SPACE, f"request {CASES.index(case)} {action}")


REQUESTER, WORKER, TARGET = uuid5(_SPACE, "requester"), uuid5(_SPACE, "worker"), uuid5(_SPACE, "target")


async def fill(desk: Desk, actions: Sequence[Action]) -> None:
    """The places, the people, and for each of them a request for each action, in a state in which it can be done."""
    tree = [
        Place("s1", None, PlaceKind.SITE, "One", "One", within=frozenset({"s1"})),
        Place("b1", "s1", PlaceKind.BUILDING, "House", "One › House", within=frozenset({"s1", "b1"})),
        Place("r1", "b1", PlaceKind.ROOM, "Room", "One › House › Room", within=frozenset({"s1", "b1", "r1"})),
        Place("s2", None, PlaceKind.SITE, "Two", "Two", within=frozenset({"s2"})),
    ]
    await desk.database.run(lambda connection: places.write(connection, tree))
    people = [
        (person_id(case), 10_000 + at, f"Person {at}", case.role.value, case.active, case.limited or "")
        for at, case in enumerate(CASES)
    ]
    people += [(REQUESTER, 1, "Anna", "requester", True, ""), (WORKER, 2, "Boris", "technician", True, "")]
    ids, telegram, names, roles, active, areas = map(list, zip(*people, strict=True))
    await desk.change(
        """
        INSERT INTO people (id, telegram_id, name, language, role, active, areas, seen_at, registered_at, version)
        SELECT id, telegram_id, name, 'ru', role, active, string_to_array(areas, ' '), now(), now(), 1
        FROM unnest(CAST(:ids AS uuid[]), CAST(:telegram AS bigint[]), CAST(:names AS text[]), CAST(:roles AS text[]),
                    CAST(:active AS boolean[]), CAST(:areas AS text[]))
             AS p (id, telegram_id, name, role, active, areas)
        """,
        ids=ids, telegram=telegram, names=names, roles=roles, active=active, areas=areas,
    )  # fmt: skip
    filed: list[tuple[UUID, Status, UUID, UUID | None, bool]] = [(TARGET, Status.OPEN, REQUESTER, None, False)]
    for case, action in product(CASES, actions):
        status = FROM.get(action, Status.OPEN)
        requester = person_id(case) if case.relation is Relation.REQUESTER else REQUESTER
        worked = WORKER if status is not Status.OPEN else None
        assignee = person_id(case) if case.relation is Relation.ASSIGNEE else worked
        filed.append((request_id(case, action), status, requester, assignee, case.placed))
    columns = map(list, zip(*filed, strict=True))
    ids, statuses, requesters, assignees, placed = columns
    await desk.change(
        """
        INSERT INTO requests (id, number, version, status, priority, title, description, requester_id, assignee_id,
                              created_at, updated_at, confirms_at, place_id, place)
        SELECT id, n, 1, status, 'medium', 'Water', 'Water drips from the tap', requester, assignee, now(), now(),
               CASE status WHEN 'completed' THEN now() + interval '1 day' END,
               CASE WHEN placed THEN CAST(:room AS uuid) END, CASE WHEN placed THEN 'One › House › Room' ELSE '' END
        FROM unnest(CAST(:ids AS uuid[]), CAST(:statuses AS text[]), CAST(:requesters AS uuid[]),
                    CAST(:assignees AS uuid[]), CAST(:placed AS boolean[]))
             WITH ORDINALITY AS r (id, status, requester, assignee, placed, n)
        """,
        ids=ids, statuses=statuses, requesters=requesters, assignees=assignees, placed=placed, room=place_id("r1"),
    )  # fmt: skip
    await desk.database.run(lambda connection: words.write(connection, ["Water drips from the tap"]))
    joined = [case for case in CASES if case.relation is Relation.WATCHER]
    await desk.change(
        """
        INSERT INTO watchers (request_id, person_id, joined_at)
        SELECT request, person, now()
        FROM unnest(CAST(:requests AS uuid[]), CAST(:people AS uuid[])) AS w (request, person)
        """,
        requests=[request_id(case, action) for case in joined for action in actions],
        people=[person_id(case) for case in joined for _ in actions],
    )
    await desk.change("INSERT INTO numbers (name, last) VALUES ('request', 100000)")


def command(case: Case, action: Action) -> Envelope[Any]:
    """What somebody sends."""
    by, id = sender(case), request_id(case, action)
    made: dict[Action, Envelope[Any]] = {
        Action.TAKE: by.take(id),
        Action.ASSIGN: by.assign(id, WORKER),
        Action.HOLD: by.hold(id),
        Action.RESUME: by.resume(id),
        Action.COMPLETE: by.complete(id),
        Action.REJECT: by.reject(id),
        Action.CONFIRM: by.confirm(id),
        Action.REOPEN: by.reopen(id),
        Action.EDIT: by.edit(id, description="Water drips from the other tap"),
        Action.CANCEL: by.cancel(id),
        Action.MERGE: by.merge(id, into=1),
        Action.COMMENT: by.comment(id),
        Action.NOTE: by.note(id),
        Action.JOIN: by.join(id),
        Action.LEAVE: by.leave(id),
    }
    return made[action]


def test_the_tables_are_what_was_written_by_hand() -> None:
    whos: dict[Action | str, tuple[Who, ...]] = {"see": (SEES,), "notes": (SEES_NOTES,)}
    whos |= {action: tuple(rule.who for rule in rules(action)) for action in Action}
    assert whos.keys() == MAY.keys()
    for case, (what, who) in product([one for one in CASES if one.active], whos.items()):
        assert any(one.includes(case.standing) for one in who) == case.may(what), (case, what)


def test_every_row_of_the_lifecycle_is_of_the_matrix() -> None:
    for action in Action:
        assert FROM.get(action, Status.OPEN) in {
            source for rule in RULES if rule.action is action for source in rule.sources
        }


async def test_commands_do_what_the_matrix_allows_and_nothing_else(desk: Desk) -> None:
    await fill(desk, tuple(Action))
    merged_into_a_placeless_one = {case for case in CASES if case.limited is not None}
    for action in Action:
        sent = [command(case, action) for case in CASES]
        for case, outcome in zip(CASES, await desk.handle(*sent), strict=True):
            allowed, told = case.may(action), f"{action} by {case}"
            refused = outcome.reason if isinstance(outcome, CommandRefused) else None
            if not case.active:
                assert refused is RefusalReason.DEACTIVATED, told
            elif action is Action.LEAVE:  # who has not joined has left
                assert (refused, getattr(outcome, "changed", None)) == (None, allowed), told
            elif action is Action.JOIN:
                own = case.relation in (Relation.REQUESTER, Relation.ASSIGNEE)
                assert refused is (RefusalReason.OWN_REQUEST if own else None), told
            elif allowed and action is Action.MERGE and case in merged_into_a_placeless_one:
                assert refused is RefusalReason.MERGE_NOT_FOUND, told  # what they may not touch is not there for them
            elif allowed:
                assert isinstance(outcome, CommandDone), told
                assert outcome.changed, told
            else:
                assert refused is RefusalReason.NOT_ALLOWED, told
    untouched = [request_id(case, action) for case in CASES for action in Action if not case.may(action)]
    moved = await desk.value("SELECT count(*) FROM requests WHERE id = ANY(:ids) AND version > 1", ids=untouched)
    assert moved == 0, "what was refused has changed nothing"
    told = await desk.value(
        "SELECT count(*) FROM events WHERE aggregate_type = 'request' AND aggregate_id = ANY(:ids)", ids=untouched
    )
    assert told == 0


async def test_the_buttons_of_a_card_are_what_the_matrix_allows(desk: Desk, served: Served) -> None:
    await fill(desk, tuple(Action))
    for action in Action:
        asked = [(request_id(case, action), person_id(case)) for case in CASES]
        cards = [one for at in range(0, len(asked), 50) for one in await served.api.cards(asked[at : at + 50])]
        for case, card in zip(CASES, cards, strict=True):
            offered = getattr(card, "allowed_actions", ())
            assert (action in offered) == (case.may(action) and action is not Action.JOIN), f"{action} for {case}"


CATEGORY: Final = uuid4()
ANONYMOUS: Final = {
    # Our own services ask these on nobody's behalf; what people are shown of it is cut by what they ask next.
    "/v1/people/{as}",
    "/v1/requests/{request_id}/audience",
    "/v1/requests/{request_id}/events",
    "/v1/audiences",
    "/v1/managers",
    "/v1/places/by-code/{code}",
    "/v1/groups/{chat_id}",
    "/v1/group-keepers",
}


@pytest.fixture
async def seen(desk: Desk, served: Served) -> Served:
    """One request for each case, with a note, a comment and a file."""
    await fill(desk, (Action.TAKE,))
    for kind in ("note", "comment"):
        await desk.change(
            """
            INSERT INTO texts (id, request_id, author_id, kind, body, written_at, version)
            SELECT gen_random_uuid(), id, :by, CAST(:kind AS text), 'The valve is old', now(), 1 FROM requests
            """,
            by=WORKER, kind=kind,
        )  # fmt: skip
    await desk.change(
        """
        INSERT INTO attachments (id, request_id, position, kind, status)
        SELECT gen_random_uuid(), id, 1, 'photo', 'stored' FROM requests
        """
    )
    return served


async def status(served: Served, path: str, case: Case, **query: str) -> tuple[int, Any]:
    return await served.get(path, **{"as": tg(sender(case)), **query})


async def test_the_api_shows_what_the_matrix_allows_and_nothing_else(desk: Desk, seen: Served) -> None:
    rows = await desk.rows(
        "SELECT r.id, number, t.id AS text_id, a.id AS file_id FROM requests AS r"
        " JOIN texts AS t ON t.request_id = r.id AND t.kind = 'comment' JOIN attachments AS a ON a.request_id = r.id"
    )
    of = {row.id: row for row in rows}
    noted = await desk.rows("SELECT request_id, id FROM texts WHERE kind = 'note'")
    notes = {row.request_id: row.id for row in noted}
    for case in CASES:
        id = request_id(case, Action.TAKE)
        expected = 200 if case.may("see") else 403
        for path in (
            f"/requests/{id}",
            f"/requests/{id}/card",
            f"/requests/{id}/comments/{of[id].text_id}",
            f"/requests/{id}/attachments/{of[id].file_id}",
            f"/requests/{id}/album",
            f"/requests/by-number/{of[id].number}",
        ):
            assert (await status(seen, path, case))[0] == expected, f"{path} for {case}"
        code, card = await status(seen, f"/requests/{id}/card", case)
        assert bool(code == 200 and card["notes"]) == case.may("notes"), f"notes for {case}"
        assert ("valve" in str(card.get("comments"))) == case.may("see")
        code, _ = await status(seen, f"/requests/{id}/staff", case)
        assert (code == 200) == case.may(Action.ASSIGN), f"staff for {case}"
        code, _ = await status(seen, f"/requests/{id}/duplicates", case)
        assert (code == 200) == case.may(Action.MERGE), f"duplicates for {case}"
        code, _ = await status(seen, f"/requests/{id}/notes/{notes[id]}", case)
        assert (code == 200) == case.may("notes"), f"a note for {case}"
        code, _ = await status(seen, f"/requests/{id}/comments/{notes[id]}", case)
        assert code == (404 if case.may("see") else 403), f"a note as a comment for {case}"


async def whole(read: Callable[[int, int], Awaitable[Any]]) -> list[Any]:
    """All pages of a list."""
    pages = [await read(1, 50)]
    pages += [await read(page, 50) for page in range(2, pages[0].pages + 1)]
    return pages


async def test_lists_hold_what_the_matrix_allows_and_nothing_else(desk: Desk, seen: Served) -> None:
    numbers = {row.number: row.id for row in await desk.rows("SELECT number, id FROM requests")}
    placed = {id for case in CASES if case.placed for id in [request_id(case, Action.TAKE)]}
    for case in CASES:
        api, as_ = seen.api, tg(sender(case))
        reads_queue = case.active and case.role is not Role.REQUESTER
        for path, query in (
            ("/requests", {"view": View.QUEUE.value}),
            ("/requests", {"view": View.ARCHIVE.value}),
            ("/requests/search", {"q": "water"}),
            ("/requests/assignees", {}),
        ):
            code, _ = await status(seen, path, case, **query)
            assert code == (200 if reads_queue else 403), f"{path} {query} for {case}"
        if reads_queue:
            inside = placed if case.limited != "s2" else set()
            expected = set(numbers.values()) if case.limited is None else inside
            for name, read in (
                ("queue", partial(api.requests, as_, View.QUEUE)),
                ("search", partial(api.search, as_, "water")),
                ("search for mistyped words", partial(api.search, as_, "watre taps")),
            ):
                pages = await whole(read)
                listed = {line.request_id for page in pages for line in page.items}
                assert listed == expected, f"the {name} of {case}"
                assert pages[0].total == len(expected)
            assert (await api.requests(as_, View.ARCHIVE)).total == 0
            number = next(number for number, id in numbers.items() if id == request_id(case, Action.TAKE))
            found = [line.request_id for line in (await api.search(as_, f"#{number}")).items]
            assert found == ([request_id(case, Action.TAKE)] if case.inside else []), f"#{number} for {case}"
        if case.active:
            mine = {
                line.request_id for view in (View.OPEN, View.JOINED) for line in (await api.requests(as_, view)).items
            }
            own = case.relation in (Relation.REQUESTER, Relation.WATCHER)
            assert mine == ({request_id(case, Action.TAKE)} if own else set())
            assert {one.request_id for one in (await api.find(as_, "water")).items} == mine


async def test_the_archive_and_who_has_what_are_cut_to_what_is_inside(desk: Desk, seen: Served) -> None:
    """What is closed, and whose work it was, as far as the matrix lets it be seen."""
    assigned = {person_id(case) for case in CASES if case.relation is Relation.ASSIGNEE}
    placed = {person_id(case) for case in CASES if case.relation is Relation.ASSIGNEE and case.placed}
    staff = [case for case in CASES if case.active and case.role is not Role.REQUESTER and case.relation is None]
    for case in staff:
        pages = await whole(partial(seen.api.assignees, tg(sender(case))))
        busy = {one.person_id for page in pages for one in page.items}
        assert busy == (assigned if case.limited is None else placed if case.limited != "s2" else set())
        assert pages[0].total == len(busy)
    await desk.change("UPDATE requests SET status = 'rejected'")
    inside = {request_id(case, Action.TAKE) for case in CASES if case.placed}
    for case in staff:
        archive = await whole(partial(seen.api.requests, tg(sender(case)), View.ARCHIVE))
        listed = {line.request_id for page in archive for line in page.items}
        everything = {request_id(one, Action.TAKE) for one in CASES} | {TARGET}
        assert listed == (everything if case.limited is None else inside if case.limited != "s2" else set())
        assert (await seen.api.requests(tg(sender(case)), View.QUEUE)).total == 0


async def test_an_audience_is_who_may_see_it(seen: Served) -> None:
    people = {person_id(case): case for case in CASES}
    for case in CASES:
        audience = await seen.api.audience(request_id(case, Action.TAKE))
        members = {one.person_id: one for one in audience.members}
        for id, about in people.items():
            # The same person before another one's request is nothing to it.
            before = replace(about, placed=case.placed, relation=about.relation if about is case else None)
            assert (id in members) == before.may("see"), f"{about} in the audience of {case}"
            reads = id in members and members[id].reads_notes
            assert reads == before.may("notes"), f"{about} reads the notes of {case}"
        limited = {id: one.limited for id, one in members.items() if id in people}
        assert limited == {id: people[id].limited is not None for id in limited}, "by which the nearest are known"
        if case.may("see") and case.relation is not None:
            assert members[person_id(case)].relation is Related(case.relation.value)


GROUPS: Final = {-1: None, -2: "s1", -3: "b1", -4: "r1", -5: "s2"}
"""Staff groups by chat: each of another part of the places, one of everywhere."""


async def test_a_group_sees_what_is_inside_and_neither_names_nor_words(desk: Desk, seen: Served) -> None:
    await bind(desk)
    for case in CASES:
        id = request_id(case, Action.TAKE)
        audience = await seen.api.audience(id)
        there = {group.chat_id: group.inside for group in audience.groups}
        for chat_id, area in GROUPS.items():
            inside = area is None or (case.placed and area in ("s1", "b1", "r1"))
            code, card = await seen.get(f"/requests/{id}/card", **{"as": f"group:{chat_id}"})
            assert code == (200 if inside else 403), f"{case} in {chat_id}"
            assert there[chat_id] == inside
            if inside:
                assert (card["comments"], card["attachments"]) == (1, 1)
                hidden = ("Anna", "Boris", "Person", "valve", str(REQUESTER), str(WORKER), str(person_id(case)))
                assert [word for word in hidden if word in str(card)] == []
        for path in ("comments", "album", "staff"):
            code, _ = await seen.get(f"/requests/{id}/{path}", **{"as": "group:-1"})
            assert code in (404, 422), "a group reads cards and nothing else"
    code, _ = await seen.get(f"/requests/{request_id(CASES[0], Action.TAKE)}/card", **{"as": "group:-6"})
    assert code == 404, "a chat that is not bound sees nothing"
    code, _ = await seen.get("/requests", **{"as": "group:-1", "view": "queue"})
    assert code == 422


async def test_cards_of_people_and_groups_come_in_the_order_they_were_asked_for(desk: Desk, seen: Served) -> None:
    await bind(desk)
    case = next(one for one in CASES if one.placed and one.role is Role.MANAGER and one.limited is None)
    id = request_id(case, Action.TAKE)
    asked: list[tuple[UUID, UUID | int]] = [(id, -1), (id, person_id(case)), (id, -5), (uuid4(), -1), (id, -4)]
    kinds = [type(one).__name__ for one in await seen.api.cards(asked)]
    assert kinds == ["GroupCard", "Card", "Forbidden", "NotFound", "GroupCard"]


async def bind(desk: Desk) -> None:
    """Bind the groups."""
    for chat_id, area in GROUPS.items():
        await desk.change(
            """
            INSERT INTO staff_groups (id, chat_id, by, area, title, forum, language, bound_by, bound_at, version)
            VALUES (gen_random_uuid(), :chat, 'site', CAST(:area AS text), 'Staff', true, 'ru', :by, now(), 1)
            """,
            chat=chat_id, area=area, by=WORKER,
        )  # fmt: skip


async def test_canned_replies_are_for_the_staff(seen: Served) -> None:
    for case in CASES:
        expected = 200 if case.active and case.role is not Role.REQUESTER else 403
        assert (await status(seen, "/replies", case, language="ru"))[0] == expected, f"{case}"
        changes = case.active and case.role is Role.MANAGER and case.limited is None
        managed = await status(seen, "/replies", case, language="ru", managed="1")
        assert managed[0] == (200 if changes else 403), f"{case}"


async def test_many_are_changed_by_managers_and_only_what_is_inside(desk: Desk, seen: Served) -> None:
    placed = {id for case in CASES if case.placed for id in [request_id(case, Action.TAKE)]}
    everything = {row.id for row in await desk.rows("SELECT id FROM requests")}
    inside = {None: everything, "s1": placed, "b1": placed, "r1": placed, "s2": set()}
    technicians = {case.limited: person_id(case) for case in CASES if case.active and case.role is Role.TECHNICIAN}
    for case in CASES:
        manages = case.active and case.role is Role.MANAGER
        code, found = await status(seen, "/requests/ids", case)
        assert code == (200 if manages else 403), f"{case}"
        code, staff = await status(seen, "/staff", case)
        assert code == (200 if manages else 403), f"{case}"
        page = await status(seen, "/requests", case, view=View.QUEUE.value)
        assert page[1].get("may_change_many", False) == manages, f"{case}"
        assert "true" not in str((await status(seen, "/requests", case, view=View.OPEN.value))[1])
        if not manages:
            continue
        there = inside[case.limited]
        assert (found["total"], len(found["ids"])) == (len(there), min(len(there), BULK_MAX)), f"{case}"
        assert {UUID(id) for id in found["ids"]} <= there, f"{case}"
        listed = {UUID(one["person_id"]) for one in staff}
        # By hand: s1 holds b1, which holds r1; s2 is another site; nobody who is no more of the staff.
        together = {None, "s1", "b1", "r1", "s2"} if case.limited is None else {None, case.limited}
        together |= {"s1", "b1", "r1"} if case.limited in ("s1", "b1", "r1") else set()
        assert {limit for limit, id in technicians.items() if id in listed} == together, f"{case}"
        assert REQUESTER not in listed


async def test_how_things_stand_is_told_to_managers_of_what_is_inside(desk: Desk, seen: Served) -> None:
    everything = await desk.value("SELECT count(*) FROM requests")
    placed = sum(case.placed for case in CASES)
    for case in CASES:
        code, digest = await status(seen, "/digest", case)
        assert code == (200 if case.active and case.role is Role.MANAGER else 403)
        if code == 200:
            inside = placed if case.limited != "s2" else 0
            assert digest["waiting"] == (everything if case.limited is None else inside), f"{case}"


async def test_people_and_choices_are_the_business_of_managers_who_are_limited_to_nothing(
    desk: Desk, seen: Served
) -> None:
    await desk.change(
        "INSERT INTO categories (id, names, questions, archived, version) VALUES (:id, '{}', '{}', true, 1)",
        id=CATEGORY,
    )
    for case in CASES:
        expected = 200 if case.active and case.role is Role.MANAGER and case.limited is None else 403
        for path in ("/people", f"/profiles/{WORKER}", f"/categories/{CATEGORY}", "/settings"):
            assert (await status(seen, path, case))[0] == expected, f"{path} for {case}"
    code, _ = await status(seen, f"/profiles/{uuid4()}", CASES[0])
    assert code == 403, "whether there is somebody is told to managers alone"


async def test_places_are_looked_through_by_managers_inside_and_changed_by_those_who_are_limited_to_nothing(
    desk: Desk, seen: Served
) -> None:
    table = b"code;parent;kind;name\ns1;;site;One\n"
    for case in CASES:
        manages = case.active and case.role is Role.MANAGER
        for code in ("s1", "b1", "r1", "s2"):
            # By hand: a part is inside of itself and of what it is in.
            parts = {"s1": ("s1",), "b1": ("s1", "b1"), "r1": ("s1", "b1", "r1"), "s2": ("s2",)}[code]
            expected = 200 if manages and case.limited in (None, *parts) else 403
            assert (await status(seen, "/places/managed", case, code=code))[0] == expected, f"{code} for {case}"
            for form in ("csv", "lines"):
                got = await seen.status("/places/export", {"as": tg(sender(case)), "under": code, "form": form})
                assert got == expected, f"{code} as {form} for {case}"
        shown, page = await status(seen, "/places/managed", case)
        assert shown == (200 if manages else 403)
        may_change = manages and case.limited is None
        if manages:
            assert {one["code"] for one in page["items"]} == ({case.limited} if case.limited else {"s1", "s2"})
            assert page["may_change"] == may_change
        staged = await seen.status("/places/imports", {"as": tg(sender(case))}, table)
        assert staged == (200 if may_change else 403), f"an import by {case}"
        kept = await desk.rows("SELECT id FROM place_imports LIMIT 1")
        if kept and not may_change:
            path = f"/places/imports/{kept[0].id}"
            assert await seen.status(path, {"as": tg(sender(case))}) == 403, f"somebody's import for {case}"


def test_every_route_is_of_the_matrix() -> None:
    router = make_router(Database("postgresql+asyncpg://nowhere/nothing"), {"gateway": SecretStr(TOKEN)})
    routes = {route.path for route in router.routes if isinstance(route, APIRoute)}
    of_nobody_in_particular = {
        "/v1/categories",
        "/v1/places",
        "/v1/places/recent",
        "/v1/requests/similar",
    }  # for everybody who is active
    about_oneself = {"/v1/people/{as}/data/{part}", "/v1/comments/by-command/{command_id}", "/v1/requests/mine"}
    in_the_matrix = {
        "/v1/requests",
        "/v1/requests/{request_id}",
        "/v1/requests/{request_id}/card",
        "/v1/requests/{request_id}/comments/{text_id}",
        "/v1/requests/{request_id}/attachments/{attachment_id}",
        "/v1/requests/{request_id}/album",
        "/v1/requests/by-number/{number}",
        "/v1/requests/{request_id}/staff",
        "/v1/requests/{request_id}/duplicates",
        "/v1/requests/{request_id}/notes/{text_id}",
        "/v1/requests/search",
        "/v1/requests/assignees",
        "/v1/requests/ids",
        "/v1/staff",
        "/v1/cards",
        "/v1/categories/{category_id}",
        "/v1/settings",
        "/v1/people",
        "/v1/profiles/{person_id}",
        "/v1/places/managed",
        "/v1/places/export",
        "/v1/places/imports",
        "/v1/places/imports/{import_id}",
        "/v1/replies",
        "/v1/digest",
    }
    assert routes == ANONYMOUS | of_nobody_in_particular | about_oneself | in_the_matrix
