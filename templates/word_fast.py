"""Fills one template many times: compiled once, unchanging parts deflated once, the body deflated while it is rendered.

`compiled` answers None for a template that uses what only docxtpl can do; whoever asks then goes docxtpl's way
(`templates.word`). Nothing here holds a tree or the whole text of a document: a table of 5,000 rows costs little.
"""

import functools
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.parsers.expat import ExpatError, ParserCreate

from templates import word_mark

if TYPE_CHECKING:
    from jinja2 import Environment, Template

DOCUMENT = "word/document.xml"
LEVEL = 1  # the body's deflation: the best four times as slow saves a fifth
CHUNK = 64 * 1024
_NODES = {
    *("Template", "Output", "TemplateData", "Name", "Getattr", "Getitem", "Const"),
    *("If", "For", "Compare", "Operand", "Not", "And", "Or", "CondExpr"),
}
_JOIN = "分节"  # the field at which a merged file ends one document's section
_BREAK = '</w:t><w:br/><w:t xml:space="preserve">'
_TAB = '</w:t><w:tab/><w:t xml:space="preserve">'
_RUNNING = re.compile(r"word/(?:header|footer)\d*\.xml")
_RELATIONS, _TYPES = "word/_rels/document.xml.rels", "[Content_Types].xml"
_TIME = 33  # 1980-01-01 in a ZIP


@dataclass(frozen=True)
class Part:
    """One deflated file of a ZIP."""

    name: str
    data: bytes
    crc: int
    size: int


@dataclass(frozen=True)
class Compiled:
    """A template made ready. `before`, `section` and `after` are the body part's text around the paragraphs."""

    still: tuple[Part, ...]
    order: tuple[str, ...]
    before: str
    body: "Template | _Still"
    section: str
    after: str
    running: tuple[tuple[str, "Template"], ...]  # headers and footers with fields
    joins: bool  # the last paragraph can hold the end of a section
    digest: str  # of the template
    properties: str  # the part with the place of the mark; empty where the template is no whole package
    sound: bool  # whatever the values, the body is XML, so that no document need be parsed

    def document(self, fields: dict[str, Any]) -> bytes:
        """One filled document. Raises what the template raises, and ValueError if the result were no XML."""
        made = {part.name: part for part in self.still}
        made |= {part.name: part for part in self.running_parts(fields)}
        made |= {part.name: part for part in self.marked(word_mark.mark_of(self.digest, fields))}
        made[DOCUMENT] = deflated(DOCUMENT, self.pieces(fields), sound=self.sound)
        return archive(made[name] for name in self.order)

    def marked(self, mark: str) -> Iterator[Part]:
        """The properties with the mark of one document."""
        if self.properties:
            yield _raw(word_mark.PART, word_mark.placed(self.properties, mark).encode(), LEVEL)

    def running_parts(self, fields: dict[str, Any]) -> Iterator[Part]:
        """Headers and footers that have fields."""
        for name, template in self.running:
            yield _small(name, template.render(fields))

    def pieces(self, fields: dict[str, Any]) -> Iterator[str]:
        """The body part's text, piece by piece."""
        yield self.before
        yield from self.paragraphs(fields)
        yield self.section
        yield self.after

    def paragraphs(self, fields: dict[str, Any], join: str = "") -> Iterator[str]:
        """The body alone; `join` is the XML that ends its section."""
        from markupsafe import Markup

        yield from self.body.generate({**fields, _JOIN: Markup(join) if self.joins else ""})  # noqa: S704 - our own XML
        if join and not self.joins:
            yield f'<w:p><w:pPr><w:spacing w:line="20" w:lineRule="exact"/>{join}</w:pPr></w:p>'


@functools.lru_cache(maxsize=64)
def _small(name: str, text: str) -> Part:
    return deflated(name, (text,))


def deflated(name: str, pieces: Iterable[str], *, sound: bool = False) -> Part:
    """Text as a part; what is not known to be sound is checked to be XML meanwhile. Raises ValueError if it is none."""
    parser = None if sound else ParserCreate()
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
    out: list[bytes] = []
    crc = size = 0
    try:
        for data in _encoded(pieces):
            if parser is not None:
                parser.Parse(data, False)
            crc, size = zlib.crc32(data, crc), size + len(data)
            out.append(squeeze.compress(data))
        if parser is not None:
            parser.Parse(b"", True)
    except ExpatError as error:
        raise ValueError(f"模板填写后不是正确的文档（{error}），请检查模板中的 {{% %}} 是否成对。") from None
    out.append(squeeze.flush())
    return Part(name, b"".join(out), crc, size)


def _encoded(pieces: Iterable[str]) -> Iterator[bytes]:
    waiting: list[str] = []
    length = 0
    for piece in pieces:
        waiting.append(piece)
        length += len(piece)
        if length > CHUNK:
            yield "".join(waiting).encode()
            waiting, length = [], 0
    yield "".join(waiting).encode()


def archive(parts: Iterable[Part]) -> bytes:
    """A ZIP of deflated parts, with the same fixed times as `templates.paper.zipped`."""
    out, directory = BytesIO(), []
    for part in parts:
        name, at = part.name.encode(), out.tell()
        common = struct.pack("<HHHHHLLLHH", 20, 0x800, 8, 0, _TIME, part.crc, len(part.data), part.size, len(name), 0)
        out.write(b"PK\x03\x04" + common + name + part.data)
        directory.append(
            b"PK\x01\x02" + struct.pack("<H", 0x314) + common + struct.pack("<HHHLL", 0, 0, 0, 0, at) + name
        )
    start, listed = out.tell(), b"".join(directory)
    out.write(listed)
    out.write(b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, len(directory), len(directory), len(listed), start, 0))
    return out.getvalue()


def merged(items: Iterable[tuple[Compiled, dict[str, Any]]]) -> bytes:
    """All documents in one file to print: each starts on a new sheet with page 1, and keeps its headers and footers.

    Raises ValueError where there is none, or where their styles differ.
    """
    groups: dict[tuple[Part, ...], str] = {}
    first: list[Compiled] = []
    marks = hashlib.sha256()

    def section(made: Compiled, fields: dict[str, Any]) -> str:
        if not first:
            first.append(made)
        elif {part for part in made.still if part.name == "word/styles.xml"} - set(first[0].still):
            raise ValueError("这些文书的样式不同，不能合并成一个文件，请分开打印。")
        own = tuple(part for part in (*made.still, *made.running_parts(fields)) if _RUNNING.fullmatch(part.name))
        number = groups.setdefault(own, f"_{len(groups) + 1}")
        text = re.sub(r"<w:(type|pgNumType)\b[^>]*/>", "", made.section)
        text = text.replace("<w:pgSz", '<w:type w:val="oddPage"/><w:pgSz', 1)
        text = re.sub(r"(<w:pgMar\b[^>]*/>)", r'\1<w:pgNumType w:start="1"/>', text, count=1)
        return re.sub(r'(<w:(?:header|footer)Reference\b[^>]*r:id=")([^"]*)"', rf'\g<1>\g<2>{number}"', text)

    def pieces() -> Iterator[str]:
        waiting: tuple[Compiled, dict[str, Any], str] | None = None
        for made, fields in items:
            own = section(made, fields)
            marks.update(word_mark.mark_of(made.digest, fields).encode())
            if waiting is None:
                yield made.before
            else:
                yield from waiting[0].paragraphs(waiting[1], waiting[2])
            waiting = made, fields, own
        if waiting is None:
            raise ValueError("没有可以合并的文书。")
        yield from waiting[0].paragraphs(waiting[1])
        yield waiting[2]
        yield waiting[0].after

    document = deflated(DOCUMENT, pieces())
    parts = {part.name: part for part in first[0].still if not _RUNNING.fullmatch(part.name)}
    relations, types = _text(parts[_RELATIONS]), _text(parts[_TYPES])
    links = re.findall(r'<Relationship\b[^>]*Target="(?:header|footer)\d*\.xml"[^>]*/>', relations)
    overrides = re.findall(r'<Override\b[^>]*PartName="/word/(?:header|footer)\d*\.xml"[^>]*/>', types)
    for own, number in groups.items():
        for part in own:
            parts[_numbered(part.name, number)] = Part(_numbered(part.name, number), part.data, part.crc, part.size)
        more = [re.sub(r'\bId="([^"]*)"', rf'Id="\g<1>{number}"', _numbered(link, number)) for link in links]
        relations = relations.replace("</Relationships>", "".join(more) + "</Relationships>")
        types = types.replace("</Types>", "".join(_numbered(each, number) for each in overrides) + "</Types>")
    for link in links:
        relations = relations.replace(link, "", 1)
    for each in overrides:
        types = types.replace(each, "", 1)
    parts |= {name: _raw(name, text.encode()) for name, text in ((_RELATIONS, relations), (_TYPES, types))}
    parts |= {part.name: part for part in first[0].marked(marks.hexdigest()[:32])}
    parts[DOCUMENT] = document
    return archive(parts.values())


def _numbered(text: str, number: str) -> str:
    return re.sub(r"(header|footer)(\d*)\.xml", rf"\g<1>\g<2>{number}.xml", text)


def _text(part: Part) -> str:
    return zlib.decompress(part.data, -15).decode()


@functools.lru_cache(maxsize=32)
def compiled(template: bytes) -> Compiled | None:
    """A template made ready, or None if it uses what only docxtpl can do. Kept for the templates used last."""
    parts = _parts(template)
    document = _source(parts.get(DOCUMENT, b""))
    cut = _cut(document) if document is not None else None
    if cut is None or any(_fields(text) for text in (cut.before, cut.section, cut.after)):
        return None
    made = _template(f"{cut.head}{{{{ {_JOIN} }}}}{cut.tail}" if cut.joins else cut.head)
    if made is None:
        return None
    still, running = [], []
    for name, data in parts.items():
        if name in (DOCUMENT, word_mark.PART):
            continue
        if _RUNNING.fullmatch(name):
            text = _source(data)
            own = _template(text) if text is not None else None
            if text is None or own is None:
                return None
            if _fields(text):
                running.append((name, own))
                continue
        elif name.endswith(".xml") and re.search(rb"\{[{%#]", data):
            return None
        still.append(_raw(name, data))
    sound = _sound(cut, f"{cut.head}{cut.tail}") and all(_whole(_source(parts[name]) or "") for name, _ in running)
    return _ready(template, parts, cut, made, still, running, sound=sound)


def filled(document: bytes) -> Compiled:
    """A document that docxtpl has filled, to be merged with others as it is. Raises ValueError if it cannot be."""
    parts = _parts(document)
    cut = _cut(parts[DOCUMENT].decode())
    if cut is None:
        raise ValueError("这份文书的分节方式不能合并打印，请分开打印。")
    still = [_raw(name, data) for name, data in parts.items() if name not in (DOCUMENT, word_mark.PART)]
    return _ready(document, parts, cut, _Still(cut.head, cut.tail), still, [], sound=False)


@dataclass(frozen=True)
class _Cut:
    """A body part around its last section; `tail` begins where the end of a section goes into the last paragraph."""

    before: str
    head: str
    tail: str
    section: str
    after: str
    joins: bool


@dataclass(frozen=True)
class _Still:
    """What is filled already, in the place of a template."""

    head: str
    tail: str

    def generate(self, fields: dict[str, Any]) -> Iterator[str]:
        """The text with the end of its section."""
        yield self.head
        yield fields[_JOIN]
        yield self.tail


def _parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as opened:
        return word_mark.with_place({name: opened.read(name) for name in opened.namelist()})


def _cut(document: str) -> _Cut | None:
    before, opened, rest = document.partition("<w:body>")
    at, end = rest.rfind("<w:sectPr"), rest.rfind("</w:body>")
    if not opened or at < 0 or "</w:p>" in rest[at:]:
        return None
    body, section, after = rest[:at], rest[at:end], rest[end:]
    inside = -1
    if body.endswith("</w:p>"):
        start = [found.start() for found in re.finditer("<w:p[ >]", body)][-1]
        inside = body.find("</w:pPr>", start)
    if inside < 0:
        return _Cut(f"{before}<w:body>", body, "", section, after, joins=False)
    return _Cut(f"{before}<w:body>", body[:inside], body[inside:], section, after, joins=True)


def _ready(
    data: bytes,
    parts: dict[str, bytes],
    cut: _Cut,
    body: "Template | _Still",
    still: list[Part],
    running: list[tuple[str, "Template"]],
    *,
    sound: bool,
) -> Compiled:
    properties = parts.get(word_mark.PART, b"").decode()
    return Compiled(
        still=tuple(still),
        order=tuple(parts),
        before=cut.before,
        body=body,
        section=cut.section,
        after=cut.after,
        running=tuple(running),
        joins=cut.joins,
        digest=hashlib.sha256(data).hexdigest(),
        properties=properties,
        sound=sound,
    )


def _sound(cut: _Cut, body: str) -> bool:
    """Whether a body is XML whatever its conditions and loops decide."""
    return _whole(f"{cut.before}{body}{cut.section}{cut.after}")


def _whole(source: str) -> bool:
    """Whether a source without its statements is XML, and each statement's inside is a fragment of its own.

    Values are escaped and stand in a text, so whatever is then put together is XML too.
    """
    from jinja2 import nodes

    def fragment(body: Iterable[nodes.Node], *, outermost: bool = False) -> bool:
        text = ""
        for node in body:
            if isinstance(node, nodes.Output):
                text += "".join(each.data for each in node.nodes if isinstance(each, nodes.TemplateData))
                continue
            # A statement inside of a tag would change the tag.
            if text.rfind("<") > text.rfind(">"):
                return False
            inside: list[Iterable[nodes.Node]] = [getattr(node, name, ()) for name in ("body", "elif_", "else_")]
            if isinstance(node, nodes.If):
                inside = [node.body, node.else_, *(each.body for each in node.elif_)]
            if not all(fragment(each) for each in inside):
                return False
        try:
            ParserCreate().Parse(text if outermost else f"<x>{text}</x>", True)
        except ExpatError:
            return False
        return True

    return fragment(_environment().parse(source).body, outermost=True)


def _raw(name: str, data: bytes, level: int = 6) -> Part:
    squeeze = zlib.compressobj(level, zlib.DEFLATED, -15)
    return Part(name, squeeze.compress(data) + squeeze.flush(), zlib.crc32(data), len(data))


def _fields(text: str) -> bool:
    return re.search(r"\{[{%#]", text) is not None


def _source(data: bytes) -> str | None:
    """A part as docxtpl would hand it to Jinja; None where docxtpl would do more than that."""
    from docxtpl import DocxTemplate

    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    beyond = r"\{[{%]\s*r\s|\{%\s*(tc|hm|vm|colspan|cellbg)\b|\{_[{%]|[%}]_\}|<w:drawing|<w:pict|\{#|[{%]-|-[%}]"
    if re.search(beyond, text) or re.search(r"<w:t[ >][^<]*[\n\t]", text):
        return None
    patched: str = DocxTemplate.patch_xml(None, text)
    # What docxtpl does to a value with breaks is done here to the value alone, so it must stand in a text.
    for found in re.finditer(r"\{\{", patched):
        opened = patched.rfind("<", 0, found.start())
        if not re.match(r"<w:t[ >]", patched[opened:]) or ">" not in patched[opened : found.start()]:
            return None
    return patched


def _template(source: str) -> "Template | None":
    """The source compiled, or None if it uses more of Jinja than values, comparisons, conditions and loops."""
    from jinja2 import nodes

    environment = _environment()
    tree = environment.parse(source)
    if any(type(node).__name__ not in _NODES for node in tree.find_all(nodes.Node)):
        return None
    return environment.from_string(source)


@functools.cache
def _environment() -> "Environment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup, escape

    def finalize(value: object) -> object:
        if isinstance(value, str) and ("\n" in value or "\t" in value):
            return Markup(str(escape(value)).replace("\n", _BREAK).replace("\t", _TAB))  # noqa: S704 - just escaped
        return value

    return ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, finalize=finalize, keep_trailing_newline=True
    )
