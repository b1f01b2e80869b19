"""Finding the header of a table: in which row, of which kind, over one row or two; asking where it cannot be told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from templates import columns
from templates.grid import HEADER_WITHIN, SheetError

Grid = Sequence[Sequence[str]]


class UnclearKind(SheetError):
    """The columns fit several kinds of table, or none; `kinds` are those it may be, so that somebody can be asked."""

    def __init__(self, kinds: Sequence[str], *, known: bool = True) -> None:
        names = "、".join(columns.KIND_NAMES[kind] for kind in kinds)
        super().__init__(
            f"从表头看，这个文件可能是{names}。请指明是哪一种。"
            if known
            else f"没有找到能认出的表头。能导入的表有{names}。请指明是哪一种，或者照下载模板里的表头改好后重新发送。"
        )
        self.kinds = tuple(kinds)


class MissingColumns(SheetError):
    """A table of a kind that lacks key columns; `fields` are those it lacks, one of each group, `unknown` its titles
    that nobody knows, one of which may be meant.
    """

    def __init__(self, kind: str, found: Mapping[str, int], unknown: Sequence[str]) -> None:
        lacking = columns.missing(kind, found)
        super().__init__(
            f"这个文件看上去是{columns.KIND_NAMES[kind]}，但表头里缺少：{'、'.join(lacking)}。请补上这些列后重新发送。"
        )
        self.kind = kind
        self.fields = columns.lacking(kind, found)
        self.unknown = tuple(unknown)


Learnt = Mapping[str, Mapping[str, str]]
"""What was once said of headers: kind → folded title → field."""


@dataclass(frozen=True)
class Header:
    """Where a table's header is: number of the grid, its last row from 0, the kind, titles by column, fields found."""

    grid: int
    row: int
    kind: str
    titles: Sequence[str]
    found: dict[str, int]


def find(grids: Sequence[Grid], kind: str | None, learnt: Learnt) -> Header:
    """The best header in the first grid that has one; `kind` where it is known.

    Raises UnclearKind, MissingColumns, or SheetError where there is no table at all.
    """
    near: tuple[dict[str, int], str, Sequence[str]] = ({}, "", ())
    for g, grid in enumerate(grids):
        found: list[Header] = []
        for r, titles in _candidates(grid, kind, learnt):
            for each, fields in columns.recognise(titles, learnt):
                if kind in (None, each):
                    found.append(Header(g, r, each, titles, fields))
            if kind and (fields := columns.match(kind, titles, learnt.get(kind))) and not columns.missing(kind, fields):
                found.append(Header(g, r, kind, titles, fields))
            for candidate in (kind,) if kind else columns.SHAPES:
                fields = columns.match(candidate, titles, learnt.get(candidate))
                if len(fields) > len(near[0]):
                    near = (fields, candidate, titles)
        if found:
            return _best(found)
    if len(near[0]) >= (1 if kind else 2):
        raise MissingColumns(near[1], near[0], unknown(near[2], near[0]))
    top = next((row for grid in grids for row in grid[:HEADER_WITHIN] if len({*filter(None, row)}) > 1), [])
    if kind and top:
        raise MissingColumns(kind, {}, unknown(top, {}))
    if top:
        raise UnclearKind(list(columns.SHAPES), known=False)
    raise SheetError("没有找到能认出的表头：文件里没有两列以上的表格。请检查后重新发送。")


def _best(found: Sequence[Header]) -> Header:
    """The header with most fields, of two rows where it is one; UnclearKind where it may be of several kinds."""
    most = max(len(each.found) for each in found)
    best = [each for each in found if len(each.found) == most]
    # The lower of two rows that say the same is where the data begin.
    last = max((each for each in best if each.row <= best[0].row + 1), key=lambda each: each.row)
    rivals = {each.kind for each in best if each.row == last.row}
    if len(rivals) > 1:
        raise UnclearKind(sorted(rivals))
    return last


def _candidates(grid: Grid, kind: str | None, learnt: Learnt) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows that may be the header, and pairs of rows that may be one, with the titles by column."""
    for r, row in enumerate(grid[:HEADER_WITHIN]):
        yield r, row
        if r + 1 < len(grid) and (groups := _groups(row, grid[r + 1])):
            yield r + 1, _joined(row, grid[r + 1], groups, [kind] if kind else list(columns.SHAPES), learnt)


def _groups(top: Sequence[str], low: Sequence[str]) -> dict[int, str]:
    """Column → the title that spans it, where the lower row goes on under spanning titles; empty where it does not.

    A title spans what is blank to its right. Under the others the lower row is blank, or repeats a merged cell.
    """
    spanning: dict[int, str] = {}
    title = ""
    for index, text in enumerate(top):
        title = text or title
        below = low[index] if index < len(low) else ""
        follows = index + 1 < len(top) and not top[index + 1] and index + 1 < len(low) and bool(low[index + 1])
        if title and below and below != text and (not text or follows):
            spanning[index] = title
        elif below and below != text:
            return {}
    return spanning if any(not top[index] for index in spanning) else {}


def _joined(
    top: Sequence[str], low: Sequence[str], groups: Mapping[int, str], kinds: Sequence[str], learnt: Learnt
) -> list[str]:
    """Titles of a header of two rows: 抽查事项 over 名称 is 抽查事项名称 where a kind knows that, else 名称."""
    titles = []
    for index, text in enumerate(top):
        if index not in groups:
            titles.append(text)
            continue
        whole = groups[index] + low[index]
        known = any(columns.match(kind, [whole], learnt.get(kind)) for kind in kinds)
        titles.append(whole if known else low[index])
    return titles


def unknown(titles: Sequence[str], found: Mapping[str, int]) -> list[str]:
    """Titles that are no field, no mere counter, and not what a marked copy says."""
    return [
        "".join(title.split("\n"))
        for index, title in enumerate(titles)
        if title
        and index not in found.values()
        and columns.folded(title) not in columns.COUNTERS
        and title != columns.REASONS
    ]
