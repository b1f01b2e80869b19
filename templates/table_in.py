"""The table in grids of text: its header, the rows below it, and a sentence about whatever is left out."""

import re
from collections.abc import Mapping, Sequence

from models.rows import Lines, Table
from templates import columns, headers
from templates.grid import HEADER_WITHIN, Grid, Limits, SheetError, one_line
from templates.headers import Header, Learnt

# So many rows are looked at as whole columns at a time.
_PART = 5_000


def table(grids: list[Grid], kind: str | None, limits: Limits, notes: list[str], learnt: Learnt) -> Table:
    """Find the header in the grids and read the rows below it (see `sheets.read`)."""
    header = headers.find([grid.rows for grid in grids], kind, learnt)
    grid, kind, found = grids[header.grid], header.kind, header.found
    _other_grids(grids, header.grid, kind, found, notes)
    titles = {name: one_line(header.titles[index]) for name, index in found.items()}
    said = learnt.get(kind, {})
    unknown = headers.unknown(header.titles, found)
    _say_unknown(kind, titles, unknown, notes)
    for name, title in titles.items():
        if said.get(columns.folded(title)) == name:
            notes.append(f"「{title}」按以前的选择作为「{columns.title(kind, name)}」导入。")
    rows = _rows(grid, header, limits, notes)
    if not rows:
        raise SheetError(f"认出了{columns.KIND_NAMES[kind]}的表头，但下面没有数据。请填好后重新发送。")
    return Table(
        kind=kind,
        titles=titles,
        rows=rows,
        notes=tuple(notes),
        grid=grid.rows,
        header_row=header.row + 1,
        columns=found,
        unknown=tuple(each for each in unknown if columns.folded(each) not in {*said, *columns.REMARKS}),
        sheet=grid.sheet,
    )


def _say_unknown(kind: str, titles: Mapping[str, str], unknown: Sequence[str], notes: list[str]) -> None:
    """Say which columns are not taken: those whose field another one has already, and those that nobody knows."""
    strange = []
    for title in unknown:
        name = next(iter(columns.match(kind, [title])), "")
        if name not in titles:
            strange.append(title)
        elif titles[name] == title:
            notes.append(f"「{title}」有两列，只导入了前一列。")
        else:
            field = columns.title(kind, name)
            notes.append(f"「{title}」没有导入：{field}已经取自「{titles[name]}」这一列。")
    if strange:
        notes.append(f"不认识的列没有导入：{'、'.join(strange[:10])}{' 等' if len(strange) > 10 else ''}。")


def _other_grids(grids: list[Grid], chosen: int, kind: str, found: dict[str, int], notes: list[str]) -> None:
    """Join the pieces of a table that a page break has cut; say of every other sheet that it was not read."""
    grid = grids[chosen]
    width = max(map(len, grid.rows), default=0)
    for other in grids[chosen + 1 :]:
        if other.paged:
            # A table that a page break or a footer has cut in two goes on under the same columns.
            repeats = any(columns.match(kind, row) == found for row in other.rows[:HEADER_WITHIN])
            plain = not any(columns.recognise(row) for row in other.rows[:HEADER_WITHIN])
            if repeats or (plain and max(map(len, other.rows), default=0) == width):
                offset = len(grid.rows)
                grid.rows.extend(other.rows)
                grid.flaws.update({(r + offset, c): text for (r, c), text in other.flaws.items()})
                continue
        if any(any(row) for row in other.rows):
            notes.append(f"「{other.name}」没有导入：一次只导入一张表。需要时请把它单独存成文件再发。")
    for other in grids[:chosen]:
        if any(any(row) for row in other.rows):
            notes.append(f"「{other.name}」没有导入：没有认出它的表头。")


def _rows(grid: Grid, header: Header, limits: Limits, notes: list[str]) -> Lines:
    """The rows of data below the header; what is left out is said."""
    found, sieve = header.found, _Sieve(header, grid.rows[header.row], notes)
    numbers: list[int] = []
    for start in range(header.row + 1, len(grid.rows), _PART):
        lines = grid.rows[start : start + _PART]
        if sieve.all_data(lines):
            numbers.extend(range(start + 1, start + len(lines) + 1))
        else:
            numbers.extend(at + 1 for at, line in enumerate(lines, start) if sieve.is_data(at, line))
        if len(numbers) > limits.rows:
            raise SheetError(f"表格超过 {limits.rows:,} 行。请分成几个文件分别导入。")
    sieve.say()
    if hidden := sum(number - 1 in grid.hidden for number in numbers) if grid.hidden else 0:
        notes.append(
            f"有 {hidden:,} 行是隐藏的（筛选或者手工隐藏），也一起读入了。只要看得见的行时，请复制到新表再发。"
        )
    flaws: dict[int, dict[str, str]] = {}
    names = {place: name for name, place in found.items()}
    for (row, place), text in grid.flaws.items():
        if place in names:
            flaws.setdefault(row + 1, {})[names[place]] = text
    in_order = {number: {n: each[n] for n in found if n in each} for number, each in flaws.items()}
    return Lines(grid.rows, numbers, found, in_order)


class _Sieve:
    """Tells rows of the table from what else stands below its header, and says what it leaves out."""

    def __init__(self, header: Header, top: Sequence[str], notes: list[str]) -> None:
        self._top, self._notes = top, notes
        self._folded = columns.folded(header.titles[min(header.found.values())])
        self._mark = min(header.found.values())
        # Columns that only count the rows.
        self._counting = [
            place
            for place, title in enumerate(header.titles)
            if place not in header.found.values() and columns.folded(title) in columns.COUNTERS
        ]
        self._remarked = False
        self._counted = 0

    def all_data(self, lines: Sequence[Sequence[str]]) -> bool:
        """Whether a glance shows that all these lines are data: each begins with, and is known by, a plain code."""
        width = len(lines[0])
        if {*map(len, lines)} != {width} or self._folded.isascii():
            return False
        for place in {0, self._mark}:
            cells = [line[place] for line in lines] if place < width else [""]
            joined = "".join(cells)
            if not (joined.isascii() and joined.isalnum() and all(cells)):
                return False
        return not any(line[place] in columns.EXAMPLES for place in self._counting if place < width for line in lines)

    def is_data(self, at: int, line: Sequence[str]) -> bool:
        """Whether a line is a row of the table; of one that is none, and not empty or the header again, it is said."""
        filled = [place for place, text in enumerate(line) if text]
        if not filled:
            return False
        mark = self._mark
        if line[mark : mark + 1] and columns.folded(line[mark]) == self._folded and _is_header(line, self._top):
            return False  # the header again, at the top of a new page
        if example := next((line[n] for n in self._counting if n in filled and line[n] in columns.EXAMPLES), ""):
            self._notes.append(f"第 {at + 1} 行标着「{example}」，没有导入。")
            return False
        remark = _remark(line, after=self._remarked)
        self._remarked = remark is not None
        if remark is not None:
            self._notes.append(f"第 {at + 1} 行是说明，没有作为数据导入：「{remark[:60]}」。")
            return False
        if all(place in self._counting for place in filled):
            self._counted += 1
            return False
        return True

    def say(self) -> None:
        """What is said once for all rows."""
        if self._counted:
            self._notes.append(f"有 {self._counted:,} 行只填了序号，没有内容，没有导入。")


def _is_header(line: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row repeats the header."""
    return [columns.folded(text) for text in line if text] == [columns.folded(text) for text in header if text]


_SIGNED = re.compile(
    r"(填表|填报|制表|编制|审核|审批|复核|校对|经办|负责|主管|联系|单位|日期|时间|电话|传真|盖章|签字|签名|注|备注|说明)"
    r"[^:：]{0,8}[:：]"
)
_SUM = re.compile(r"(本页|本表|以上|全部|全年)?(合计|总计|小计|共计)([\W\d].*|\d*[户家项人个条]?)?", re.DOTALL)
_SAID = re.compile(r"[:：]|^(注|备注|说明|填表|制表|编制)")
# 一、危险化学品企业, （二）民爆企业: a heading between the rows of two groups.
_HEADING = re.compile(r"第?[一二三四五六七八九十]{1,3}[、．.章]|[(（][一二三四五六七八九十]{1,3}[)）]")


def _remark(line: Sequence[str], *, after: bool) -> str | None:
    """The text of a row that is a footer, a sum or a heading and no data, or None; `after` a remark it may go on."""
    filled = [text for text in line if text]
    if _SUM.fullmatch("".join(filled[0].split())) or all(_SIGNED.match(text) for text in filled):
        return " ".join(filled)
    alone = len(line) >= 3 and len(set(filled)) == 1
    if alone and (after or _SAID.search(filled[0]) or _HEADING.match(filled[0])):
        return one_line(filled[0])
    return None
