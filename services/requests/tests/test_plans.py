"""With many requests no list, search or card reads a whole table: planned for its values, and planned once for any."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from itertools import product
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from requests_support import Desk
from sqlalchemy import event

from zavhoz_contracts.api.filters import Filters, Since
from zavhoz_contracts.api.people import PeopleView
from zavhoz_contracts.api.places import PlaceKind
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.identity import place_id
from zavhoz_contracts.message import Priority, Role
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_requests.application import cards, listing, reading, searching, staffing
from zavhoz_requests.domain.places import Place
from zavhoz_requests.domain.state import Person
from zavhoz_requests.store import Connection, places
from zavhoz_requests.store import people as people_store

_BIG: Final = ("requests", "events", "texts", "attachments", "watchers", "words", "inbox")
_UTC: Final = ZoneInfo("UTC")
_PEOPLE = """
    INSERT INTO people (id, telegram_id, name, language, role, areas, seen_at, registered_at)
    SELECT gen_random_uuid(), n, 'Somebody ' || n, 'ru',
           CASE WHEN n <= 2 THEN 'manager' WHEN n < 40 THEN 'technician' ELSE 'requester' END,
           CASE WHEN n BETWEEN 2 AND 10 THEN ARRAY['s' || n] ELSE '{}' END, now(), now()
    FROM generate_series(1, 400) AS n
"""
_RARE: Final = UUID(int=1)
_CATEGORIES = """
    INSERT INTO categories (id, names, questions, archived, version)
    SELECT CAST(lpad(CAST(n AS text), 32, '0') AS uuid), '{}', '{}', false, 1 FROM generate_series(1, 2) AS n
"""
_REQUESTS = """
    INSERT INTO requests (id, number, version, status, priority, title, description, requester_id, assignee_id,
                          due_at, created_at, updated_at, place, place_id, category_id)
    SELECT gen_random_uuid(), n, 3, state,
           (ARRAY['high', 'medium', 'low'])[1 + n % 3], 'Течёт кран номер', 'Прорвало слово ' || word,
           people.ids[40 + n % 360],
           CASE WHEN state IN ('in_progress', 'on_hold', 'completed') THEN people.ids[3 + n % 36] END,
           CASE WHEN state <> 'on_hold' THEN now() + (n % 100 - 50) * interval '1 hour' END,
           now() - (40000 - n) * interval '30 minutes', now(),
           CASE WHEN n % 10 < 8 THEN 'Здание › Кабинет' ELSE '' END,
           CASE WHEN n % 10 < 8 THEN here.ids[1 + n / 10 % cardinality(here.ids)] END,
           CASE WHEN n % 3 = 0 THEN CAST(lpad(CASE WHEN n % 999 = 0 THEN '1' ELSE '2' END, 32, '0') AS uuid) END
    FROM generate_series(1, 40000) AS n
    CROSS JOIN LATERAL (
        SELECT translate(md5(CAST(n % 20000 AS text)), '0123456789abcdef', 'абвгдежзиклмнопр') AS word
    ) AS w
    CROSS JOIN LATERAL (
        SELECT CASE WHEN n % 37 = 0 THEN 'open' WHEN n % 41 = 0 THEN 'in_progress' WHEN n % 211 = 0 THEN 'on_hold'
                    WHEN n % 13 = 0 THEN 'cancelled' WHEN n % 17 = 0 THEN 'rejected' WHEN n % 97 = 0 THEN 'merged'
                    ELSE 'completed' END AS state
    ) AS s
    CROSS JOIN (SELECT array_agg(id ORDER BY telegram_id) AS ids FROM people) AS people
    CROSS JOIN (SELECT array_agg(id ORDER BY code) AS ids FROM places WHERE kind = 'room') AS here
"""
_REST = (
    """
    INSERT INTO words SELECT DISTINCT word, (tsvector_to_array(to_tsvector('russian', word)))[1]
    FROM requests, regexp_split_to_table(lower(title || ' ' || description), ' ') AS word WHERE length(word) > 3
    """,
    """
    INSERT INTO events (event_id, aggregate_type, aggregate_id, version, type, data, occurred_at, correlation_id, shard)
    SELECT gen_random_uuid(), 'request', id, step, 'zavhoz.request.taken.v1', '{}', now(), id, 0
    FROM requests, generate_series(1, 2) AS step WHERE number % 2 = 0
    """,
    """
    INSERT INTO texts (id, request_id, author_id, kind, body, written_at, version)
    SELECT gen_random_uuid(), id, requester_id, (ARRAY['comment', 'note'])[1 + number % 2], 'x', now(), 1 FROM requests
    """,
    """
    INSERT INTO attachments (id, request_id, position, kind)
    SELECT gen_random_uuid(), id, 1, 'photo' FROM requests WHERE number % 2 = 0
    """,
    """
    INSERT INTO watchers
    SELECT requests.id, people.id, now() FROM requests JOIN people ON people.telegram_id = 40 + number % 300
    WHERE number % 3 = 0
    """,
    """
    INSERT INTO inbox (message_id, type, received_at)
    SELECT gen_random_uuid(), 'x', now() FROM generate_series(1, 20000)
    """,
)


@pytest.fixture
async def filled(desk: Desk) -> Desk:
    """Forty sites of ten rooms each, and 40,000 requests there."""
    tree = []
    for site in range(1, 41):
        at = f"s{site}"
        tree.append(Place(at, None, PlaceKind.SITE, at, at, within=frozenset({at})))
        rooms = (f"{at}r{n}" for n in range(10))
        tree += [Place(code, at, PlaceKind.ROOM, code, code, within=frozenset({at, code})) for code in rooms]
    await desk.database.run(lambda connection: places.write(connection, tree))
    for statement in (_PEOPLE, _CATEGORIES, _REQUESTS, *_REST):
        await desk.change(statement)
    await desk.change("ANALYZE")
    return desk


class Plans:
    """What was asked of the database, and how it would answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asked: dict[str, Any] = {}

    def note(self, statement: str, parameters: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH", "(")) and "set_config" not in statement:
            self._asked[statement] = parameters

    async def of_all(self) -> AsyncIterator[tuple[str, str, str]]:
        """Each statement that was asked, with its plan for its values, and for any values at all."""
        raw: Any = (await self._connection.get_raw_connection()).driver_connection
        for at, (statement, parameters) in enumerate(self._asked.copy().items()):
            rows = await raw.fetch(f"EXPLAIN {statement}", *parameters)
            yield "custom", statement, "\n".join(row[0] for row in rows)
            await raw.execute("SET LOCAL plan_cache_mode = force_generic_plan")
            await raw.execute(f"PREPARE asked{at} AS {statement}")
            nothing = f"({', '.join(['NULL'] * len(parameters))})" if parameters else ""
            rows = await raw.fetch(f"EXPLAIN EXECUTE asked{at}{nothing}")
            yield "generic", statement, "\n".join(row[0] for row in rows)

    def __len__(self) -> int:
        return len(self._asked)


_FILTERS: Final = (
    Filters(),
    Filters(statuses=(Status.MERGED,)),
    Filters(statuses=(Status.ON_HOLD, Status.REJECTED)),
    Filters(priorities=(Priority.HIGH,)),
    Filters(place="s7"),
    Filters(place="s7r3", statuses=(Status.CANCELLED, Status.OPEN)),
    Filters(assignee="me"),
    Filters(assignee="nobody", since=Since.WEEK),
    Filters(since=Since.TODAY, place="s9"),
    Filters(overdue=True),
    Filters(category=_RARE),
    Filters(category=_RARE, place="s7"),
)


async def _read(connection: Connection, staff: Sequence[Person], requester: Person, request_id: UUID) -> None:
    """Everything there is to read."""
    managers = [person for person in staff if person.role is Role.MANAGER]
    for person in staff:
        for filters in _FILTERS:
            for view in (View.QUEUE, View.ARCHIVE):
                await listing.listing(connection, person, view, filters, _UTC, 3, 10)
            for q in ("кран", "77"):
                await searching.everything(connection, person, q, filters, _UTC, 1, 10)
        for q in ("прорвлао", "ада", "#77", "лифт кран"):
            await searching.everything(connection, person, q, Filters(), _UTC, 1, 10)
        await listing.assignees(connection, person, 1, 8)
    for person, filters in product(managers, _FILTERS):
        await listing.ids(connection, person, filters, _UTC)
        await staffing.everybody(connection, person)
    for view in (View.OPEN, View.CLOSED, View.JOINED):
        await listing.listing(connection, requester, view, Filters(), _UTC, 2, 8)
    for q in ("кран", "прорвлао", "#77"):
        await searching.mine(connection, requester, q, 1, 8)
    await searching.similar(connection, requester, "Прорвало трубу", "s7r3")
    await searching.similar(connection, requester, "Прорвало трубу", None)
    manager = staff[0]
    await cards.card(connection, request_id, manager)
    await cards.cards(connection, [(request_id, manager.id)])
    await reading.audience(connection, request_id)
    await reading.album(connection, request_id, manager)
    await listing.by_number(connection, 77, manager)
    await staffing.candidates(connection, manager, request_id)
    await staffing.page(connection, manager, PeopleView.ALL, "some", 1, 8)
    await staffing.profile(connection, manager, requester.id)
    await places.recent(connection, requester.id, 5)


async def test_no_read_goes_through_a_big_table(filled: Desk) -> None:
    engine = filled.database.engine.sync_engine
    async with filled.database.transaction() as connection:
        known = [await people_store.by_telegram_id(connection, id) for id in (1, 20, 5, 77)]
        *staff, requester = [one for one in known if one is not None]
        plans = Plans(connection)

        def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            plans.note(statement, parameters)

        event.listen(engine, "before_cursor_execute", note)
        request_id = await filled.value(
            "SELECT id FROM requests WHERE place_id = :room AND status = 'open' LIMIT 1", room=place_id("s7r1")
        )
        await _read(connection, staff, requester, request_id)
        event.remove(engine, "before_cursor_execute", note)
        assert len(plans) > 60
        bad = {
            (mode, statement): plan
            async for mode, statement, plan in plans.of_all()
            if any(f"Seq Scan on {table}" in plan for table in _BIG)
        }
    assert not bad, "\n\n".join(f"{mode} {statement}\n{plan}" for (mode, statement), plan in list(bad.items())[:3])
