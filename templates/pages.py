"""The page with which anyone recomputes a draw: one HTML file that carries record, files and program."""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from models import form

EMBEDDED_BYTES = 8 * 2**20
"""Files are carried while they are no more than this together, smallest first; the reader drops in the others."""

_PARTS = Path(__file__).parent / "pages"
_SCRIPTS = ("sha256.js", "form.js", "files.js", "draw.js", "match.js", "check.js", "page.js")
_SLOT = re.compile(r"\{([a-z_]+)\}")


def verify_page(record: Mapping[str, Any], files: Mapping[str, bytes]) -> bytes:
    """The page for a record, of either edition, and its files by name: one HTML file in UTF-8 that works offline.

    The record may be wrong in any way, since showing that is what the page is for, as long as it has a canonical
    form: raises `form.FormError` for a fraction, NaN or a value that is no JSON.
    """
    form.check_plain(record)
    carried: dict[str, dict[str, Any]] = {}
    room = EMBEDDED_BYTES
    for name, data in sorted(files.items(), key=lambda item: (len(item[1]), item[0])):
        room -= len(data)
        encoded = base64.b64encode(data).decode() if room >= 0 else None
        carried[name] = {"size": len(data), "base64": encoded}
    style, script = _style(), _script()
    values = {
        "title": html.escape(_title(record)),
        "style": style,
        "style_hash": _source_hash(style),
        "script": script,
        "script_hash": _source_hash(script),
        "program": form.digest(script.encode()),
        "record": _inert(form.canonical(record).decode()),
        "embedded": _inert(json.dumps(dict(sorted(carried.items())), separators=(",", ":"))),
    }
    return _SLOT.sub(lambda slot: values[slot[1]], _part("verify.html")).encode()


def _title(record: Mapping[str, Any]) -> str:
    announced = record.get("announcement")
    serial = announced.get("serial") if isinstance(announced, Mapping) else None
    return f"双随机抽取复核：第 {serial} 号公告" if type(serial) is int else "双随机抽取复核"


@cache
def _part(name: str) -> str:
    return (_PARTS / name).read_text("utf-8")


@cache
def _style() -> str:
    return "\n" + _part("verify.css")


@cache
def _script() -> str:
    """The parts in one scope, so that nothing of theirs is seen from outside but what page.js hands out."""
    return "\n(() => {\n" + '"use strict";\n' + "\n".join(map(_part, _SCRIPTS)) + "})();\n"


def _source_hash(text: str) -> str:
    """What the page's own security policy lets run: this text and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(text: str) -> str:
    """JSON that no HTML parser takes for markup: `<`, `>`, `&` and both line separators stand only inside strings."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
