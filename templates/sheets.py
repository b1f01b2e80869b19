"""Tables out of files: .xlsx, .csv and tables in .docx, read into rows of plain text with their header found."""

import csv
import ctypes
import io
import re
import struct
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import PurePath
from typing import Any
from xml.etree import ElementTree

from models.rows import Lines, Table
from templates import columns, headers
from templates.headers import HEADER_WITHIN as HEADER_WITHIN
from templates.headers import Header, Learnt
from templates.headers import MissingColumns as MissingColumns
from templates.headers import SheetError as SheetError
from templates.headers import UnclearKind as UnclearKind

# What a broken archive raises: the first for its directory, RuntimeError for a password, the others for its contents.
_ZIP_FAULTS = (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError, OverflowError, zlib.error, struct.error)

FORMULA = "这一格是公式，它的值会随别处变化。请复制后用「选择性粘贴—数值」贴回原处，再重新导入。"
ERROR_VALUE = "这一格是错误值（如 #N/A）。请改正后重新导入。"


# So many rows are looked at as whole columns at a time.
_PART = 5_000


@dataclass(frozen=True)
class Limits:
    """What a file may cost: bytes as sent, bytes unpacked, rows, columns, cells that a sheet spans."""

    size: int = 20 * 1024 * 1024
    unpacked: int = 300 * 1024 * 1024
    rows: int = 200_000
    columns: int = 200
    cells: int = 10_000_000


@dataclass
class Grid:
    """One sheet or one table of a document as text, with sentences about single cells by (row, column) from 0."""

    name: str
    rows: list[Sequence[str]]
    flaws: dict[tuple[int, int], str] = field(default_factory=dict)


def read(
    filename: str,
    data: bytes,
    kind: str | None = None,
    limits: Limits | None = None,
    learnt: Learnt | None = None,
) -> Table:
    """Read the table in a file; `kind` where it is known, else it is recognised by its columns.

    What the file is goes by its bytes, not by its name. `learnt` is what was once said of headers. Raises SheetError,
    UnclearKind where the columns do not decide, and MissingColumns where one of them may be told.
    """
    limits = limits or Limits()
    notes: list[str] = []
    return _table(grids(filename, data, limits, notes), kind, limits, notes, learnt or {})


def grids(filename: str, data: bytes, limits: Limits | None = None, notes: list[str] | None = None) -> list[Grid]:
    """All sheets or tables of a file as they stand; what was left out is said in `notes`. Raises SheetError."""
    limits = limits or Limits()
    notes = [] if notes is None else notes
    suffix = PurePath(filename).suffix.lower()
    if len(data) > limits.size:
        raise SheetError(
            f"文件有 {_megabytes(len(data))}，超过了 {_megabytes(limits.size)} 的上限。"
            "请分成几个文件，或者删去图片后再发。"
        )
    if not data:
        raise SheetError("文件是空的。请检查后重新发送。")
    if data[:4] == b"PK\x03\x04" or data[:4] == b"PK\x05\x06":
        return _zipped(data, suffix, limits, notes)
    elif data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise SheetError(_old_format(data, suffix))
    elif data[:5] == b"%PDF-":
        raise SheetError("这是 PDF 文件，不能导入。请发送原来的表格（.xlsx、.csv 或者带表格的 .docx）。")
    elif suffix in {".xlsx", ".docx", ".xls", ".xlsm"}:
        raise SheetError(
            f"这个文件的扩展名是 {suffix}，内容却不是 {suffix} 表格（可能是改名的网页或者文本，也可能没有传完整）。"
            f"请用表格软件打开后另存为 .xlsx，再重新发送。"
        )
    return [_csv(data, limits)]


def _table(grids: list[Grid], kind: str | None, limits: Limits, notes: list[str], learnt: Learnt) -> Table:
    """Find the header in the grids and read the rows below it."""
    header = headers.find([grid.rows for grid in grids], kind, learnt)
    grid, kind, found = grids[header.grid], header.kind, header.found
    _other_grids(grids, header.grid, kind, found, notes)
    titles = {name: _one_line(header.titles[index]) for name, index in found.items()}
    said = learnt.get(kind, {})
    unknown = headers.unknown(header.titles, found)
    if unknown:
        notes.append(f"不认识的列没有导入：{'、'.join(unknown[:10])}{' 等' if len(unknown) > 10 else ''}。")
    for name, title in titles.items():
        if said.get(columns.folded(title)) == name:
            notes.append(f"「{title}」按以前的选择作为「{columns.title(kind, name)}」导入。")
    rows = _rows(grid, header, limits, notes)
    if not rows:
        raise SheetError(f"认出了{columns.KIND_NAMES[kind]}的表头，但下面没有数据。请填好后重新发送。")
    return Table(
        kind=kind,
        titles=titles,
        rows=rows,
        notes=tuple(notes),
        grid=grid.rows,
        header_row=header.row + 1,
        columns=found,
        unknown=tuple(each for each in unknown if columns.folded(each) not in {*said, *columns.REMARKS}),
    )


def _other_grids(grids: list[Grid], chosen: int, kind: str, found: dict[str, int], notes: list[str]) -> None:
    """Join the pieces of a table that a page break has cut; say of every other sheet that it was not read."""
    grid = grids[chosen]
    width = max(map(len, grid.rows), default=0)
    for other in grids[chosen + 1 :]:
        if other.name.startswith("表格"):
            # A table that a page break or a footer has cut in two goes on under the same columns.
            repeats = any(columns.match(kind, row) == found for row in other.rows[:HEADER_WITHIN])
            plain = not any(columns.recognise(row) for row in other.rows[:HEADER_WITHIN])
            if repeats or (plain and max(map(len, other.rows), default=0) == width):
                offset = len(grid.rows)
                grid.rows.extend(other.rows)
                grid.flaws.update({(r + offset, c): text for (r, c), text in other.flaws.items()})
                continue
        if any(any(row) for row in other.rows):
            notes.append(f"「{other.name}」没有导入：一次只导入一张表。")
    for other in grids[:chosen]:
        if any(any(row) for row in other.rows):
            notes.append(f"「{other.name}」没有导入：没有认出它的表头。")


def _rows(grid: Grid, header: Header, limits: Limits, notes: list[str]) -> Lines:
    """The rows of data below the header; what is left out is said."""
    found, counting, top = header.found, _counting(header), grid.rows[header.row]
    numbers: list[int] = []
    for start in range(header.row + 1, len(grid.rows), _PART):
        lines = grid.rows[start : start + _PART]
        if _all_data(lines, header, counting):
            numbers.extend(range(start + 1, start + len(lines) + 1))
        else:
            data = (at for at, line in enumerate(lines, start) if _is_data(at, line, header, top, counting, notes))
            numbers.extend(at + 1 for at in data)
        if len(numbers) > limits.rows:
            raise SheetError(f"表格超过 {limits.rows:,} 行。请分成几个文件分别导入。")
    flaws: dict[int, dict[str, str]] = {}
    names = {place: name for name, place in found.items()}
    for (row, place), text in grid.flaws.items():
        if place in names:
            flaws.setdefault(row + 1, {})[names[place]] = text
    in_order = {number: {n: each[n] for n in found if n in each} for number, each in flaws.items()}
    return Lines(grid.rows, numbers, found, in_order)


def _all_data(lines: Sequence[Sequence[str]], header: Header, counting: Sequence[int]) -> bool:
    """Whether a glance shows that all these lines are data: each begins with, and is known by, a plain code."""
    mark, width = min(header.found.values()), len(lines[0])
    if {*map(len, lines)} != {width} or columns.folded(header.titles[mark]).isascii():
        return False
    for place in {0, mark}:
        cells = [line[place] for line in lines] if place < width else [""]
        joined = "".join(cells)
        if not (joined.isascii() and joined.isalnum() and all(cells)):
            return False
    return not any(columns.EXAMPLE in line[place : place + 1] for place in counting for line in lines)


def _counting(header: Header) -> list[int]:
    """Columns that only count the rows."""
    return [
        place
        for place, title in enumerate(header.titles)
        if place not in header.found.values() and columns.folded(title) in columns.COUNTERS
    ]


def _is_data(
    index: int,
    line: Sequence[str],
    header: Header,
    top: Sequence[str],
    counting: Sequence[int],
    notes: list[str],
) -> bool:
    """Whether a line is a row of the table; of a line that is none, and not empty or the header again, it is said."""
    if not any(line):
        return False
    mark = min(header.found.values())
    if line[mark : mark + 1] and columns.folded(line[mark]) == columns.folded(top[mark]) and _is_header(line, top):
        return False  # the header again, at the top of a new page
    if any(columns.EXAMPLE in line[place : place + 1] for place in counting):
        notes.append(f"第 {index + 1} 行标着「{columns.EXAMPLE}」，没有导入。")
        return False
    remark = _remark(line)
    if remark is not None:
        notes.append(f"第 {index + 1} 行是说明，没有作为数据导入：「{remark[:60]}」。")
        return False
    return True


def _is_header(line: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row repeats the header."""
    return [columns.folded(text) for text in line if text] == [columns.folded(text) for text in header if text]


_SIGNED = re.compile(
    r"(填表|填报|制表|编制|审核|审批|复核|校对|经办|负责|主管|联系|单位|日期|时间|注|备注|说明)[^:：]{0,8}[:：]"
)


def _remark(line: Sequence[str]) -> str | None:
    """The text of a row that is a footer or a sum and no data, or None."""
    filled = [text for text in line if text]
    if re.match(r"(合计|总计|小计|共计)", filled[0]) or all(_SIGNED.match(text) for text in filled):
        return " ".join(filled)
    if len(line) >= 3 and len(set(filled)) == 1 and re.search(r"[:：]|^(注|备注|说明|填表|制表|编制)", filled[0]):
        return _one_line(filled[0])
    return None


def _zipped(data: bytes, suffix: str, limits: Limits, notes: list[str]) -> list[Grid]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = {info.filename for info in archive.infolist()}
    except _ZIP_FAULTS as error:
        raise SheetError("文件不完整或者已经损坏，打不开。请重新保存后再发。") from error
    if sum(info.file_size for info in archive.infolist()) > limits.unpacked or len(names) > 10_000:
        raise SheetError(
            f"文件解压后超过 {_megabytes(limits.unpacked)}，不能导入。请分成几个文件，或者只保留需要的表。"
        )
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise SheetError("文件里带有宏，为了安全不能导入。请另存为不带宏的 .xlsx 后重新发送。")
    if "word/document.xml" in names:
        _unpacked(archive, sorted(names), limits)
        return _docx(data, limits)
    if "xl/workbook.xml" in names:
        parts = _unpacked(archive, [n for n in sorted(names) if n.startswith("xl/")], limits)
        return _xlsx(data, parts, limits, notes)
    if "xl/workbook.bin" in names:
        raise SheetError("这是 .xlsb 文件，不能导入。请在 Excel 中「另存为」，类型选 .xlsx，再重新发送。")
    if "mimetype" in names and "content.xml" in names:
        raise SheetError("这是 .ods 文件，不能导入。请在表格软件中「另存为」，类型选 .xlsx，再重新发送。")
    said = f"扩展名是 {suffix} 的" if suffix in {".xlsx", ".docx"} else "这个"
    raise SheetError(f"{said}文件是压缩包，里面没有表格。请发送 .xlsx、.csv 或者带表格的 .docx 文件本身。")


# Looked through like every part, and not kept: the reader of workbooks unpacks it for itself.
_STRINGS = "xl/sharedStrings.xml"


def _unpacked(archive: zipfile.ZipFile, names: Iterable[str], limits: Limits) -> dict[str, bytes]:
    """Unpack parts, counting what really comes out: the sizes that an archive declares may be a lie."""
    left = limits.unpacked
    parts: dict[str, bytes] = {}
    for name in names:
        try:
            with archive.open(name) as part:
                content = part.read(left + 1)
        except _ZIP_FAULTS as error:
            raise SheetError("文件不完整、已经损坏或者加了密码，打不开。请去掉密码、重新保存后再发。") from error
        left -= len(content)
        if left < 0:
            raise SheetError(f"文件解压后超过 {_megabytes(limits.unpacked)}，不能导入。请分成几个文件。")
        if name.endswith((".xml", ".rels")):
            if b"<!DOCTYPE" in content[:2000] or b"<!ENTITY" in content:
                raise SheetError("文件里有不该有的内容（实体定义），为了安全不能导入。请用表格软件重新保存后再发。")
            if name != _STRINGS:
                parts[name] = content
    return parts


def _xlsx(data: bytes, parts: dict[str, bytes], limits: Limits, notes: list[str]) -> list[Grid]:
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    paths = _sheet_paths(parts)
    formats = _number_formats(parts.get("xl/styles.xml", b""))
    specials = {}
    for name, path in paths.items():
        # Half a gigabyte at a million rows: let go before the reader makes room for its own.
        xml = parts.pop(path, b"")
        _check_span(xml, limits)
        specials[name] = _special_cells(xml, formats)
        del xml
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = []
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            if meta.visible != SheetVisibleEnum.Visible:
                notes.append(f"隐藏的工作表「{meta.name}」没有导入。")
                continue
            found.append((meta, book.get_sheet_by_name(meta.name)))
        del book  # its strings are copied into the sheets
        _give_back()
        grids = []
        for meta, sheet in found:
            special = specials.get(meta.name, {})
            rows = _texts(_whole(sheet), special)
            for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
                for r in range(top + 1, min(bottom + 1, len(rows))):
                    if left < len(rows[r]) and not rows[r][left]:
                        rows[r] = [*rows[r][:left], rows[top][left], *rows[r][left + 1 :]]
            flaws = {at: code for at, code in special.items() if code in (FORMULA, ERROR_VALUE)}
            grids.append(Grid(meta.name, rows, flaws))
    except (CalamineError, OSError, ValueError) as error:
        raise SheetError("这个 .xlsx 文件打不开，可能已经损坏。请用表格软件打开后另存为 .xlsx，再重新发送。") from error
    if not grids:
        raise SheetError("这个 .xlsx 文件里没有可见的工作表。请检查后重新发送。")
    return grids


def _give_back() -> None:
    """Return freed memory to the system: the GNU allocator keeps it until it is told, a sixth of a large file's."""
    if sys.platform == "linux" and (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)


def _whole(sheet: Any) -> Iterable[list[Any]]:
    """The rows of a sheet from A1 on; one after the other where nothing is to be filled up before them."""
    return sheet.iter_rows() if sheet.start == (0, 0) else sheet.to_python(skip_empty_area=False)


def _texts(raw: Iterable[list[Any]], special: Mapping[tuple[int, int], str]) -> list[Sequence[str]]:
    """All cells as a person reads them, whole columns at a time; of texts that come again and again one is kept."""
    if special:
        return [
            [
                cell if type(cell) is str and not cell else _text(cell, special.get((r, c), ""))
                for c, cell in enumerate(row)
            ]
            for r, row in enumerate(raw)
        ]
    rows: list[Sequence[str]] = []
    coming = iter(raw)
    seen: dict[int, dict[str, str]] = {}
    while part := list(islice(coming, _PART)):
        texts = [_column_texts(cells) for cells in zip(*part, strict=True)]
        if not rows:
            seen = {place: {} for place in range(len(texts))}
        for place, known in list(seen.items()):
            texts[place] = list(map(known.setdefault, texts[place], texts[place]))
            if len(known) > 20 * _PART:
                del seen[place]  # nearly every row has its own
        rows.extend(zip(*texts, strict=True))
    return rows


def _column_texts(cells: Sequence[Any]) -> Sequence[str]:
    """The texts of a column; where all are as they should be, none is looked at by itself."""
    try:
        joined = "".join(cells)
    except TypeError:
        if len({*map(type, cells)} - {str}) == 1:
            # Equal cells of one type read the same.
            texts = {cell: _text(cell) for cell in set(cells)}
            return [texts[cell] for cell in cells]
        return [_text(cell) for cell in cells]
    # The only blank that is printable is the space.
    stripped = " " not in joined or all(map(str.__eq__, cells, map(str.strip, cells)))
    return cells if stripped and joined.isprintable() and "_x000D_" not in joined else [_tidy(cell) for cell in cells]


_CELL_NAME = re.compile(rb"""\sr=["']([A-Z]{1,3})(\d{1,7})["']""")
_FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\sr=["']([A-Z]{1,3})(\d{1,7})["'][^>]*(?<!/)>(?!\s*</)""")
_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\sr=["'](\d{1,7})["']""")


def _check_span(xml: bytes, limits: Limits) -> None:
    """Refuse a sheet whose cells span more than the limits, before a reader makes room for the whole rectangle."""
    # A glance that nearly all files pass: few rows, no column beyond Z. Empty formatted cells make a closer look.
    rows = _last_row(xml, len(str(limits.rows)))
    if rows is not None and rows <= limits.rows and rows * 26 <= limits.cells:
        return
    last_row = last_column = 0
    for letters, number in _FILLED_CELL.findall(xml):
        last_row = max(last_row, int(number))
        last_column = max(last_column, _column_number(letters))
    if last_column > limits.columns:
        raise SheetError(
            f"表格用到了第 {last_column:,} 列，超过 {limits.columns} 列的上限。"
            "请删去右边多余的列（选中后右键「删除」），再重新发送。"
        )
    # A few rows more than are taken as data: titles above, footers below.
    if last_row > limits.rows + HEADER_WITHIN:
        raise SheetError(
            f"表格用到了第 {last_row:,} 行，超过 {limits.rows:,} 行的上限。请删去下面多余的行，或者分成几个文件导入。"
        )
    if last_row * last_column > limits.cells:
        raise SheetError(f"表格有 {last_row:,} 行 × {last_column:,} 列，太大了。请删去多余的行和列，或者分成几个文件。")


def _last_row(xml: bytes, digits: int) -> int | None:
    """No less than the last row's number, looked at closely only from so many digits on; None where a column lies
    beyond Z, or where the cells are not written as usual.
    """
    start = max(xml.find(b"sheetData"), 0)
    # Single letters are found or missed fastest; texts may hold these too.
    unusual = any(xml.find(mark, start) >= 0 for mark in (b"'", b"\t", b"\n", b"\r"))
    if unusual and any(each in xml for each in (b" r='", b"\tr=", b"\nr=", b"\rr=")):
        return None
    far = re.findall(rb' r="([A-Z]{2}|[A-Z]?\d{%d,})' % digits, xml)
    if any(each[:2].isalpha() for each in far):
        return None
    return max((int(each.lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")) for each in far), default=10 ** (digits - 1) - 1)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet_paths(parts: Mapping[str, bytes]) -> dict[str, str]:
    """Sheet name → path of its XML inside the file."""
    try:
        book = ElementTree.fromstring(parts["xl/workbook.xml"])  # noqa: S314 — entities were refused before
        links = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])  # noqa: S314
    except (KeyError, ElementTree.ParseError) as error:
        raise SheetError("这个 .xlsx 文件内部不完整，打不开。请用表格软件打开后另存为 .xlsx，再重新发送。") from error
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    paths: dict[str, str] = {}
    for sheet in book.iter():
        if not sheet.tag.endswith("}sheet"):
            continue
        target = next((targets.get(v, "") for k, v in sheet.attrib.items() if k.endswith("}id")), "")
        paths[sheet.get("name", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return paths


def _number_formats(styles: bytes) -> dict[int, str]:
    """Style index → `%` or `000…` for styles that show numbers as percentages or padded with zeros."""
    if not styles:
        return {}
    try:
        root = ElementTree.fromstring(styles)  # noqa: S314 — entities were refused before
    except ElementTree.ParseError:
        return {}
    codes: dict[str, str] = {"9": "%", "10": "%"}
    special: dict[int, str] = {}
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "numFmt":
            code = element.get("formatCode", "")
            plain = code.split(";")[0].replace('"', "")
            codes[element.get("numFmtId", "")] = "%" if plain.endswith("%") else plain
        elif tag == "cellXfs":
            for index, style in enumerate(element):
                code = codes.get(style.get("numFmtId", ""), "")
                if code == "%" or re.fullmatch(r"0{2,20}", code):
                    special[index] = code
    return special


_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)


def _special_cells(xml: bytes, formats: Mapping[int, str]) -> dict[tuple[int, int], str]:
    """What the values alone do not show: formulas, error values, percentages and padded numbers, by (row, column)."""
    # A pattern that begins with a choice is slow over half a gigabyte, a single letter is found or missed fastest.
    start = max(xml.find(b"sheetData"), 0) + len("sheetData")
    end = xml.rfind(b"sheetData")
    cells = start, end if end > start else len(xml)
    has_formulas = (
        xml.find(b"f", *cells) >= 0
        and (b"<f" in xml or b":f" in xml)
        and re.search(rb"<(?:\w+:)?f[\s>/]", xml) is not None
    )
    has_errors = (
        xml.find(b"e", *cells) >= 0
        and (b't="e"' in xml or b"t='e'" in xml)
        and re.search(rb"""\st=["']e["']""", xml) is not None
    )
    if not has_formulas and not has_errors and not formats:
        return {}
    found: dict[tuple[int, int], str] = {}
    for attributes, content in _CELL.findall(xml):
        if not content:
            continue
        name = _CELL_NAME.search(b" " + attributes)
        if name is None:
            continue
        what = ""
        if has_formulas and re.search(rb"<(?:\w+:)?f[\s>/]", content):
            what = FORMULA
        elif has_errors and re.search(rb"""\st=["']e["']""", attributes):
            what = ERROR_VALUE
        elif formats and (style := re.search(rb"""\ss=["'](\d+)["']""", attributes)):
            what = formats.get(int(style[1]), "")
        if what:
            found[int(name[2]) - 1, _column_number(name[1]) - 1] = what
    return found


def _text(cell: object, special: str = "") -> str:
    """A cell as a person reads it: numbers without `.0`, percentages with their sign, dates as 2026-03-01."""
    if isinstance(cell, str):
        return _tidy(cell)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return _number(cell, special)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return _tidy(str(cell))


def _number(value: float, special: str) -> str:
    if abs(value) >= 1e15:
        # Beyond 15 digits a spreadsheet keeps zeros; shown as it would show it, so that the loss is seen.
        mantissa, _, exponent = f"{value:.5E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E+{int(exponent)}"
    exact = Decimal(f"{value:.15g}") if value == int(value) else Decimal(f"{value:.12g}")
    if special == "%":
        exact *= 100
    text = f"{exact.normalize():f}" if exact else "0"
    if special == "%":
        return text + "%"
    return text.zfill(len(special)) if special and text.isdigit() else text


def _docx(data: bytes, limits: Limits) -> list[Grid]:
    import docx
    from docx.oxml.ns import qn

    try:
        document = docx.Document(io.BytesIO(data))
    except Exception as error:  # python-docx raises whatever its parts raise on a broken package
        raise SheetError("这个 .docx 文件打不开，可能已经损坏。请用 Word 打开后另存为 .docx，再重新发送。") from error
    grids = []
    for number, table in enumerate(document.tables, start=1):
        rows: list[Sequence[str]] = []
        for tr in table._tbl.iterchildren(qn("w:tr")):
            line: list[str] = []
            for tc in tr.iterchildren(qn("w:tc")):
                spans = tc.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
                merge = tc.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
                text = _word_text(tc)
                if merge is not None and merge.get(qn("w:val"), "continue") == "continue" and rows:
                    above = rows[-1]
                    text = text or (above[len(line)] if len(line) < len(above) else "")
                line.append(text)
                line.extend("" for _ in range(int(spans.get(qn("w:val"), "1")) - 1 if spans is not None else 0))
                if len(line) > limits.columns:
                    raise SheetError(f"第 {number} 个表格超过 {limits.columns} 列，不能导入。")
            rows.append(line)
            if len(rows) > limits.rows:
                raise SheetError(f"第 {number} 个表格超过 {limits.rows:,} 行。请改用 .xlsx，分成几个文件导入。")
        grids.append(Grid(f"表格{number}", rows))
    if not grids:
        raise SheetError("这个 .docx 文件里没有表格。请发送带表格的文件。")
    return grids


def _word_text(cell: object) -> str:
    """All text of a cell, tracked insertions included and deletions left out; a line per paragraph."""
    from docx.oxml.ns import qn

    lines: list[str] = []
    for paragraph in cell.iter(qn("w:p")):  # type: ignore[attr-defined]
        pieces: list[str] = []
        for node in paragraph.iter():
            if node.tag == qn("w:t"):
                pieces.append(node.text or "")
            elif node.tag in {qn("w:br"), qn("w:cr")}:
                pieces.append("\n")
            elif node.tag == qn("w:tab"):
                pieces.append(" ")
            elif node.tag == qn("w:noBreakHyphen"):
                pieces.append("-")
        lines.append("".join(pieces))
    return _tidy("\n".join(lines))


def _csv(data: bytes, limits: Limits) -> Grid:
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


def _old_format(data: bytes, suffix: str) -> str:
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "这个文件加了打开密码，读不了。请去掉密码后重新保存为 .xlsx，再发送。"
    if suffix == ".et":
        return (
            "这是 WPS 表格的 .et 文件，不能导入。请在 WPS 中打开，「文件—另存为」，"
            "类型选「Microsoft Excel 文件 (*.xlsx)」，再发送另存的文件。"
        )
    if suffix == ".doc" or "WordDocument".encode("utf-16-le") in data:
        return (
            "这是旧格式的 .doc 文件，不能导入。请在 Word 中打开，「文件—另存为」，"
            "类型选「Word 文档 (*.docx)」，再发送另存的文件。"
        )
    return (
        "这是旧格式的 .xls 文件，不能导入。请在 Excel 或 WPS 中打开，「文件—另存为」，"
        "类型选「Excel 工作簿 (*.xlsx)」，再发送另存的文件。"
    )


def _plain_csv(cell: str) -> str:
    """A .csv cell without the wrappings that keep codes as text: `="011"`, and the `'` before a neutralised formula."""
    wrapped = re.fullmatch(r'="(.*)"', cell, re.DOTALL)
    if wrapped:
        cell = wrapped[1]
    elif re.match(r"'[=+\-@\t\r]", cell):
        cell = cell[1:]
    return _tidy(cell)


def _tidy(text: str) -> str:
    """Text of a cell without invisible characters, outer blanks and blank lines; inner line breaks stay."""
    if text.isprintable() and text == text.strip():
        return text if "_x000D_" not in text else text.replace("_x000D_", "")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("_x000D_", "")
    text = "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf"))
    return "\n".join(line for line in (part.strip() for part in text.split("\n")) if line)


def _one_line(text: str) -> str:
    return "".join(text.split("\n"))


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.3g} MB"
