"""Business time: dates worked out by hand, the laws, and a slow count of minutes to compare with."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from calendar_support import CHANGES, OFFSETS, WORKED, Near, calendar, nearby, week
from hypothesis import assume, given
from hypothesis import strategies as st

from zavhoz_requests.domain.calendar import HORIZON, BusinessCalendar
from zavhoz_requests.domain.hours import DAY
from zavhoz_requests.domain.misread import Misread, Misreading
from zavhoz_requests.domain.opening import EPOCH, SPAN

TICK = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MONTH = SPAN * TICK
OFFICE = "mon-fri 09:00-18:00"


def local(zone: str, text: str) -> datetime:
    """A moment as the wall clock of a zone shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-11-24 10:00", 4, "2026-11-24 14:00"),
        ("2026-11-24 15:00", 4, "2026-11-25 10:00"),
        ("2026-11-24 14:00", 4, "2026-11-24 18:00"),  # when it closes, not when it opens again
        ("2026-11-24 18:00", 4, "2026-11-25 13:00"),
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),  # over a weekend
        ("2026-11-28 12:00", 1, "2026-11-30 10:00"),  # from within it
        ("2026-11-24 03:00", 9, "2026-11-24 18:00"),
        ("2026-11-23 09:00", 45, "2026-11-27 18:00"),
        ("2026-11-23 09:00", 46, "2026-11-30 10:00"),
        ("2026-11-28 12:00", 0, "2026-11-28 12:00"),  # nothing passes: the start, though it is closed
        ("2026-11-30 10:00", -2, "2026-11-27 17:00"),  # and back
        ("2026-11-30 10:00", -1, "2026-11-27 18:00"),
        ("2026-11-28 12:00", -9, "2026-11-26 18:00"),
    ],
)
def test_hours_of_an_office(start: str, hours: int, due: str) -> None:
    zone = "Europe/Moscow"
    assert calendar(zone, OFFICE).add(local(zone, start), hours * HOUR) == local(zone, due)


def test_a_moment_after_closing_time_is_a_moment_after_opening_time() -> None:
    zone = "Europe/Moscow"
    due = calendar(zone, OFFICE).add(local(zone, "2026-11-27 17:00"), HOUR + TICK)
    assert due == local(zone, "2026-11-30 09:00") + TICK
    assert due.tzinfo is UTC


@pytest.mark.parametrize(
    ("zone", "hours", "begin", "end", "open_hours"),
    [
        ("Europe/Berlin", "sun 01:00-04:00", "2026-03-29", "2026-03-30", 2),  # 02:00 is 03:00
        ("Europe/Berlin", "sun 02:00-03:00", "2026-03-29", "2026-03-30", 0),  # there is no such hour
        ("Europe/Berlin", "sun 01:00-04:00", "2026-10-25", "2026-10-26", 4),  # 03:00 is 02:00
        ("Europe/Berlin", "sun 02:00-02:30", "2026-10-25", "2026-10-26", 1),  # twice
        ("Europe/Berlin", OFFICE, "2026-03-23", "2026-04-06", 90),
        ("Europe/Berlin", "mon-sun 00:00-24:00", "2026-03-29", "2026-03-30", 23),
        ("America/New_York", "sun 00:00-04:00", "2026-03-08", "2026-03-09", 3),
        ("America/New_York", "sun 00:00-04:00", "2026-11-01", "2026-11-02", 5),
        ("Australia/Lord_Howe", "sun 01:00-03:00", "2026-10-04", "2026-10-05", 1.5),
        ("Australia/Lord_Howe", "sun 01:00-03:00", "2026-04-05", "2026-04-06", 2.5),
        ("Africa/Cairo", "fri 00:00-02:00", "2026-04-23 12:00", "2026-04-25", 1),  # 00:00 is 01:00
        ("Africa/Cairo", "thu 22:00-24:00", "2026-10-29", "2026-10-30", 3),  # 24:00 is 23:00
        ("Asia/Tehran", "wed 23:00-24:00", "2022-09-21", "2022-09-22 12:00", 2),
        ("Europe/Moscow", "sun 00:00-04:00", "2014-10-26", "2014-10-27", 5),
        ("Europe/Moscow", OFFICE, "2026-01-01", "2026-02-01", 22 * 9),
        ("Pacific/Apia", "fri 09:00-17:00", "2011-12-29", "2012-01-02", 0),  # that week has no Friday
        ("America/St_Johns", "sat 23:00-24:00", "2010-11-06", "2010-11-08", 1 + 59 / 60),
    ],
)
def test_hours_on_the_days_when_clocks_change(zone: str, hours: str, begin: str, end: str, open_hours: float) -> None:
    assert calendar(zone, hours).between(local(zone, begin), local(zone, end)) == open_hours * HOUR


@pytest.mark.parametrize(
    ("zone", "hours", "start", "worked", "due"),
    [
        ("Europe/Berlin", OFFICE, "2026-03-27 16:00Z", 2, "2026-03-30 08:00Z"),  # 17:00 on Friday, 10:00 on Monday
        ("Europe/Berlin", "sun 02:00-02:30", "2026-10-25 00:00Z", 0.5, "2026-10-25 00:30Z"),
        ("Europe/Berlin", "sun 02:00-02:30", "2026-10-25 00:00Z", 0.75, "2026-10-25 01:15Z"),
        ("Europe/Berlin", "sun 02:00-02:30", "2026-10-25 00:00Z", 1.25, "2026-11-01 01:15Z"),
        ("Pacific/Apia", "thu-sat 09:00-17:00", "2011-12-30 02:00Z", 2, "2011-12-30 20:00Z"),  # Thursday, Saturday
        # 23:00 to 24:00, a minute of Sunday, then from 23:01 again
        ("America/St_Johns", "sat 23:00-24:00", "2010-11-07 01:30Z", 1.5, "2010-11-07 03:01Z"),
    ],
)
def test_due_when_clocks_change(zone: str, hours: str, start: str, worked: float, due: str) -> None:
    given_start, expected = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (start, due))
    assert calendar(zone, hours).add(given_start, worked * HOUR) == expected


def test_holidays_are_closed_and_days_that_were_moved_are_open() -> None:
    zone = "Europe/Moscow"
    new_year = [f"2026-01-{day:02}" for day in range(1, 12)]
    plain = calendar(zone, f"{OFFICE}, sat 10:00-12:00", holidays=new_year)
    start = local(zone, "2025-12-31 17:00")
    assert plain.add(start, 2 * HOUR) == local(zone, "2026-01-12 10:00")
    moved = calendar(zone, f"{OFFICE}, sat 10:00-12:00", holidays=new_year, working=["2026-01-10", "2026-01-18"])
    assert moved.add(start, 2 * HOUR) == local(zone, "2026-01-10 10:00"), "a holiday that is worked"
    assert moved.opening(date(2026, 1, 18)) == ((540, 1080),), "a Sunday, with the hours that most days have"
    assert moved.opening(date(2026, 1, 17)) == ((600, 720),)
    assert not moved.is_open(local(zone, "2026-01-09 12:00"))
    equals = calendar(zone, "mon 10:00-11:00, tue 09:00-18:00", working=["2026-01-18"])
    assert equals.opening(date(2026, 1, 18)) == ((600, 660),)


def test_open_is_from_the_first_minute_until_before_the_last() -> None:
    zone = "Europe/Moscow"
    office = calendar(zone, "mon-fri 09:00-13:00 14:00-18:00")
    opens, lunch, closes = (local(zone, f"2026-11-24 {hour}:00") for hour in ("09", "13", "18"))
    edges = (opens - TICK, opens, lunch - TICK, lunch, closes - TICK, closes)
    assert [office.is_open(moment) for moment in edges] == [False, True, True, False, True, False]


def test_with_hours_that_hardly_ever_are_nothing_is_due_later_than_the_horizon() -> None:
    start = datetime(2026, 11, 24, 9, tzinfo=UTC)
    closed = frozenset(start.date() + timedelta(days=days) for days in range(-5000, 5000))
    holidays = BusinessCalendar(ZoneInfo("UTC"), week(OFFICE), closed)
    assert holidays.add(start, HOUR) == start + HORIZON
    assert holidays.add(start, -HOUR) == start - HORIZON
    seldom = calendar("UTC", "mon 09:00-09:01")
    assert seldom.add(start, 521 * MINUTE) == datetime(2036, 11, 17, 9, 1, tzinfo=UTC)
    assert seldom.add(start, 522 * MINUTE) == start + HORIZON == datetime(2036, 11, 24, 9, tzinfo=UTC)
    assert seldom.add(start, 600 * MINUTE) == start + HORIZON
    assert seldom.add(start, -521 * MINUTE) == datetime(2016, 11, 28, 9, 1, tzinfo=UTC)
    assert seldom.add(start, -522 * MINUTE) == start - HORIZON == datetime(2016, 11, 23, 9, tzinfo=UTC)
    assert seldom.add(start, -600 * MINUTE) == start - HORIZON
    assert seldom.add(start, timedelta.max) == start + HORIZON
    assert seldom.add(start, timedelta.min) == start - HORIZON
    assert BusinessCalendar.always().add(start, timedelta.max) == start + HORIZON
    assert BusinessCalendar.always().add(start, -HORIZON - TICK) == start - HORIZON


@pytest.mark.parametrize(
    "hours",
    [
        ((),) * 7,
        (((540, 1080),),) * 6,
        (((540, 540),),) * 7,
        (((-1, 540),),) * 7,
        (((540, DAY + 1),),) * 7,
        (((540, 720), (719, 800)),) * 7,
        (((800, 900), (100, 200)),) * 7,
    ],
)
def test_hours_that_cannot_be_are_refused(hours: Any) -> None:
    with pytest.raises(ValueError, match=r"a week has 7 days|sorted minutes from 0 to 1440|nothing would ever be due"):
        BusinessCalendar(ZoneInfo("UTC"), hours)


def test_a_moment_needs_its_zone() -> None:
    office, naive = calendar("UTC", OFFICE), datetime(2026, 11, 24, 9)  # noqa: DTZ001  # that is the mistake
    start = naive.replace(tzinfo=UTC)
    for ask in (
        lambda: office.add(naive, HOUR),
        lambda: office.between(naive, start),
        lambda: office.between(start, naive),
        lambda: office.is_open(naive),
        lambda: BusinessCalendar.always().add(naive, HOUR),
    ):
        with pytest.raises(ValueError, match="a moment needs its time zone"):
            ask()


def test_a_calendar_is_read_from_settings() -> None:
    read = BusinessCalendar.read(" Europe/Moscow ", "пн-пт 9-18", "01.01.2026..11.01.2026", "2026-01-10")
    holidays = [f"2026-01-{day:02}" for day in range(1, 12)]
    assert read == calendar("Europe/Moscow", OFFICE, holidays=holidays, working=["2026-01-10"])
    assert BusinessCalendar.read("UTC", "24/7") == BusinessCalendar.always()


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        (("Europe/Moscow", "mon 9-8"), Misread(Misreading.BACKWARDS, "9-8")),
        (("Europe/Moscow", OFFICE, "soon"), Misread(Misreading.DATE, "soon")),
        (("Europe/Moscow", OFFICE, "", "never"), Misread(Misreading.DATE, "never")),
        *(
            ((zone, OFFICE), Misread(Misreading.ZONE, zone))
            for zone in ("", "Moscow", "Europe", "../../etc/passwd", "/etc/passwd", "Ы", "x" * 40)
        ),
    ],
)
def test_what_is_wrong_with_settings_is_said(settings: tuple[str, ...], wrong: Misread) -> None:
    assert BusinessCalendar.read(*settings) == wrong


def test_a_time_zone_that_the_system_cannot_open_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(name: str) -> ZoneInfo:
        raise IsADirectoryError(name)

    monkeypatch.setattr("zavhoz_requests.domain.calendar.ZoneInfo", unreadable)
    assert BusinessCalendar.read("Europe", OFFICE) == Misread(Misreading.ZONE, "Europe")


# The laws.


@given(near=nearby(), offset=OFFSETS, worked=WORKED)
def test_due_is_the_first_moment_by_which_so_much_has_passed(near: Near, offset: timedelta, worked: timedelta) -> None:
    office, start = near.calendar, near.at(offset)
    due = office.add(start, worked)
    assert due.tzinfo is UTC
    assert office.between(start, due) == worked
    assert office.between(start, due - TICK) == worked - TICK
    assert office.is_open(due - TICK), "in closed time nothing becomes due"


@given(near=nearby(), offset=OFFSETS, worked=WORKED)
def test_back_is_the_first_moment_since_which_so_much_had_passed(
    near: Near, offset: timedelta, worked: timedelta
) -> None:
    office, start = near.calendar, near.at(offset)
    since = office.add(start, -worked)
    assert office.between(since, start) == worked
    assert office.between(since - TICK, start) == worked + TICK


@given(near=nearby(), offset=OFFSETS, one=WORKED | st.just(timedelta()), other=WORKED | st.just(timedelta()))
def test_one_after_the_other_is_both_at_once_and_more_is_not_earlier(
    near: Near, offset: timedelta, one: timedelta, other: timedelta
) -> None:
    office, start = near.calendar, near.at(offset)
    one, other = one / 2, other / 2
    assert office.add(office.add(start, one), other) == office.add(start, one + other)
    assert start <= office.add(start, one) <= office.add(start, one + other)
    assert office.add(start, one) <= office.add(start + other, one)


@given(near=nearby(), offset=OFFSETS, month=st.integers(-3, 3))
def test_what_is_measured_by_the_month_shows_no_seam(near: Near, offset: timedelta, month: int) -> None:
    office, start = near.calendar, near.at(offset)
    seam = EPOCH + ((start - EPOCH) // MONTH + month) * MONTH
    worked = office.between(start, seam) or -office.between(seam, start)
    assume(worked)
    reached = office.add(start, worked)
    assert reached <= seam
    assert office.between(reached, seam) == timedelta()
    assert (office.between(start, reached) or -office.between(reached, start)) == worked
    assert office.is_open(reached - TICK)


@given(near=nearby(), offsets=st.lists(OFFSETS | WORKED.map(lambda one: one * 100), min_size=3, max_size=3))
def test_time_adds_up(near: Near, offsets: list[timedelta]) -> None:
    first, second, third = sorted(near.at(offset) for offset in offsets)
    office = near.calendar
    assert office.between(first, second) + office.between(second, third) == office.between(first, third)
    assert timedelta() <= office.between(first, second) <= second - first
    assert office.between(third, first) == timedelta()


@given(near=nearby(), offset=OFFSETS, worked=WORKED, zone=st.sampled_from(list(CHANGES)))
def test_it_does_not_matter_in_which_zone_a_moment_is_given(
    near: Near, offset: timedelta, worked: timedelta, zone: str
) -> None:
    office, start = near.calendar, near.at(offset)
    there, due = start.astimezone(ZoneInfo(zone)), office.add(start, worked)
    assert office.add(there, worked) == due
    assert office.between(there, due.astimezone(ZoneInfo(zone))) == worked
    assert office.is_open(there) == office.is_open(start)


@given(near=nearby(), offset=OFFSETS, later=OFFSETS.filter(lambda offset: offset > timedelta()))
def test_time_simply_passes_when_it_is_switched_off_or_always_open(
    near: Near, offset: timedelta, later: timedelta
) -> None:
    start, zone = near.at(offset), near.calendar.zone
    end = start + later
    never_closed = BusinessCalendar(zone, (((0, DAY),),) * 7)
    switched_off = BusinessCalendar(zone, None, near.calendar.holidays)
    for one in (BusinessCalendar.always(), never_closed, switched_off):
        assert one.add(start, later) == end
        assert one.add(end, -later) == start
        assert one.between(start, end) == later
        assert one.between(start.astimezone(zone), end.astimezone(zone)) == later
        assert one.is_open(start)
        assert one.opening(near.day) == ((0, DAY),)


@given(near=nearby(), offset=st.integers(-48 * 60, 48 * 60), minutes=st.integers(1, 40 * 60))
def test_it_is_as_if_the_minutes_were_counted(near: Near, offset: int, minutes: int) -> None:
    office, start = near.calendar, near.at(offset * MINUTE)
    counted = 0
    for minute in range(minutes):
        if office.is_open(start + minute * MINUTE):
            counted += 1
            assert office.add(start, counted * MINUTE) == start + (minute + 1) * MINUTE
    assert office.between(start, start + minutes * MINUTE) == counted * MINUTE
