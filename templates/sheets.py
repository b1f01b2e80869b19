"""Tables out of files: what a file is goes by its bytes; .xlsx, .csv and .docx are read, all others explained."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath

from models.rows import Table
from templates import csv_read, no_table, table_in, word_tables, xlsx_read
from templates.grid import HEADER_WITHIN as HEADER_WITHIN
from templates.grid import Grid as Grid
from templates.grid import Limits as Limits
from templates.grid import SheetError as SheetError
from templates.grid import megabytes
from templates.headers import Learnt
from templates.headers import MissingColumns as MissingColumns
from templates.headers import UnclearKind as UnclearKind

# So many bytes of text in a document: its reader takes twelve times as much memory.
_DOCUMENT = 30 * 1024 * 1024
# So many rows are marked in the file itself where some are refused; it is written again cell by cell.
_MARKED = 1_000
# What a broken archive raises: the first for its directory, RuntimeError for a password, the others for its contents.
_ZIP_FAULTS = (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError, OverflowError, zlib.error, struct.error)


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
    table = table_in.table(grids(filename, data, limits, notes), kind, limits, notes, learnt or {})
    return replace(table, file=data) if data[:2] == b"PK" and table.sheet and len(table.grid) <= _MARKED else table


def grids(filename: str, data: bytes, limits: Limits | None = None, notes: list[str] | None = None) -> list[Grid]:
    """All sheets or tables of a file as they stand; what was left out is said in `notes`. Raises SheetError."""
    limits = limits or Limits()
    notes = [] if notes is None else notes
    suffix = PurePath(filename).suffix.lower()
    if len(data) > limits.size:
        raise SheetError(
            f"文件有 {megabytes(len(data))}，超过了 {megabytes(limits.size)} 的上限。"
            "请分成几个文件，或者删去图片后再发。"
        )
    if not data:
        raise SheetError("文件是空的。请检查后重新发送。")
    if data[:4] == b"PK\x03\x04" or data[:4] == b"PK\x05\x06":
        return _zipped(data, suffix, limits, notes)
    if (sentence := no_table.by_bytes(data, suffix)) is not None:
        raise SheetError(sentence)
    return [csv_read.grid(data, limits)]


def _zipped(data: bytes, suffix: str, limits: Limits, notes: list[str]) -> list[Grid]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        names = {info.filename for info in archive.infolist()}
    except _ZIP_FAULTS as error:
        raise SheetError("文件不完整或者已经损坏，打不开。请重新保存后再发。") from error
    if sum(info.file_size for info in archive.infolist()) > limits.unpacked or len(names) > 10_000:
        raise SheetError(f"文件解压后超过 {megabytes(limits.unpacked)}，不能导入。请分成几个文件，或者只保留需要的表。")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        plain = ".docx" if "word/document.xml" in names else ".xlsx"
        raise SheetError(f"文件里带有宏，为了安全不能导入。请另存为不带宏的 {plain} 后重新发送。")
    if "word/document.xml" in names:
        text = replace(limits, unpacked=min(limits.unpacked, _DOCUMENT))
        _unpacked(archive, [name for name in sorted(names) if name.endswith((".xml", ".rels"))], text)
        return word_tables.grids(data, limits)
    if "xl/workbook.xml" in names:
        parts = _unpacked(archive, [n for n in sorted(names) if n.startswith("xl/")], limits)
        return xlsx_read.grids(data, parts, limits, notes)
    raise SheetError(no_table.by_parts(names, suffix))


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
            raise SheetError(f"文件解压后超过 {megabytes(limits.unpacked)}，不能导入。请分成几个文件。")
        if name.endswith((".xml", ".rels")):
            if b"<!DOCTYPE" in content[:2000] or b"<!ENTITY" in content:
                raise SheetError("文件里有不该有的内容（实体定义），为了安全不能导入。请用表格软件重新保存后再发。")
            if name != _STRINGS:
                parts[name] = content
    return parts
