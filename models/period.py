"""Periods as plans write them (`2020年3月到10月`, `11月底前`, `第三、四季度`), read into first and last day."""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

_HOW = "请写成「2026年3月至11月」或者「2026年2月24日至2026年11月30日」；哪天都可以的写「全年」。"


@dataclass(frozen=True)
class Period:
    """First and last day, both included. `meant` says how a text that names no such days was understood, else empty.

    It is a clause without full stop, as doubts of an import are (models.cells.Doubt).
    """

    first: date
    last: date
    meant: str = ""
    # Both ends stand in the text, whatever is noted beside them.
    literal: bool = True


def parse_period(text: str, year: int | None = None) -> tuple[date, date]:
    """The first and last day of a period that names them, by day, month, quarter or year.

    `year` is used where the text names none (the plan's own year). Notes in brackets are ignored. Raises ValueError
    with a sentence in Chinese that says what could not be read; also for what has to be understood (`11月底前`).
    """
    found = read_period(text, year)
    if not found.literal:
        raise ValueError(f"抽查时间「{text.strip()}」没有写明起止。{_HOW}")
    return found.first, found.last


def read_period(text: str, year: int | None = None) -> Period:
    """The same, and what offices write without naming both ends: `11月底前`, `3月起`, `长期`, `适时`, `每季度`.

    Raises ValueError with a sentence in Chinese that says what could not be read and how to write it.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if re.fullmatch(r"[2-6]\d{4}", plain):
        # 1900-based serial number: what a spreadsheet shows where a date column was set to 常规.
        meant = date(1899, 12, 30) + timedelta(days=int(plain))
        raise ValueError(
            f"抽查时间「{plain}」变成了数字，可能是 {meant.isoformat()}。请把该列设为文本，写成「2026年3月至11月」。"
        )
    reader = _Reader(text.strip(), year)
    notes = [each[1:-1] for each in _BRACKETS.findall(plain)]
    plain = _BRACKETS.sub("", plain).strip("。;,、")
    if re.fullmatch(r"(\d{4}年?度?)?", plain) and notes and _TIME.search(notes[0]):
        plain = f"{plain if not plain or plain[-1] == '年' else plain.rstrip('年度') + '年'}{notes.pop(0)}"
    if re.fullmatch(r"20\d\d", plain):
        plain = f"{plain}年"
    if not plain:
        raise ValueError("抽查时间没有填写。请写成「2026年3月至11月」。")
    for note in notes:
        if re.search(r"[批次季月周旬]", note):
            reader.notes.append(f"括号里的「{note}」没有计入，分批的请在补全时填写频次")
    return reader.read(plain)


_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]")
_TIME = re.compile(r"\d月|季度|半年")
# What is put around the time without changing it.
_BEFORE = re.compile(
    r"^(?:抽查时间|检查时间|时间|计划|拟定?|预计|安排|于|在|自|从|每年|本年度?(?=\d)|今年(?=\d)|当年(?=\d)|:)+"
)
_VERB = "开展|进行|实施|推进|完成|检查|抽查|组织|全部|有效|执行|分批|集中|随机|陆续|工作"
_AFTER = re.compile(rf"(?:{_VERB}|期间|以内|之内|内|间|有序)+$")
_WHENEVER = re.compile(rf"(?:长期|常年|常态化|常态|持续|经常性?|适时|择机|不定期|即日起?|全年度?|日常)(?:{_VERB})*")
_OFTEN = re.compile(
    r"(?:每个?|逐)(?:月度?|季度?|半年)(?:末|底|初)?(?:各|至少|不少于)?[\d两]*[次批]?.{0,4}|(?:全年|每年|1年|年)?[\d两]+[次批](?:/年)?"
)
_WHOLE = re.compile(r"(?:全年|本年|今年|当年|整年|年)")

_NUMERALS = {name: n for n, name in enumerate("零一二三四五六七八九")} | {"〇": 0}
_NUMERAL = re.compile("[〇零一二三四五六七八九十]+")
_DASH = r"到至~\-‐‑‒–—―−〜"  # every dash that offices type
_JOINT = re.compile(rf"([{_DASH}]+|[、,;和及与])")
_POINT = re.compile(
    r"(?:(?P<year>\d{4}|次|翌|明)年)?"
    r"(?:(?P<half>[上下])半年|第?(?P<quarter>\d)季度?|(?P<month>\d{1,2})月(?:(?P<day>\d{1,2})[日号]?)?)?"
    r"(?P<part>[上中下]旬|[初中底末])?"
)
_BARE = re.compile(r"(?P<year>(?:\d{4}|次|翌|明)年)?第?(?P<number>\d{1,2})")
_BY = re.compile(rf"^(?:截至|截止[到至]?|不晚于|不迟于|最迟|即日起?(?=[{_DASH}])|[{_DASH}]+)[{_DASH}]*")
_BY_END = re.compile(r"(?:止|为止|截止|结束)$")
_BEFORE_IT = re.compile(r"(?:之前|以前|前)$")
_FROM_IT = re.compile(r"(?:起|开始|以后|之后|后)$")


@dataclass(frozen=True)
class _Span:
    """One named stretch. `bare` is how it is called where it is a month or a longer time without 初 or 底."""

    first: date
    last: date
    bare: str = ""
    # The ends that were meant only roughly: 月初 as an end, 月底 as a beginning.
    rough_first: bool = False
    rough_last: bool = False


class _Reader:
    """Reads one text, gathering on the way what had to be understood."""

    def __init__(self, text: str, year: int | None) -> None:
        self.text, self.year = text, year
        self.remarks: list[str] = []
        self.notes: list[str] = []

    def read(self, plain: str) -> Period:
        """The period of a text without blanks and brackets."""
        plain = self._in_digits(plain)
        plain = re.sub(r"前(\d)季度", r"1季度至\1季度", plain)
        named = re.match(r"(\d{4})年", plain)
        if (vague := self._without_ends(plain, named)) is not None:
            return vague
        begun = bool(re.search(r"[起始]", plain))
        plain = re.sub(rf"(?:起|开始)(?=[{_DASH}])", "", plain) if not plain.startswith("即日") else plain
        if not _BY.match(plain):
            plain = _BEFORE.sub("", plain) or plain
        named = re.match(r"(\d{4})年", plain)
        if (vague := self._without_ends(plain, named)) is not None:
            return vague
        plain = _AFTER.sub("", plain) or plain
        by = _BY.match(plain) or _BY_END.search(plain)
        plain = _BY_END.sub("", _BY.sub("", plain))
        before = _BEFORE_IT.search(plain)
        onward = _FROM_IT.search(plain) if begun or plain.endswith("后") else None
        plain = _FROM_IT.sub("", _BEFORE_IT.sub("", plain)) if before or onward else plain
        points, joints = self._points(plain)
        if onward is not None and len(points) == 1:
            return self._from(points[0])
        if before is not None:
            points[-1] = self._up_to(points[-1])
        if (before or by) and len(points) == 1:
            return self._until(points[0].last)
        return self._between(points, joints)

    # --- the text ---------------------------------------------------------------------------------------------------

    def _in_digits(self, plain: str) -> str:
        """Numerals and dates in one notation: `2026年3月1日`."""
        plain = re.sub(r"T?0?0:00(?::00)?", "", plain)
        plain = plain.replace("年度", "年").replace("月份", "月").replace("季度", "季")
        plain = re.sub(r"季(?!度)", "季度", plain)
        plain = _NUMERAL.sub(lambda found: _number(found[0]), plain)
        plain = re.sub(r"(?<!\d)(\d\d)年", r"20\1年", plain)
        plain = re.sub(r"(?<!\d)(20\d\d)(0[1-9]|1[0-2])([0-3]\d)(?!\d)", r"\1-\2-\3", plain)
        plain = re.sub(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})月", r"\1年\2月-\3月", plain)
        plain = re.sub(
            r"(?<!\d)(\d{4})([-./])(\d{1,2})\2(\d{1,2})(?:日|(?!\d))",
            lambda found: f"{found[1]}年{int(found[3])}月{int(found[4])}日",
            plain,
        )
        plain = re.sub(r"(?<!\d)(\d{4})[./](\d{1,2})(?![\d./])月?", r"\1年\2月", plain)
        plain = re.sub(r"(?<!\d)(20\d\d)-(0?[1-9]|1[0-2])(?=$|[到至~]|-20\d\d)", r"\1年\2月", plain)
        # Two numbers alone are month and day: 3.1-11.30.
        return re.sub(r"(?<![\d.])(\d{1,2})[./](\d{1,2})(?![\d.])日?", r"\1月\2日", plain)

    def _without_ends(self, plain: str, named: re.Match[str] | None) -> Period | None:
        """The whole year for what names none of its parts."""
        rest = plain[named.end() :] if named else plain
        year = int(named[1]) if named else self.year
        bare = _AFTER.sub("", rest)
        if (named and not bare) or _WHOLE.fullmatch(bare):
            return self._done(date(self._known(year), 1, 1), date(self._known(year), 12, 31))
        if _WHENEVER.fullmatch(rest):
            if not _WHOLE.match(rest):
                self.remarks.append("没有写明起止时间")
        elif _OFTEN.fullmatch(rest):
            self.remarks.append("只写了频次，频次请在补全时填写")
        else:
            return None
        return self._done(date(self._known(year), 1, 1), date(self._known(year), 12, 31))

    def _points(self, plain: str) -> tuple[list[_Span], list[str]]:
        """What is named, in order, and what joins each to the next."""
        pieces = _JOINT.split(plain)
        points, joints = pieces[::2], pieces[1::2]
        for at in reversed(range(len(points) - 1)):
            points[at] = self._with_unit(points[at], points[at + 1], 0)
        if len(points) > 1:
            points[-1] = self._with_unit(points[-1], points[-2], -1)
        spans, year, month = [], self.year, None
        for point in points:
            point = f"{month}月{point}" if month and re.fullmatch(r"\d{1,2}[日号]", point) else point
            point = re.sub("^年(?=[初底末])", f"{year}年" if year else "年", point)
            found = _POINT.fullmatch(point)
            if found is None or not point:
                raise self._problem()
            if found["year"]:
                year = int(found["year"]) if found["year"].isdigit() else self._known(year) + 1
            month = found["month"]
            spans.append(self._span(found, self._known(year)))
        return spans, joints

    def _with_unit(self, point: str, neighbour: str, which: int) -> str:
        """A bare number takes the unit of the one beside it: 3-11月, 第三、四季度, 3月1日-15."""
        found, beside = _BARE.fullmatch(point), re.findall(r"(?<=\d)(季度|[月日号])", neighbour)
        if found is None or not beside:
            return point
        return f"{found['year'] or ''}{found['number']}{beside[which]}"

    def _span(self, found: re.Match[str], year: int) -> _Span:
        """The days of one point."""
        part = found["part"] or ""
        if not any(found.groups()):
            raise self._problem()
        if found["half"]:
            low, high = (1, 6) if found["half"] == "上" else (7, 12)
        elif found["quarter"]:
            low, high = 3 * int(found["quarter"]) - 2, 3 * int(found["quarter"])
        elif found["month"]:
            low = high = int(found["month"])
        else:
            low, high = 1, 12
        if not (low >= 1 and high <= 12 and 1900 <= year <= 2999) or (found["day"] and part) or part == "中":
            raise self._problem()
        if part and not found["month"]:
            # 年初 and 季度末 are the first and the last month of it.
            low, high = (low, low) if part == "初" else (high, high)
            first, last = date(year, low, 1), date(year, high, monthrange(year, high)[1])
            return _Span(first, last, rough_first=part != "初", rough_last=part == "初")
        end = monthrange(year, high)[1]
        days = {"上旬": (1, 10), "初": (1, 10), "中旬": (11, 20), "下旬": (21, end), "底": (21, end), "末": (21, end)}
        start, end = days.get(part, (1, end))
        if found["day"]:
            start = end = int(found["day"])
        try:
            first, last = date(year, low, start), date(year, high, end)
        except ValueError as error:
            raise self._problem() from error
        whole = not part and not found["day"]
        return _Span(first, last, found[0] if whole else "", part in ("底", "末"), part == "初")

    # --- what it means ----------------------------------------------------------------------------------------------

    def _from(self, point: _Span) -> Period:
        self.remarks.append("没有写到哪天结束")
        return self._done(point.first, date(point.first.year, 12, 31))

    def _until(self, last: date) -> Period:
        self.remarks.append("没有写从哪天开始")
        year = self.year if self.year is not None and self.year <= last.year else last.year
        return self._done(date(year, 1, 1), last)

    def _up_to(self, point: _Span) -> _Span:
        """What lies before a point: 11月30日前 has that day in it, 11月底前 that month, 11月前 ends in October."""
        if not point.bare:
            return _Span(point.first, point.last, rough_last=point.rough_last)
        last = point.first - timedelta(days=1)
        self.remarks.append(f"「{point.bare}前」按不包括{point.bare}理解")
        return _Span(min(point.first, last), last)

    def _between(self, points: list[_Span], joints: list[str]) -> Period:
        """From the first to the last of what is named, where the order is right."""
        spans: list[_Span] = [points[0]]
        for joint, point in zip(joints, points[1:], strict=True):
            if joint[0] in "、,;和及与":
                spans.append(point)
            else:
                begun = spans[-1]
                if begun.first > point.last:
                    raise self._reversed(begun.first, point.last)
                spans[-1] = _Span(begun.first, point.last, "", begun.rough_first, point.rough_last)
        for one, other in pairwise(spans):
            if other.first <= one.last:
                raise self._problem()
            if other.first > one.last + timedelta(days=1) and not any("不相连" in each for each in self.remarks):
                self.remarks.append("写了不相连的几段时间，分批抽取的请在补全时填写频次")
        if spans[0].rough_first or spans[-1].rough_last:
            self.remarks.append("没有写到哪一天")
        return self._done(spans[0].first, spans[-1].last)

    def _done(self, first: date, last: date) -> Period:
        if last < first:
            raise self._reversed(first, last)
        why = "；".join((*self.remarks, *self.notes))
        meant = f"{why}，按 {first.isoformat()} 至 {last.isoformat()} 理解" if why else ""
        return Period(first, last, meant, literal=not self.remarks)

    def _known(self, year: int | None) -> int:
        if year is None:
            raise ValueError(f"抽查时间「{self.text}」没有写明年份。请写成「2026年3月至11月」。")
        return year

    def _reversed(self, first: date, last: date) -> ValueError:
        return ValueError(f"抽查时间从 {first.isoformat()} 到 {last.isoformat()}，结束早于开始。请核对后重填。")

    def _problem(self) -> ValueError:
        return ValueError(f"抽查时间「{self.text}」看不懂。{_HOW}")


def _number(numeral: str) -> str:
    """A Chinese numeral in digits: 二〇二六 → 2026, 十一 → 11, 三十 → 30."""
    if "十" not in numeral:
        return "".join(str(_NUMERALS[each]) for each in numeral)
    tens, _, ones = numeral.partition("十")
    if len(tens) > 1 or len(ones) > 1 or ones == "十":
        return numeral
    return str((_NUMERALS[tens] if tens else 1) * 10 + (_NUMERALS[ones] if ones else 0))
