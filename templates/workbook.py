"""Rows written as files: .xlsx, .csv, a table in .docx, and the marked copy of an import."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models.rows import Table
from templates import columns

EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
"""The time stamp inside files that are given none; the oldest that a ZIP can hold."""


def write_xlsx(
    kind: str,
    records: Iterable[Mapping[str, str]],
    *,
    title: str = "",
    without: Collection[str] = (),
    now: datetime | None = None,
) -> bytes:
    """Write rows as .xlsx in a kind's own columns; text stays text, so that nothing in it is ever calculated.

    `title` stands above the header; the columns named in `without` are left out. `now` is
    the time stamp inside the file (1980 without one): same rows, same bytes.
    """
    shape = [column for column in columns.EXPORTS[kind] if column.name not in without]
    lines = [[record.get(column.name, "") for column in shape] for record in records]
    return xlsx([c.title for c in shape], lines, [c.width for c in shape], title=title, now=now)


def write_csv(kind: str, records: Iterable[Mapping[str, str]], *, without: Collection[str] = ()) -> bytes:
    """Write rows as .csv, UTF-8 with BOM (so that Excel shows Chinese), cells that look like formulas neutralised.

    The columns named in `without` are left out.
    """
    shape = [column for column in columns.EXPORTS[kind] if column.name not in without]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(column.title for column in shape)
    for record in records:
        writer.writerow(_neutral(record.get(column.name, "")) for column in shape)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def write_docx(
    kind: str,
    records: Iterable[Mapping[str, str]],
    *,
    title: str = "",
    footer: str = "",
    now: datetime | None = None,
) -> bytes:
    """Write rows as a table in a landscape A4 .docx, with a title above and a line below."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    shape = columns.EXPORTS[kind]
    document = docx.Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(18)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(9)
    normal.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "仿宋_GB2312")
    normal.paragraph_format.space_after = Pt(0)
    if title:
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(title)
        run.font.size = Pt(18)
        run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "方正小标宋简体")
    table = document.add_table(rows=1, cols=len(shape), style="Table Grid")
    total = sum(column.width for column in shape)
    for cell, column in zip(table.rows[0].cells, shape, strict=True):
        cell.text = column.title
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(header.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    for record in records:
        for cell, column in zip(table.add_row().cells, shape, strict=True):
            cell.text = record.get(column.name, "")
    table.autofit = False
    widths = [Mm(267 * column.width / total) for column in shape]
    for drawn, width in zip(table.columns, widths, strict=True):
        drawn.width = width
    for row in table.rows:
        whole = row._tr.get_or_add_trPr()
        whole.append(whole.makeelement(qn("w:cantSplit"), {}))
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = width
    if footer:
        document.add_paragraph(footer)
    stamp = (now or EPOCH).replace(tzinfo=None)
    document.core_properties.created = document.core_properties.modified = stamp
    document.core_properties.author = document.core_properties.last_modified_by = ""
    document.core_properties.comments = ""
    out = io.BytesIO()
    document.save(out)
    return _steady(out.getvalue())


def xlsx(
    header: Sequence[str],
    lines: Iterable[Sequence[str]],
    widths: Sequence[int] = (),
    *,
    title: str = "",
    now: datetime | None = None,
) -> bytes:
    """Write a plain table of text as .xlsx: bold frozen header, columns set as text so that leading zeros stay."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Sheet1"
    top = 1
    if title:
        sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=max(1, len(header)))
        _put(sheet, 1, 1, title)
        sheet.cell(1, 1).font = Font(bold=True, size=16)
        sheet.cell(1, 1).alignment = Alignment(horizontal="center")
        top = 2
    for index, text in enumerate(header, start=1):
        _put(sheet, top, index, text)
        sheet.cell(top, index).font = Font(bold=True)
        if index <= len(widths):
            sheet.column_dimensions[get_column_letter(index)].width = widths[index - 1]
    for number, line in enumerate(lines, start=top + 1):
        for index, text in enumerate(line, start=1):
            if text:
                _put(sheet, number, index, text)
    sheet.freeze_panes = f"A{top + 1}"
    return saved(book, now)


def marked_copy(
    table: Table,
    refused: Iterable[tuple[int, str, str]],
    *,
    only_refused_from: int = 20_000,
    now: datetime | None = None,
) -> bytes:
    """The file as .xlsx with each refused cell coloured and commented, and all reasons of a row in a last column.

    `refused` are (row number, column title or empty, reason). A small .xlsx is marked itself and stays as it was sent;
    of other files the table is copied as text, cells where they stood, above `only_refused_from` rows the header and
    the refused rows alone. A copy that comes back has its old marks taken away.
    """
    reasons: dict[int, list[tuple[str, str]]] = {}
    for number, title, reason in refused:
        reasons.setdefault(number, []).append((title, reason))
    width = max((len(line) for line in table.grid), default=0)
    header = table.grid[table.header_row - 1] if table.grid else ()
    place = {table.titles[name]: index for name, index in table.columns.items()}
    marks = _Marks(place, header.index(columns.REASONS) if columns.REASONS in header else width, reasons)
    if table.file and len(table.grid) <= only_refused_from:
        try:
            return saved(_marked_file(table, marks, again=columns.REASONS in header), now)
        except Exception:  # noqa: S110 — the reader took the file, the writer may not: then its text is copied
            pass
    return saved(_marked_text(table, marks, only_refused_from), now)


@dataclass(frozen=True)
class _Marks:
    """What is marked: columns by title, the column of reasons (both from 0), and by row what is wrong with it."""

    place: Mapping[str, int]
    column: int
    reasons: Mapping[int, Sequence[tuple[str, str]]]

    def row(self, sheet: Any, at: int, number: int) -> None:
        """Mark a row of the file where it stands now."""
        from openpyxl.comments import Comment
        from openpyxl.styles import Alignment, PatternFill

        red = PatternFill("solid", fgColor=_RED)
        for title, reason in self.reasons[number]:
            index = self.place.get(title, -1)
            marked = [index] if index >= 0 else range(self.column)
            cells = [_anchor(sheet, at, each + 1) for each in marked]
            for cell in cells:
                cell.fill = red
            said = f"{cells[0].comment.text}\n{reason}" if cells[0].comment else reason
            cells[0].comment = Comment(said, _AUTHOR, height=120, width=280)
        _put(sheet, at, self.column + 1, "\n".join(reason for _, reason in self.reasons[number]))
        sheet.cell(at, self.column + 1).alignment = Alignment(wrap_text=True, vertical="top")

    def head(self, sheet: Any, at: int) -> None:
        """The title over the reasons."""
        from openpyxl.styles import Font
        from openpyxl.utils import get_column_letter

        _put(sheet, at, self.column + 1, columns.REASONS)
        sheet.cell(at, self.column + 1).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(self.column + 1)].width = 60


_RED, _AUTHOR = "FFC7CE", "签筒"


def _marked_file(table: Table, marks: _Marks, *, again: bool) -> Any:
    """The workbook as it was sent, marked; `again` where it has our marks of last time."""
    from openpyxl import load_workbook
    from openpyxl.styles import PatternFill

    book = load_workbook(io.BytesIO(table.file))
    sheet = book[table.sheet]
    book.active = book.index(sheet)
    if again:
        below = table.header_row + 1
        for at, row in enumerate(sheet.iter_rows(min_row=below, max_row=len(table.grid)), start=below):
            for cell in row:
                if cell.comment and cell.comment.author == _AUTHOR:
                    cell.comment = None
                if cell.fill.fgColor.rgb in (_RED, f"00{_RED}", f"FF{_RED}"):
                    cell.fill = PatternFill()
            sheet.cell(at, marks.column + 1).value = None
    marks.head(sheet, table.header_row)
    for number in marks.reasons:
        marks.row(sheet, number, number)
    return book


def _anchor(sheet: Any, row: int, column: int) -> Any:
    """A cell, or of a merged area the one that shows."""
    from openpyxl.cell.cell import MergedCell

    cell = sheet.cell(row, column)
    if not isinstance(cell, MergedCell):
        return cell
    area = next(each for each in sheet.merged_cells.ranges if cell.coordinate in each)
    return sheet.cell(area.min_row, area.min_col)


def _marked_text(table: Table, marks: _Marks, only_refused_from: int) -> Any:
    """A new workbook with the table as text, marked."""
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    numbers: Iterable[int] = range(1, len(table.grid) + 1)
    if len(table.grid) > only_refused_from:
        numbers = sorted({table.header_row, *marks.reasons})
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for at, number in enumerate(numbers, start=1):
        for index, text in enumerate(table.grid[number - 1], start=1):
            if text and index != marks.column + 1:
                _put(sheet, at, index, text)
        if number == table.header_row:
            for index in range(1, marks.column + 1):
                sheet.cell(at, index).font = Font(bold=True)
            marks.head(sheet, at)
        if number in marks.reasons:
            marks.row(sheet, at, number)
    for index in range(marks.column):
        texts = (line[index] for line in table.grid[table.header_row - 1 : table.header_row + 200] if index < len(line))
        widest = max((sum(2 if ord(c) > 255 else 1 for c in text) for text in texts), default=0)
        sheet.column_dimensions[get_column_letter(index + 1)].width = min(max(widest + 2, 8), 40)
    return book


def _neutral(text: str) -> str:
    """Text that a spreadsheet would calculate, kept from it by an apostrophe; one that is there already gets another,
    so that reading takes away what writing put there.
    """
    return f"'{text}" if re.match(r"'*[=+\-@\t\r]", text) else text


def _put(sheet: object, row: int, column: int, text: str) -> None:
    """Write text as text: a leading `=` is no formula, a leading zero stays, control characters are left out."""
    cell = sheet.cell(row, column)  # type: ignore[attr-defined]
    if not text.isprintable():
        text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
    cell.value = text
    cell.data_type = "s"
    cell.number_format = "@"


def saved(book: object, now: datetime | None) -> bytes:
    """The bytes of an openpyxl workbook: the same for the same content and `now`."""
    out = io.BytesIO()
    stamp = (now or EPOCH).replace(tzinfo=None)
    book.properties.created = stamp  # type: ignore[attr-defined]
    book.properties.creator = None  # type: ignore[attr-defined]
    book.save(out)  # type: ignore[attr-defined]
    return _steady(out.getvalue(), stamp)


def _steady(data: bytes, stamp: datetime | None = None) -> bytes:
    """Re-zip an office file with fixed time stamps, so that the same rows give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content = old.read(info.filename)
            if stamp is not None and info.filename == "docProps/core.xml":
                modified = stamp.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                content = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + modified, content)
            entry = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()
