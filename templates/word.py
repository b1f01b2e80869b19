"""Fills the Word templates: a read model in, the bytes of a .docx out.

The same view gives the same bytes. A template is code that staff may have edited, so it runs in a sandbox; a field that
the view does not give is an error and never an empty place. Heavy libraries are imported on first use.
"""

import functools
import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.views import PaperView
from templates import word_draw, word_fast, word_followup, word_mark, word_plan, word_register, word_report, word_visit
from templates.paper import zipped
from templates.values import Fields, Kinds

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

FOLDER = Path(__file__).parent / "word"
# Line breaks that are none in XML; then control characters, surrogates, no characters, and overrides of direction.
_BREAKS = re.compile("[\r\u2028\u2029]")
_BAD = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a\u202b\u202d\u202e\u2066-\u2068]")
NAME_BYTES = 200  # of a file name; file systems allow 255


def fill(view: PaperView, template: bytes | None = None) -> bytes:
    """The document for `view`, its kind by the view's type, on the office's own `template` where there is one.

    Raises TypeError if `view` is none of the kinds or a value in it has the wrong type.
    """
    kind, _, fields = _kind(view)
    return render(shipped(kind) if template is None else template, fields(view))


def shipped(kind: str) -> bytes:
    """The template of a kind as it ships."""
    return (FOLDER / f"{kind}.docx").read_bytes()


def kind_of(view: PaperView) -> str:
    """What the kind of a view is called: notice."""
    return _kind(view)[0]


def title_of(view: PaperView) -> str:
    """What a document is called, without its numbers: 检查通知书."""
    return file_name(view).removeprefix("演练-").removesuffix(".docx").partition("-")[0]


def file_name(view: PaperView) -> str:
    """The file name for `view`: Chinese, no personal names, safe on every file system, marked if it is a 演练."""
    _, name, _ = _kind(view)
    words = ("演练-" if view.rehearsal else "") + name(view)
    safe = re.sub(r"[\s/\\:*?\"<>|]+", "_", _visible(words)).strip("._")
    while len(safe.encode()) > NAME_BYTES:
        safe = safe[:-1]
    return f"{safe}.docx"


def merge(views: Iterable[PaperView], templates: Mapping[str, bytes] | None = None) -> bytes:
    """All of them in one .docx to print, in their order, each on new sheets with its own page numbers.

    The views are taken one by one, so that thousands of them need not be there at once; `templates` are the office's
    own by kind. Raises as `fill` does, and ValueError where there is none.
    """
    own = templates or {}

    def made() -> Iterator[tuple[word_fast.Compiled, Fields]]:
        for view in views:
            kind, _, fields = _kind(view)
            template = own.get(kind) or shipped(kind)
            found = word_fast.compiled(template)
            if found is None:
                yield word_fast.filled(plainly(template, fields(view))), {}
            else:
                yield found, _clean(fields(view))

    return word_fast.merged(made())


def render(template: bytes, fields: Fields) -> bytes:
    """`template` with its Jinja fields replaced, the fast way where the template allows it.

    Raises jinja2.UndefinedError for a field that `fields` lacks, jinja2.sandbox.SecurityError for a template that
    reaches for Python, TypeError for a value that is neither text, number, truth value, list nor mapping.
    """
    made = word_fast.compiled(template)
    return made.document(_clean(fields)) if made is not None else plainly(template, fields)


def plainly(template: bytes, fields: Fields) -> bytes:
    """As `render`, by docxtpl, which knows more and takes fifty times as long."""
    from docxtpl import DocxTemplate

    document = DocxTemplate(io.BytesIO(template))
    values = _clean(fields)
    document.render(values, jinja_env=environment(), autoescape=True)
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as archive:
        parts = word_mark.with_place({name: archive.read(name) for name in archive.namelist()})
    mark = word_mark.mark_of(hashlib.sha256(template).hexdigest(), values)
    parts[word_mark.PART] = word_mark.placed(parts[word_mark.PART].decode(), mark).encode()
    return zipped(parts)


@functools.cache
def environment() -> "SandboxedEnvironment":
    """The sandbox in which docxtpl fills: escaping, and a field that is not given is an error."""
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup, escape

    def finalize(value: object) -> object:
        # docxtpl turns {_{ into {{ after filling, also where it stands in a value: hide the underscore from it.
        if isinstance(value, str) and "_" in value:
            return Markup(str(escape(value)).replace("_", "&#95;"))  # noqa: S704 - escaped just before
        return value

    return ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=finalize)


def _visible(text: str) -> str:
    """`text` in which what XML cannot hold, or Word and docxtpl would take as a command, shows as U+FFFD."""
    out = re.sub("\r\n|[\r\u2028\u2029]", "\n", text) if _BREAKS.search(text) else text
    return _BAD.sub("\ufffd", out) if _BAD.search(out) else out


def _clean(value: object) -> Any:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _visible(value)
    if isinstance(value, tuple | list):
        return [_clean(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _clean(entry) for key, entry in value.items()}
    raise TypeError(f"文书中的值应当是文字或者数字，得到的是 {type(value).__name__}。")


KINDS: Kinds = (
    word_draw.KINDS | word_visit.KINDS | word_followup.KINDS | word_plan.KINDS | word_report.KINDS | word_register.KINDS
)


def _kind(view: PaperView) -> tuple[str, Callable[[Any], str], Callable[[Any], Fields]]:
    if type(view) not in KINDS:
        raise TypeError(f"没有这种文书的模板：{type(view).__name__}。")
    return KINDS[type(view)]
