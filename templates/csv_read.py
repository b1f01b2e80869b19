"""A .csv as a grid of text, in whatever encoding and with whatever separator it comes."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence

from templates.grid import HEADER_WITHIN, Grid, Limits, SheetError, tidy

# Separators, the usual ones first.
_MARKS = (",", "\t", ";", "，", "；", "|")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")


def grid(data: bytes, limits: Limits) -> Grid:
    """The one table of the file. Raises SheetError."""
    text = _decoded(data)
    rows: list[Sequence[str]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True):
            if len(line) > limits.columns:
                raise SheetError(
                    f"第 {len(rows) + 1} 行有 {len(line):,} 列，超过 {limits.columns} 列的上限。"
                    "请删去多余的列后重新发送。"
                )
            rows.append([_plain(cell) if cell[:1] in ("=", "'") else tidy(cell) for cell in line])
            if len(rows) > limits.rows + HEADER_WITHIN:
                raise SheetError(f"表格超过 {limits.rows:,} 行。请分成几个文件分别导入。")
    except csv.Error as error:
        # Read on, a quotation mark that never ends would swallow the rows behind it.
        raise SheetError(f"第 {len(rows) + 1} 行读不出来，可能少了一个引号。请检查这一行的引号后重新发送。") from error
    return Grid("CSV", rows)


def _separator(text: str) -> str:
    """The mark by which most of the first lines have the same number of cells: others stand inside cells."""
    sample = text[:20_000].splitlines()[: HEADER_WITHIN * 2]

    def fits(mark: str) -> tuple[int, int]:
        widths = Counter(len(line) for line in csv.reader(sample, delimiter=mark) if len(line) > 1)
        return max(((lines, width) for width, lines in widths.items()), default=(0, 0))

    return max(_MARKS, key=fits)


def _decoded(data: bytes) -> str:
    """Text of a .csv: UTF-8 with or without BOM, UTF-16, else GB18030; SheetError for what is no text."""
    data = data.rstrip(b"\x1a")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif data[:3] == b"\xef\xbb\xbf":
        encodings = ["utf-8-sig"]
    elif b"\x00" in data[:4000]:
        # No text has this byte but UTF-16, in which every line end and every digit has one.
        encodings = ["utf-16-le"] if data[1:4000:2].count(0) >= data[0:4000:2].count(0) else ["utf-16-be"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _CONTROLS.search(text) is None:
            return text
    raise SheetError("这个文件不是能读的表格。请发送 .xlsx、.csv（UTF-8 或 GB18030 编码）或者带表格的 .docx。")


def _plain(cell: str) -> str:
    """A .csv cell without what keeps it text in a spreadsheet: `="011"`, the `'` before what looks like a formula."""
    wrapped = re.fullmatch(r'="(.*)"', cell, re.DOTALL)
    if wrapped:
        cell = wrapped[1]
    elif re.match(r"'+[=+\-@\t\r]", cell):
        cell = cell[1:]
    return tidy(cell)
