"""Whatever waits, the next thing to be said is found at once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from notifier_support import Town
from sqlalchemy import event

from zavhoz_notifier.domain.delivery import Placement, card, notice
from zavhoz_notifier.store import deliveries


async def test_the_next_of_each_chat_is_found_without_reading_what_waits_behind_it(town: Town) -> None:
    planned = [notice(uuid4(), number % 3, "ru", "Новость") for number in range(3000)]
    planned.append(alone := notice(uuid4(), 3, "ru", "Новость"))
    async with town.database.transaction() as connection:
        await deliveries.plan(connection, planned)
    seen: list[tuple[str, Any]] = []
    event.listen(
        town.database.engine.sync_engine,
        "before_cursor_execute",
        lambda _connection, _cursor, statement, parameters, *_: seen.append((statement, parameters)),
    )
    async with town.database.transaction() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute("ANALYZE deliveries")
        await deliveries.expire(connection, 20)
        claimed = await deliveries.claim_chats(connection, 10)
        heads = [one.id for one in (*planned[:3], alone)]
        assert {one.id: one.followed for one in claimed} == dict(zip(heads, (True, True, True, False), strict=True))
        await deliveries.backlog(connection)
        await deliveries.plan(connection, [card(uuid4(), 1, "ru", uuid4(), uuid4(), Placement.LIVE)])
        plans = {}
        for statement, parameters in seen:
            if "deliveries" in statement:
                rows = await raw.fetch(f"EXPLAIN {statement}", *parameters)
                plans[statement] = "\n".join(row[0] for row in rows)
    claim = next(plan for statement, plan in plans.items() if "RECURSIVE" in statement)
    assert claim.count("Index Scan using deliveries_waiting") == 3, claim
    assert "Seq Scan on deliveries" not in claim
    assert len(plans) == 4
