"""Rows written as files: .xlsx, .csv, a table in .docx, and the marked copy of an import."""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

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
    """Copy a table as .xlsx with each refused cell coloured and commented, and all reasons of a row in a last column.

    `refused` are (row number, column title or empty, reason). Cells stay where they stood; above `only_refused_from`
    rows the copy holds the header and the refused rows alone.
    """
    from openpyxl import Workbook
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    reasons: dict[int, list[tuple[str, str]]] = {}
    for number, title, reason in refused:
        reasons.setdefault(number, []).append((title, reason))
    place = {table.titles[name]: index for name, index in table.columns.items()}
    width = max((len(line) for line in table.grid), default=0)
    numbers: Iterable[int] = range(1, len(table.grid) + 1)
    if len(table.grid) > only_refused_from:
        numbers = sorted({table.header_row, *reasons})
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    red = PatternFill("solid", fgColor="FFC7CE")
    for at, number in enumerate(numbers, start=1):
        for index, text in enumerate(table.grid[number - 1], start=1):
            if text:
                _put(sheet, at, index, text)
        if number == table.header_row:
            _put(sheet, at, width + 1, "未导入原因")
            for index in range(1, width + 2):
                sheet.cell(at, index).font = Font(bold=True)
        for title, reason in reasons.get(number, ()):
            index = place.get(title, -1)
            marked = [index + 1] if index >= 0 else range(1, width + 1)
            for each in marked:
                sheet.cell(at, each).fill = red
            cell = sheet.cell(at, marked[0])
            said = f"{cell.comment.text}\n{reason}" if cell.comment else reason
            cell.comment = Comment(said, "签筒", height=120, width=280)
        if number in reasons:
            _put(sheet, at, width + 1, "\n".join(reason for _, reason in reasons[number]))
    sheet.column_dimensions[get_column_letter(width + 1)].width = 60
    return saved(book, now)


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
