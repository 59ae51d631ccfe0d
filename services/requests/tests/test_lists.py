"""Lists: what is in them, in which order, page by page; and that a page is read from an index however much there is."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, Desk, Served, tg
from sqlalchemy import event, text

from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action
from zavhoz_requests.domain.lifecycle import RULES
from zavhoz_requests.store import lists, people
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


_MANY = """
    INSERT INTO requests (id, number, version, status, priority, title, description, requester_id,
                          created_at, updated_at)
    SELECT gen_random_uuid(), 100 + n, 1,
           CASE WHEN n / 200 % 10 = 0 THEN 'open' WHEN n / 200 % 10 = 1 THEN 'on_hold' ELSE 'completed' END,
           (ARRAY['high', 'medium', 'low'])[1 + n % 3], 'Broken', 'Broken', people.ids[1 + n % 200], now(), now()
    FROM generate_series(0, 29999) AS n, (SELECT array_agg(id) AS ids FROM people) AS people
"""
_INDEXED = (View.OPEN, View.CLOSED, View.QUEUE)
_PEOPLE = """
    INSERT INTO people (id, telegram_id, name, language, seen_at, registered_at)
    SELECT gen_random_uuid(), n, 'Somebody', 'ru', now(), now() FROM generate_series(1, 200) AS n
"""


async def test_with_many_requests_a_page_is_read_from_its_index(desk: Desk) -> None:
    await desk.change(_PEOPLE)
    await desk.change(_MANY)
    await desk.change("ANALYZE requests")
    async with desk.database.transaction() as connection:
        person = await people.by_telegram_id(connection, 5)
        assert person is not None
        raw: Any = (await connection.get_raw_connection()).driver_connection
        asked: list[tuple[str, Any]] = []
        event.listen(
            desk.database.engine.sync_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, parameters, *_: asked.append((statement, parameters)),
        )
        totals = [(await lists.page(connection, view, person, 2, 10))[1] for view in _INDEXED]
        assert totals == [30, 120, 6_000]
        reads = list(zip(_INDEXED, asked.copy(), strict=True))
        # As it is planned for these very values, and as it is planned once for any.
        for mode, (view, (statement, parameters)) in itertools.product(
            ("force_custom_plan", "force_generic_plan"), reads
        ):
            await connection.execute(text(f"SET LOCAL plan_cache_mode = {mode}"))
            plan = "\n".join(row[0] for row in await raw.fetch(f"EXPLAIN {statement}", *parameters))
            index = "requests_queue" if view is View.QUEUE else f"requests_own_{view.value}"
            # To count, and to read; the queue is counted in any index of what is not closed.
            assert plan.count(f" {index} ") >= (1 if view is View.QUEUE else 2), plan
            assert "Seq Scan" not in plan, plan
            assert "Sort" not in plan, plan
