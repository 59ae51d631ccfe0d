"""After the filing and after the work: changes, withdrawal, confirmed or not, and how many may be open at a time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from requests_support import ANNA, BORIS, FIRST_MANAGERS, LEAK, MARINA, Desk, Served, photo, service, settings, tg

from zavhoz_contracts.api.v1 import Step, View
from zavhoz_contracts.message import Priority
from zavhoz_contracts.requests.v1.lifecycle import Action, Status
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_messaging.testing import wait_until
from zavhoz_requests.application.commands import CommandHandler
from zavhoz_requests.application.organisation import Organisation
from zavhoz_requests.application.timely import CONFIRMING
from zavhoz_requests.domain.terms import Terms

WEEK = timedelta(days=7)


def reasons(outcomes: list[Any]) -> list[RefusalReason | None]:
    """Why each was refused; none for what was done."""
    assert all(isinstance(one, CommandDone | CommandRefused) for one in outcomes)
    return [getattr(one, "reason", None) for one in outcomes]


async def completed(desk: Desk, *, files: int = 0) -> UUID:
    """Anna filed, Marina completed."""
    request_id = uuid4()
    attachments = tuple(photo(request_id, str(n)) for n in range(files))
    await desk.handle(
        ANNA.create(request_id, attachments=attachments), MARINA.take(request_id), MARINA.complete(request_id)
    )
    return request_id


async def test_it_is_fixed_and_how_well(desk: Desk, served: Served) -> None:
    request_id = await completed(desk)
    shown = await served.api.card(request_id, tg(ANNA))
    assert shown.allowed_actions == (Action.CONFIRM, Action.REOPEN, Action.COMMENT)
    assert (shown.confirmed, shown.rating, shown.due_at) == (False, None, None)
    assert await desk.handle(ANNA.confirm(request_id, 4))
    shown = await served.api.card(request_id, tg(ANNA))
    assert (shown.status, shown.confirmed, shown.rating) == (Status.COMPLETED, True, 4)
    assert [step.step for step in shown.timeline][-2:] == [Step.COMPLETED, Step.CONFIRMED]
    assert shown.allowed_actions == (Action.REOPEN, Action.COMMENT)
    assert (await served.api.requests(tg(ANNA), View.CLOSED)).total == 1
    assert (await desk.history(request_id))[-1] == "request.confirmed"


async def test_what_is_not_fixed_is_open_again_with_what_is_wrong(desk: Desk, served: Served) -> None:
    await desk.technician(BORIS)
    request_id = await completed(desk, files=1)
    again = ANNA.reopen(request_id, "  It <drips> again ", photo(request_id, "0"), photo(request_id, "new"))
    assert reasons(await desk.handle(ANNA.confirm(request_id, 1), again)) == [None, None]
    shown = await served.api.card(request_id, tg(BORIS))
    assert (shown.status, shown.assignee, shown.confirmed, shown.rating) == (Status.OPEN, None, False, None)
    assert (shown.reopening, len(shown.attachments)) == ("It <drips> again", 2), "a file that was there is not doubled"
    assert Action.TAKE in shown.allowed_actions
    assert [step.step for step in shown.timeline] == [
        *(Step.CREATED, Step.TAKEN, Step.COMPLETED, Step.CONFIRMED, Step.REOPENED)
    ]
    (event,) = [one for one in await served.api.request_events(request_id) if one.type.endswith(".reopened.v1")]
    assert b"drips" not in event.to_json()
    assert (event.data.assignee_id, event.data.attachments) == (await desk.person_id(MARINA), 1)
    # Another week, another end.
    await desk.handle(BORIS.take(request_id), BORIS.complete(request_id))
    assert (await served.api.card(request_id, tg(ANNA))).allowed_actions[0] is Action.CONFIRM


@pytest.mark.parametrize(
    ("reason", "files", "refused"),
    [
        ("", 1, None),
        ("no", 0, RefusalReason.REASON_TOO_SHORT),
        ("", 0, RefusalReason.REASON_TOO_SHORT),
        ("no", 1, RefusalReason.REASON_TOO_SHORT),
        ("x" * 501, 1, RefusalReason.REASON_TOO_LONG),
        ("bad", 11, RefusalReason.TOO_MANY_ATTACHMENTS),
    ],
)
async def test_what_is_wrong_is_said_or_shown(
    desk: Desk, reason: str, files: int, refused: RefusalReason | None
) -> None:
    request_id = await completed(desk)
    sent = [photo(request_id, str(n)) for n in range(files)]
    assert reasons(await desk.handle(ANNA.reopen(request_id, reason, *sent))) == [refused]


async def test_after_a_week_it_is_too_late(desk: Desk) -> None:
    request_id = await completed(desk)
    await desk.change("UPDATE requests SET confirms_at = now() - interval '1 minute'")
    assert reasons(await desk.handle(ANNA.reopen(request_id))) == [RefusalReason.REOPENED_TOO_LATE]
    # It has not confirmed itself yet, so it can still be rated.
    assert reasons(await desk.handle(ANNA.confirm(request_id))) == [None]


async def test_a_refusal_can_be_answered_at_any_time(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), MARINA.reject(request_id, "Not our building"))
    await desk.change("UPDATE requests SET updated_at = now() - interval '60 days'")
    assert reasons(await desk.handle(ANNA.reopen(request_id, "But it is"))) == [None]
    shown = await served.api.card(request_id, tg(ANNA))
    assert (shown.rejection, shown.reopening) == (None, "But it is")


async def test_it_says_something_else_while_it_is_open(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), MARINA.register())
    before = await served.api.card(request_id, tg(ANNA))
    assert before.due_at is not None
    words = "The tap in 215\nand not in 214"
    edits = [ANNA.edit(request_id, description=words), ANNA.edit(request_id, priority=Priority.HIGH)]
    assert reasons(await desk.handle(*edits, ANNA.edit(request_id))) == [None, None, None]
    shown = await served.api.card(request_id, tg(MARINA))
    assert (shown.title, shown.description, shown.priority) == ("The tap in 215", words, Priority.HIGH)
    assert shown.due_at == before.due_at - timedelta(hours=24), "counted from when it was filed"
    assert await desk.history(request_id) == ["request.created", "request.edited", "request.edited"]
    wrong = [ANNA.edit(request_id, description=""), ANNA.edit(request_id, description="x" * 1001)]
    assert reasons(await desk.handle(*wrong)) == [RefusalReason.EMPTY, RefusalReason.DESCRIPTION_TOO_LONG]
    await desk.handle(MARINA.take(request_id))
    late, hers = ANNA.edit(request_id, description=LEAK), MARINA.edit(request_id, description=LEAK)
    assert reasons(await desk.handle(late, hers)) == [RefusalReason.ALREADY_TAKEN, None]


async def test_it_is_withdrawn_before_anybody_takes_it(desk: Desk, served: Served) -> None:
    request_id = uuid4()
    await desk.handle(ANNA.create(request_id), ANNA.cancel(request_id))
    shown = await served.api.card(request_id, tg(ANNA))
    assert (shown.status, shown.due_at, shown.allowed_actions) == (Status.CANCELLED, None, (Action.COMMENT,))
    (late,) = await desk.handle(MARINA.take(request_id))
    assert isinstance(late, CommandRefused)
    assert (late.reason, late.who) == (RefusalReason.ALREADY_CANCELLED, "Anna")
    assert (await served.api.requests(tg(MARINA), View.QUEUE)).total == 0
    assert (await served.api.requests(tg(ANNA), View.CLOSED)).total == 1


async def test_only_so_many_may_be_open_at_a_time(desk: Desk) -> None:
    desk.handler = CommandHandler(FIRST_MANAGERS, organisation=Organisation(Terms(open_limit=2)))
    first, *others = [uuid4() for _ in range(4)]
    outcomes = await desk.handle(*(ANNA.create(id) for id in (first, *others)), BORIS.create())
    too_many = RefusalReason.TOO_MANY_OPEN
    assert reasons(outcomes) == [None, None, too_many, too_many, None], "in one group, and each for themselves"
    assert (getattr(outcomes[2], "limit", None), getattr(outcomes[2], "length", None)) == (2, 3)
    assert reasons(await desk.handle(ANNA.create())) == [too_many]
    assert reasons(await desk.handle(ANNA.create(first))) == [None], "what was filed is not filed again"
    assert reasons(await desk.handle(ANNA.cancel(first), ANNA.create())) == [None, too_many], "counted before the group"
    assert reasons(await desk.handle(ANNA.create())) == [None]
    assert reasons(await desk.handle(*(MARINA.create() for _ in range(5)))) == [None] * 5, "whoever files for others"


async def test_nobody_says_anything_so_it_confirms_itself(desk: Desk, served: Served) -> None:
    kept, due, confirmed, rejected = [await completed(desk) for _ in range(3)] + [uuid4()]
    await desk.handle(ANNA.confirm(confirmed, 5), ANNA.create(rejected), MARINA.reject(rejected))
    row = await desk.value("SELECT confirms_at - updated_at FROM requests WHERE id = :id", id=due)
    assert row == WEEK
    await desk.change(
        "UPDATE requests SET confirms_at = now() - interval '1 minute' WHERE id <> :kept AND confirms_at IS NOT NULL",
        kept=kept,
    )
    assert await desk.settle(CONFIRMING) == 1
    assert await desk.settle(CONFIRMING) == 0
    shown = await served.api.card(due, tg(ANNA))
    assert (shown.confirmed, shown.rating, shown.timeline[-1].by) == (True, None, None)
    assert shown.allowed_actions == (Action.COMMENT,)
    assert (await desk.history(due))[-1] == "request.confirmed"
    (event,) = (await served.api.request_events(due, after=3))[:1]
    assert (event.data.actor_id, event.data.rating) == (None, None)
    assert not (await served.api.card(kept, tg(ANNA))).confirmed


async def test_many_clocks_confirm_each_once(desk: Desk) -> None:
    due = [await completed(desk) for _ in range(30)]
    await desk.change("UPDATE requests SET confirms_at = now()")
    await asyncio.gather(*(desk.settle(CONFIRMING) for _ in range(4)))
    assert await desk.settle(CONFIRMING) == 0
    for request_id in due:
        assert (await desk.history(request_id)).count("request.confirmed") == 1


async def test_a_clock_does_not_wait_for_who_is_at_it_just_now(desk: Desk) -> None:
    request_id = await completed(desk)
    await desk.change("UPDATE requests SET confirms_at = now()")
    async with desk.database.transaction() as connection:
        await desk.handler.handle(connection, [ANNA.confirm(request_id, 3)])
        assert await asyncio.wait_for(desk.settle(CONFIRMING), 5) == 0
    assert await desk.settle(CONFIRMING) == 0, "Anna was first"
    assert await desk.value("SELECT rating FROM requests") == 3


async def test_the_clock_runs_by_itself(migrated_url: str, desk: Desk, amqp_url: str) -> None:
    request_id = await completed(desk)
    await desk.change("UPDATE requests SET confirms_at = :at", at=datetime.now(UTC))
    async with service(settings(migrated_url, amqp_url), "clock") as process:

        async def done() -> bool:
            return (await desk.history(request_id))[-1] == "request.confirmed"

        await wait_until(done, "confirmed")
        assert process.health.ready
