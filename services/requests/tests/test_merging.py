"""Two requests that are the same: one goes on for both, with all who wait for either, and both say so."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, OLEG, Desk, Sender, Served, tg

from zavhoz_contracts.api.v1 import Relation, Step
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason

VERA = Sender(700_020, "Vera")
"""Somebody who has joined."""


async def watchers(desk: Desk, id: UUID) -> set[UUID]:
    return {row.person_id for row in await desk.rows("SELECT person_id FROM watchers WHERE request_id = :id", id=id)}


async def test_who_waits_for_one_waits_for_the_other_from_then_on_and_both_say_so(desk: Desk, served: Served) -> None:
    into, duplicate = uuid4(), uuid4()
    await desk.handle(BORIS.create(into), OLEG.take(into), ANNA.create(duplicate), MARINA.register())
    await desk.handle(*(one.join(duplicate) for one in (VERA, BORIS, OLEG)))
    (done,) = await desk.handle(MARINA.merge(duplicate, into=1))
    assert isinstance(done, CommandDone)
    anna, vera = [await desk.person_id(one) for one in (ANNA, VERA)]
    # Who filed that one, and whose work it is, hears of it anyhow.
    assert await watchers(desk, into) == {anna, vera}
    audience = {one.person_id: one.relation for one in (await served.api.audience(into)).members}
    assert {audience[one] for one in (anna, vera)} == {Relation.WATCHER}
    for one in (ANNA, VERA):
        card = await served.api.card(into, tg(one))
        assert (card.watching, card.joined, card.status) == (True, 2, Status.IN_PROGRESS)
        last = card.timeline[-1]
        assert (last.step, last.other, last.by and last.by.name) == (Step.ABSORBED, 2, "Marina")
        card = await served.api.card(duplicate, tg(one))
        assert (card.status, card.merged_into, card.due_at) == (Status.MERGED, 1, None)
        last = card.timeline[-1]
        assert (last.step, last.other, last.by and last.by.name) == (Step.MERGED, 1, "Marina")
    assert (await desk.history(duplicate))[-1] == "request.merged"
    assert await desk.history(into) == ["request.created", "request.taken", "request.absorbed"]
    (told,) = await served.api.request_events(into, after=2)
    assert set(told.data.joined) == {anna, vera}
    # The same again is no other one.
    (again,) = await desk.handle(MARINA.merge(duplicate, into=1))
    assert isinstance(again, CommandDone)
    assert not again.changed
    assert len(await desk.history(into)) == 3


@pytest.mark.parametrize(
    ("into", "reason"),
    [
        (1, RefusalReason.MERGE_ITSELF),
        (2, RefusalReason.MERGE_CLOSED),
        (3, RefusalReason.MERGE_CLOSED),
        (4, RefusalReason.MERGE_CLOSED),
        (6, RefusalReason.MERGE_NOT_FOUND),
    ],
    ids=["itself", "completed", "rejected", "merged", "nobody's"],
)
async def test_what_it_cannot_be_merged_into(desk: Desk, into: int, reason: RefusalReason) -> None:
    one, completed, rejected, merged, other = ids = [uuid4() for _ in range(5)]
    await desk.handle(*(ANNA.create(id) for id in ids))
    await desk.handle(MARINA.take(completed), MARINA.complete(completed), MARINA.reject(rejected))
    await desk.handle(MARINA.merge(merged, into=5))
    before = [await desk.history(id) for id in ids]
    (refused,) = await desk.handle(MARINA.merge(one, into=into))
    assert isinstance(refused, CommandRefused)
    assert refused.reason is reason
    assert [await desk.history(id) for id in ids] == before
    assert await watchers(desk, other) == set(), "who filed both has joined neither"


async def test_two_that_are_merged_into_each_other_at_once_go_on_as_one(desk: Desk) -> None:
    first, second = uuid4(), uuid4()
    await desk.handle(ANNA.create(first), BORIS.create(second), MARINA.register(), OLEG.register())
    outcomes = await asyncio.gather(desk.handle(MARINA.merge(first, into=2)), desk.handle(OLEG.merge(second, into=1)))
    assert sorted(getattr(one, "reason", "") for (one,) in outcomes) == ["", RefusalReason.MERGE_CLOSED]
    rows = await desk.rows("SELECT status FROM requests")
    assert {row.status for row in rows} == {Status.OPEN, Status.MERGED}
