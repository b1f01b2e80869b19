"""A .csv as a grid of text, in whatever encoding and with whatever separator it comes."""

import csv
import io
import re
from collections.abc import Sequence

from templates.grid import HEADER_WITHIN, Grid, Limits, SheetError, tidy


def grid(data: bytes, limits: Limits) -> Grid:
    """The one table of the file. Raises SheetError."""
    text = _decoded(data)
    sample = text[:20_000]
    delimiter = max(",\t;，；", key=lambda mark: max((line.count(mark) for line in sample.splitlines()), default=0))
    rows: list[Sequence[str]] = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False):
            rows.append([_plain_csv(cell) for cell in line])
            if len(line) > limits.columns:
                raise SheetError(
                    f"第 {len(rows)} 行有 {len(line):,} 列，超过 {limits.columns} 列的上限。请删去多余的列后重新发送。"
                )
            if len(rows) > limits.rows + HEADER_WITHIN:
                raise SheetError(f"表格超过 {limits.rows:,} 行。请分成几个文件分别导入。")
    except csv.Error as error:
        raise SheetError(f"第 {len(rows) + 1} 行读不出来，可能少了一个引号。请检查后重新发送。") from error
    return Grid("CSV", rows)


def _decoded(data: bytes) -> str:
    """Text of a .csv: UTF-8 with or without BOM, UTF-16 with BOM, else GB18030; SheetError for what is no text."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif data[:3] == b"\xef\xbb\xbf":
        encodings = ["utf-8-sig"]
    else:
        encodings = ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text):
            return text
    raise SheetError("这个文件不是能读的表格。请发送 .xlsx、.csv（UTF-8 或 GB18030 编码）或者带表格的 .docx。")


def _plain_csv(cell: str) -> str:
    """A .csv cell without the wrappings that keep codes as text: `="011"`, and the `'` before a neutralised formula."""
    wrapped = re.fullmatch(r'="(.*)"', cell, re.DOTALL)
    if wrapped:
        cell = wrapped[1]
    elif re.match(r"'[=+\-@\t\r]", cell):
        cell = cell[1:]
    return tidy(cell)
