"""Long lists as .xlsx, row after row as they come: never more than one of them in memory, and a page to print."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from templates.workbook import EPOCH

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

LONGEST = 500_000
"""Rows of a list at most; a sheet holds 1,048,576, a message of the chat 50 MB."""

# Characters that Excel takes in one cell, and points of one line and of the highest row.
_CELL = 32_767
_LINE, _HIGHEST = 15, 405


@dataclass(frozen=True)
class Head:
    """What stands above a list: its columns with their widths, and a line that says what it is."""

    title: str
    said: str
    columns: Sequence[tuple[str, int]]


def long_list(
    head: Head, rows: Iterable[tuple[str, Sequence[str]]], *, now: datetime | None = None
) -> tuple[bytes, int]:
    """Write rows, each with the name of the sheet it belongs to; returns the file and how many rows are in it.

    At most LONGEST rows are taken. Everything is text, nothing is ever calculated. Same rows and `now`, same bytes.
    """
    from xlsxwriter import Workbook

    out = io.BytesIO()
    text_only = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(out, {"constant_memory": True, **text_only})
    stamp = (now or EPOCH).replace(tzinfo=None)
    book.set_properties({"created": stamp})
    looks = _looks(book)
    sheets: dict[str, tuple[Worksheet, int]] = {}
    many = 0
    for name, cells in rows:
        if many == LONGEST:
            break
        sheet, at = sheets[name] if name in sheets else (_begun(book, name, head, looks), 3)
        if (height := _height(cells, head.columns)) > 1:
            sheet.set_row(at, min(_LINE * height, _HIGHEST))
        for column, cell in enumerate(cells):
            if cell:
                sheet.write_string(at, column, cell[:_CELL], looks["text"])
            else:
                sheet.write_blank(at, column, None, looks["text"])
        sheets[name] = sheet, at + 1
        many += 1
    if not sheets:
        _begun(book, "Sheet1", head, looks)
    for sheet, at in sheets.values():
        sheet.autofilter(2, 0, at - 1, len(head.columns) - 1)
    book.close()
    return out.getvalue(), many


def _begun(book: Any, name: str, head: Head, looks: dict[str, Any]) -> "Worksheet":
    """A sheet with title, a line of explanation and the header, set up for A4 across."""
    sheet: Worksheet = book.add_worksheet(name)
    for at, (_, width) in enumerate(head.columns):
        sheet.set_column(at, at, width)
    last = len(head.columns) - 1
    sheet.set_row(0, 30)
    sheet.merge_range(0, 0, 0, last, head.title, looks["title"])
    sheet.merge_range(1, 0, 1, last, head.said, looks["said"])
    for at, (title, _) in enumerate(head.columns):
        sheet.write_string(2, at, title, looks["head"])
    sheet.freeze_panes(3, 0)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
    sheet.repeat_rows(2)
    sheet.set_footer("&C第 &P 页，共 &N 页")
    return sheet


def _height(cells: Sequence[str], columns: Sequence[tuple[str, int]]) -> int:
    """Lines that a row needs: not every program finds it out by itself. A Chinese character is two wide."""
    return max(
        -(-(len(cell) + sum(character > "\u2e7f" for character in cell)) // (width - 1))
        for cell, (_, width) in zip(cells, columns, strict=True)
    )


def _looks(book: Any) -> dict[str, Any]:
    base = {"font_name": "仿宋_GB2312", "font_size": 11, "valign": "vcenter"}
    boxed = base | {"border": 1, "text_wrap": True, "num_format": "@"}
    return {
        "title": book.add_format(base | {"font_name": "方正小标宋简体", "font_size": 16, "align": "center"}),
        "said": book.add_format(base | {"font_size": 10, "font_color": "#595959", "text_wrap": True}),
        "head": book.add_format(boxed | {"font_name": "黑体", "align": "center", "bg_color": "#F2F2F2"}),
        "text": book.add_format(boxed),
    }
