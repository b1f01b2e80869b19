"""Days as people write them in the chat: `明天`, `12月1日`, `12月1日至15日`; without a year the next ones are meant."""

import re
import unicodedata
from datetime import date, timedelta

_WORDS = {"今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3}
_POINT = (
    r"(?:(?P<word{n}>今[天日]|明[天日]|大?后天)"
    r"|(?:(?P<year{n}>\d{{4}})[年./-])?(?P<month{n}>\d{{1,2}})[月./-](?P<day{n}>\d{{1,2}})[日号]?"
    r"|(?P<only{n}>\d{{1,2}})[日号]?)"
)
_BEFORE = r"(?:请假|休假|从|自)*"
_AFTER = r"(?:止|为止|请假|休假)*"
_SPAN = re.compile(rf"{_BEFORE}{_POINT.format(n=1)}(?:[到至~\-–—―−]+{_POINT.format(n=2)})?{_AFTER}")
_ONE = re.compile(rf"{_POINT.format(n=1)}(?:之?前|以前)?")
_LONGEST = 366


def day(text: str, today: date) -> date:
    """One day that is still to come, or today. ValueError with a sentence in Chinese."""
    found = _ONE.fullmatch(_plain(text))
    if found is None or found["only1"]:
        raise ValueError(f"日期「{text.strip()[:30]}」看不懂。请写成「12月15日」或者「2027年1月15日」。")
    return _next(found, 1, today, text)


def span(text: str, today: date) -> tuple[date, date]:
    """First and last day, both included; the last is not yet past. ValueError with a sentence in Chinese."""
    found = _SPAN.fullmatch(_plain(text))
    if found is None or found["only1"]:
        raise ValueError(
            f"「{text.strip()[:30]}」看不懂。请写起止，例如「12月1日至12月15日」；只有一天的写「12月1日」。"
        )
    if found["word2"] is None and found["month2"] is None and found["only2"] is None:
        first = _next(found, 1, today, text)
        return first, first
    last = _last(found, today, text)
    first = _day(found, 1, last.year, today, text)
    if first > last and not found["year1"] and not found["word1"] and not found["only2"]:
        # 12月25日至1月5日: over the turn of the year.
        first = _day(found, 1, last.year - 1, today, text)
    if first > last or (last - first).days > _LONGEST:
        why = "最后一天在第一天之前" if first > last else "超过一年"
        raise ValueError(f"{first.isoformat()} 至 {last.isoformat()}：{why}，请核对后重写。")
    return first, last


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).rstrip("。.,，")


def _last(found: re.Match[str], today: date, text: str) -> date:
    """The last day of a span; a bare number is a day of the first one's month."""
    if not found["only2"]:
        return _next(found, 2, today, text)
    if not found["month1"]:
        raise ValueError(f"「{text.strip()[:30]}」看不懂。请把月份也写上，例如「12月1日至12月15日」。")
    month, last = int(found["month1"]), int(found["only2"])
    if found["year1"]:
        return _made(int(found["year1"]), month, last, text)
    this_year = _made(today.year, month, last, text, or_none=True)
    return this_year if this_year and this_year >= today else _made(today.year + 1, month, last, text)


def _next(found: re.Match[str], n: int, today: date, text: str) -> date:
    """The day of a point; without a year the next such day from today on."""
    if found[f"year{n}"] or found[f"word{n}"]:
        return _day(found, n, today.year, today, text)
    month, number = int(found[f"month{n}"]), int(found[f"day{n}"])
    this_year = _made(today.year, month, number, text, or_none=True)
    return this_year if this_year and this_year >= today else _made(today.year + 1, month, number, text)


def _day(found: re.Match[str], n: int, year: int, today: date, text: str) -> date:
    word = found[f"word{n}"]
    if word:
        return today + timedelta(days=_WORDS[word])
    return _made(int(found[f"year{n}"] or year), int(found[f"month{n}"]), int(found[f"day{n}"]), text)


def _made(year: int, month: int, number: int, text: str, *, or_none: bool = False) -> date:
    try:
        return date(year, month, number)
    except ValueError as error:
        if or_none:
            return None  # type: ignore[return-value]
        raise ValueError(f"「{text.strip()[:30]}」里的日期不存在，请核对后重写。") from error
