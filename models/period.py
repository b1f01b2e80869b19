"""Periods as plans write them (`2020年3月到10月`, `3-11月`, `全年`), read into first and last day."""

import re
import unicodedata
from calendar import monthrange
from datetime import date, timedelta

_NUMERIC_DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:日|(?!\d))")
_NUMERIC_MONTH = re.compile(r"(\d{4})[./](\d{1,2})(?![\d./])")
_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]")
_SEPARATOR = re.compile(r"(?:到|至|[-‐‑‒–—―−~〜]+)")  # every dash that offices type
_POINT = re.compile(r"(?:(?P<y>\d{4})年)?(?:(?P<m>\d{1,2})月?)?(?:(?<=月)(?P<d>\d{1,2})[日号]?)?")
_DAY = re.compile(r"\d{1,2}[日号]")
_MONTH = re.compile(r"\d{1,2}月")
_TEN = "一二三四五六七八九十"
_MONTHS = {name: n for n, name in enumerate((*_TEN, "十一", "十二"), start=1)}
_CHINESE_MONTH = re.compile(r"(十[一二]|[一二三四五六七八九十])(?=月|[到至~\-—–][一二三四五六七八九十]+月)月?")
_WHOLE = {
    "全年": (1, 12),
    "上半年": (1, 6),
    "下半年": (7, 12),
    **{
        f"{p}{n}季度": (3 * q - 2, 3 * q) for p in ("", "第") for q in (1, 2, 3, 4) for n in ("一二三四"[q - 1], str(q))
    },
}


def parse_period(text: str, year: int | None = None) -> tuple[date, date]:
    """Read a period of a plan into its first and last day, both included.

    `year` is used where the text names none (the plan's own year). Notes in brackets are ignored. Raises ValueError
    with a sentence in Chinese that says what could not be read.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    plain = _BRACKETS.sub("", plain).rstrip("。;,")
    plain = plain.replace("年度", "年").replace("月份", "月")
    plain = re.sub(r"月[初底末](?=$|[到至~\-—–])", "月", plain)
    plain = _CHINESE_MONTH.sub(lambda m: f"{_MONTHS[m[1]]}月", plain)
    plain = re.sub(r"(?<=\d{4})-(\d{1,2})$", r"年\1月", plain) if re.fullmatch(r"\d{4}-\d{1,2}", plain) else plain
    plain = _NUMERIC_DATE.sub(lambda m: f"{m[1]}年{int(m[2])}月{int(m[3])}日", plain)
    plain = _NUMERIC_MONTH.sub(lambda m: f"{m[1]}年{int(m[2])}月", plain)
    problem = f"抽查时间「{text.strip()}」看不懂。请写成「2026年3月至11月」或者「2026年2月24日至2026年11月30日」。"
    if re.fullmatch(r"[2-6]\d{4}", plain):
        # 1900-based serial number: what a spreadsheet shows where a date column was set to 常规.
        meant = date(1899, 12, 30) + timedelta(days=int(plain))
        raise ValueError(
            f"抽查时间「{plain}」变成了数字，可能是 {meant.isoformat()}。请把该列设为文本，写成「2026年3月至11月」。"
        )
    if not plain:
        raise ValueError("抽查时间没有填写。请写成「2026年3月至11月」。")

    whole = re.fullmatch(r"(?:(\d{4})年)?(.*)", plain)
    assert whole is not None
    named_year = int(whole[1]) if whole[1] else year
    if whole[2] in _WHOLE or (whole[1] and not whole[2]):
        months = _WHOLE.get(whole[2], (1, 12))
        return _span(_known(named_year, text), months[0], None, _known(named_year, text), months[1], None, problem)

    ends = _SEPARATOR.split(plain)
    if len(ends) > 2:
        raise ValueError(problem)
    if len(ends) == 2 and _DAY.fullmatch(ends[1]) and (month := _MONTH.search(ends[0])):
        ends[1] = month[0] + ends[1]  # 3月1日至15日
    first = _POINT.fullmatch(ends[0])
    if (named := re.match(r"(\d{4})年", ends[0])) or year is not None:
        ends[-1] = re.sub("^(次年|翌年)", f"{(int(named[1]) if named else year or 0) + 1}年", ends[-1])
    last = _POINT.fullmatch(ends[-1])
    if first is None or last is None or not first["m"]:
        raise ValueError(problem)
    y1 = _known(int(first["y"]) if first["y"] else year, text)
    y2 = int(last["y"]) if last["y"] else y1
    m1 = int(first["m"])
    if not last["m"] or "月" not in ends[-1]:
        raise ValueError(problem)
    return _span(y1, m1, _int(first["d"]), y2, int(last["m"]), _int(last["d"]), problem)


def _int(digits: str | None) -> int | None:
    return int(digits) if digits else None


def _known(year: int | None, text: str) -> int:
    if year is None:
        raise ValueError(f"抽查时间「{text.strip()}」没有写明年份。请写成「2026年3月至11月」。")
    return year


def _span(y1: int, m1: int, d1: int | None, y2: int, m2: int, d2: int | None, problem: str) -> tuple[date, date]:
    if not (1 <= m1 <= 12 and 1 <= m2 <= 12 and 1900 <= y1 <= 2999 and 1900 <= y2 <= 2999):
        raise ValueError(problem)
    try:
        start = date(y1, m1, d1 or 1)
        end = date(y2, m2, d2 or monthrange(y2, m2)[1])
    except ValueError as error:
        raise ValueError(problem) from error
    if end < start:
        raise ValueError(f"抽查时间从 {start.isoformat()} 到 {end.isoformat()}，结束早于开始。请核对后重填。")
    return start, end
