"""The table in grids of text: its header, the rows below it, and a sentence about whatever is left out."""

import re
from collections.abc import Sequence

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
    if unknown:
        notes.append(f"不认识的列没有导入：{'、'.join(unknown[:10])}{' 等' if len(unknown) > 10 else ''}。")
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
    )


def _other_grids(grids: list[Grid], chosen: int, kind: str, found: dict[str, int], notes: list[str]) -> None:
    """Join the pieces of a table that a page break has cut; say of every other sheet that it was not read."""
    grid = grids[chosen]
    width = max(map(len, grid.rows), default=0)
    for other in grids[chosen + 1 :]:
        if other.name.startswith("表格"):
            # A table that a page break or a footer has cut in two goes on under the same columns.
            repeats = any(columns.match(kind, row) == found for row in other.rows[:HEADER_WITHIN])
            plain = not any(columns.recognise(row) for row in other.rows[:HEADER_WITHIN])
            if repeats or (plain and max(map(len, other.rows), default=0) == width):
                offset = len(grid.rows)
                grid.rows.extend(other.rows)
                grid.flaws.update({(r + offset, c): text for (r, c), text in other.flaws.items()})
                continue
        if any(any(row) for row in other.rows):
            notes.append(f"「{other.name}」没有导入：一次只导入一张表。")
    for other in grids[:chosen]:
        if any(any(row) for row in other.rows):
            notes.append(f"「{other.name}」没有导入：没有认出它的表头。")


def _rows(grid: Grid, header: Header, limits: Limits, notes: list[str]) -> Lines:
    """The rows of data below the header; what is left out is said."""
    found, counting, top = header.found, _counting(header), grid.rows[header.row]
    numbers: list[int] = []
    for start in range(header.row + 1, len(grid.rows), _PART):
        lines = grid.rows[start : start + _PART]
        if _all_data(lines, header, counting):
            numbers.extend(range(start + 1, start + len(lines) + 1))
        else:
            data = (at for at, line in enumerate(lines, start) if _is_data(at, line, header, top, counting, notes))
            numbers.extend(at + 1 for at in data)
        if len(numbers) > limits.rows:
            raise SheetError(f"表格超过 {limits.rows:,} 行。请分成几个文件分别导入。")
    flaws: dict[int, dict[str, str]] = {}
    names = {place: name for name, place in found.items()}
    for (row, place), text in grid.flaws.items():
        if place in names:
            flaws.setdefault(row + 1, {})[names[place]] = text
    in_order = {number: {n: each[n] for n in found if n in each} for number, each in flaws.items()}
    return Lines(grid.rows, numbers, found, in_order)


def _all_data(lines: Sequence[Sequence[str]], header: Header, counting: Sequence[int]) -> bool:
    """Whether a glance shows that all these lines are data: each begins with, and is known by, a plain code."""
    mark, width = min(header.found.values()), len(lines[0])
    if {*map(len, lines)} != {width} or columns.folded(header.titles[mark]).isascii():
        return False
    for place in {0, mark}:
        cells = [line[place] for line in lines] if place < width else [""]
        joined = "".join(cells)
        if not (joined.isascii() and joined.isalnum() and all(cells)):
            return False
    return not any(columns.EXAMPLE in line[place : place + 1] for place in counting for line in lines)


def _counting(header: Header) -> list[int]:
    """Columns that only count the rows."""
    return [
        place
        for place, title in enumerate(header.titles)
        if place not in header.found.values() and columns.folded(title) in columns.COUNTERS
    ]


def _is_data(
    index: int,
    line: Sequence[str],
    header: Header,
    top: Sequence[str],
    counting: Sequence[int],
    notes: list[str],
) -> bool:
    """Whether a line is a row of the table; of a line that is none, and not empty or the header again, it is said."""
    if not any(line):
        return False
    mark = min(header.found.values())
    if line[mark : mark + 1] and columns.folded(line[mark]) == columns.folded(top[mark]) and _is_header(line, top):
        return False  # the header again, at the top of a new page
    if any(columns.EXAMPLE in line[place : place + 1] for place in counting):
        notes.append(f"第 {index + 1} 行标着「{columns.EXAMPLE}」，没有导入。")
        return False
    remark = _remark(line)
    if remark is not None:
        notes.append(f"第 {index + 1} 行是说明，没有作为数据导入：「{remark[:60]}」。")
        return False
    return True


def _is_header(line: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row repeats the header."""
    return [columns.folded(text) for text in line if text] == [columns.folded(text) for text in header if text]


_SIGNED = re.compile(
    r"(填表|填报|制表|编制|审核|审批|复核|校对|经办|负责|主管|联系|单位|日期|时间|注|备注|说明)[^:：]{0,8}[:：]"
)


def _remark(line: Sequence[str]) -> str | None:
    """The text of a row that is a footer or a sum and no data, or None."""
    filled = [text for text in line if text]
    if re.match(r"(合计|总计|小计|共计)", filled[0]) or all(_SIGNED.match(text) for text in filled):
        return " ".join(filled)
    if len(line) >= 3 and len(set(filled)) == 1 and re.search(r"[:：]|^(注|备注|说明|填表|制表|编制)", filled[0]):
        return one_line(filled[0])
    return None
