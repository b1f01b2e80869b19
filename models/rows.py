"""A table as it came out of a file: rows of plain text cells, each cell under the name of its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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


@dataclass(frozen=True)
class Table:
    """The rows of one kind (a key of KIND_NAMES) with the titles their columns bear.

    `notes` are sentences about what was seen and not taken as rows: columns nobody knows, other sheets, footers.
    `grid` is the sheet as it stands, `header_row` (from 1) and `columns` (field name → index from 0) point into it.
    """

    kind: str
    titles: Mapping[str, str]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    grid: tuple[tuple[str, ...], ...] = ()
    header_row: int = 1
    columns: Mapping[str, int] = field(default_factory=dict)
    # Titles of columns that nobody knows, as the file has them.
    unknown: tuple[str, ...] = ()

    @property
    def above(self) -> str:
        """What stands above the header: the table's own title, each text once."""
        lines = (text for line in self.grid[: self.header_row - 1] for text in line if text)
        return " ".join(dict.fromkeys(lines))

    def title(self, name: str) -> str:
        """What the file calls a field, or the field's own name where the file has no such column."""
        return self.titles.get(name, name)
