"""The sheets of an .xlsx as grids of text: what a person sees in each cell, and what the values alone do not show."""

import ctypes
import io
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from xml.etree import ElementTree

from templates.columns import CHOICES
from templates.grid import HEADER_WITHIN, Grid, Limits, SheetError, tidy

FORMULA = "这一格是公式，它的值会随别处变化。请复制后用「选择性粘贴—数值」贴回原处，再重新导入。"
ERROR_VALUE = "这一格是错误值（如 #N/A）。请改正后重新导入。"

_BROKEN = "这个 .xlsx 文件打不开，可能已经损坏。请用表格软件打开后另存为 .xlsx，再重新发送。"
_BEYOND = (
    "表里有一格的数字超出了日期的范围，却设成了日期格式（显示为 ####）。请把那一列改成文本或者正确的日期，再重新发送。"
)

# So many rows are looked at as whole columns at a time.
_PART = 5_000


def grids(data: bytes, parts: dict[str, bytes], limits: Limits, notes: list[str]) -> list[Grid]:
    """The visible sheets; `parts` are the unpacked XML parts of `data` and are used up. Raises SheetError."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    paths = _sheet_paths(parts)
    formats = _number_formats(parts.get("xl/styles.xml", b""))
    specials, hidden = {}, {}
    for name, path in paths.items():
        # Half a gigabyte at a million rows: let go before the reader makes room for its own.
        xml = parts.pop(path, b"")
        _check_span(xml, limits)
        specials[name] = _special_cells(xml, formats)
        hidden[name] = _hidden_rows(xml)
        del xml
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = []
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet:
                continue
            if meta.visible != SheetVisibleEnum.Visible:
                if meta.name != CHOICES:
                    notes.append(f"隐藏的工作表「{meta.name}」没有导入。")
                continue
            found.append((meta, book.get_sheet_by_name(meta.name)))
        del book  # its strings are copied into the sheets
        _give_back()
        read = []
        for meta, sheet in found:
            special = specials.get(meta.name, {})
            rows = _texts(_whole(sheet), special)
            flaws = {at: code for at, code in special.items() if code in (FORMULA, ERROR_VALUE)}
            # In a whole file no cell is merged twice.
            left_over = sum(map(len, rows))
            for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
                left_over -= max(0, min(bottom + 1, len(rows)) - top)
                if left_over < 0:
                    raise SheetError(_BROKEN)
                for r in range(top + 1, min(bottom + 1, len(rows))):
                    if left < len(rows[r]) and not rows[r][left]:
                        rows[r] = [*rows[r][:left], rows[top][left], *rows[r][left + 1 :]]
                        if (top, left) in flaws:
                            flaws[r, left] = flaws[top, left]
            read.append(Grid(meta.name, rows, flaws, hidden.get(meta.name, frozenset()), sheet=meta.name))
    except SheetError:
        raise
    except (CalamineError, OSError, ValueError) as error:
        raise SheetError(_BROKEN) from error
    except BaseException as error:
        # The reader's own alarm is no Exception: a number that is no date and is shown as one.
        if type(error).__name__ != "PanicException":
            raise
        raise SheetError(_BEYOND) from error
    if not read:
        raise SheetError("这个 .xlsx 文件里没有可见的工作表。请检查后重新发送。")
    return read


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
    return cells if stripped and joined.isprintable() and "_x000D_" not in joined else [tidy(cell) for cell in cells]


# No attribute holds a bare `<`: a tag that never ends costs no more than its own length.
_CELL_NAME = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["']""")
_FILLED_CELL = re.compile(rb"""<(?:\w+:)?c\b[^<>]*?\sr\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^<>]*(?<!/)>(?!\s*</)""")
_ROW_NUMBER = re.compile(rb"""<(?:\w+:)?row\b[^<>]*?\sr\s*=\s*["'](\d{1,7})["']""")
# A row whose cells do not say where they stand: they stand in it.
_ROW_OF_CELLS = re.compile(
    rb"""<(?:\w+:)?row\b[^<>]*?\sr\s*=\s*["'](\d{1,7})["'][^<>]*>\s*<(?:\w+:)?c\b(?![^<>]*?\sr\s*=)"""
)
# A place that no program writes; the reader may take it for one that is very far away.
_ODD_PLACE = re.compile(rb"""<(?:\w+:)?(?:c|row)\b[^<>]*?\sr\s*=\s*(?!["'][A-Z]{0,3}\d{1,7}["'])""")


def _check_span(xml: bytes, limits: Limits) -> None:
    """Refuse a sheet whose cells span more than the limits, before a reader makes room for the whole rectangle."""
    # A glance that nearly all files pass: few rows, no column beyond Z. Empty formatted cells make a closer look.
    rows = _last_row(xml, len(str(limits.rows)))
    if rows is not None and rows <= limits.rows and rows * 26 <= limits.cells:
        return
    if _ODD_PLACE.search(xml):
        raise SheetError(_BROKEN)
    last_row, last_column = max(map(int, _ROW_OF_CELLS.findall(xml)), default=0), 0
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
    if unusual and any(each in xml for each in (b" r='", b"\tr", b"\nr", b"\rr")):
        return None
    far = re.findall(rb' r(?:="([A-Z][^"0-9]|[^"A-Z0-9]|[A-Z]?\d{%d,})|[\s]|=[^"])' % digits, xml)
    if not all(each[-1:].isdigit() for each in far):
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


def _hidden_rows(xml: bytes) -> frozenset[int]:
    """Rows (from 0) that a filter or somebody has hidden."""
    found: set[int] = set()
    start = max(xml.find(b"sheetData"), 0)
    # A single letter is missed fastest, and few programs write one of these.
    letter = xml.find(b"h", start + len("sheetData"), max(xml.rfind(b"sheetData"), 0))
    at = xml.find(b"hidden=", start) if letter >= 0 else -1
    while at >= 0:
        tag = xml[max(xml.rfind(b"<", 0, at), 0) : at + 12]
        if re.match(rb"<(?:\w+:)?row\s", tag) and re.search(rb"""hidden=["'](?:1|true)""", tag):
            whole = xml[xml.rfind(b"<", 0, at) : xml.find(b">", at, at + 400) + 1]
            if number := _ROW_NUMBER.match(whole):
                found.add(int(number[1]) - 1)
        at = xml.find(b"hidden=", at + 1)
    return frozenset(found)


# Shown as 2026年3月, as somebody typed it, while the value is the first of the month: built-in formats (zh-CN), codes.
_MONTH = "月"
_MONTHS = ("17", "27", "36", "50", "52", "57")
_MONTH_CODE = re.compile(r"y{2,4}[-年/.]?m{1,5}月?|m{3,4}-y{2,4}")


def _number_formats(styles: bytes) -> dict[int, str]:
    """Style index → `%`, `000…` or `月` for styles that show percentages, numbers padded with zeros, or months."""
    if not styles:
        return {}
    try:
        root = ElementTree.fromstring(styles)  # noqa: S314 — entities were refused before
    except ElementTree.ParseError:
        return {}
    codes: dict[str, str] = {"9": "%", "10": "%", **dict.fromkeys(_MONTHS, _MONTH)}
    special: dict[int, str] = {}
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "numFmt":
            code = element.get("formatCode", "")
            plain = re.sub(r'\[[^]]*\]|["\\\s]', "", code.split(";")[0])
            month = _MONTH_CODE.fullmatch(plain.lower()) is not None
            codes[element.get("numFmtId", "")] = "%" if plain.endswith("%") else _MONTH if month else plain
        elif tag == "cellXfs":
            for index, style in enumerate(element):
                code = codes.get(style.get("numFmtId", ""), "")
                if code in ("%", _MONTH) or re.fullmatch(r"0{2,20}", code):
                    special[index] = code
    return special


_CELL = re.compile(rb"<(?:\w+:)?c\b([^<>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)


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
    # Behind the last end of a cell nothing is one: looked for there, each beginning would be followed to the end.
    last = max(xml.rfind(b"</c>"), xml.rfind(b":c>")) + len("</c>")
    for attributes, content in _CELL.findall(xml, 0, last):
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
        return tidy(cell)
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int | float):
        return _number(cell, special)
    if special == _MONTH and isinstance(cell, date):
        return f"{cell.year}年{cell.month}月"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return tidy(str(cell))


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
    return text.zfill(len(special)) if special and special != _MONTH and text.isdigit() else text
