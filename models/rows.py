"""A table as it came out of a file: rows of plain text cells, each cell under the name of its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field


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
    """The rows of one kind (`plan`, `item`, `entity`, `inspector`, `recusal`) with the titles their columns bear.

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

    def title(self, name: str) -> str:
        """What the file calls a field, or the field's own name where the file has no such column."""
        return self.titles.get(name, name)
