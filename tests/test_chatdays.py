"""Days as people write them in the chat."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import chatdays

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("12月1日至12月15日", (2026, 12, 1), (2026, 12, 15)),
        ("从 12 月 1 号 到 15 号", (2026, 12, 1), (2026, 12, 15)),
        ("12月1-15日请假", (2026, 12, 1), (2026, 12, 15)),
        ("12.1—12.15", (2026, 12, 1), (2026, 12, 15)),
        ("１２／１～１２／１５", (2026, 12, 1), (2026, 12, 15)),
        ("2026-12-01-2026-12-15", (2026, 12, 1), (2026, 12, 15)),
        ("2026年12月1日至15日", (2026, 12, 1), (2026, 12, 15)),
        ("明天", (2026, 11, 22), (2026, 11, 22)),
        ("今天到后天", (2026, 11, 21), (2026, 11, 23)),
        ("今天至12月1日止。", (2026, 11, 21), (2026, 12, 1)),
        ("11月10日至11月30日", (2026, 11, 10), (2026, 11, 30)),
        ("1月5日", (2027, 1, 5), (2027, 1, 5)),
        ("1月5日至1月10日", (2027, 1, 5), (2027, 1, 10)),
        ("12月25日至1月5日", (2026, 12, 25), (2027, 1, 5)),
        ("3月1日至15日", (2027, 3, 1), (2027, 3, 15)),
    ],
)
def test_a_span_is_read(text: str, first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    assert chatdays.span(text, TODAY) == (date(*first), date(*last))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("适时", "「适时」看不懂。请写起止"),
        ("全年", "「全年」看不懂"),
        ("下周", "「下周」看不懂"),
        ("12月1日起", "看不懂。请写起止"),
        ("15日", "看不懂"),
        ("明天至15日", "请把月份也写上"),
        ("2月30日至3月5日", "日期不存在"),
        ("2026年12月15日至2026年12月1日", "最后一天在第一天之前，请核对后重写"),
        ("12月15日至1日", "最后一天在第一天之前"),
        ("2026年12月1日至2028年12月1日", "超过一年"),
        ("", "看不懂"),
    ],
)
def test_what_is_no_span_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        chatdays.span(text, TODAY)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("12月15日", (2026, 12, 15)),
        ("3月15日前", (2027, 3, 15)),
        ("2026-12-15", (2026, 12, 15)),
        ("明天", (2026, 11, 22)),
    ],
)
def test_a_day_is_read(text: str, meant: tuple[int, int, int]) -> None:
    assert chatdays.day(text, TODAY) == date(*meant)


@pytest.mark.parametrize("text", ["15日", "月底", "12月1日至15日", "13月1日", "2月30日"])
def test_what_is_no_day_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"看不懂|不存在"):
        chatdays.day(text, TODAY)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)), st.integers(0, 364), st.integers(0, 60))
def test_days_within_a_year_come_back_without_their_year(today: date, ahead: int, long: int) -> None:
    first = today + timedelta(days=ahead)
    last = first + timedelta(days=long)
    if (last - today).days < 365 and (2, 29) not in {(first.month, first.day), (last.month, last.day)}:
        text = f"{first.month}月{first.day}日至{last.month}月{last.day}日"
        assert chatdays.span(text, today) == (first, last)
        assert chatdays.day(f"{first.month}月{first.day}日", today) == first


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for read in (chatdays.span, chatdays.day):
        try:
            read(text, TODAY)
        except ValueError as error:
            assert str(error).endswith("。")
