"""A demo that begins with two weeks of requests: they are there, as of then, and nobody was told of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from e2e_support import button, complete

from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_devstack.devstack import Devstack
from zavhoz_devstack.evidence import gather, settled
from zavhoz_devstack.seeding.people import ANNA, MARINA, PEOPLE, STAFF
from zavhoz_devstack.seeding.school import CASES
from zavhoz_sandbox.client import SandboxClient

BORIS = 700_099
"""Whom somebody has named as the first manager: the school's own are, beside him."""

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.parametrize(
        "shared_stack", [{"demo": True, "seed": True, "admins": [BORIS]}], indirect=True, ids=["seeded"]
    ),
]


async def test_the_history_is_there_as_of_then_and_untold(shared_stack: Devstack) -> None:
    await settled(shared_stack)
    evidence = await gather(shared_stack)
    now = datetime.now(UTC)
    requests = evidence.rows("requests", "requests")
    assert [row["number"] for row in sorted(requests, key=lambda row: row["created_at"])] == list(
        range(1, len(CASES) + 1)
    )
    assert {row["status"] for row in requests} == {status.value for status in Status}
    assert all(row["place_id"] and row["place"].startswith("Школа № 7 › ") for row in requests)
    ages = [now - row["created_at"] for row in requests]
    assert max(ages) > timedelta(days=13)
    assert min(ages) > timedelta(hours=1)
    # That time ran out is said when the history is played, for the clock goes by no command.
    events = [row for row in evidence.rows("requests", "events") if '"clock"' not in str(row["data"])]
    assert all(now - row["occurred_at"] > timedelta(hours=1) for row in events)
    outcomes = [row["outcome"] for row in evidence.rows("requests", "inbox") if row["outcome"] is not None]
    assert len(outcomes) == len(PEOPLE) + sum(1 + len(case.then) for case in CASES) + len(STAFF)
    assert all("zavhoz.command.done.v1" in outcome for outcome in outcomes)

    # Its photos are as real as any: fetched, checked and stored by the files service, afterwards.
    sent = sum(len(case.photos) + sum(len(step.photos) for step in case.then) for case in CASES)
    assert len(evidence.stored) == sent > 20

    # And nobody was told; the staff has its menu.
    assert [row["kind"] for row in evidence.rows("notifier", "deliveries")] == ["menu"] * len(STAFF)
    async with SandboxClient(shared_stack.sandbox_url) as sandbox:
        assert await sandbox.calls("sendMessage") == []
        for one in PEOPLE:
            assert (await sandbox.get(f"people/{one.id}/chat"))["messages"] == []


async def test_people_go_on_from_there(shared_stack: Devstack) -> None:
    async with SandboxClient(shared_stack.sandbox_url) as sandbox:
        marina = await sandbox.person(MARINA.id, MARINA.first_name)
        await marina.text("/queue")
        queue = await marina.wait_for("Высокий приоритет")
        await marina.press(queue, button(queue, "#"))
        card = await marina.wait_for(lambda message: message.id > queue.id and "✅ Выполнено" in message.labels)
        await complete(marina, card)
        anna = await sandbox.person(ANNA.id, ANNA.first_name)
        await anna.text("/my")
        assert any("#" in label for label in (await anna.wait_for("Мои заявки")).labels)
