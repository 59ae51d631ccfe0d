"""The tables: up, down and up again, the same as the models; and every read goes by an index."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
from requests_support import ANNA, MIGRATIONS, Desk
from sqlalchemy import event, text

from zavhoz_chassis.database import Database
from zavhoz_chassis.migrations import downgrade, migrate
from zavhoz_contracts.api.own import DataPart
from zavhoz_contracts.api.people import PeopleView
from zavhoz_contracts.message import Priority
from zavhoz_requests.store import digest, outcomes, own, people, places, replies, requests, staff, texts
from zavhoz_requests.store.outcomes import OutcomesSource
from zavhoz_requests.store.tables import metadata

_COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default, is_identity FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version' ORDER BY table_name, column_name
"""
_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version' ORDER BY 1, 2
"""
_INDEXES = """
    SELECT tablename, indexname, indexdef FROM pg_indexes
    WHERE schemaname = 'public' AND tablename <> 'alembic_version' ORDER BY 1, 2
"""


async def _schema(database: Database) -> list[list[tuple[Any, ...]]]:
    async with database.transaction() as connection:
        return [
            [tuple(row) for row in await connection.execute(text(query))]
            for query in (_COLUMNS, _CONSTRAINTS, _INDEXES)
        ]


async def test_up_down_up_is_what_the_models_say(database_url: str) -> None:
    url = urlunsplit(urlsplit(database_url)._replace(scheme="postgresql+asyncpg"))
    database = Database(url, pool_size=1)
    async with database.transaction() as connection:
        await connection.run_sync(metadata.create_all)
    models = await _schema(database)
    async with database.transaction() as connection:
        await connection.run_sync(metadata.drop_all)
    empty = await _schema(database)
    with ThreadPoolExecutor(1) as pool:  # Alembic runs a loop of its own
        pool.submit(migrate, url, MIGRATIONS).result()
        assert await _schema(database) == models
        pool.submit(downgrade, url, MIGRATIONS, "base").result()
        assert await _schema(database) == empty
        pool.submit(migrate, url, MIGRATIONS).result()
        assert await _schema(database) == models
    await database.close()


async def test_no_read_goes_through_a_whole_table(desk: Desk) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id, priority=Priority.HIGH), ANNA.comment(id, "And the floor"))
    plans: dict[str, str] = {}
    async with desk.database.transaction() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        # The tables are all but empty: what counts is which way there is.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        await connection.execute(text("SET LOCAL enable_sort = off"))
        seen: list[tuple[str, Any]] = []
        event.listen(
            desk.database.engine.sync_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, parameters, *_: seen.append((statement, parameters)),
        )
        await requests.by_id(connection, id)
        await requests.lock(connection, [id])  # and who has joined them
        await requests.lock_due(connection, datetime.now(UTC), 10)
        await requests.lock_held(connection, datetime.now(UTC), 10)
        await requests.lock_alarms(connection, datetime.now(UTC), 10)
        await requests.lock_other_terms(connection, 1, 10)
        await requests.ids_of(connection, [1])
        await requests.numbers_of(connection, [id])
        await requests.unfinished(connection, [id], 20)
        await requests.events_of(connection, id)
        await requests.attachments_of(connection, [id])
        await requests.by_number(connection, 1)
        await requests.steps_of(connection, [id], ["x"])
        await requests.attached(connection, [id])
        await texts.bodies(connection, [id])
        await texts.one(connection, id, id, texts.COMMENT)
        await texts.by_commands(connection, [id])
        await texts.last(connection, [id], texts.COMMENT, 1)
        await replies.of_language(connection, "ru")
        for areas, inside in (([], None), (["s1"], [id])):
            await digest.standing(connection, areas, inside, datetime.now(UTC) + timedelta(days=30), 10)
        await people.by_id(connection, id)
        await people.by_telegram_id(connection, 1)
        await people.many(connection, [id])
        await people.staff(connection)
        await people.outside_manager_exists(connection, [1])
        for part in DataPart:
            await own.page(connection, part, id, 0 if part is DataPart.REQUESTS else id, 10)
        await staff.profile(connection, id)
        await staff.history(connection, id, 5)
        await staff.working(connection, ["r214"])
        await staff.page(connection, PeopleView.STAFF, [], 1, 8)
        await places.by_codes(connection, ["r214"])
        await places.shown(connection, ["r214"])
        await places.one(connection, "r214")
        await places.under(connection, "r214", 1, 10)
        await places.recent(connection, id, 5)
        await outcomes.decided(connection, [id])
        await OutcomesSource().fetch(connection, range(16), 500)
        for statement, parameters in seen:
            rows = await raw.fetch(f"EXPLAIN {statement}", *parameters)
            plans[statement] = "\n".join(row[0] for row in rows)
    assert len(plans) == 46
    assert {statement: plan for statement, plan in plans.items() if "Seq Scan" in plan} == {}
    last = next(plan for statement, plan in plans.items() if "ORDER BY version DESC" in statement)
    assert "texts_of_request" in last
    assert "Sort" not in last, "comments are read in the index's order"
    history = next(plan for statement, plan in plans.items() if "aggregate_type = 'person'" in statement)
    assert "events_version_key" in history
    assert "Sort" not in history, "changes of somebody are read in the index's order"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE requests SET status = 'lost'",
        "UPDATE requests SET priority = 'urgent'",
        "UPDATE people SET role = 'owner'",
    ],
)
async def test_the_database_refuses_what_cannot_be(desk: Desk, statement: str) -> None:
    await desk.handle(ANNA.create())
    with pytest.raises(Exception, match="violates check constraint"):
        await desk.change(statement)
