"""Periods of plans, as offices write them."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.period import parse_period, read_period


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


def day(text: str) -> date:
    month, number = text.split("-")
    return date(2026, int(month), int(number))


# What each must mean in a plan of 2026: first day, last day, and what is said of how it was understood.
LITERAL = [
    ("2026年", "1-1", "12-31"),
    ("2026", "1-1", "12-31"),
    ("本年度", "1-1", "12-31"),
    ("年内完成", "1-1", "12-31"),
    ("2026年内完成", "1-1", "12-31"),
    ("全年开展", "1-1", "12-31"),
    ("上半年", "1-1", "6-30"),
    ("下半年", "7-1", "12-31"),
    ("上半年、下半年", "1-1", "12-31"),
    ("一季度", "1-1", "3-31"),
    ("第三季度", "7-1", "9-30"),
    ("3—4季度", "7-1", "12-31"),
    ("三、四季度", "7-1", "12-31"),
    ("第三、第四季度", "7-1", "12-31"),
    ("二季度至四季度", "4-1", "12-31"),
    ("前三季度", "1-1", "9-30"),
    ("2026.3-2026.11", "3-1", "11-30"),
    ("2026.3-11", "3-1", "11-30"),
    ("2026.3.1-11.30", "3-1", "11-30"),
    ("3.1-11.30", "3-1", "11-30"),
    ("3/1-11/30", "3-1", "11-30"),
    ("20260301-20261130", "3-1", "11-30"),
    ("2026-03-01 00:00:00", "3-1", "3-1"),
    ("2026-3-11月", "3-1", "11-30"),
    ("3月15日至11月15日", "3-15", "11-15"),
    ("3月15号-5月1号", "3-15", "5-1"),
    ("3月1日-15", "3-1", "3-15"),
    ("3、4月", "3-1", "4-30"),
    ("三月至十一月", "3-1", "11-30"),
    ("三-五月", "3-1", "5-31"),
    ("二〇二六年三月至十一月", "3-1", "11-30"),
    ("26年3月至11月", "3-1", "11-30"),
    ("3月初至11月底", "3-1", "11-30"),
    ("3月上旬至11月中旬", "3-1", "11-20"),
    ("3月至年底", "3-1", "12-31"),
    ("3月1日起至11月30日止", "3-1", "11-30"),
    ("自3月起至11月底", "3-1", "11-30"),
    ("2026年（3月至11月）", "3-1", "11-30"),
    ("计划于3月至11月开展", "3-1", "11-30"),
    ("2026年3月-2026年12月底前", "3-1", "12-31"),
]
UNDERSTOOD = [
    ("11月底前", "1-1", "11-30", "没有写从哪天开始"),
    ("11月30日前", "1-1", "11-30", "没有写从哪天开始"),
    ("2026年11月底以前", "1-1", "11-30", "没有写从哪天开始"),
    ("6月底前完成", "1-1", "6-30", "没有写从哪天开始"),
    ("年底前", "1-1", "12-31", "没有写从哪天开始"),
    ("截至11月30日", "1-1", "11-30", "没有写从哪天开始"),
    ("不晚于11月30日", "1-1", "11-30", "没有写从哪天开始"),
    ("至11月底", "1-1", "11-30", "没有写从哪天开始"),
    ("即日起至11月底", "1-1", "11-30", "没有写从哪天开始"),
    ("三季度末前", "1-1", "9-30", "没有写从哪天开始"),
    # 4月前 is before April (S1), and said so.
    ("4月前", "1-1", "3-31", "「4月前」按不包括4月理解"),
    ("3月至11月前", "3-1", "10-31", "「11月前」按不包括11月理解"),
    ("3月起", "3-1", "12-31", "没有写到哪天结束"),
    ("自3月1日起", "3-1", "12-31", "没有写到哪天结束"),
    ("3月1日以后", "3-1", "12-31", "没有写到哪天结束"),
    ("11月底", "11-21", "11-30", "没有写到哪一天"),
    ("3月底至11月初", "3-21", "11-10", "没有写到哪一天"),
    ("长期", "1-1", "12-31", "没有写明起止时间"),
    ("长期推进", "1-1", "12-31", "没有写明起止时间"),
    ("适时", "1-1", "12-31", "没有写明起止时间"),
    ("2026年适时开展", "1-1", "12-31", "没有写明起止时间"),
    ("每季度一次", "1-1", "12-31", "频次请在补全时填写"),
    ("全年2次", "1-1", "12-31", "频次请在补全时填写"),
    ("3月、9月", "3-1", "9-30", "写了不相连的几段时间"),
    ("4月至5月、9月至10月", "4-1", "10-31", "写了不相连的几段时间"),
]


@pytest.mark.parametrize(("written", "first", "last"), LITERAL)
def test_what_names_both_ends_is_taken_as_it_stands(written: str, first: str, last: str) -> None:
    assert parse_period(written, 2026) == (day(first), day(last))
    assert read_period(written, 2026).meant == ""


@pytest.mark.parametrize(("written", "first", "last", "meant"), UNDERSTOOD)
def test_what_names_no_end_is_taken_and_said_how(written: str, first: str, last: str, meant: str) -> None:
    found = read_period(written, 2026)
    assert (found.first, found.last) == (day(first), day(last))
    assert meant in found.meant
    assert found.meant.endswith(f"，按 {day(first).isoformat()} 至 {day(last).isoformat()} 理解")
    with pytest.raises(ValueError, match="没有写明起止"):
        parse_period(written, 2026)


def test_a_note_in_brackets_about_batches_is_said_to_be_left_out() -> None:
    found = read_period("1月—12月（分两批）", 2026)
    assert (found.first, found.last) == (day("1-1"), day("12-31"))
    assert "括号里的「分两批」没有计入" in found.meant and found.literal
    assert read_period("3月至11月（暂定）", 2026).meant == ""


def test_an_end_in_a_later_year_begins_with_the_plans_own() -> None:
    assert read_period("2027年1月底前", 2026).first == date(2026, 1, 1)
    assert read_period("2025年11月底前", 2026).first == date(2025, 1, 1)
    with pytest.raises(ValueError, match="没有写明年份"):
        read_period("长期")


@settings(deadline=None)
@given(
    st.text(max_size=20)
    | st.from_regex(
        r"[0-9年月日号季度上下半初中底末旬前起止至到、,（）().\-一二三十第全每次长期]{1,14}", fullmatch=True
    )
)
def test_any_cell_gets_an_answer_or_a_sentence(text: str) -> None:
    try:
        found = read_period(text, 2026)
    except ValueError as refusal:
        assert str(refusal).endswith("。")
    else:
        assert found.first <= found.last


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("", "没有填写"),
        ("随时", "看不懂"),
        ("待定", "哪天都可以的写「全年」"),
        ("视情况", "看不懂"),
        ("3月前后", "看不懂"),
        ("年中", "看不懂"),
        ("5季度", "看不懂"),
        ("13月", "看不懂"),
        ("2026年2月30日", "看不懂"),
        ("2026年11月底前", "没有写明起止"),
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
