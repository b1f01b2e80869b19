"""The tables of a .docx as grids of text, as a reader of the printed page sees them."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from templates.grid import Grid, Limits, SheetError, tidy
from templates.paper import W


def _w(name: str) -> str:
    return f"{{{W}}}{name}"


AUTO_NUMBER = "这一格是自动编号，读不到号码。请改成手工输入的号码。"

_TABLE, _ROW, _CELL, _PARAGRAPH, _BOX = (_w(name) for name in ("tbl", "tr", "tc", "p", "txbxContent"))
# What may stand between a table and its rows, or a row and its cells: content controls, tracked insertions.
_WRAPPERS = frozenset(_w(name) for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo"))
# Not on the page: tracked deletions, the second copy of a text box for older programs, reading aids over characters.
_UNSEEN = frozenset(
    [
        *(_w(name) for name in ("del", "moveFrom", "rt", "pPr", "rPr", "tcPr")),
        "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
    ]
)
_SIGNS = {_w("br"): "\n", _w("cr"): "\n", _w("tab"): " ", _w("noBreakHyphen"): "-"}


def grids(data: bytes, limits: Limits) -> list[Grid]:
    """All tables of the document, in its order. Raises SheetError."""
    import docx

    try:
        body = docx.Document(io.BytesIO(data)).element.body
    except Exception as error:  # python-docx raises whatever its parts raise on a broken package
        raise SheetError("这个 .docx 文件打不开，可能已经损坏。请用 Word 打开后另存为 .docx，再重新发送。") from error
    found = [_grid(number, table, limits) for number, table in enumerate(_tables(body), start=1)]
    if not found:
        raise SheetError("这个 .docx 文件里没有表格。请发送带表格的文件。")
    return found


def _tables(holder: Any) -> Iterator[Any]:
    """Tables that stand by themselves, in text boxes too; one inside a frame of a single cell goes for the frame."""
    for child in holder.iterchildren():
        if child.tag == _TABLE:
            cells = [cell for row in _within(child, _ROW) for cell in _within(row, _CELL)]
            if len(cells) == 1 and cells[0].find(f".//{_TABLE}") is not None:
                yield from _tables(cells[0])
            else:
                yield child
        elif child.tag not in _UNSEEN and (child.tag != _PARAGRAPH or child.find(f".//{_BOX}") is not None):
            yield from _tables(child)


def _within(holder: Any, tag: str) -> Iterator[Any]:
    """Rows of a table, or cells of a row, whatever wraps them."""
    for child in holder.iterchildren():
        if child.tag == tag:
            yield child
        elif child.tag in _WRAPPERS:
            yield from _within(child, tag)


def _grid(number: int, table: Any, limits: Limits) -> Grid:
    rows: list[Sequence[str]] = []
    flaws: dict[tuple[int, int], str] = {}
    for row in _within(table, _ROW):
        if row.find(f"{_w('trPr')}/{_w('del')}") is not None:
            continue
        line = [""] * _count(row.find(f"{_w('trPr')}/{_w('gridBefore')}"), 0)
        for cell in _within(row, _CELL):
            merge = cell.find(f"{_w('tcPr')}/{_w('vMerge')}")
            text = _text(cell)
            if merge is not None and merge.get(_w("val"), "continue") == "continue" and rows:
                above = rows[-1]
                text = text or (above[len(line)] if len(line) < len(above) else "")
            elif not text and cell.find(f".//{_w('numPr')}") is not None:
                flaws[len(rows), len(line)] = AUTO_NUMBER
            line.append(text)
            line.extend([""] * (_count(cell.find(f"{_w('tcPr')}/{_w('gridSpan')}"), 1) - 1))
            if len(line) > limits.columns:
                raise SheetError(f"第 {number} 个表格超过 {limits.columns} 列，不能导入。请删去多余的列后重新发送。")
        rows.append(line)
        if len(rows) > limits.rows:
            raise SheetError(f"第 {number} 个表格超过 {limits.rows:,} 行。请改用 .xlsx，分成几个文件导入。")
    return Grid(f"表格{number}", rows, flaws, paged=True)


def _count(element: Any, otherwise: int) -> int:
    """So many columns; a number that is none, or would fill the memory, is `otherwise`."""
    value = element.get(_w("val"), "") if element is not None else ""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 5 else otherwise


def _text(cell: Any) -> str:
    """All that is seen in a cell, a line for each paragraph."""
    pieces: list[str] = []
    _gather(cell, pieces)
    return tidy("".join(pieces))


def _gather(holder: Any, pieces: list[str]) -> None:
    for child in holder.iterchildren():
        if child.tag in _UNSEEN or child.find(f"{_w('rPr')}/{_w('vanish')}") is not None:
            continue
        if child.tag == _w("t"):
            pieces.append(child.text or "")
        elif child.tag in _SIGNS:
            pieces.append(_SIGNS[child.tag])
        else:
            if child.tag == _BOX:
                pieces.append("\n")
            _gather(child, pieces)
            if child.tag == _PARAGRAPH:
                pieces.append("\n")
