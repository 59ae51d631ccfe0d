"""The two clocks of a request: what is raised when, whatever happens to a clock and whoever looks at it how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from calendar_support import OFFSETS, WORKED, Near, calendar, nearby
from hypothesis import assume, given
from hypothesis import strategies as st

from zavhoz_contracts.requests.v1.lifecycle import Clock
from zavhoz_requests.domain.calendar import BusinessCalendar
from zavhoz_requests.domain.clocks import Level, Running, Stopped, start

TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
MOSCOW = ZoneInfo("Europe/Moscow")
OFFICE = calendar("Europe/Moscow", "mon-fri 09:00-18:00")
ALWAYS = BusinessCalendar.always()
ALL = (Level.WARNING, Level.BREACH, Level.ESCALATION)


def at(text: str) -> datetime:
    """A moment of that week in Moscow: Monday is the 23rd."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=MOSCOW)


def test_there_are_two_clocks_and_three_levels() -> None:
    assert list(Clock) == ["reaction", "resolution"]
    assert [(str(level), level.percent) for level in Level] == [("warning", 80), ("breach", 100), ("escalation", 125)]


def test_a_clock_in_office_hours() -> None:
    clock = start(10 * HOUR, at("23 15:00"))
    assert clock == Running(10 * HOUR, timedelta(), at("23 15:00"), 1, frozenset())
    assert clock.due(OFFICE) == at("24 16:00")
    assert [clock.at_level(level, OFFICE) for level in Level] == [at("24 14:00"), at("24 16:00"), at("25 09:30")]
    assert clock.next_alarm(OFFICE) == (Level.WARNING, at("24 14:00"))
    assert clock.used(at("24 10:00"), OFFICE) == 4 * HOUR
    assert clock.due(ALWAYS) == at("24 01:00"), "another calendar says something else at once"
    assert start(10 * HOUR, at("23 15:00"), 3).run == 3


def test_what_is_due_is_raised_once_and_in_order() -> None:
    clock = start(10 * HOUR, at("23 15:00"))
    assert clock.raise_due(at("24 14:00") - TICK, OFFICE) == (clock, ())
    clock, levels = clock.raise_due(at("24 14:00"), OFFICE)
    assert levels == (Level.WARNING,)
    assert clock.next_alarm(OFFICE) == (Level.BREACH, at("24 16:00"))
    assert clock.raise_due(at("24 14:00"), OFFICE) == (clock, ())
    clock, levels = clock.raise_due(at("30 12:00"), OFFICE)
    assert levels == (Level.BREACH, Level.ESCALATION), "nobody looked for a week"
    assert clock.next_alarm(OFFICE) is None
    assert clock.raise_due(at("30 12:00"), OFFICE) == (clock, ())


def test_a_paused_clock_waits() -> None:
    clock = start(10 * HOUR, at("23 15:00")).pause(at("23 17:00"), OFFICE)
    assert clock == Running(10 * HOUR, 2 * HOUR, None, 1)
    assert (clock.due(OFFICE), clock.next_alarm(OFFICE)) == (None, None)
    assert [clock.at_level(level, OFFICE) for level in Level] == [None] * 3
    assert clock.raise_due(at("30 12:00"), OFFICE) == (clock, ())
    assert clock.used(at("30 12:00"), OFFICE) == 2 * HOUR
    assert clock.pause(at("24 17:00"), OFFICE) == clock, "twice is once"
    clock = clock.resume(at("25 17:00"))
    assert clock.resume(at("26 17:00")) == clock
    assert clock.due(OFFICE) == at("26 16:00")
    again = clock.pause(at("25 18:00"), OFFICE).resume(at("26 09:00"))
    assert again.due(OFFICE) == at("26 16:00"), "at night nothing is lost"


def test_what_was_late_before_a_pause_is_as_late_after_it() -> None:
    clock = start(2 * HOUR, at("23 10:00"))
    assert clock.due(OFFICE) == at("23 12:00")
    clock = clock.pause(at("23 13:00"), OFFICE)
    clock = clock.resume(at("25 15:00"))
    assert clock.due(OFFICE) == at("25 14:00")
    assert clock.raise_due(at("25 15:00"), OFFICE)[1] == ALL


def test_a_stopped_clock_says_whether_it_was_kept() -> None:
    clock = start(2 * HOUR, at("23 17:00"))
    assert clock.stop(at("24 10:00"), OFFICE) == Stopped(2 * HOUR, 2 * HOUR, 1, frozenset())
    assert clock.stop(at("24 10:00"), OFFICE).kept
    clock, _ = clock.raise_due(at("24 10:00"), OFFICE)
    late = clock.stop(at("24 10:00") + TICK, OFFICE)
    assert (late.kept, late.raised) == (False, frozenset({Level.WARNING, Level.BREACH}))
    paused = clock.pause(at("24 09:30"), OFFICE)
    assert paused.stop(at("30 10:00"), OFFICE).spent == 1.5 * HOUR


def test_another_priority_allows_another_time() -> None:
    clock = start(24 * HOUR, at("23 09:00"))
    shorter = clock.reallow(4 * HOUR)
    assert shorter.due(OFFICE) == at("23 13:00")
    shorter, levels = shorter.raise_due(at("23 12:30"), OFFICE)
    assert levels == (Level.WARNING,)
    longer = shorter.reallow(24 * HOUR)
    assert longer.due(OFFICE) == at("25 15:00")
    assert longer.next_alarm(OFFICE) == (Level.BREACH, at("25 15:00")), "there was a warning in this run"
    assert start(24 * HOUR, at("26 09:00"), longer.run + 1).raised == frozenset(), "in the next there is one again"


# The laws.

ALLOWED = WORKED.filter(lambda allowed: allowed <= timedelta(hours=70))


@dataclass(frozen=True)
class Act:
    """After `wait` something happens to a clock, and then perhaps somebody looks."""

    wait: timedelta
    what: str
    allowed: timedelta
    look: bool


ACTS = st.lists(
    st.builds(
        Act,
        wait=st.timedeltas(timedelta(), timedelta(days=2)),
        what=st.sampled_from(["pause", "resume", "reallow", "", ""]),
        allowed=ALLOWED,
        look=st.booleans(),
    ),
    max_size=15,
)


@given(near=nearby(), allowed=ALLOWED, offset=OFFSETS, acts=ACTS)
def test_whatever_happens_each_level_is_raised_once_and_when_its_share_is_used_up(
    near: Near, allowed: timedelta, offset: timedelta, acts: Sequence[Act]
) -> None:
    office, now = near.calendar, near.at(offset)
    clock = start(allowed, now)
    raised: list[Level] = []
    used, running = timedelta(), True
    for act in acts:
        used += office.between(now, now + act.wait) if running else timedelta()
        now += act.wait
        match act.what:
            case "pause":
                clock, running = clock.pause(now, office), False
            case "resume":
                clock, running = clock.resume(now), True
            case "reallow":
                clock, allowed = clock.reallow(act.allowed), act.allowed
        assert clock.used(now, office) == used
        assert (clock.due(office) is None) == (not running)
        if not act.look:
            continue
        alarm = clock.next_alarm(office)
        clock, levels = clock.raise_due(now, office)
        assert (levels != ()) == (alarm is not None and alarm[1] <= now), "an alarm that rings raises something"
        raised += levels
        due = [level for level in ALL if used >= allowed * level.percent // 100]
        assert not running or set(due) <= set(raised)
        assert set(levels) <= set(due)
        assert clock.raised == set(raised)
        assert clock.raise_due(now, office) == (clock, ())
    assert raised == list(ALL[: len(raised)]), "each once, in order"


@given(near=nearby(), allowed=ALLOWED, offset=OFFSETS, looks=st.lists(WORKED, max_size=10), last=WORKED)
def test_it_does_not_matter_how_often_somebody_looks(
    near: Near, allowed: timedelta, offset: timedelta, looks: Sequence[timedelta], last: timedelta
) -> None:
    office, since = near.calendar, near.at(offset)
    watched = unwatched = start(allowed, since)
    raised: tuple[Level, ...] = ()
    for look in sorted([*looks, last]):
        if look <= last:
            watched, levels = watched.raise_due(since + look, office)
            raised += levels
    assert unwatched.raise_due(since + last, office) == (watched, raised)


@given(near=nearby(), allowed=ALLOWED, offset=OFFSETS)
def test_an_alarm_rings_in_open_time_at_the_very_moment_and_each_once(
    near: Near, allowed: timedelta, offset: timedelta
) -> None:
    assume(allowed >= 10 * TICK)
    office, clock = near.calendar, start(allowed, near.at(offset))
    for level in ALL:
        alarm = clock.next_alarm(office)
        assert alarm is not None
        assert alarm[0] is level
        assert office.is_open(alarm[1] - TICK)
        assert clock.used(alarm[1], office) == allowed * level.percent // 100
        assert clock.raise_due(alarm[1] - TICK, office) == (clock, ())
        clock, levels = clock.raise_due(alarm[1], office)
        assert levels == (level,)
    assert clock.next_alarm(office) is None


@given(near=nearby(), allowed=ALLOWED, offset=OFFSETS, pauses=st.lists(st.tuples(WORKED, WORKED), max_size=4))
def test_due_moves_by_exactly_the_business_time_of_the_pauses(
    near: Near, allowed: timedelta, offset: timedelta, pauses: Sequence[tuple[timedelta, timedelta]]
) -> None:
    office, now = near.calendar, near.at(offset)
    clock = start(allowed, now)
    for runs, waits in pauses:
        before, paused_at = clock.due(office), now + runs
        now = paused_at + waits
        clock = clock.pause(paused_at, office).resume(now)
        after, lost = clock.due(office), office.between(paused_at, now)
        assert before is not None
        assert after is not None
        assert office.between(before, after) == lost
        if before > paused_at:
            assert after == office.add(before, lost)


@given(near=nearby(), allowed=ALLOWED, others=st.lists(ALLOWED, max_size=4), offset=OFFSETS)
def test_a_priority_that_is_changed_back_changes_nothing(
    near: Near, allowed: timedelta, others: Sequence[timedelta], offset: timedelta
) -> None:
    clock = start(allowed, near.at(offset))
    again = clock
    for other in others:
        again = again.reallow(other)
        assert again.due(near.calendar) == start(other, near.at(offset)).due(near.calendar)
    assert again.reallow(allowed) == clock


@given(allowed=ALLOWED, offset=OFFSETS)
def test_without_a_calendar_it_is_plain_time(allowed: timedelta, offset: timedelta) -> None:
    since = datetime(2026, 3, 29, 12, tzinfo=UTC) + offset
    clock = start(allowed, since)
    assert clock.due(ALWAYS) == since + allowed
    assert clock.at_level(Level.ESCALATION, ALWAYS) == since + allowed * 125 // 100


@pytest.mark.parametrize("zone", ["Europe/Berlin", "UTC"])
def test_an_hour_that_is_repeated_counts_twice(zone: str) -> None:
    clock = start(2 * HOUR, datetime(2026, 10, 25, 0, tzinfo=UTC).astimezone(ZoneInfo(zone)))
    assert clock.raise_due(datetime(2026, 10, 25, 2, tzinfo=UTC).astimezone(ZoneInfo(zone)), ALWAYS)[1] == ALL[:2]
