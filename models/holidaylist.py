"""Judges a list of days off and working days: one day a row, or a notice's table of holidays with days to make up."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta

from models import spellings
from models.cells import Cells, Judged, Known
from models.period import parse_period
from models.rows import Row, Table

_OFF = ("放假", "休", "休息", "休假", "节假日", "法定节假日", "休息日", "假", "off")
_WORKING = ("上班", "班", "补班", "工作日", "调休上班", "补休上班", "正常上班", "工作", "on")
_YES, _NO = ("是", "1", "√", "y", "yes"), ("否", "0", "×", "n", "no", "")
_BRACKETS = re.compile(r"[(\[【〔][^)\]】〕]*[)\]】〕]")
# At most so many days are one holiday.
_LONGEST = 31


def holidays(table: Table, known: Known) -> list[Judged]:
    """Judge the rows; each day becomes a row of its own: `day`, `working`, `source`. The key is the day."""
    year = _year(table.above)
    judged: list[Judged] = []
    for row in table.rows:
        judged.extend(_days(table, row, known, year))
    return judged


def _days(table: Table, row: Row, known: Known, year: int | None) -> Iterator[Judged]:
    cells = Cells(table, row)
    source = cells.line("source") or table.above
    if not source and "source" not in row.flaws:
        cells.refuse("source", "没有写来源。请增加「来源」一列，写通知的名称或者文号。")
    found: list[tuple[date, bool, str]] = []
    if cells.has("day") and cells.text("day"):
        found = _one(cells, table.title("working"), year)
    elif cells.has("off"):
        for name, working in (("off", False), ("work", True)):
            if cells.text(name):
                found += [(day, working, name) for day in _listed(cells, name, year)]
    if not found and not cells.judged.refusals:
        cells.refuse("day" if cells.has("day") else "off", "没有写日期。请写成 2027-01-01 或者 2027年1月1日至3日。")
    if cells.judged.refusals:
        yield cells.judged
        return
    for day, working, name in found:
        each = Judged(row, (day.isoformat(),), {"day": day, "working": working, "source": source[:200]})
        if known.standing.get(day) not in (None, working):
            cells.doubt(name, f"{day.isoformat()} 现在是{_word(not working)}，导入后改为{_word(working)}")
            each.doubts.append(cells.judged.doubts[-1])
        yield each


def _one(cells: Cells, title: str, year: int | None) -> list[tuple[date, bool, str]]:
    working = cells.parse("working", lambda text: _working(text, title))
    days = _listed(cells, "day", year)
    return [] if working is None else [(day, working, "day") for day in days]


def _listed(cells: Cells, name: str, year: int | None) -> list[date]:
    """The days of a cell: single ones joined by 、, or spans; what follows 放假 or 共 is talk."""

    def read(text: str) -> list[date]:
        plain = _BRACKETS.sub("", unicodedata.normalize("NFKC", text))
        plain = re.split(r"放假|补休|调休|上班|共\d", plain)[0].strip(" ,，。、；;")
        days: list[date] = []
        for part in re.split(r"[、,，;；\n]|和", plain):
            if part.strip(" -—－/") not in ("", "无"):
                days.extend(_span(part, year))
        return days

    return cells.parse(name, read) or []


def _span(text: str, year: int | None) -> list[date]:
    try:
        day = spellings.day(text)
    except ValueError:
        if re.fullmatch(r"\d{5,8}|\d{4}\D\d{1,2}\D\d{1,2}[日号]?", "".join(text.split())):
            raise  # one whole day, and what is wrong with it
        day = None
    if day is not None:
        return [day]
    if not re.search(r"[日号]|\d[-./]\d", text):
        raise ValueError(f"日期「{text.strip()}」看不懂。请写成 2027-01-01 或者 2027年1月1日至3日。")
    try:
        first, last = parse_period(text, year)
    except ValueError as error:
        missing = "没有写年份" if year is None and not re.search(r"\d{4}", text) else "看不懂"
        raise ValueError(f"日期「{text.strip()}」{missing}。请写成 2027-01-01 或者 2027年1月1日至3日。") from error
    if (last - first).days >= _LONGEST:
        raise ValueError(f"日期「{text.strip()}」超过 {_LONGEST} 天，不像是一次放假。请核对后重填。")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _working(text: str, title: str) -> bool:
    plain = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    asks_off = re.search(r"放假|休|节假", title) is not None
    if "是否" in title and plain in _YES:
        return not asks_off
    if "是否" in title and plain in _NO:
        return asks_off
    if plain in _OFF:
        return False
    if plain in _WORKING:
        return True
    raise ValueError(f"「{text.strip()}」看不出是放假还是上班。请写「放假」或者「上班」。")


def _word(working: bool) -> str:
    return "上班" if working else "放假"


def _year(text: str) -> int | None:
    found = re.search(r"(20\d{2})年", unicodedata.normalize("NFKC", text))
    return int(found[1]) if found else None
