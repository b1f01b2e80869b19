"""What a file holds before anybody knows what it is: grids of text; what reading one may cost, and that it failed."""

import io
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field

HEADER_WITHIN = 30
"""The header is looked for in this many rows from the top."""


# What is no archive, or a broken one: whoever reads it says so.
_NO_ZIP = (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError, OverflowError)


class SheetError(ValueError):
    """A file that cannot be read; the message is one Chinese sentence that says what is wrong and what to do."""


@dataclass(frozen=True)
class Limits:
    """What a file may cost: bytes as sent, bytes unpacked, rows, columns, cells that a sheet spans."""

    size: int = 20 * 1024 * 1024
    unpacked: int = 300 * 1024 * 1024
    rows: int = 200_000
    columns: int = 200
    cells: int = 10_000_000


LARGE = Limits(size=512 * 1024 * 1024, unpacked=4 * 1024 * 1024 * 1024, rows=1_100_000, columns=200, cells=40_000_000)
"""What a file of the command line may cost: it does not come over the network, and one person waits for it."""


def weight(data: bytes) -> int:
    """How much there is to read in a file: bytes of .csv that take as long (0.08 s for a million on one core)."""
    try:
        parts = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except _NO_ZIP:
        return len(data)
    document = sum(part.file_size for part in parts if part.filename == "word/document.xml")
    sheets = sum(part.file_size for part in parts if part.filename.startswith(("xl/worksheets/", "xl/sharedStrings")))
    # Cells of a document take three times as long as text, those of a workbook a third.
    return 3 * document + sheets // 3


@dataclass
class Grid:
    """One sheet or one table of a document as text, with sentences about single cells by (row, column) from 0.

    `hidden` are rows (from 0) that are not seen in the file. A `paged` one may go on in the next, behind a page break.
    `sheet` is its name in a workbook.
    """

    name: str
    rows: list[Sequence[str]]
    flaws: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()
    paged: bool = False
    sheet: str = ""


def tidy(text: str) -> str:
    """Text of a cell without invisible characters, outer blanks and blank lines; inner line breaks stay."""
    if text.isprintable() and text == text.strip():
        return text if "_x000D_" not in text else text.replace("_x000D_", "")
    text = (
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\xa0", " ").replace("_x000D_", "")
    )
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf"))
    return "\n".join(line for line in (part.strip() for part in text.split("\n")) if line)


def one_line(text: str) -> str:
    """A title without its line breaks."""
    return "".join(text.split("\n"))


def megabytes(size: int) -> str:
    """A size in bytes as people read it."""
    return f"{size / 1024 / 1024:.3g} MB"
