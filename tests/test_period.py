"""Periods of plans, as offices write them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.period import parse_period


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2020年3月到10月", date(2020, 3, 1), date(2020, 10, 31)),
        ("3月至11月", date(2026, 3, 1), date(2026, 11, 30)),
        ("2020年3-11月", date(2020, 3, 1), date(2020, 11, 30)),
        ("2026年1月- 2026年11月", date(2026, 1, 1), date(2026, 11, 30)),
        ("2026年2月24日 -2026年11月30日", date(2026, 2, 24), date(2026, 11, 30)),
        ("1月—12月", date(2026, 1, 1), date(2026, 12, 31)),
        ("全年", date(2026, 1, 1), date(2026, 12, 31)),
        ("２０２６年３月～１１月", date(2026, 3, 1), date(2026, 11, 30)),
        ("2026年\n3月至11月（分两批）", date(2026, 3, 1), date(2026, 11, 30)),
        ("2025年11月至2026年2月", date(2025, 11, 1), date(2026, 2, 28)),
        ("2028年2月", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026-02-24至2026-11-30", date(2026, 2, 24), date(2026, 11, 30)),
        ("2026.2-2026.11", date(2026, 2, 1), date(2026, 11, 30)),
        ("2026年下半年", date(2026, 7, 1), date(2026, 12, 31)),
        ("第三季度", date(2026, 7, 1), date(2026, 9, 30)),
    ],
)
def test_a_period_is_read_into_first_and_last_day(written: str, first: date, last: date) -> None:
    assert parse_period(written, 2026) == (first, last)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "没有填写"),
        ("随时", "看不懂"),
        ("13月", "看不懂"),
        ("2026年2月30日", "看不懂"),
        ("2026年11月底前", "看不懂"),
        ("11月至3月", "结束早于开始"),
    ],
)
def test_what_is_no_period_gets_a_sentence(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_period(written, 2026)


def test_without_any_year_it_asks_for_one() -> None:
    with pytest.raises(ValueError, match="没有写明年份"):
        parse_period("3月至11月")


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.integers(0, 700))
def test_days_written_out_come_back(first: date, days: int) -> None:
    last = date.fromordinal(first.toordinal() + days)
    written = f"{first.year}年{first.month}月{first.day}日至{last.year}年{last.month}月{last.day}日"
    assert parse_period(written) == (first, last)
