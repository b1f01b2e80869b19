"""The tables of a .docx as grids of text."""

import io
from collections.abc import Sequence

from templates.grid import Grid, Limits, SheetError, tidy


def grids(data: bytes, limits: Limits) -> list[Grid]:
    """All tables of the document, in its order. Raises SheetError."""
    import docx
    from docx.oxml.ns import qn

    try:
        document = docx.Document(io.BytesIO(data))
    except Exception as error:  # python-docx raises whatever its parts raise on a broken package
        raise SheetError("这个 .docx 文件打不开，可能已经损坏。请用 Word 打开后另存为 .docx，再重新发送。") from error
    found = []
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
        found.append(Grid(f"表格{number}", rows))
    if not found:
        raise SheetError("这个 .docx 文件里没有表格。请发送带表格的文件。")
    return found


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
    return tidy("\n".join(lines))
