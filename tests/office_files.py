"""Files as offices have them, made part by part: what the usual libraries do not write, programs of others do."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import docx
import xlsxwriter
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TRANSITIONAL = ("http://schemas.openxmlformats.org/spreadsheetml/2006/main", _OFFICE)
STRICT = ("http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument/relationships")
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"


def book(*rows: Sequence[Any], then: Callable[[Any], object] | None = None) -> bytes:
    """An .xlsx with these rows; `then` may change the sheet."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if then is not None:
        then(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def merged(*areas: str) -> Callable[[Any], None]:
    """Merges areas of a sheet."""

    def merge(sheet: Any) -> None:
        for area in areas:
            sheet.merge_cells(area)

    return merge


def written(fill: Callable[[Any, Any], object], **options: Any) -> bytes:
    """An .xlsx by xlsxwriter: `fill` is given its sheet and the book."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, options)
    fill(made.add_worksheet(), made)
    made.close()
    return out.getvalue()


def zipped(parts: Mapping[str, bytes | str]) -> bytes:
    """An archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """The same archive with one part changed or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        return zipped({info.filename: old.read(info.filename) for info in old.infolist()} | {name: content})


def raw(
    sheet: str, *, spaces: tuple[str, str] = TRANSITIONAL, formats: Sequence[int | str] = (), strings: str = ""
) -> bytes:
    """An .xlsx of a sheet's own XML. `formats` are number formats, of which cells of style 1, 2 … have the first,
    second …: a built-in's number or a code.
    """
    main, office = spaces
    named = {200 + n: code for n, code in enumerate(formats) if isinstance(code, str)}
    ids = [200 + n if isinstance(code, str) else code for n, code in enumerate(formats)]
    codes = "".join(f'<numFmt numFmtId="{n}" formatCode="{escape(code)}"/>' for n, code in named.items())
    types = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'spreadsheetml.{kind}+xml"/>'
        for part, kind in (
            ("workbook", "sheet.main"),
            ("worksheets/sheet1", "worksheet"),
            ("styles", "styles"),
            ("sharedStrings", "sharedStrings"),
        )
    )
    relation = f'<Relationship Id="rId%d" Type="{office}/%s" Target="%s"/>'
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{types}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">{relation % (1, "officeDocument", "xl/workbook.xml")}'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">'
        + relation % (1, "worksheet", "worksheets/sheet1.xml")
        + relation % (2, "styles", "styles.xml")
        + relation % (3, "sharedStrings", "sharedStrings.xml")
        + "</Relationships>",
        "xl/worksheets/sheet1.xml": sheet
        if sheet.startswith("<?xml")
        else f'<worksheet xmlns="{main}">{sheet}</worksheet>',
        "xl/styles.xml": f'<styleSheet xmlns="{main}"><numFmts count="{len(named)}">{codes}</numFmts><fonts count="1">'
        '<font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1">'
        f'<xf/></cellStyleXfs><cellXfs count="{len(ids) + 1}"><xf numFmtId="0"/>'
        + "".join(f'<xf numFmtId="{n}" applyNumberFormat="1"/>' for n in ids)
        + "</cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f'<sst xmlns="{main}">{strings}</sst>',
    }
    return zipped(parts)


def inline(*rows: Sequence[str]) -> str:
    """Rows of inline strings, none of which says where it stands."""
    cells = ("".join(f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>' for text in row) for row in rows)
    return f"<sheetData>{''.join(f'<row>{each}</row>' for each in cells)}</sheetData>"


def document(*tables: Sequence[Sequence[str]], then: Callable[[Any], object] | None = None) -> bytes:
    """A .docx with these tables, an empty paragraph after each; `then` may change the document."""
    made = docx.Document()
    for rows in tables:
        table = made.add_table(rows=0, cols=len(rows[0]))
        for row in rows:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                cell.text = text
        made.add_paragraph("")
    if then is not None:
        then(made)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def word_xml(text: str) -> Any:
    """An element of WordprocessingML; `w:` and the names of text boxes are known in it."""
    head, mark, rest = text.partition(">")
    slash = "/" if head.endswith("/") else ""
    spaces = (
        f'{nsdecls("w")} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
        'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
        'xmlns:v="urn:schemas-microsoft-com:vml"'
    )
    return parse_xml(f"{head.rstrip('/')} {spaces}{slash}{mark}{rest}")
