"""Lists: what is in them, in which order, page by page, narrowed by filters."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from requests_support import ANNA, BORIS, MARINA, Desk, Served, tg

from zavhoz_contracts.api.filters import ME, NOBODY, Filters, Since
from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.api.v1 import COUNTED_MOST, View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_requests.application.filtering import begins
from zavhoz_requests.domain.lifecycle import RULES
from zavhoz_requests.domain.places import Place
from zavhoz_requests.store import places
from zavhoz_requests.store.tables import UNFINISHED


async def test_own_requests_newest_first_open_and_closed_apart(desk: Desk, served: Served) -> None:
    ids = [uuid4() for _ in range(6)]
    for n, id in enumerate(ids):
        await desk.handle(ANNA.create(id, description=f"Broken thing number {n}"), BORIS.create())
    await desk.handle(MARINA.reject(ids[1]), MARINA.take(ids[2]), MARINA.take(ids[4]), MARINA.complete(ids[4]))
    opened = await served.api.requests(tg(ANNA), View.OPEN)
    assert [line.title[-1] for line in opened.items] == ["5", "3", "2", "0"]
    assert (opened.page, opened.pages, opened.total) == (1, 1, 4)
    assert [line.assignee.name if line.assignee else None for line in opened.items] == [None, None, "Marina", None]
    closed = await served.api.requests(tg(ANNA), View.CLOSED)
    assert [(line.title[-1], line.status) for line in closed.items] == [("4", "completed"), ("1", "rejected")]


async def test_an_empty_list_is_one_page(desk: Desk, served: Served) -> None:
    await desk.handle(MARINA.register())
    for view in View:
        page = await served.api.requests(tg(MARINA), view, 3, 1)
        assert (page.items, page.page, page.pages, page.total) == ((), 1, 1, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 50])
async def test_the_pages_together_are_the_list(desk: Desk, served: Served, size: int) -> None:
    await desk.handle(*(ANNA.create(description=f"Broken thing number {n}") for n in range(7)))
    numbers, page = [], 1
    while True:
        read = await served.api.requests(tg(ANNA), View.OPEN, page, size)
        assert (read.page, read.pages, read.total) == (page, -(-7 // size), 7)
        numbers += [line.number for line in read.items]
        page += 1
        if page > read.pages:
            break
    assert numbers == [7, 6, 5, 4, 3, 2, 1]


async def test_beyond_the_last_page_is_the_last_page(desk: Desk, served: Served) -> None:
    ids = [uuid4() for _ in range(5)]
    await desk.handle(*(ANNA.create(id) for id in ids))
    last = await served.api.requests(tg(ANNA), View.OPEN, 1_000_000, 2)
    assert ([line.number for line in last.items], last.page, last.pages) == ([1], 3, 3)
    await desk.handle(*(MARINA.reject(id) for id in ids[:3]))  # while somebody looks at page 3
    last = await served.api.requests(tg(ANNA), View.OPEN, 3, 2)
    assert ([line.number for line in last.items], last.page, last.pages) == ([5, 4], 1, 1)


async def test_the_queue_most_urgent_first_then_oldest(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    ids = {name: uuid4() for name in ("low", "old", "closed", "new", "high", "taken")}
    priorities = {"low": Priority.LOW, "high": Priority.HIGH}
    for name, id in ids.items():
        await desk.handle(ANNA.create(id, f"The {name} one", priority=priorities.get(name, Priority.MEDIUM)))
    await desk.handle(MARINA.reject(ids["closed"]), MARINA.take(ids["taken"]))
    for viewer in (BORIS, MARINA):
        queue = await served.api.requests(tg(viewer), View.QUEUE)
        assert [line.title for line in queue.items] == [
            f"The {name} one" for name in ("high", "old", "new", "taken", "low")
        ]
        assert (queue.total, queue.pages) == (5, 1)
    pages = [await served.api.requests(tg(BORIS), View.QUEUE, number, 2) for number in (1, 2, 3)]
    assert [line.title.split()[1] for page in pages for line in page.items] == ["high", "old", "new", "taken", "low"]


async def test_who_is_no_longer_a_technician_no_longer_sees_the_queue(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    assert (await served.get("/requests", view="queue", **{"as": tg(BORIS)}))[0] == 200
    await desk.change("UPDATE people SET role = 'requester' WHERE telegram_id = :id", id=BORIS.telegram_id)
    status, problem = await served.get("/requests", view="queue", **{"as": tg(BORIS)})
    assert (status, problem["code"]) == (403, "forbidden")


def test_what_is_unfinished_is_what_is_still_to_be_done() -> None:
    still_to_do = {Action.TAKE, Action.COMPLETE, Action.RESUME}
    sources = {status.value for rule in RULES if rule.action in still_to_do for status in rule.sources}
    assert set(UNFINISHED.partition("(")[2].rstrip(")").replace("'", "").split(", ")) == sources


async def test_within_a_priority_what_is_overdue_comes_first_and_what_is_on_hold_last(
    desk: Desk, served: Served
) -> None:
    ids = {name: uuid4() for name in ("held", "later", "overdue", "soon")}
    await desk.handle(*(ANNA.create(id, f"The {name} one") for name, id in ids.items()))
    await desk.handle(MARINA.take(ids["held"]), MARINA.hold(ids["held"]))
    for name, hours in (("held", -9), ("later", 9), ("overdue", -1), ("soon", 1)):
        due = "UPDATE requests SET due_at = now() + :hours * interval '1 hour' WHERE id = :id"
        await desk.change(due, hours=hours, id=ids[name])
    queue = await served.api.requests(tg(MARINA), View.QUEUE)
    assert [line.title.split()[1] for line in queue.items] == ["overdue", "soon", "later", "held"]
    assert [line.overdue for line in queue.items] == [True, False, False, True]
    late = await served.api.requests(tg(MARINA), View.QUEUE, filters=Filters(overdue=True))
    assert [line.title.split()[1] for line in late.items] == ["overdue", "held"]
    await desk.handle(MARINA.reject(ids["overdue"]))
    closed = await served.api.requests(tg(MARINA), View.ARCHIVE)
    assert [(line.title.split()[1], line.overdue) for line in closed.items] == [("overdue", False)]
    assert (await served.api.requests(tg(MARINA), View.ARCHIVE, filters=Filters(overdue=True))).total == 0


_WATER = UUID(int=1)
_TREE = (
    Place("a", None, PlaceKind.SITE, "A", "A", within=frozenset({"a"})),
    Place("a1", "a", PlaceKind.ROOM, "1", "A › 1", within=frozenset({"a", "a1"})),
    Place("b", None, PlaceKind.SITE, "B", "B", within=frozenset({"b"})),
)


async def _narrowable(desk: Desk) -> dict[str, UUID]:
    """Requests that differ in everything a list is narrowed by; `archived` is closed."""
    ids = {name: uuid4() for name in ("high", "inside", "there", "free", "taken", "held", "archived", "old", "wet")}
    await desk.database.run(lambda connection: places.write(connection, _TREE))
    await desk.technician(BORIS)
    await desk.change(
        "INSERT INTO categories (id, names, questions, archived, version) VALUES (:id, '{}', '{}', false, 1)", id=_WATER
    )
    at: dict[str, dict[str, Any]] = {
        "inside": {"place_code": "a1"},
        "there": {"place_code": "b"},
        "archived": {"place_code": "a", "category_id": _WATER},
        "wet": {"category_id": _WATER},
    }
    for name, id in ids.items():
        by = BORIS if name == "free" else ANNA
        priority = Priority.HIGH if name == "high" else Priority.MEDIUM
        await desk.handle(by.create(id, f"The {name} one", priority=priority, **at.get(name, {})))
    await desk.handle(BORIS.take(ids["taken"]), MARINA.take(ids["held"]), MARINA.hold(ids["held"]))
    await desk.handle(BORIS.take(ids["archived"]), BORIS.complete(ids["archived"]))
    await desk.change("UPDATE requests SET created_at = now() - interval '30 days' WHERE id = :id", id=ids["old"])
    return ids


async def test_each_filter_narrows_a_list_and_together_they_narrow_further(desk: Desk, served: Served) -> None:
    ids = await _narrowable(desk)
    boris, anna = await desk.person_id(BORIS), await desk.person_id(ANNA)
    everything = set(ids) - {"archived"}

    async def listed(filters: Filters, view: View = View.QUEUE) -> set[str]:
        page = await served.api.requests(tg(BORIS), view, 1, 50, filters=filters)
        assert page.total == len(page.items)
        return {line.title.split()[1] for line in page.items}

    assert await listed(Filters()) == everything
    assert await listed(Filters(statuses=(Status.IN_PROGRESS, Status.ON_HOLD))) == {"taken", "held"}
    assert await listed(Filters(statuses=(Status.COMPLETED,))) == set()
    assert await listed(Filters(priorities=(Priority.HIGH, Priority.LOW))) == {"high"}
    assert await listed(Filters(place="a")) == await listed(Filters(place="a1")) == {"inside"}
    assert await listed(Filters(place="nowhere")) == set()
    assert await listed(Filters(assignee=ME)) == await listed(Filters(assignee=str(boris))) == {"taken"}
    assert await listed(Filters(assignee=NOBODY)) == everything - {"taken", "held"}
    assert await listed(Filters(requester=boris)) == {"free"}
    assert await listed(Filters(category=_WATER)) == {"wet"}
    assert await listed(Filters(category=_WATER), View.ARCHIVE) == {"archived"}
    assert await listed(Filters(category=uuid4())) == set()
    assert await listed(Filters(requester=anna, assignee=NOBODY, place="b")) == {"there"}
    for since in Since:
        assert await listed(Filters(since=since)) == everything - {"old"}
    assert await listed(Filters(priorities=(Priority.HIGH,), assignee=ME)) == set()
    assert await listed(Filters(assignee=ME, place="a"), View.ARCHIVE) == {"archived"}
    assert await listed(Filters(assignee=NOBODY), View.ARCHIVE) == set()


@pytest.mark.parametrize(
    "query",
    [{"status": "lost"}, {"priority": "urgent"}, {"place": "a b"}, {"assignee": "anna"}, {"requester": "1"},
     {"category": "water"}, {"since": "8d"}, {"overdue": "perhaps"}],
)  # fmt: skip
async def test_a_filter_that_cannot_be_is_refused(desk: Desk, served: Served, query: dict[str, str]) -> None:
    await desk.handle(MARINA.register())
    for path, more in (("/requests", {"view": "queue"}), ("/requests/search", {"q": "water"})):
        status, problem = await served.get(path, **{"as": tg(MARINA)}, **more, **query)
        assert (status, problem["code"]) == (422, "invalid")


def test_days_begin_at_midnight_of_the_organisation() -> None:
    zone = ZoneInfo("Europe/Berlin")
    now = datetime(2026, 3, 29, 22, 30, tzinfo=UTC)  # half past midnight of the 30th; the 29th had 23 hours
    assert begins(now, Since.TODAY, zone) == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert begins(now, Since.WEEK, zone) == datetime(2026, 3, 23, 23, tzinfo=UTC)


async def test_a_long_list_is_counted_up_to_a_bound(desk: Desk, served: Served) -> None:
    await desk.handle(ANNA.create(), MARINA.register())
    await desk.change(
        """
        INSERT INTO requests (id, number, version, status, priority, title, description, requester_id, created_at,
                              updated_at, place)
        SELECT gen_random_uuid(), 1 + n, 1, 'open', 'medium', 'Water drips', 'Water drips', people.id, now(), now(), ''
        FROM generate_series(1, :more) AS n, (SELECT id FROM people LIMIT 1) AS people
        """,
        more=COUNTED_MOST - 1,
    )
    await desk.change("UPDATE numbers SET last = 5000")
    full = await served.api.requests(tg(MARINA), View.QUEUE, 1_000, 7)
    assert (full.total, full.more, full.pages, full.page) == (COUNTED_MOST, False, 143, 143)
    await desk.handle(ANNA.create())
    beyond = await served.api.requests(tg(MARINA), View.QUEUE, 1_000, 7)
    assert (beyond.total, beyond.more, beyond.pages, beyond.page) == (COUNTED_MOST, True, 143, 143)
    assert len(beyond.items) == COUNTED_MOST - 142 * 7, "what is not counted is on no page"
    found = await served.api.search(tg(MARINA), "water")
    assert (found.total, found.more) == (300, True)
