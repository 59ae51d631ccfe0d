"""Hours and dates as managers type them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from calendar_support import WEEKS
from hypothesis import given
from hypothesis import strategies as st

from zavhoz_requests.domain.days import DAYS_MAX, format_days, parse_days
from zavhoz_requests.domain.hours import DAY, format_hours, parse_hours
from zavhoz_requests.domain.misread import PIECE_MAX, Misread, Misreading

OFFICE = "mon-fri 09:00-18:00, sat 10:00-14:00"


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        (OFFICE, OFFICE),
        ("Mon-Fri 9-18; SAT 10.00-14.00", OFFICE),
        ("пн-пт 9:00–18:00, сб 10:00—14:00", OFFICE),
        ("Пн.–пт.: 9 - 18\nСб.: 10 - 14", OFFICE),
        ("понедельник − пятница 09.00 − 18.00\u00a0суббота 10-14", OFFICE),
        ("sat 10-14, monday - friday 9-18,", OFFICE),
        ("mon, tue, ср 9-18; thu,fri 9-18, sat 10-14", OFFICE),
        ("mon, mon-fri 9-18, sat 10-14", OFFICE),
        ("mon-fri 9-13, 13-18, sat 10-14", OFFICE),
        ("mon 14-18 9-13", "mon 09:00-13:00 14:00-18:00"),
        ("mon 9-13, mon 14-18", "mon 09:00-13:00 14:00-18:00"),
        ("mon 9-13, wed 9-13", "mon 09:00-13:00, wed 09:00-13:00"),
        ("sat-mon 9-13", "mon 09:00-13:00, sat-sun 09:00-13:00"),
        ("mon 18:00-00:00, tue 22-24:00", "mon 18:00-24:00, tue 22:00-24:00"),
        ("mon-sun 0-0", "mon-sun 00:00-24:00"),
        ("сб-вс круглосуточно, пн 24/7", "mon 00:00-24:00, sat-sun 00:00-24:00"),
        ("mon 0:07-0:08", "mon 00:07-00:08"),
        (" 24/7 ", "24/7"),
        ("Круглосуточно", "24/7"),
    ],
)
def test_hours_are_read_as_they_are_typed(typed: str, canonical: str) -> None:
    hours = parse_hours(typed)
    assert not isinstance(hours, Misread), hours
    assert format_hours(hours) == canonical
    assert parse_hours(canonical) == hours


def test_a_week_is_seven_days_of_minutes() -> None:
    assert parse_hours("tue 9:30-18") == ((), ((570, 1080),), (), (), (), (), ())
    assert parse_hours("24/7") is None
    assert parse_hours("mon-sun 24/7") == (((0, DAY),),) * 7


@pytest.mark.parametrize(
    ("typed", "reason", "piece"),
    [
        ("", Misreading.EMPTY, ""),
        (" ,;\n", Misreading.EMPTY, ""),
        ("9-18", Misreading.NO_DAY, "9-18"),
        ("24/7 mon", Misreading.NO_DAY, "24/7"),
        ("mon 9-18, sat", Misreading.NO_HOURS, "sat"),
        ("Пн - Пт", Misreading.NO_HOURS, "Пн - Пт"),
        ("mon 9-18, вс выходной", Misreading.UNKNOWN, "выходной"),
        ("mon-fry 9-18", Misreading.UNKNOWN, "mon-fry"),
        ("с 9 до 18", Misreading.UNKNOWN, "с"),
        ("mon 9-18-20", Misreading.UNKNOWN, "9-18-20"),
        ("mon 9:5-18", Misreading.UNKNOWN, "9:5-18"),
        ("mon 9", Misreading.UNKNOWN, "9"),
        ("mon 9am-6pm", Misreading.UNKNOWN, "9am-6pm"),
        ("mon ٩-١٨", Misreading.UNKNOWN, "٩-١٨"),
        ("mon 25-26", Misreading.TIME, "25-26"),
        ("mon 9-24:01", Misreading.TIME, "9-24:01"),
        ("mon 9:60-18", Misreading.TIME, "9:60-18"),
        ("mon 22:00 - 06:00", Misreading.BACKWARDS, "22:00 - 06:00"),
        ("mon 9-9", Misreading.BACKWARDS, "9-9"),
        ("mon 24:00-24:00", Misreading.BACKWARDS, "24:00-24:00"),
        ("mon-fri 9-13, вт 12:59-15", Misreading.OVERLAP, "tue 12:59-15"),
        ("mon 9-18 9-18", Misreading.OVERLAP, "mon 9-18"),
        ("mon 10-11 9-18", Misreading.OVERLAP, "mon 9-18"),
        ("x" * 4096, Misreading.UNKNOWN, "x" * (PIECE_MAX - 1) + "…"),
    ],
)
def test_what_is_wrong_with_hours_is_said(typed: str, reason: Misreading, piece: str) -> None:
    assert parse_hours(typed) == Misread(reason, piece)


def dates(*days: str) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, days))


@pytest.mark.parametrize(
    ("typed", "days", "canonical"),
    [
        ("", dates(), ""),
        (" , ", dates(), ""),
        ("2026-05-09", dates("2026-05-09"), "2026-05-09"),
        ("09.05.2026; 1.5.2026", dates("2026-05-09", "2026-05-01"), "2026-05-01, 2026-05-09"),
        (
            "2026-01-01, 02.01.2026, 2026-01-03..2026-01-04",
            dates("2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"),
            "2026-01-01..2026-01-04",
        ),
        ("31.12.2026 – 01.01.2027", dates("2026-12-31", "2027-01-01"), "2026-12-31..2027-01-01"),
        ("2026-02-28-2026-03-01", dates("2026-02-28", "2026-03-01"), "2026-02-28..2026-03-01"),
        ("01.03.2026…02.03.2026", dates("2026-03-01", "2026-03-02"), "2026-03-01..2026-03-02"),
        ("01.03.2026 ... 01.03.2026", dates("2026-03-01"), "2026-03-01"),
        ("29.02.2028\n29.02.2028", dates("2028-02-29"), "2028-02-29"),
    ],
)
def test_dates_are_read_as_they_are_typed(typed: str, days: frozenset[date], canonical: str) -> None:
    assert parse_days(typed) == days
    assert format_days(days) == canonical
    assert parse_days(canonical) == days


@pytest.mark.parametrize(
    ("typed", "reason", "piece"),
    [
        ("2026-01-01, завтра", Misreading.DATE, "завтра"),
        ("29.02.2026", Misreading.DATE, "29.02.2026"),
        ("2026-13-01", Misreading.DATE, "2026-13-01"),
        ("0000-01-01", Misreading.DATE, "0000-01-01"),
        ("01.02.26", Misreading.DATE, "01.02.26"),
        ("2026-01-01..", Misreading.DATE, "2026-01-01.."),
        ("2026-01-01..2026-02-30", Misreading.DATE, "2026-01-01..2026-02-30"),
        ("2026-01-02..2026-01-01", Misreading.BACKWARDS, "2026-01-02..2026-01-01"),
        ("0001-01-01..9999-12-31", Misreading.TOO_MANY, "0001-01-01..9999-12-31"),
        ("2026-01-01..2026-12-31, 2027-01-01..2028-12-31", Misreading.TOO_MANY, "2027-01-01..2028-12-31"),
    ],
)
def test_what_is_wrong_with_dates_is_said(typed: str, reason: Misreading, piece: str) -> None:
    assert parse_days(typed) == Misread(reason, piece)


def test_there_are_as_many_dates_as_are_allowed_and_no_more() -> None:
    first = date(2026, 1, 1)
    last = first + timedelta(days=DAYS_MAX - 1)
    read = parse_days(f"{first}..{last}")
    assert not isinstance(read, Misread)
    assert (len(read), min(read), max(read)) == (DAYS_MAX, first, last)
    assert isinstance(parse_days(f"{first}..{last + timedelta(days=1)}"), Misread)


@given(typed=WEEKS)
def test_what_is_written_of_hours_is_read_again(typed: list[tuple[tuple[int, int], ...]]) -> None:
    hours = parse_hours(format_hours(tuple(typed)))
    assert hours == tuple(typed)


@given(days=st.frozensets(st.dates() | st.integers(0, 30).map(lambda day: date(2026, 1, 1) + timedelta(days=day))))
def test_what_is_written_of_dates_is_read_again(days: frozenset[date]) -> None:
    assert parse_days(format_days(days)) == days


_SCRAPS = st.sampled_from(
    [" ", "mon", "пн", "9", "18:00", "24.00", "-", "–", "..", "…", ",", ":", "24/7", "2026-01-01", "01.02.2026"]
)


@given(typed=st.lists(_SCRAPS, max_size=12).map("".join) | st.text(max_size=30))
def test_whatever_is_typed_is_read_or_refused_with_a_piece_of_it(typed: str) -> None:
    hours, days = parse_hours(typed), parse_days(typed)
    for read in (hours, days):
        if isinstance(read, Misread):
            assert len(read.piece) <= PIECE_MAX
    if not isinstance(hours, Misread):
        assert parse_hours(format_hours(hours)) == hours
