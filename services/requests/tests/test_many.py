"""Many requests at once: what is done to each, what is refused, and beside what others do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, MARINA, NOW, OLEG, Desk, Sender, Served, tg

from zavhoz_contracts.api.filters import Filters
from zavhoz_contracts.api.v1 import View
from zavhoz_contracts.envelope import Envelope, wrap
from zavhoz_contracts.limits import BULK_MAX
from zavhoz_contracts.message import Priority
from zavhoz_contracts.replies.v1.commands import ChangeReply
from zavhoz_contracts.requests.v1.bulk import BulkAction, ChangeRequests
from zavhoz_contracts.requests.v1.lifecycle import Status
from zavhoz_contracts.requests.v1.outcomes import (
    REFUSALS_TOLD,
    BulkRefusal,
    BulkReport,
    CommandDone,
    CommandRefused,
    RefusalReason,
)
from zavhoz_requests.application.many import Tally
from zavhoz_requests.domain.decision import Refusal
from zavhoz_requests.domain.state import Request
from zavhoz_requests.store.outcomes import OutcomesSource


def many(by: Sender, ids: Sequence[UUID], action: BulkAction, **given: Any) -> Envelope[ChangeRequests]:
    """The same to many."""
    data = ChangeRequests(actor=by.actor, origin=by.origin, request_ids=tuple(ids), action=action, **given)
    return wrap(data, source="/zavhoz/gateway", subject="requests")


def report(outcome: Any) -> BulkReport:
    assert isinstance(outcome, CommandDone)
    assert outcome.report is not None
    return outcome.report


async def test_many_are_given_to_somebody_and_what_cannot_be_is_told(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    boris = await desk.person_id(BORIS)
    ids = [uuid4() for _ in range(6)]
    await desk.handle(*(ANNA.create(id) for id in ids), OLEG.register())
    await desk.handle(BORIS.take(ids[0]), MARINA.reject(ids[1]), OLEG.take(ids[2]), OLEG.complete(ids[2]))
    asked = [*ids, ids[3], uuid4()]
    (outcome,) = await desk.handle(many(MARINA, asked, BulkAction.ASSIGN, assignee_id=boris))
    told = report(outcome)
    assert (told.changed, told.unchanged, told.refused) == (3, 1, 3)
    assert (told.action, told.assignee, told.priority) == (BulkAction.ASSIGN, "Boris", None)
    assert [(one.number, one.reason, one.who) for one in told.refusals] == [
        (2, RefusalReason.ALREADY_REJECTED, "Marina"),
        (3, RefusalReason.ALREADY_COMPLETED, "Oleg"),
    ], "of one that is not there nothing is told but that"
    for id in ids[3:]:
        card = await served.api.card(id, tg(ANNA))
        assert (card.status, card.assignee and card.assignee.name) == (Status.IN_PROGRESS, "Boris")
        assert await desk.history(id) == ["request.created", "request.assigned"]


async def test_many_are_made_urgent_done_or_refused(desk: Desk, served: Served) -> None:
    ids = [uuid4() for _ in range(3)]
    await desk.handle(*(ANNA.create(id) for id in ids))
    (urgent,) = await desk.handle(many(MARINA, ids, BulkAction.PRIORITISE, priority=Priority.HIGH))
    assert report(urgent).changed == 3
    assert (report(urgent).action, report(urgent).priority) == (BulkAction.PRIORITISE, Priority.HIGH)
    assert {line.priority for line in (await served.api.requests(tg(MARINA), View.QUEUE)).items} == {Priority.HIGH}
    await desk.handle(MARINA.take(ids[0]))
    (done,) = await desk.handle(many(MARINA, ids, BulkAction.COMPLETE, words="New taps"))
    assert (report(done).changed, {one.reason for one in report(done).refusals}) == (1, {RefusalReason.NOT_TAKEN})
    assert (await served.api.card(ids[0], tg(ANNA))).completion == "New taps"
    (short,) = await desk.handle(many(MARINA, ids[1:], BulkAction.REJECT, words="No"))
    assert {one.reason for one in report(short).refusals} == {RefusalReason.REASON_TOO_SHORT}
    (refused,) = await desk.handle(many(MARINA, ids[1:], BulkAction.REJECT, words="The house is to be pulled down"))
    assert report(refused).changed == 2
    assert (await served.api.card(ids[2], tg(ANNA))).rejection == "The house is to be pulled down"


async def test_only_managers_change_many_and_only_what_is_theirs(desk: Desk) -> None:
    await desk.technician(BORIS)
    ids = [uuid4() for _ in range(2)]
    await desk.handle(*(ANNA.create(id) for id in ids), MARINA.register())
    for sender in (ANNA, BORIS):
        (refused,) = await desk.handle(many(sender, ids, BulkAction.PRIORITISE, priority=Priority.LOW))
        assert isinstance(refused, CommandRefused)
        assert refused.reason is RefusalReason.NOT_ALLOWED
    await desk.change("UPDATE people SET areas = '{s1}' WHERE telegram_id = :id", id=MARINA.telegram_id)
    (outcome,) = await desk.handle(many(MARINA, ids, BulkAction.PRIORITISE, priority=Priority.LOW))
    assert (report(outcome).refused, report(outcome).refusals) == (2, ()), "what is outside has no number for them"
    await desk.change("UPDATE people SET active = false WHERE telegram_id = :id", id=MARINA.telegram_id)
    (refused,) = await desk.handle(many(MARINA, ids, BulkAction.PRIORITISE, priority=Priority.LOW))
    assert isinstance(refused, CommandRefused)
    assert refused.reason is RefusalReason.DEACTIVATED
    assert [await desk.history(id) for id in ids] == [["request.created"]] * 2


def test_what_may_not_be_seen_takes_no_room_of_what_is_told() -> None:
    seen = Request(
        id=uuid4(), version=1, status=Status.OPEN, priority=Priority.LOW, title="Water", description="", number=7,
        requester_id=uuid4(), created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    no, taken = Refusal(RefusalReason.NOT_ALLOWED), Refusal(RefusalReason.NOT_TAKEN)
    refused: list[tuple[Request | None, Refusal]] = [(None, no)] * REFUSALS_TOLD + [(seen, taken)] * (REFUSALS_TOLD + 1)
    told = Tally(many(MARINA, [seen.id], BulkAction.REJECT).data, refused=refused).report({})
    assert told.refusals == (BulkRefusal(number=7, reason=RefusalReason.NOT_TAKEN),) * REFUSALS_TOLD
    assert told.refused == 2 * REFUSALS_TOLD + 1, "all of them are counted"


async def test_done_again_it_has_no_effect_again_and_its_report_is_not_kept(desk: Desk) -> None:
    ids = [uuid4() for _ in range(3)]
    await desk.handle(*(ANNA.create(id) for id in ids), OLEG.reject(ids[0]))
    command = many(MARINA, ids, BulkAction.REJECT, words="Not ours")
    await desk.handle(command, command)
    await desk.handle(command)
    assert [await desk.history(id) for id in ids] == [["request.created", "request.rejected"]] * 3
    kept = "SELECT CAST(outcome AS text) FROM inbox WHERE message_id = :id"
    assert "Oleg" in await desk.value(kept, id=command.id), "until it is told, who was first"
    await desk.database.run(lambda connection: OutcomesSource().mark(connection, [command.id]))
    assert not [word for word in ("Oleg", "report") if word in await desk.value(kept, id=command.id)]


@pytest.mark.parametrize("rounds", range(3))
async def test_beside_what_others_do_each_request_has_one_fate(desk: Desk, rounds: int) -> None:  # noqa: ARG001
    await desk.technician(BORIS)
    ids = [uuid4() for _ in range(20)]
    await desk.handle(*(ANNA.create(id) for id in ids), MARINA.register(), OLEG.register())
    boris = await desk.person_id(BORIS)
    outcomes = await asyncio.gather(
        desk.handle(many(MARINA, ids, BulkAction.REJECT, words="Not ours")),
        desk.handle(many(OLEG, ids[::-1], BulkAction.ASSIGN, assignee_id=boris)),
        *(desk.handle(BORIS.take(id)) for id in ids),
        *(desk.handle(ANNA.cancel(id)) for id in ids),
    )
    rejected, assigned = (report(outcomes[at][0]) for at in (0, 1))
    kinds = [kind for id in ids for kind in await desk.history(id)]
    assert kinds.count("request.rejected") == rejected.changed
    assert kinds.count("request.assigned") == assigned.changed
    for id in ids:
        ended = [kind for kind in await desk.history(id) if kind in ("request.rejected", "request.cancelled")]
        assert len(ended) == 1


async def test_as_many_as_may_be_are_changed_by_one_transaction(desk: Desk) -> None:
    ids = [uuid4() for _ in range(BULK_MAX)]
    await desk.handle(*(ANNA.create(id) for id in ids))
    (outcome,) = await desk.handle(many(MARINA, ids, BulkAction.PRIORITISE, priority=Priority.HIGH))
    assert report(outcome).changed == BULK_MAX
    written = await desk.rows("SELECT version, CAST(xmin AS text) AS by, priority FROM requests")
    assert len(written) == BULK_MAX
    assert {(row.version, row.priority) for row in written} == {(2, "high")}
    assert len({row.by for row in written}) == 1


async def test_what_can_be_changed_at_once_is_what_the_queue_has_in_its_order(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    ids = [uuid4() for _ in range(BULK_MAX + 3)]
    await desk.handle(*(ANNA.create(id) for id in ids), MARINA.register())
    await desk.handle(MARINA.edit(ids[7], priority=Priority.HIGH), MARINA.reject(ids[8]), BORIS.take(ids[9]))
    found = await served.api.request_ids(tg(MARINA))
    assert (len(found.ids), found.total, found.more) == (BULK_MAX, len(ids) - 1, False)
    pages = [await served.api.requests(tg(MARINA), View.QUEUE, page, 50) for page in range(1, 5)]
    assert list(found.ids) == [line.request_id for page in pages for line in page.items]
    assert found.ids[0] == ids[7]
    assert all(page.may_change_many for page in pages)
    narrowed = await served.api.request_ids(tg(MARINA), filters=Filters(statuses=(Status.IN_PROGRESS,)))
    assert (narrowed.ids, narrowed.total) == ((ids[9],), 1)
    for view in (View.ARCHIVE, View.OPEN):
        assert not (await served.api.requests(tg(MARINA), view)).may_change_many
    assert not (await served.api.requests(tg(BORIS), View.QUEUE)).may_change_many
    (boris,) = [one for one in await served.api.all_staff(tg(MARINA)) if one.name == "Boris"]
    assert (boris.in_work, boris.on_hold) == (1, 0)


async def test_canned_replies_are_kept_per_language_and_on_record(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    one, other = uuid4(), uuid4()

    def say(by: Sender, id: UUID, text: str | None, language: str = "ru") -> Envelope[ChangeReply]:
        data = ChangeReply(actor=by.actor, origin=by.origin, reply_id=id, language=language, text=text)
        return wrap(data, source="/zavhoz/gateway", subject="reply")

    outcomes = await desk.handle(
        say(MARINA, one, " Мастер придёт завтра "),
        say(MARINA, other, "The parts are on order", "en"),
        say(MARINA, one, "Мастер придёт сегодня"),
        say(MARINA, uuid4(), "x"),
        say(BORIS, uuid4(), "Позвоните диспетчеру"),
    )
    refused = [one.reason if isinstance(one, CommandRefused) else None for one in outcomes]
    assert refused == [None, None, None, RefusalReason.REPLY_LENGTH, RefusalReason.NOT_ALLOWED]
    assert [reply.text for reply in await served.api.replies(tg(BORIS), "ru")] == ["Мастер придёт сегодня"]
    assert [reply.text for reply in await served.api.replies(tg(BORIS), "en")] == ["The parts are on order"]
    await desk.handle(say(MARINA, one, None), say(MARINA, one, None))
    assert await served.api.replies(tg(BORIS), "ru") == ()
    rows = await desk.rows(
        "SELECT version, data FROM events WHERE aggregate_type = 'reply' AND aggregate_id = :id ORDER BY id", id=one
    )
    kept = [(row.version, row.data["text"], row.data["previous"]) for row in rows]
    said = ["Мастер придёт завтра", "Мастер придёт сегодня"]
    assert kept == [(1, said[0], None), (2, said[1], said[0]), (3, None, said[1])]
    full = [say(MARINA, uuid4(), f"Ответ {n}") for n in range(31)]
    last = (await desk.handle(*full))[-1]
    assert isinstance(last, CommandRefused)
    assert last.reason is RefusalReason.TOO_MANY_REPLIES
