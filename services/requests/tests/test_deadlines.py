"""Due times: both clocks of a request, what is raised as they run out, holds, and settings that change under them."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests_support import ANNA, BORIS, MARINA, NOW, Desk, Served, service, settings, tg

from zavhoz_contracts.message import Priority
from zavhoz_contracts.organisation.v1.settings import Setting
from zavhoz_contracts.requests.v1.lifecycle import Clock, Status
from zavhoz_contracts.requests.v1.outcomes import CommandDone, CommandRefused, RefusalReason
from zavhoz_messaging.testing import wait_until
from zavhoz_requests.application.timely import ALARMING, ALL, RESCHEDULING, RESUMING
from zavhoz_requests.domain.clocks import Level
from zavhoz_requests.domain.deadlines import Deadlines, allowed, at_work, begun, ended, paused, raised
from zavhoz_requests.domain.organisation import read, terms_of
from zavhoz_requests.domain.terms import Terms
from zavhoz_requests.store import requests

TERMS = Terms(version=7)
HOUR = timedelta(hours=1)


def test_both_clocks_run_from_the_beginning_and_one_is_over_when_somebody_takes_it() -> None:
    new = begun(Priority.HIGH, NOW, TERMS)
    assert (new.react_by, new.due_at, new.alarm_at) == (NOW + 4 * HOUR, NOW + 24 * HOUR, NOW + 3.2 * HOUR)
    taken = at_work(new, NOW + HOUR, TERMS)
    assert (taken.react_by, taken.due_at, taken.alarm_at) == (None, NOW + 24 * HOUR, NOW + 19.2 * HOUR)
    assert ended(taken) == Deadlines(runs=1)
    again = begun(Priority.HIGH, NOW, TERMS, ended(taken).runs)
    assert (again.runs, again.resolution and again.resolution.run) == (2, 2)


def test_on_hold_no_time_passes() -> None:
    held = paused(at_work(begun(Priority.HIGH, NOW, TERMS), NOW, TERMS), NOW + HOUR, TERMS)
    assert (held.due_at, held.alarm_at, raised(held, NOW + 1000 * HOUR, TERMS)) == (None, None, ())
    assert at_work(held, NOW + 100 * HOUR, TERMS).due_at == NOW + 123 * HOUR


@given(
    hours=st.lists(st.floats(0, 60, allow_nan=False), min_size=1, max_size=12),
    actions=st.lists(st.sampled_from(["look", "hold", "resume", "take", "high", "low", "medium"]), min_size=12),
)
def test_whatever_happens_each_level_is_raised_once_in_a_run_of_each_clock(
    hours: list[float], actions: list[str]
) -> None:
    deadlines, now, seen = begun(Priority.MEDIUM, NOW, TERMS), NOW, list[tuple[Clock, Level]]()
    for later, action in zip(hours, actions, strict=False):
        now += timedelta(hours=later)
        for clock, level, due_at, after in raised(deadlines, now, TERMS):
            assert due_at.tzinfo is UTC
            deadlines = after
            seen.append((clock, level))
        assert raised(deadlines, now, TERMS) == ()
        assert deadlines.alarm_at is None or deadlines.alarm_at > now
        match action:
            case "hold":
                deadlines = paused(deadlines, now, TERMS)
            case "resume" | "take":
                deadlines = at_work(deadlines, now, TERMS)
            case "high" | "low" | "medium":
                deadlines = allowed(deadlines, Priority(action), TERMS)
    assert len(seen) == len(set(seen))
    for clock in Clock:
        levels = [level for one, level in seen if one is clock]
        assert levels == list(Level)[: len(levels)], "in their order"


def test_of_two_clocks_the_one_rings_whose_time_has_come() -> None:
    terms = Terms(reaction={Priority.LOW: 10 * HOUR}, resolution={Priority.LOW: HOUR})
    new = begun(Priority.LOW, NOW, terms)
    rung = [(clock, level) for clock, level, _, _ in raised(new, NOW + HOUR, terms)]
    assert rung == [(Clock.RESOLUTION, Level.WARNING), (Clock.RESOLUTION, Level.BREACH)]


def test_a_day_begins_where_the_organisation_is() -> None:
    day = date(2026, 11, 30)
    midnight = datetime(2026, 11, 29, 21, 0, tzinfo=UTC)
    moscow = Terms(zone=ZoneInfo("Europe/Moscow"))
    assert moscow.begins(day) == midnight
    assert terms_of(moscow, OFFICE).begins(day) == midnight + 9 * HOUR


OFFICE = {Setting.HOURS.value: "mon-fri 09:00-18:00", Setting.REACTION_HIGH.value: "90"}


def test_what_is_chosen_makes_the_terms() -> None:
    terms = terms_of(Terms(), OFFICE)
    friday = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    assert begun(Priority.HIGH, friday, terms).react_by == datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
    assert terms.begins(datetime(2026, 11, 28, tzinfo=UTC).date()) == datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
    assert terms.version == terms_of(Terms(), dict(OFFICE)).version
    others = [
        terms_of(Terms(), OFFICE | {setting.value: "60"}) for setting in (Setting.REACTION_LOW, Setting.RESOLUTION_LOW)
    ]
    others += [terms_of(Terms(), {}), terms_of(Terms(), OFFICE | {Setting.HOLIDAYS.value: "2026-12-31"})]
    assert len({one.version for one in (terms, *others)}) == 5


@pytest.mark.parametrize(
    ("setting", "typed", "kept"),
    [
        (Setting.HOURS, "пн-пт 9-18", "mon-fri 09:00-18:00"),
        (Setting.HOLIDAYS, "01.01.2027", "2027-01-01"),
        (Setting.WORKING_DAYS, "", ""),
        (Setting.REACTION_HIGH, "4", "240"),
        (Setting.REACTION_HIGH, "1 ч 30 мин", "90"),
        (Setting.RESOLUTION_LOW, "168h", "10080"),
        (Setting.CONFIRMATION_DAYS, " 14 ", "14"),
        (Setting.OPEN_LIMIT, "٣", "number ٣"),
        (Setting.OPEN_LIMIT, "0", "number 0"),
        (Setting.REACTION_LOW, "4m", "duration 4m"),
        (Setting.REACTION_LOW, "soon", "duration soon"),
        (Setting.REACTION_LOW, "", "duration "),
        (Setting.HOURS, "whenever", "unknown whenever"),
        (Setting.HOLIDAYS, "31.02.2027", "date 31.02.2027"),
    ],
)
def test_what_managers_type_is_read_or_said_to_be_unreadable(setting: Setting, typed: str, kept: str) -> None:
    found = read(setting, typed)
    assert (found if isinstance(found, str) else f"{found.reason} {found.piece}") == kept


async def alarms(served: Served, id: UUID) -> list[tuple[str, str]]:
    """The alarms of a request in order: what kind, of which clock."""
    kinds = ("warned", "breached", "escalated")
    told = [one for one in await served.api.request_events(id) if one.type.split(".")[-2] in kinds]
    assert all((one.data.actor_id, one.data.run) == (None, 1) for one in told)
    return [(one.type.split(".")[-2], one.data.clock.value) for one in told]


async def back(desk: Desk, id: UUID, hours: float) -> None:
    """Have so much more time passed for a request, as if it had been filed earlier."""
    columns = ("due_at", "react_by", "alarm_at", "reaction_since", "resolution_since", "created_at")
    set_ = ", ".join(f"{name} = {name} - CAST(:by AS interval)" for name in columns)
    await desk.change(f"UPDATE requests SET {set_} WHERE id = :id", by=timedelta(hours=hours), id=id)  # noqa: S608


async def test_time_runs_out_for_both_clocks_and_each_level_is_told_once(desk: Desk, served: Served) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id, priority=Priority.HIGH))
    assert await desk.settle(ALARMING) == 0
    await back(desk, id, 3.3)
    react_by = await desk.value("SELECT react_by FROM requests")
    assert [await desk.settle(ALARMING) for _ in range(2)] == [1, 0]
    assert await alarms(served, id) == [("warned", "reaction")]
    (first,) = [one for one in await served.api.request_events(id) if one.type == "zavhoz.request.warned.v1"]
    assert (first.data.due_at, first.data.priority) == (react_by, Priority.HIGH)
    await back(desk, id, 1)
    await back(desk, id, 1)
    await asyncio.gather(*(desk.settle(ALARMING) for _ in range(4)))
    assert await alarms(served, id) == [(kind, "reaction") for kind in ("warned", "breached", "escalated")]
    # Nobody looks for days, and somebody takes it before the clock does: what it was too late for is told all the same.
    await back(desk, id, 40)
    await desk.handle(MARINA.take(id))
    late = [(kind, "resolution") for kind in ("warned", "breached", "escalated")]
    assert (await alarms(served, id))[3:] == late
    assert await desk.settle(ALARMING) == 0
    assert (await desk.history(id))[-4:] == [*(f"request.{kind}" for kind, _ in late), "request.taken"]


async def test_what_changes_nothing_raises_nothing(desk: Desk, served: Served) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id, priority=Priority.HIGH), MARINA.take(id))
    await back(desk, id, 20)
    again, refused = await desk.handle(MARINA.take(id), ANNA.cancel(id))
    assert isinstance(again, CommandDone)
    assert not again.changed
    assert isinstance(refused, CommandRefused)
    assert await alarms(served, id) == []
    assert await desk.settle(ALARMING) == 1, "it is the clock's business"


async def test_opened_again_the_clocks_run_anew(desk: Desk, served: Served) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id, priority=Priority.HIGH), MARINA.take(id), MARINA.complete(id))
    row = await desk.rows("SELECT due_at, react_by, alarm_at FROM requests WHERE id = :id", id=id)
    assert tuple(row[0]) == (None, None, None), "nothing is waited for"
    await desk.handle(ANNA.reopen(id))
    await back(desk, id, 5.5)
    await desk.settle(ALARMING)
    runs = [
        one.data.run
        for one in await served.api.request_events(id)
        if one.type.endswith("ed.v1") and hasattr(one.data, "run")
    ]
    assert runs == [2, 2, 2]


async def test_on_hold_until_a_day_and_back_by_itself_with_the_time_that_was_left(desk: Desk, served: Served) -> None:
    id = uuid4()
    await desk.technician(BORIS)
    await desk.handle(ANNA.create(id, priority=Priority.HIGH), BORIS.take(id))
    await back(desk, id, 10)
    until = (datetime.now(UTC) + timedelta(days=2)).date()
    await desk.handle(BORIS.hold(id, "No parts", until))
    card = await served.api.card(id, tg(ANNA))
    assert (card.hold, card.held_until, card.due_at) == (
        "No parts",
        datetime(until.year, until.month, until.day, tzinfo=UTC),
        None,
    )
    assert await desk.settle(RESUMING) == 0
    await desk.change("UPDATE requests SET held_until = now() - interval '1 second'")
    assert [await desk.settle(RESUMING), await desk.settle(RESUMING)] == [1, 0]
    card = await served.api.card(id, tg(ANNA))
    assert (card.hold, card.held_until) == (None, None)
    assert card.due_at is not None
    assert abs(card.due_at - datetime.now(UTC) - timedelta(hours=14)) < timedelta(minutes=1)
    assert card.timeline[-1].by is None
    (resumed,) = await served.api.request_events(id, after=3)
    assert resumed.data.actor_id is None, "or whose work it is would not be told"
    assert (await desk.history(id))[-2:] == ["request.held", "request.resumed"]
    assert card.assignee is not None
    assert card.assignee.name == "Boris"
    await desk.handle(BORIS.hold(id), MARINA.resume(id))
    card = await served.api.card(id, tg(ANNA))
    assert (card.status, card.assignee and card.assignee.name) == (Status.IN_PROGRESS, "Boris"), "whoever has it go on"


async def test_other_settings_give_open_requests_other_times(desk: Desk, served: Served) -> None:
    open_, held, done = uuid4(), uuid4(), uuid4()
    await desk.handle(*(ANNA.create(id) for id in (open_, held, done)))
    await desk.handle(MARINA.take(held), MARINA.hold(held), MARINA.take(done), MARINA.complete(done))
    assert await desk.settle(RESCHEDULING) == 0
    before = await served.api.card(open_, tg(ANNA))
    (chosen, again, wrong) = await desk.handle(
        desk.set(MARINA, Setting.RESOLUTION_MEDIUM, "96 h"),
        desk.set(MARINA, Setting.RESOLUTION_MEDIUM, "96"),
        desk.set(MARINA, Setting.HOURS, "mon-fri 18-9"),
    )
    assert [getattr(one, "changed", None) for one in (chosen, again)] == [True, False]
    assert isinstance(wrong, CommandRefused)
    assert (wrong.reason, wrong.problem, wrong.piece) == (RefusalReason.SETTING_UNREADABLE, "backwards", "18-9")
    assert [await desk.settle(RESCHEDULING), await desk.settle(RESCHEDULING)] == [2, 0], "what is closed stays as it is"
    after = await served.api.card(open_, tg(ANNA))
    assert before.due_at is not None
    assert after.due_at == before.due_at + timedelta(hours=48)
    assert (await desk.history(open_))[-1] == "request.rescheduled"
    assert (await served.api.card(held, tg(ANNA))).due_at is None
    await desk.handle(MARINA.resume(held))
    resumed = (await served.api.card(held, tg(ANNA))).due_at
    assert resumed is not None
    assert resumed > after.due_at - timedelta(minutes=1)
    new = uuid4()
    await desk.handle(
        ANNA.create(new), desk.set(MARINA, Setting.RESOLUTION_MEDIUM, None), ANNA.create(later := uuid4())
    )
    spans = {
        id: await desk.value("SELECT due_at - created_at FROM requests WHERE id = :id", id=id) for id in (new, later)
    }
    assert spans == {new: timedelta(hours=96), later: timedelta(hours=48)}, "in one group too, from the next command on"
    rows = await desk.rows(
        "SELECT type, version, data, actor_id FROM events WHERE aggregate_type = 'organisation' ORDER BY id"
    )
    kept: list[Any] = [(row.version, row.data["value"], row.data["previous"]) for row in rows]
    assert kept == [(1, "5760", None), (2, None, "5760")]
    assert {row.actor_id for row in rows} == {await desk.person_id(MARINA)}


async def test_what_has_other_times_now_is_not_alarmed_by_the_former(desk: Desk, served: Served) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id, priority=Priority.HIGH))
    await back(desk, id, 3.3)
    await desk.handle(desk.set(MARINA, Setting.REACTION_HIGH, "8"))
    assert [await desk.settle(one) for one in ALL] == [0, 0, 1, 0]
    await back(desk, id, 3.2)
    # There are more requests than are computed anew at a time, and this one's former alarm comes before its turn.
    await desk.handle(desk.set(MARINA, Setting.REACTION_HIGH, "24"))
    assert [await desk.settle(one) for one in (ALARMING, RESCHEDULING)] == [1, 0]
    assert await alarms(served, id) == []
    assert await desk.history(id) == ["request.created", "request.rescheduled", "request.rescheduled"]
    # The other way round it is late at once.
    await desk.handle(desk.set(MARINA, Setting.REACTION_HIGH, "1"))
    for one in ALL:
        await desk.settle(one)
    assert await alarms(served, id) == [(kind, "reaction") for kind in ("warned", "breached", "escalated")]


async def test_who_is_quicker_than_the_clock_gets_the_new_times_all_the_same(desk: Desk, served: Served) -> None:
    taken, held, waited = uuid4(), uuid4(), uuid4()
    await desk.handle(*(ANNA.create(id) for id in (taken, held, waited)))
    await desk.handle(*(step for id in (held, waited) for step in (MARINA.take(id), MARINA.hold(id))))
    await desk.change("UPDATE requests SET held_until = now() - interval '1 second' WHERE id = :id", id=waited)
    await desk.handle(desk.set(MARINA, Setting.RESOLUTION_MEDIUM, "96"))
    await desk.handle(MARINA.take(taken), MARINA.resume(held))
    assert [await desk.settle(one) for one in (RESUMING, RESCHEDULING, RESCHEDULING)] == [1, 1, 0]
    for id in (taken, held, waited):
        card = await served.api.card(id, tg(ANNA))
        assert card.due_at is not None
        assert abs(card.due_at - datetime.now(UTC) - timedelta(hours=96)) < timedelta(minutes=1)
    assert await desk.history(taken) == ["request.created", "request.rescheduled", "request.taken"]
    assert (await desk.history(waited))[-2:] == ["request.resumed", "request.rescheduled"]


async def test_only_who_may_changes_settings(desk: Desk) -> None:
    await desk.technician(BORIS)
    await desk.handle(MARINA.register())
    for sender in (ANNA, BORIS):
        (refused,) = await desk.handle(desk.set(sender, Setting.OPEN_LIMIT, "5"))
        assert isinstance(refused, CommandRefused)
        assert refused.reason is RefusalReason.NOT_ALLOWED
    await desk.change("UPDATE people SET areas = '{s1}' WHERE telegram_id = :id", id=MARINA.telegram_id)
    (refused,) = await desk.handle(desk.set(MARINA, Setting.OPEN_LIMIT, "5"))
    assert isinstance(refused, CommandRefused)
    assert await desk.rows("SELECT * FROM settings") == []


async def test_two_managers_choose_at_once(desk: Desk) -> None:
    await desk.handle(MARINA.register())
    chosen = await asyncio.gather(
        *(desk.handle(desk.set(MARINA, Setting.OPEN_LIMIT, str(number))) for number in range(5, 13))
    )
    assert all(isinstance(one, CommandDone) for (one,) in chosen)
    rows = await desk.rows("SELECT version, data FROM events WHERE aggregate_type = 'organisation' ORDER BY version")
    assert [row.version for row in rows] == list(range(1, 9))
    values = [None, *(row.data["value"] for row in rows)]
    assert [row.data["previous"] for row in rows] == values[:-1], "each saw the one before"
    assert await desk.value("SELECT value FROM settings") == values[-1]


async def test_what_is_read_is_what_was_written(desk: Desk) -> None:
    id = uuid4()
    await desk.handle(ANNA.create(id, priority=Priority.LOW), MARINA.take(id))
    await back(desk, id, 10)
    await desk.handle(MARINA.hold(id))
    async with desk.database.transaction() as connection:
        request = await requests.by_id(connection, id)
    assert request is not None
    resolution = request.deadlines.resolution
    assert resolution is not None
    assert (resolution.since, resolution.allowed, request.deadlines.reaction) == (None, timedelta(days=7), None)
    assert timedelta() <= resolution.spent - timedelta(hours=10) < timedelta(minutes=1)


async def test_the_clock_of_the_service_raises_alarms(
    desk: Desk, served: Served, migrated_url: str, amqp_url: str
) -> None:
    id = uuid4()
    async with service(settings(migrated_url, amqp_url), "clock"):
        # The settings of the service are others than those of the desk only in what has no times.
        await desk.handle(ANNA.create(id, priority=Priority.HIGH))
        await back(desk, id, 5)

        async def told() -> bool:
            return len(await alarms(served, id)) == 3

        await wait_until(told, "all three alarms")


async def test_how_things_stand(desk: Desk, served: Served) -> None:
    waiting, late, urgent, held, done = [uuid4() for _ in range(5)]
    await desk.technician(BORIS)
    await desk.handle(*(ANNA.create(id, priority=Priority.MEDIUM) for id in (waiting, late, held, done)))
    await desk.handle(ANNA.create(urgent, priority=Priority.HIGH), BORIS.take(urgent), MARINA.take(held))
    await desk.handle(MARINA.hold(held), MARINA.take(done), MARINA.complete(done))
    await back(desk, late, 9)
    await back(desk, urgent, 25)
    await desk.change("UPDATE people SET reachable = false WHERE telegram_id = :id", id=BORIS.telegram_id)
    digest = await served.api.digest(tg(MARINA))
    counts = (digest.waiting, digest.in_work, digest.on_hold, digest.late, digest.closed, digest.filed)
    assert counts == (2, 1, 1, 2, 1, 4), "one was filed more than a day ago"
    assert ([line.number for line in digest.stuck], digest.stuck_total, digest.unreachable) == ([5], 1, 1)
    assert digest.stuck[0].assignee is not None
    (marina,) = await served.api.managers()
    assert (marina.chat_id, marina.limited) == (MARINA.telegram_id, False)
