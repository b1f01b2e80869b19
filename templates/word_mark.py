"""What a made document carries of its own: a mark among its properties, and the digest of its text.

The mark is a custom property (docProps/custom.xml), which Word and WPS keep when they save the file anew. It follows
from the template and the values alone, so that the same rows give the same bytes.
"""

import hashlib
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from models.issued import Print

NAME = "签筒文书标识"
PART = "docProps/custom.xml"
PLACE = "QIANTONG-MARK-HERE"
LIMIT = 300 * 2**20  # of text in one document; beyond it is none that we made

_TYPES, _TOP = "[Content_Types].xml", "_rels/.rels"
_FORMAT = "{D5CDD505-2E9C-101B-9397-08002B2CF9AE}"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties"
_CONTENT = "application/vnd.openxmlformats-officedocument.custom-properties+xml"
_EMPTY = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
    'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes"></Properties>'
)
_PROPERTY = re.compile(
    r"<(?:\w+:)?property\b[^>]*\bname=\"" + NAME + r"\"[^>]*>\s*<(\w+:)?lpwstr>([^<]*)</(?:\w+:)?lpwstr>"
    r"\s*</(?:\w+:)?property>"
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, KeyError, UnicodeDecodeError)


def mark_of(template: str, fields: Mapping[str, Any]) -> str:
    """The mark of a document: 32 hex digits of a digest over its template's digest and its values."""
    values = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(f"{template}\n{values}".encode()).hexdigest()[:32]


def with_place(parts: Mapping[str, bytes]) -> dict[str, bytes]:
    """A template's parts with the property in which the mark will stand; an older mark is taken out.

    What has no list of content types is no package and stays as it is.
    """
    out = dict(parts)
    if _TYPES not in out or _TOP not in out:
        return out
    text = _PROPERTY.sub("", out[PART].decode()) if PART in out else _EMPTY
    prefix = found.group(1) if (found := re.search(r"<(\w+:)?Properties\b", text)) and found.group(1) else ""
    value = known.group(1) if (known := re.search(r'xmlns:(\w+)="[^"]*docPropsVTypes"', text)) else "vt"
    text = re.sub(r"(<(?:\w+:)?Properties\b[^>]*?)/>", rf"\1></{prefix}Properties>", text)
    number = max((int(each) for each in re.findall(r'\bpid="(\d+)"', text)), default=1) + 1
    own = (
        f'<{prefix}property fmtid="{_FORMAT}" pid="{number}" name="{NAME}">'
        f"<{value}:lpwstr>{PLACE}</{value}:lpwstr></{prefix}property>"
    )
    out[PART] = text.replace(f"</{prefix}Properties>", f"{own}</{prefix}Properties>").encode()
    types, top = out[_TYPES].decode(), out[_TOP].decode()
    if f"/{PART}" not in types:
        override = f'<Override PartName="/{PART}" ContentType="{_CONTENT}"/>'
        out[_TYPES] = types.replace("</Types>", f"{override}</Types>").encode()
    if PART not in top:
        relation = f'<Relationship Id="qiantongMark" Type="{_RELATION}" Target="{PART}"/>'
        out[_TOP] = top.replace("</Relationships>", f"{relation}</Relationships>").encode()
    return out


def placed(text: str, mark: str) -> str:
    """The properties with the mark in its place."""
    return text.replace(PLACE, escape(mark))


def printed(data: bytes) -> Print | None:
    """Mark and digests of any .docx; None for what is none. Its mark is empty where it carries none."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            names = set(opened.namelist())
            if "word/document.xml" not in names:
                return None
            sizes = sum(each.file_size for each in opened.infolist())
            if sizes > LIMIT:
                return None
            mark = ""
            if PART in names and opened.getinfo(PART).file_size < 2**20:
                found = _PROPERTY.search(opened.read(PART).decode())
                mark = html.unescape(found.group(2)) if found else ""
            heads = {_words(opened.read(each).decode()) for each in names if re.fullmatch(r"word/header\d*\.xml", each)}
            text = [_words(opened.read("word/document.xml").decode()), *sorted(heads - {""})]
    except _BROKEN:
        return None
    return Print(
        mark=mark, digest=hashlib.sha256(data).hexdigest(), words=hashlib.sha256("\n".join(text).encode()).hexdigest()
    )


def words(text: str) -> str:
    """What is to be read in a part's XML, as one text."""
    return html.unescape("".join(re.findall(r"<w:t(?:\s[^>]*)?>([^<]*)</w:t>", text)))


def _words(text: str) -> str:
    """The same without spaces: saving anew moves runs and spaces, not words."""
    return re.sub(r"\s", "", words(text))
