"""Report forms as sheets, both ways: the form filled in, what came back in .xlsx or .docx, the 汇总表 with formulas."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from models.report_form import BY_NAME, FIGURES, LARGEST, NAMES, SHARES, Pair, Values, figure_named, folded
from templates import sheets
from templates.columns import Column
from templates.grid import weight
from templates.report_columns import COLUMNS

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

MARK = re.compile(r"表号[：:]\s*([a-z_]+)\s+(\d{4}(?:-\d{1,2})?)\s+(\d+)")
"""What a form carries so that it is known when it comes back: the report's code, its period, the unit's id."""

_FORM = 1_000_000
"""The weight that a form of ours stays far below, whatever pictures somebody pasted into it."""

TRAINING = (
    Column("when", "培训时间", ("时间", "拟培训时间"), 16),
    Column("topic", "培训内容", ("内容", "培训主题", "主题"), 36),
    Column("people", "培训对象", ("对象", "参加人员"), 24),
    Column("count", "人数", ("培训人数", "参加人数"), 8),
    Column("how", "培训方式", ("方式", "形式"), 14),
    Column("organiser", "组织单位", ("承办单位", "组织科室"), 20),
    Column("place", "地点", ("培训地点",), 18),
)

PLAN_RETURN = (
    Column("name", "抽查任务名称", ("任务名称",), 32),
    Column("kind", "抽查类型", ("任务类型",), 12),
    Column("scope", "抽查对象范围", ("抽查对象", "检查对象"), 28),
    Column("base", "抽查基数", ("基数",), 10),
    Column("ratio", "抽查比例（数量）", ("抽查比例", "比例"), 14),
    Column("frequency", "抽查频次", ("频次",), 10),
    Column("items", "抽查事项", ("检查事项", "检查内容"), 36),
    Column("method", "检查方式", ("抽查方式",), 12),
    Column("lead", "发起部门", ("发起处室", "发起单位"), 18),
    Column("joint", "参与部门", ("联合处室", "联合部门"), 20),
    Column("period", "起止时间", ("抽查时间",), 18),
    Column("note", "备注", (), 14),
)

LINES = {"training": TRAINING, "plan_return": PLAN_RETURN}
# Which columns a header must have for its table to be known, and a line to be one.
_KEYS = {"training": ("when", "topic"), "plan_return": ("name", "ratio")}

_NOW = ("本月", "本期", "本季度", "本年度", "本年")
_TOTAL = ("累计", "本年累计", "全年累计", "年累计")


@dataclass(frozen=True)
class Head:
    """What stands above a form: title, whose it is, of which days; `mark` is (code, period, unit id)."""

    title: str
    unit: str
    first: date
    last: date
    now: str
    mark: tuple[str, str, int]


@dataclass
class Returned:
    """What came back: figures or lines, sentences about what could not be read, the form's mark where it has one."""

    values: dict[str, Pair] = field(default_factory=dict)
    lines: list[dict[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    mark: tuple[str, str, int] | None = None


@dataclass(frozen=True)
class RollupLine:
    """One unit of the 汇总表; `counted` says whether it is in the sum."""

    unit: str
    state: str
    values: Values
    counted: bool


# --- out -------------------------------------------------------------------------------------------------------------


def form(head: Head, values: Values, asked: Sequence[str]) -> bytes:
    """A form of figures as .xlsx: one line for each figure, what nobody knows yet in yellow, shares as formulas."""
    out, book = _book()
    sheet = book.add_worksheet("报表")
    look = _looks(book)
    _set_up(sheet, widths=(6, 26, 8, 12, 12, 34))
    sheet.merge_range(0, 0, 0, 5, head.title, look["title"])
    sheet.merge_range(1, 0, 1, 2, f"填报单位：{head.unit}", look["plain"])
    sheet.merge_range(1, 3, 1, 5, f"统计期间：{_day(head.first)}至{_day(head.last)}", look["plain"])
    for at, title in enumerate(("序号", "项目", "单位", head.now, "累计", "说明")):
        sheet.write_string(2, at, title, look["head"])
    place = {name: 3 + at for at, name in enumerate(NAMES)}
    for number, figure in enumerate(FIGURES, start=1):
        row = place[figure.name]
        sheet.write_number(row, 0, number, look["cell"])
        sheet.write_string(row, 1, figure.heading, look["text"])
        sheet.write_string(row, 2, figure.unit, look["cell"])
        for at, value in enumerate(values.get(figure.name, (None, None))):
            kind = look["asked"] if figure.name in asked else look["number"]
            if value is None:
                sheet.write_blank(row, 3 + at, None, kind)
            else:
                sheet.write_number(row, 3 + at, value, kind)
        said = "台账里没有，请填写" if figure.name in asked else "截至统计期间最后一天" if figure.stock else ""
        sheet.write_string(row, 5, said, look["text"])
    whole_number = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": LARGEST}
    complaint = {"error_title": "请核对", "error_message": "请填写不小于 0 的整数。", "ignore_blank": True}
    sheet.data_validation(3, 3, 2 + len(NAMES), 4, whole_number | complaint)
    row = 3 + len(NAMES)
    for each in SHARES:
        sheet.write_string(row, 0, "", look["cell"])
        sheet.write_string(row, 1, each.label, look["text"])
        sheet.write_string(row, 2, "%", look["cell"])
        for at, letter in enumerate("DE"):
            part, whole = (f"{letter}{place[name] + 1}" for name in (each.part, each.whole))
            _share(sheet, row, 3 + at, part, whole, each.of(values, at), look["share"])
        sheet.write_string(row, 5, f"{BY_NAME[each.part].label} ÷ {BY_NAME[each.whole].label}，自动计算", look["text"])
        row += 1
    sheet.merge_range(row, 0, row, 2, "填报人：", look["plain"])
    sheet.merge_range(row, 3, row, 5, "审核人：", look["plain"])
    _marked(sheet, row + 1, head, look)
    return _done(out, book)


def lines_form(head: Head, kind: str, rows: Sequence[Mapping[str, str]]) -> bytes:
    """A form of lines as .xlsx, with blank ones to write on."""
    out, book = _book()
    sheet = book.add_worksheet("报表")
    look = _looks(book)
    shape = LINES[kind]
    _set_up(sheet, widths=(6, *(column.width for column in shape)), landscape=True)
    sheet.merge_range(0, 0, 0, len(shape), head.title, look["title"])
    sheet.merge_range(1, 0, 1, len(shape), f"填报单位：{head.unit}", look["plain"])
    for at, title in enumerate(("序号", *(column.title for column in shape))):
        sheet.write_string(2, at, title, look["head"])
    count = max(len(rows) + 3, 8)
    for number in range(count):
        sheet.write_number(3 + number, 0, number + 1, look["cell"])
        for at, column in enumerate(shape, start=1):
            text = rows[number].get(column.name, "") if number < len(rows) else ""
            sheet.write_string(3 + number, at, text, look["text"])
    sheet.merge_range(3 + count, 0, 3 + count, 3, "填报人：", look["plain"])
    _marked(sheet, 4 + count, head, look)
    return _done(out, book)


def rollup(
    title: str, made: str, now: str, rows: Sequence[RollupLine], sums: Mapping[str, tuple[int, int]], note: str
) -> bytes:
    """汇总表 as .xlsx: one sheet for this period and one for the year so far, units in the given order, and their sum.

    The sum and all shares are formulas that recompute; beside each stands its value, for whoever does not recompute.
    """
    out, book = _book()
    look = _looks(book)
    for at, word in enumerate((now, "累计")):
        sheet = book.add_worksheet(word)
        width = 4 + len(NAMES) + len(SHARES)
        _set_up(sheet, widths=(6, 24, 20, 8, *(11 for _ in range(width - 4))), landscape=True)
        sheet.merge_range(0, 0, 0, width - 1, f"{title}（{word}）", look["title"])
        sheet.merge_range(1, 0, 1, width - 1, made, look["plain"])
        heads = ["序号", "单位", "报送情况", "计入合计"]
        heads += [f"{each.heading}（{each.unit}）" for each in FIGURES]
        for column, text in enumerate(heads + [each.label for each in SHARES]):
            sheet.write_string(2, column, text, look["head"])
        sheet.set_row(2, 48)
        sheet.freeze_panes(3, 2)
        first, last = 4, 3 + len(rows)
        for number, line in enumerate(rows, start=1):
            row = 2 + number
            sheet.write_number(row, 0, number, look["cell"])
            sheet.write_string(row, 1, line.unit, look["text"])
            sheet.write_string(row, 2, line.state, look["text"])
            sheet.write_string(row, 3, "是" if line.counted else "否", look["cell"])
            for column, name in enumerate(NAMES, start=4):
                sheet.write_number(row, column, line.values.get(name, (0, 0))[at] or 0, look["number"])
            _shares(sheet, row, line.values, at, look)
        row = last
        sheet.merge_range(row, 0, row, 3, "合计", look["sum_text"])
        for column, name in enumerate(NAMES, start=4):
            letter = _letter(column)
            summed = f'=SUMIF($D${first}:$D${last},"是",{letter}${first}:{letter}${last})'
            sheet.write_formula(row, column, summed if rows else "=0", look["sum"], sums[name][at])
        _shares(sheet, row, sums, at, look, total=True)
        if note:
            sheet.merge_range(row + 1, 0, row + 1, width - 1, note, look["plain"])
    return _done(out, book)


def _shares(
    sheet: "Worksheet", row: int, values: Values, at: int, look: Mapping[str, Any], total: bool = False
) -> None:
    for column, each in enumerate(SHARES, start=4 + len(NAMES)):
        part, whole = (f"{_letter(4 + NAMES.index(name))}{row + 1}" for name in (each.part, each.whole))
        _share(sheet, row, column, part, whole, each.of(values, at), look["sum_share" if total else "share"])


def _share(sheet: "Worksheet", row: int, column: int, part: str, whole: str, ratio: Any, look: Any) -> None:
    """A share as a formula, cut off to a tenth of a percent and never rounded up, beside its value."""
    value = "—" if ratio is None else ratio.numerator * 1000 // ratio.denominator / 1000
    sheet.write_formula(row, column, f'=IF(N({whole})=0,"—",QUOTIENT({part}*1000,{whole})/1000)', look, value)


def _letter(column: int) -> str:
    return chr(65 + column) if column < 26 else chr(64 + column // 26) + chr(65 + column % 26)


def _book() -> tuple[io.BytesIO, "Workbook"]:
    from xlsxwriter import Workbook

    out = io.BytesIO()
    # Text of people that begins with = or looks like an address stays text.
    book = Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    book.set_properties({"created": datetime(1980, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
    return out, book


def _done(out: io.BytesIO, book: "Workbook") -> bytes:
    book.close()
    return out.getvalue()


def _looks(book: "Workbook") -> dict[str, Any]:
    base: dict[str, Any] = {"font_name": "仿宋_GB2312", "font_size": 11, "valign": "vcenter"}
    boxed = base | {"border": 1}
    middle = boxed | {"align": "center"}
    bold = {"bold": True, "bg_color": "#F2F2F2"}
    return {
        name: book.add_format(look)
        for name, look in {
            "title": base | {"font_name": "方正小标宋简体", "font_size": 18, "align": "center"},
            "plain": base,
            "mark": base | {"font_size": 9, "font_color": "#7F7F7F"},
            "head": middle | bold | {"text_wrap": True, "font_name": "黑体"},
            "cell": middle,
            "text": boxed | {"text_wrap": True, "num_format": "@"},
            "number": middle | {"num_format": "0"},
            "asked": middle | {"num_format": "0", "bg_color": "#FFF2CC"},
            "share": middle | {"num_format": "0.0%"},
            "sum_text": middle | bold,
            "sum": middle | bold | {"num_format": "0"},
            "sum_share": middle | bold | {"num_format": "0.0%"},
        }.items()
    }


def _set_up(sheet: "Worksheet", *, widths: Sequence[int], landscape: bool = False) -> None:
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    sheet.set_row(0, 36)
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.repeat_rows(2)


def _marked(sheet: "Worksheet", row: int, head: Head, look: Mapping[str, Any]) -> None:
    code, period, unit_id = head.mark
    sheet.merge_range(row, 0, row, 5, f"表号：{code} {period} {unit_id}（发回时请保留）", look["mark"])


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


# --- back ------------------------------------------------------------------------------------------------------------


def read(filename: str, data: bytes, lines: str = "") -> Returned:
    """Read a form that came back; `lines` names the kind of a form of lines. Raises SheetError for an unreadable file.

    Figures stand one below the other with 本月 and 累计 beside them, or in columns with a line for each of the two.
    """
    found = Returned()
    for grid in sheets.grids(filename, data):
        for row in grid.rows:
            for cell in row:
                if mark := MARK.search(cell):
                    found.mark = (mark[1], mark[2], int(mark[3]))
        if lines:
            _lines(grid, lines, found)
        elif not found.values:
            _down(grid, found)
            if not found.values:
                _across(grid, found)
    if not found.values and not found.lines and not found.faults:
        what = "、".join(column.title for column in LINES[lines][:3]) if lines else "项目、本月、累计"
        raise sheets.SheetError(f"没有认出表里的内容。请在我发的表里填写，保留表头（{what}）后发回。")
    return found


def mark_of(filename: str, data: bytes) -> tuple[str, str, int] | None:
    """The mark of a form of ours, or None for any other file; a large table is none, and is not read."""
    if weight(data) > _FORM:
        return None
    try:
        found = [MARK.search(cell) for grid in sheets.grids(filename, data) for row in grid.rows for cell in row]
    except sheets.SheetError:
        return None
    return next(((mark[1], mark[2], int(mark[3])) for mark in found if mark), None)


def _down(grid: sheets.Grid, found: Returned) -> None:
    """Figures one below the other: columns 项目, 本月, 累计."""
    for at, row in enumerate(grid.rows[: sheets.HEADER_WITHIN]):
        titles = [folded(cell) for cell in row]
        now = next((i for i, title in enumerate(titles) if title in _NOW), None)
        total = next((i for i, title in enumerate(titles) if title in _TOTAL), None)
        label = next((i for i, title in enumerate(titles) if title in {"项目", "指标", "内容"}), None)
        if label is None or now is None:
            continue
        for number in range(at + 1, len(grid.rows)):
            group = _cell(grid, number, label - 1) if label else ""
            name = _named(group, _cell(grid, number, label))
            if name and name not in found.values:
                _take(found, name, (_cell(grid, number, now), _cell(grid, number, total)))
        return


def _across(grid: sheets.Grid, found: Returned) -> None:
    """Figures in columns under one or two rows of titles, a line for 本月 and one for 累计; 合计 goes before units."""
    columns: dict[int, str] = {}
    groups: list[str] = []
    of: dict[str, dict[str, Pair]] = {}
    faults: dict[str, list[str]] = {}
    for number, row in enumerate(grid.rows):
        words = {folded(cell) for cell in row[:4]}
        at = 0 if words & set(_NOW) else 1 if words & set(_TOTAL) else None
        if at is None:
            for index, cell in enumerate(row):
                name = _named(groups[index] if index < len(groups) else "", cell)
                if name and name not in columns.values():
                    columns[index] = name
            groups = _carried(row)
            continue
        if len(columns) < 5:
            return
        unit = Returned(values=of.setdefault(folded(row[0]), {}), faults=faults.setdefault(folded(row[0]), []))
        for index, name in columns.items():
            text = _cell(grid, number, index)
            _take(unit, name, (text, None) if at == 0 else (None, text), keep=unit.values.get(name, (None, None)))
    if of:
        chosen = "合计" if "合计" in of else next(iter(of))
        found.values, found.faults = of[chosen], found.faults + faults[chosen]


def _carried(row: Sequence[str]) -> list[str]:
    """A row of titles in which a merged one stands over each of its columns."""
    carried: list[str] = []
    for cell in row:
        carried.append(cell or (carried[-1] if carried else ""))
    return carried


_BY_GROUP = {(folded(each.group), folded(each.head)): each.part for each in COLUMNS if not each.whole}


def _named(group: str, head: str) -> str:
    """The figure under a title, by what stands above it where it is one of the Word form's; empty where it is none."""
    if not head:
        return ""
    if name := _BY_GROUP.get((folded(group), folded(head))):
        return name
    figure = figure_named(head)
    return figure.name if figure else ""


def _cell(grid: sheets.Grid, row: int, column: int | None) -> str:
    line = grid.rows[row]
    return line[column] if column is not None and column < len(line) else ""


def _take(found: Returned, name: str, texts: tuple[str | None, str | None], keep: Pair = (None, None)) -> None:
    """Read the cells of one figure; blanks and dashes are nothing given, anything but a whole number is a fault."""
    numbers: list[int | None] = list(keep)
    for at, text in enumerate(texts):
        plain = re.sub(r"[\s,，户项次件人]", "", text or "")
        if plain in {"", "—", "-", "/", "无"}:
            continue
        if re.fullmatch(r"\d{1,9}", plain) and int(plain) <= LARGEST:
            numbers[at] = int(plain)
        else:
            word = "累计" if at else "本期"
            found.faults.append(f"「{BY_NAME[name].label}」{word}写的是「{(text or '')[:20]}」，应是不小于 0 的整数。")
    if any(each is not None for each in numbers):
        found.values[name] = (numbers[0], numbers[1])


def _lines(grid: sheets.Grid, kind: str, found: Returned) -> None:
    """The lines of a table below its header, up to its footer."""
    shape = LINES[kind]
    known = {folded(word): column.name for column in shape for word in (*column.synonyms, column.title)}
    place: dict[str, int] = {}
    for row in grid.rows:
        if not all(name in place for name in _KEYS[kind]):
            titled = {known[folded(cell)]: i for i, cell in enumerate(row) if folded(cell) in known}
            place = titled if all(name in titled for name in _KEYS[kind]) else {}
            continue
        if re.match(r"(填报人|注|备注|说明|表号)[:：]", next((cell for cell in row if cell), "")):
            break
        line = {name: row[i].strip() if i < len(row) else "" for name, i in place.items()}
        line = {name: "" if text in {"—", "-"} else text for name, text in line.items()}
        if any(line.values()):
            if not line[_KEYS[kind][1]] and not line[_KEYS[kind][0]]:
                continue
            lacking = [column.title for column in shape if column.name in _KEYS[kind] and not line[column.name]]
            if lacking:
                shown = next(text for text in line.values() if text)
                found.faults.append(f"「{shown[:20]}」这一行没有填{'、'.join(lacking)}。")
                continue
            if kind == "training" and line.get("count") and not re.fullmatch(r"\d{1,6}人?", line["count"]):
                found.faults.append(f"「{line['topic'][:20]}」的人数写的是「{line['count'][:10]}」，应是整数。")
                continue
            found.lines.append(line)
