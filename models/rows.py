"""A table as it came out of a file: rows of plain text cells, each cell under the name of its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import overload

KIND_NAMES = {
    "plan": "年度抽查计划",
    "item": "抽查事项清单",
    "entity": "检查对象名录库",
    "inspector": "执法检查人员名录库",
    "expert": "专家库",
    "recusal": "回避名单",
    "platform": "平台抽取结果",
    "holidays": "放假安排",
    "people": "人员表",
}
"""The kinds of table that offices exchange, in the order in which they are offered."""


@dataclass(frozen=True)
class Row:
    """One row. `number` counts from 1 as the file shows it; `cells` and `flaws` are keyed by field name.

    A flaw is a sentence in Chinese about what is wrong with a cell as such (a formula, say), whatever its text.
    """

    number: int
    cells: Mapping[str, str]
    flaws: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """The text of a field; empty where the file has no such column."""
        return self.cells.get(name, "")


class Lines(Sequence[Row]):
    """The rows of a sheet, each made when it is asked for: a million of them would take a gigabyte.

    `numbers` are the rows of `grid` (from 1) that are data, `places` say where each field stands (from 0), `flaws` are
    by number and field.
    """

    def __init__(
        self,
        grid: Sequence[Sequence[str]],
        numbers: Sequence[int],
        places: Mapping[str, int],
        flaws: Mapping[int, Mapping[str, str]],
    ) -> None:
        self.grid, self.numbers, self.places, self.flaws = grid, numbers, places, flaws

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: int) -> Row: ...

    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...

    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self._row(number) for number in self.numbers[at]]
        return self._row(self.numbers[at])

    def column(self, name: str) -> list[str]:
        """All texts of a field."""
        place = self.places[name]
        try:
            return list(map(itemgetter(place), self._lines))
        except IndexError:  # not all lines reach as far
            return [line[place] if place < len(line) else "" for line in self._lines]

    @cached_property
    def _lines(self) -> list[Sequence[str]]:
        return [self.grid[number - 1] for number in self.numbers]

    def _row(self, number: int) -> Row:
        line = self.grid[number - 1]
        cells = {name: line[place] if place < len(line) else "" for name, place in self.places.items()}
        return Row(number, cells, self.flaws.get(number, {}))


@dataclass(frozen=True)
class Table:
    """The rows of one kind (a key of KIND_NAMES) with the titles their columns bear.

    `notes` are sentences about what was seen and not taken as rows: columns nobody knows, other sheets, footers.
    `grid` is the sheet as it stands, `header_row` (from 1) and `columns` (field name → index from 0) point into it.
    """

    kind: str
    titles: Mapping[str, str]
    rows: Sequence[Row]
    notes: tuple[str, ...] = ()
    grid: Sequence[Sequence[str]] = ()
    header_row: int = 1
    columns: Mapping[str, int] = field(default_factory=dict)
    # Titles of columns that nobody knows, as the file has them.
    unknown: tuple[str, ...] = ()
    # A small .xlsx itself and the name of its sheet, so that it can be marked as it was sent; else empty.
    file: bytes = field(default=b"", repr=False)
    sheet: str = ""

    @property
    def above(self) -> str:
        """What stands above the header: the table's own title, each text once."""
        lines = (text for line in self.grid[: self.header_row - 1] for text in line if text)
        return " ".join(dict.fromkeys(lines))

    def title(self, name: str) -> str:
        """What the file calls a field, or the field's own name where the file has no such column."""
        return self.titles.get(name, name)
