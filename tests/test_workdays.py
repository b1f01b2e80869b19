"""Working days: the facts of DOMAIN §4 as tables, and what must hold for any table of days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.holidays import calendar
from models.workdays import Calendar, Day

D = date.fromisoformat
NOTICES = calendar()


# --- the notices, by hand --------------------------------------------------------------------------------------------

# Make-up working days on weekends, as the State Council's notices name them.
MAKE_UP = {
    2022: ["01-29", "01-30", "04-02", "04-24", "05-07", "10-08", "10-09"],
    2026: ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
}

# Days of rest that would be working days by the weekday rule.
OFF_ON_WEEKDAYS = {
    2022: """01-03 01-31 02-01 02-02 02-03 02-04 04-04 04-05 05-02 05-03 05-04 06-03 09-12
             10-03 10-04 10-05 10-06 10-07""",
    2026: """01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25
             10-01 10-02 10-05 10-06 10-07""",
}


@pytest.mark.parametrize("year", [2022, 2026])
def test_every_day_of_a_year_is_as_its_notice_says(year: int) -> None:
    day = date(year, 1, 1)
    while day.year == year:
        name = day.isoformat()[5:]
        expected = (day.weekday() < 5 and name not in OFF_ON_WEEKDAYS[year].split()) or name in MAKE_UP[year]
        here = NOTICES.is_working(day)
        assert (bool(here), here.estimated) == (expected, False), day
        day += timedelta(days=1)


@pytest.mark.parametrize(("year", "days"), [(2020, 249), (2022, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year: int, days: int) -> None:
    assert NOTICES.count(date(year - 1, 12, 31), date(year, 12, 31)) == days


# Outer limits of the seeds' reports that fall on days of rest (month-day); all others of the year are working days.
REST = {
    2022: ["02-20", "03-20", "07-02", "08-20", "11-20"],
    2023: ["04-02", "05-20", "07-02", "08-20"],
    2024: ["01-20", "04-20", "07-20", "10-20"],
    2025: ["04-20", "07-20", "09-20", "12-20"],
    2026: ["02-15", "02-20", "06-20", "12-20"],
}


@pytest.mark.parametrize("year", [2022, 2026])
def test_which_reporting_dates_are_days_of_rest(year: int) -> None:
    dates = [f"{month:02d}-20" for month in range(1, 13)] + ["02-15", "04-02", "07-02", "10-09"]
    assert sorted(d for d in dates if not NOTICES.is_working(D(f"{year}-{d}"))) == REST[year]


@pytest.mark.parametrize("year", [2023, 2024, 2025])
def test_which_monthly_and_quarterly_dates_are_days_of_rest(year: int) -> None:
    dates = {f"{month:02d}-20" for month in range(1, 13)} | {"04-02", "07-02"}
    assert sorted(d for d in dates if not NOTICES.is_working(D(f"{year}-{d}"))) == REST[year]


@pytest.mark.parametrize(
    ("limit", "aim"),
    [
        ("2022-01-20", "2022-01-19"),
        ("2022-02-15", "2022-02-14"),
        ("2022-02-20", "2022-02-18"),
        ("2022-03-20", "2022-03-18"),
        ("2022-04-02", "2022-04-01"),
        ("2022-07-02", "2022-07-01"),
        ("2022-08-20", "2022-08-19"),
        ("2022-10-09", "2022-10-08"),  # a Saturday on which people work
        ("2022-11-20", "2022-11-18"),
        ("2022-12-20", "2022-12-19"),
        ("2026-02-20", "2026-02-14"),  # before the Spring Festival, a Saturday on which people work
        ("2026-06-20", "2026-06-18"),
        ("2026-09-20", "2026-09-18"),
        ("2026-12-20", "2026-12-18"),
        ("2026-03-20", "2026-03-19"),
    ],
)
def test_before_a_date_is_the_last_working_day_strictly_before_it(limit: str, aim: str) -> None:
    assert NOTICES.before(D(limit)) == Day(D(aim), False)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("2022-09-16", 20, "2022-10-19"),
        ("2022-01-17", 20, "2022-02-17"),
        ("2026-09-18", 20, "2026-10-22"),
        ("2022-04-01", 1, "2022-04-02"),
        ("2022-04-02", 1, "2022-04-06"),
        ("2022-07-01", 1, "2022-07-04"),
        ("2022-10-07", 2, "2022-10-09"),
        ("2026-02-13", 1, "2026-02-14"),
        ("2026-02-14", 1, "2026-02-24"),
        ("2026-12-03", 20, "2026-12-31"),
        ("2022-10-01", 0, "2022-10-01"),
    ],
)
def test_so_many_working_days_after_a_date_which_does_not_count(start: str, n: int, end: str) -> None:
    assert NOTICES.add(D(start), n) == Day(D(end), False)


def test_twenty_working_days_are_25_to_36_calendar_days() -> None:
    spans = set()
    day = date(2020, 1, 1)
    while day <= date(2026, 11, 30):
        spans.add((NOTICES.add(day, 20).date - day).days)
        day += timedelta(days=1)
    assert (min(spans), max(spans)) == (25, 36)


# --- beyond the notices ----------------------------------------------------------------------------------------------


def test_a_year_without_a_notice_is_estimated_by_weekdays_and_says_so() -> None:
    assert str(NOTICES.add(D("2026-12-04"), 20)) == "2027-01-01 暂估"
    assert NOTICES.add(D("2026-12-03"), 20).estimated is False
    assert NOTICES.before(D("2027-02-20")) == Day(D("2027-02-19"), True)
    assert NOTICES.is_working(D("2027-02-17")).estimated
    assert NOTICES.add(D("2003-12-01"), 1).estimated


def test_counting_back_into_a_known_year_is_estimated_only_if_it_crosses_unknown_days() -> None:
    assert NOTICES.before(D("2027-01-01")) == Day(D("2026-12-31"), False)
    assert NOTICES.back(D("2027-01-04"), 2) == Day(D("2026-12-31"), True)


def test_a_day_entered_by_hand_in_an_unknown_year_is_certain() -> None:
    table = Calendar({D("2027-02-17"): False}, NOTICES.known_from, NOTICES.known_until)
    assert not table.is_working(D("2027-02-17"))
    assert not table.is_working(D("2027-02-17")).estimated
    assert table.is_working(D("2027-02-18")).estimated


def test_a_negative_number_of_days_is_refused() -> None:
    with pytest.raises(ValueError, match="负数"):
        NOTICES.add(D("2022-01-01"), -1)
    with pytest.raises(ValueError, match="负数"):
        NOTICES.back(D("2022-01-01"), -1)


def test_the_end_of_time_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="范围"):
        NOTICES.add(date.max, 1)


# --- any table -------------------------------------------------------------------------------------------------------

DAYS = st.dates(date(2020, 1, 1), date(2022, 12, 31))
TABLES = st.builds(
    lambda days, until: Calendar(days, date(2020, 6, 1), until),
    st.dictionaries(DAYS, st.booleans(), max_size=60),
    st.dates(date(2021, 1, 1), date(2022, 6, 30)),
)
NUMBERS = st.integers(0, 40)


@given(TABLES, DAYS, NUMBERS, NUMBERS)
def test_adding_in_two_steps_is_adding_at_once(table: Calendar, start: date, n: int, m: int) -> None:
    assert table.add(table.add(start, n).date, m).date == table.add(start, n + m).date


@given(TABLES, DAYS, DAYS, NUMBERS)
def test_a_later_start_never_ends_earlier(table: Calendar, one: date, two: date, n: int) -> None:
    one, two = sorted((one, two))
    assert table.add(one, n).date <= table.add(two, n).date


@given(TABLES, DAYS, st.integers(1, 40))
def test_what_is_counted_to_is_a_working_day_after_so_many(table: Calendar, start: date, n: int) -> None:
    end = table.add(start, n)
    assert end.date > start
    assert table.is_working(end.date)
    assert table.count(start, end.date) == n


@given(TABLES, DAYS)
def test_before_is_the_nearest_working_day_before(table: Calendar, day: date) -> None:
    found = table.before(day).date
    assert found < day
    assert table.is_working(found)
    between = [found + timedelta(days=n) for n in range(1, (day - found).days)]
    assert not any(table.is_working(d) for d in between)


@given(TABLES, DAYS, NUMBERS)
def test_back_undoes_add_between_working_days(table: Calendar, start: date, n: int) -> None:
    here = table.add(start, 1).date
    assert table.back(table.add(here, n).date, n).date == here


@given(TABLES, DAYS, DAYS, DAYS)
def test_counts_add_up_and_turn_their_sign(table: Calendar, a: date, b: date, c: date) -> None:
    assert table.count(a, b) + table.count(b, c) == table.count(a, c)
    assert table.count(a, b) == -table.count(b, a)


@given(TABLES, DAYS, NUMBERS)
def test_estimated_exactly_if_an_unknown_day_was_walked_over(table: Calendar, start: date, n: int) -> None:
    end = table.add(start, n)
    walked = [start + timedelta(days=k) for k in range(1, (end.date - start).days + 1)]
    assert end.estimated == any(table.is_working(day).estimated for day in walked)


@given(TABLES, DAYS)
def test_until_is_the_day_itself_if_people_work_on_it(table: Calendar, day: date) -> None:
    found = table.until(day).date
    assert found == (day if table.is_working(day) else table.before(day).date)
