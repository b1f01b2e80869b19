"""Reads any .docx as its reader sees it: paragraphs with the fonts, sizes and indents that apply, tables, sections.

Written with the standard library alone, since it opens files from anywhere. Measures are twips, sizes half points,
indents hundredths of a character, as WordprocessingML counts.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element, ParseError, fromstring

from templates.paper import R, W

LIMIT = 200 * 2**20
"""Bytes of one part; a document beyond this is none."""


class Unreadable(ValueError):
    """The bytes are no Word document. The message is one Chinese sentence."""


@dataclass(frozen=True)
class Look:
    """How characters look: `east` and `latin` are font names, `color` is hex or `auto`."""

    east: str = ""
    latin: str = ""
    size: int = 20
    bold: bool = False
    color: str = "auto"
    spacing: int = 0


@dataclass(frozen=True)
class Run:
    """Characters of one look; breaks and tabs are `\\n` and `\\t`."""

    text: str
    look: Look


@dataclass(frozen=True)
class Line:
    """A border: `size` in eighths of a point, `space` in points."""

    size: int
    color: str
    space: int


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `number` counts all of the body from 1, those in cells too."""

    number: int
    runs: tuple[Run, ...]
    look: Look  # of an empty one: of its mark
    align: str
    first: int
    left: int
    right: int
    line: int
    rule: str  # exact, atLeast, auto
    before: int
    after: int
    new_page: bool
    under: Line | None
    stops: tuple[tuple[str, int], ...] = ()  # tab stops: side and place
    fields: str = ""  # instructions of its fields
    drawn_red: bool = False

    @property
    def text(self) -> str:
        """All its characters."""
        return "".join(run.text for run in self.runs)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to read."""
        return not self.text.strip()

    def height(self, pitch: int) -> int:
        """How much room it takes where it is one line for each of its lines."""
        lines = self.text.count("\n") + 1
        each = self.line if self.rule == "exact" and self.line else max(pitch, self.look.size * 10)
        return lines * each + self.before + self.after


@dataclass(frozen=True)
class Table:
    """One table: its cells' paragraphs row by row, and its outer and inner horizontal rules."""

    number: int  # of its first paragraph
    rows: tuple[tuple[tuple[Paragraph, ...], ...], ...]
    head: bool  # the first row is repeated on each page
    edges: dict[str, Line]
    turned: bool  # text runs downwards
    floats: dict[str, str]  # w:tblpPr
    width: int

    @property
    def paragraphs(self) -> Iterator[Paragraph]:
        """Of all cells."""
        return (each for row in self.rows for cell in row for each in cell)


Block = Paragraph | Table


@dataclass
class Section:
    """Pages of one size, with what stands on them."""

    number: int
    width: int
    height: int
    top: int
    right: int
    bottom: int
    left: int
    footer: int
    grid: str
    pitch: int
    char_space: int
    first_differs: bool
    feet: dict[str, list[Block]]
    blocks: list[Block] = field(default_factory=list)

    @property
    def inner(self) -> tuple[int, int]:
        """Width and height of the type area."""
        return self.width - self.left - self.right, self.height - self.top - self.bottom


@dataclass(frozen=True)
class Document:
    """A whole document; `kind` is what it says of itself (the category property)."""

    kind: str
    default: Look
    even_and_odd: bool
    sections: tuple[Section, ...]

    @property
    def blocks(self) -> list[Block]:
        """Of all sections."""
        return [block for section in self.sections for block in section.blocks]

    @property
    def paragraphs(self) -> Iterator[Paragraph]:
        """All paragraphs of the body, those of cells too."""
        for block in self.blocks:
            if isinstance(block, Paragraph):
                yield block
            else:
                yield from block.paragraphs


def read(data: bytes) -> Document:
    """A .docx. Raises Unreadable for anything else."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [each for each in archive.infolist() if each.filename.endswith((".xml", ".rels"))]
            if any(each.file_size > LIMIT for each in infos):
                raise Unreadable("这个文件展开后过大，不是 Word 文档。")
            parts = {each.filename: archive.read(each) for each in infos}
        if "word/document.xml" not in parts:
            raise Unreadable("这个文件里没有 Word 正文，不是 .docx 文档。")
        return _Reader(parts).document()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        raise Unreadable("这个文件不是 .docx 文档，或者已经损坏。") from None
    except (ParseError, LookupError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("这个 .docx 文档的内容已经损坏，无法读取。") from None


def _w(name: str) -> str:
    return f"{{{W}}}{name}"


def parse(data: bytes) -> Element:
    """The root of a part. Word writes no document type, and entities declared in one could be of any size."""
    if b"<!DOCTYPE" in data:
        raise Unreadable("这个文件里有 Word 文档不会有的内容，没有读取。")
    return fromstring(data)  # noqa: S314 - without a document type there is nothing to expand


def _get(node: Element | None, name: str, other: str = "") -> str:
    return node.get(_w(name), other) if node is not None else other


def _int(text: str, other: int = 0) -> int:
    try:
        return round(float(text))
    except ValueError:
        return other


def _on(node: Element | None) -> bool:
    return node is not None and _get(node, "val", "1") not in ("0", "false", "off", "none")


class _Reader:
    def __init__(self, parts: dict[str, bytes]) -> None:
        self.parts = parts
        self.styles: dict[str, Element] = {}
        self.number = 0
        self.theme = self._theme()
        self.base = Look()
        self.base_paragraph: dict[str, str] = {}
        self.normal = ""
        if "word/styles.xml" in parts:
            self._read_styles(parse(parts["word/styles.xml"]))

    def document(self) -> Document:
        body = parse(self.parts["word/document.xml"]).find(_w("body"))
        if body is None:
            raise Unreadable("这个 .docx 文档没有正文，无法读取。")
        sections: list[Section] = []
        waiting: list[Block] = []
        for node in self._children(body):
            if node.tag == _w("sectPr"):
                sections.append(self._section(node, sections, waiting))
                waiting = []
                continue
            if node.tag == _w("p"):
                waiting.append(self._paragraph(node))
                inner = node.find(f"{_w('pPr')}/{_w('sectPr')}")
                if inner is not None:
                    sections.append(self._section(inner, sections, waiting))
                    waiting = []
            elif node.tag == _w("tbl"):
                waiting.append(self._table(node))
        if waiting or not sections:
            sections.append(self._section(Element(_w("sectPr")), sections, waiting))
        settings = parse(self.parts["word/settings.xml"]) if "word/settings.xml" in self.parts else None
        return Document(
            kind=self._category(),
            default=self._character(self.base, self.normal),
            even_and_odd=settings is not None and _on(settings.find(_w("evenAndOddHeaders"))),
            sections=tuple(sections),
        )

    # --- parts ---------------------------------------------------------------

    def _category(self) -> str:
        if "docProps/core.xml" not in self.parts:
            return ""
        found = (each for each in parse(self.parts["docProps/core.xml"]) if each.tag.endswith("}category"))
        node = next(found, None)
        return (node.text or "").strip() if node is not None else ""

    def _theme(self) -> dict[str, str]:
        """Fonts of the theme by the names that styles use."""
        name = next((name for name in self.parts if re.fullmatch(r"word/theme/theme\d*\.xml", name)), None)
        if name is None:
            return {}
        found: dict[str, str] = {}
        for node in parse(self.parts[name]).iter():
            kind = node.tag.rpartition("}")[2]
            if kind in ("majorFont", "minorFont"):
                faces = {
                    each.tag.rpartition("}")[2]: each.get("typeface", "") for each in node if each.get("script") is None
                }
                hans = next((each.get("typeface", "") for each in node if each.get("script") == "Hans"), "")
                found[f"{kind[:5]}EastAsia"] = faces.get("ea") or hans
                found[f"{kind[:5]}Ascii"] = found[f"{kind[:5]}HAnsi"] = faces.get("latin", "")
        return found

    def _read_styles(self, root: Element) -> None:
        for style in root.iter(_w("style")):
            self.styles[_get(style, "styleId")] = style
            if _get(style, "type") == "paragraph" and _on_default(style):
                self.normal = _get(style, "styleId")
        defaults = root.find(_w("docDefaults"))
        if defaults is not None:
            self.base = self._merged(self.base, defaults.find(f"{_w('rPrDefault')}/{_w('rPr')}"))
            self.base_paragraph = _layout(defaults.find(f"{_w('pPrDefault')}/{_w('pPr')}"))

    def _chain(self, style: str) -> list[Element]:
        """A style after those that it is based on."""
        chain: list[Element] = []
        while style in self.styles and self.styles[style] not in chain:
            chain.append(self.styles[style])
            style = _get(self.styles[style].find(_w("basedOn")), "val")
        return chain[::-1]

    def _character(self, look: Look, style: str) -> Look:
        for each in self._chain(style):
            look = self._merged(look, each.find(_w("rPr")))
        return look

    def _merged(self, look: Look, properties: Element | None) -> Look:
        if properties is None:
            return look
        fonts = properties.find(_w("rFonts"))
        east = self.theme.get(_get(fonts, "eastAsiaTheme"), "") or _get(fonts, "eastAsia")
        latin = self.theme.get(_get(fonts, "asciiTheme"), "") or _get(fonts, "ascii")
        size, color = properties.find(_w("sz")), properties.find(_w("color"))
        spacing, bold = properties.find(_w("spacing")), properties.find(_w("b"))
        return Look(
            east=east or look.east,
            latin=latin or look.latin,
            size=_int(_get(size, "val"), look.size),
            bold=_on(bold) if bold is not None else look.bold,
            color=(_get(color, "val").upper() or look.color) if color is not None else look.color,
            spacing=_int(_get(spacing, "val"), look.spacing),
        )

    # --- blocks --------------------------------------------------------------

    def _children(self, node: Element) -> Iterator[Element]:
        for child in node:
            if child.tag in (_w("sdt"), _w("customXml"), _w("ins"), _w("smartTag")):
                content = child.find(_w("sdtContent"))
                yield from self._children(content if content is not None else child)
            else:
                yield child

    def _paragraph(self, node: Element) -> Paragraph:
        self.number += 1
        properties = node.find(_w("pPr"))
        style = _get(properties.find(_w("pStyle")), "val") if properties is not None else ""
        style = style or self.normal
        layout = dict(self.base_paragraph)
        for each in self._chain(style):
            layout |= _layout(each.find(_w("pPr")))
        layout |= _layout(properties)
        base = self._character(self.base, style)
        runs: list[Run] = []
        fields: list[str] = []
        breaks = False
        for run in self._runs(node):
            own = run.find(_w("rPr"))
            look = self._character(base, _get(own.find(_w("rStyle")), "val")) if own is not None else base
            look = self._merged(look, own)
            words = ""
            for child in run:
                if child.tag == _w("t"):
                    words += child.text or ""
                elif child.tag == _w("tab"):
                    words += "\t"
                elif child.tag in (_w("br"), _w("cr")):
                    if _get(child, "type") == "page":
                        breaks = breaks or not any(each.text.strip() for each in runs)
                    else:
                        words += "\n"
                elif child.tag == _w("instrText"):
                    fields.append(child.text or "")
            if words:
                runs.append(Run(words, look))
        fields += [_get(each, "instr") for each in node.iter(_w("fldSimple"))]
        mark = self._merged(base, properties.find(_w("rPr")) if properties is not None else None)
        look = runs[0].look if runs else mark
        width = max(1, look.size * 10)

        def indent(*names: str) -> int:
            for name in names:
                if _int(layout.get(f"{name}Chars", "")):
                    return _int(layout[f"{name}Chars"])
            return next((_int(layout[name]) * 100 // width for name in names if name in layout), 0)

        return Paragraph(
            number=self.number,
            runs=tuple(runs),
            look=look,
            align={"start": "left", "end": "right"}.get(layout.get("jc", "left"), layout.get("jc", "left")),
            first=indent("firstLine"),
            left=indent("left", "start"),
            right=indent("right", "end"),
            line=_int(layout.get("line", "")),
            rule=layout.get("lineRule", "auto"),
            before=_int(layout.get("before", "")),
            after=_int(layout.get("after", "")),
            new_page=breaks or layout.get("pageBreakBefore", "0") == "1",
            under=_line(properties.find(f"{_w('pBdr')}/{_w('bottom')}") if properties is not None else None),
            stops=tuple(
                (_get(each, "val"), _int(_get(each, "pos")))
                for each in (properties.findall(f"{_w('tabs')}/{_w('tab')}") if properties is not None else ())
            ),
            fields=" ".join(fields),
            drawn_red=any(
                child.tag == _w("pict") or child.tag == _w("drawing") for run in self._runs(node) for child in run
            )
            and self._drawn_red(node),
        )

    def _drawn_red(self, node: Element) -> bool:
        return any(
            (each.get("strokecolor") or "").lower().lstrip("#") in ("ff0000", "red")
            or (each.tag.endswith("}srgbClr") and each.get("val", "").upper() == "FF0000")
            for each in node.iter()
        )

    def _runs(self, node: Element) -> Iterator[Element]:
        """Runs of a paragraph, those of links and insertions too, but not of text boxes in it."""
        for child in node:
            if child.tag == _w("r"):
                yield child
            elif child.tag not in (_w("pPr"), _w("del"), _w("moveFrom")):
                yield from self._runs(child)

    def _table(self, node: Element) -> Table:
        first = self.number + 1
        rows = []
        turned = False
        edges = {
            each.tag.rpartition("}")[2]: line
            for each in node.findall(f"{_w('tblPr')}/{_w('tblBorders')}/*")
            if (line := _line(each)) is not None
        }
        lines = [each for each in self._children(node) if each.tag == _w("tr")]
        for at, row in enumerate(lines):
            cells = []
            for cell in self._children(row):
                if cell.tag != _w("tc"):
                    continue
                turned = turned or _get(cell.find(f"{_w('tcPr')}/{_w('textDirection')}"), "val") in ("tbRl", "tbRlV")
                for each in cell.findall(f"{_w('tcPr')}/{_w('tcBorders')}/*"):
                    side, line = each.tag.rpartition("}")[2], _line(each)
                    name = {"top": "top" if at == 0 else "insideH"}.get(side) or (
                        {"bottom": "bottom" if at == len(lines) - 1 else "insideH"}.get(side, side)
                    )
                    if line is not None:
                        edges[name] = line
                cells.append(tuple(self._inside(cell)))
            rows.append(tuple(cells))
        head = bool(lines) and _on(lines[0].find(f"{_w('trPr')}/{_w('tblHeader')}"))
        place = node.find(f"{_w('tblPr')}/{_w('tblpPr')}")
        floats = {name.rpartition("}")[2]: value for name, value in place.attrib.items()} if place is not None else {}
        width = sum(_int(_get(each, "w")) for each in node.findall(f"{_w('tblGrid')}/{_w('gridCol')}"))
        return Table(first, tuple(rows), head, edges, turned, floats, width)

    def _inside(self, cell: Element) -> Iterator[Paragraph]:
        for child in self._children(cell):
            if child.tag == _w("p"):
                yield self._paragraph(child)
            elif child.tag == _w("tbl"):
                yield from self._table(child).paragraphs

    # --- sections ------------------------------------------------------------

    def _section(self, node: Element, before: list[Section], blocks: list[Block]) -> Section:
        size, margins, grid = node.find(_w("pgSz")), node.find(_w("pgMar")), node.find(_w("docGrid"))
        feet = dict(before[-1].feet) if before else {}
        for each in node.findall(_w("footerReference")):
            feet[_get(each, "type", "default")] = self._foot(each.get(f"{{{R}}}id", ""))
        values = {name: _int(_get(margins, name)) for name in ("top", "right", "bottom", "left", "footer")}
        values["left"] += _int(_get(margins, "gutter"))
        return Section(
            number=len(before) + 1,
            width=_int(_get(size, "w")),
            height=_int(_get(size, "h")),
            **values,
            grid=_get(grid, "type"),
            pitch=_int(_get(grid, "linePitch")),
            char_space=_int(_get(grid, "charSpace")),
            first_differs=_on(node.find(_w("titlePg"))),
            feet=feet,
            blocks=blocks,
        )

    def _foot(self, relation: str) -> list[Block]:
        relations = self.parts.get("word/_rels/document.xml.rels", b"<none/>")
        target = next((each.get("Target", "") for each in parse(relations) if each.get("Id") == relation), "")
        data = self.parts.get(target.lstrip("/") if target.startswith("/") else f"word/{target}")
        if data is None:
            return []
        number = self.number
        out: list[Block] = []
        for node in self._children(parse(data)):
            if node.tag == _w("p"):
                out.append(self._paragraph(node))
                out += [self._framed(each) for each in node.iter(_w("txbxContent"))]
            elif node.tag == _w("tbl"):
                out.append(self._table(node))
        self.number = number
        return out

    def _framed(self, box: Element) -> Block:
        inner = [self._paragraph(each) for each in self._children(box) if each.tag == _w("p")]
        return replace(inner[0], number=0) if inner else self._paragraph(Element(_w("p")))


def _on_default(style: Element) -> bool:
    return _get(style, "default") in ("1", "true", "on")


def _layout(properties: Element | None) -> dict[str, str]:
    """Indents, spacing and alignment of one level, by WordprocessingML's own attribute names."""
    if properties is None:
        return {}
    out: dict[str, str] = {}
    for name in ("ind", "spacing"):
        node = properties.find(_w(name))
        if node is not None:
            out |= {key.rpartition("}")[2]: value for key, value in node.attrib.items()}
    if (align := properties.find(_w("jc"))) is not None:
        out["jc"] = _get(align, "val")
    if (new_page := properties.find(_w("pageBreakBefore"))) is not None:
        out["pageBreakBefore"] = "1" if _on(new_page) else "0"
    return out


def _line(node: Element | None) -> Line | None:
    if node is None or _get(node, "val", "none") in ("none", "nil"):
        return None
    return Line(_int(_get(node, "sz")), _get(node, "color", "auto").upper(), _int(_get(node, "space")))
