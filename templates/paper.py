"""The look of official paper (GB/T 9704-2012) as WordprocessingML: pages, fonts by role, headings, tables, numbers.

Written with the standard library alone. Fonts are named and never embedded. The measures come from GB/T 9704-2012 as
set out in DOMAIN §3; units are twips (1/20 pt) unless said otherwise.
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
NAMESPACES = f'xmlns:w="{W}" xmlns:r="{R}"'

FONT_TITLE, FONT_BODY, FONT_LEVEL2, FONT_LEVEL1, FONT_PAGE = (
    "方正小标宋简体",
    "仿宋_GB2312",
    "楷体_GB2312",
    "黑体",
    "宋体",
)
FONTS = (FONT_TITLE, FONT_BODY, FONT_LEVEL2, FONT_LEVEL1, FONT_PAGE)
RED, BLACK = "FF0000", "000000"

# What a document says of itself (its category property): an official letter, or a form or list that goes with one.
LETTER_KIND, FORM_KIND = "公文", "表格"

# 28.9 pt: 22 lines of it fill the 12756 twips of the type area, 29 pt would leave 21.
LINE = 578
CHAR = 316  # one character of the grid: 8844 / 28


@dataclass(frozen=True)
class Role:
    """How text of one role looks: `size` in half points, as WordprocessingML counts, `spacing` in twips a character."""

    font: str
    size: int
    color: str = BLACK
    spacing: int = 0


# A quarter point closer than the font's own pitch: 28 characters of 16 pt are wider than the 442.2 pt of the type area.
BODY = Role(FONT_BODY, 32, spacing=-5)
LEVEL1 = Role(FONT_LEVEL1, 32, spacing=-5)
LEVEL2 = Role(FONT_LEVEL2, 32, spacing=-5)
TITLE = Role(FONT_TITLE, 44)
NUMBER = Role(FONT_PAGE, 28)
CLOSING = Role(FONT_BODY, 28)
STAMP = Role(FONT_LEVEL1, 32, RED)
HEAD = Role(FONT_LEVEL1, 21)
CELL = Role(FONT_BODY, 21)
SMALL = Role(FONT_BODY, 18)
FORM = Role(FONT_BODY, 24)
FORM_HEAD = Role(FONT_LEVEL1, 24)
# 发文机关标志: the longest name (in characters) that fits the type area at a size in half points; a longer one has two
# lines, since it may not be smaller than the title.
MARK_TOP = 1900  # room above it, in twips; its own line adds the rest of the 35 mm
MARKS = ((8, 104), (10, 84), (14, 62), (19, 46), (10_000, 62))


@dataclass(frozen=True)
class Page:
    """Size and margins of a page; `footer` is the distance of the page number from the edge."""

    width: int
    height: int
    top: int
    right: int
    bottom: int
    left: int
    footer: int
    grid: bool

    @property
    def inner(self) -> int:
        """Width of the type area."""
        return self.width - self.left - self.right


# 天头 37 mm, 订口 28 mm, 版心 156 × 225 mm; the dash of the page number 7 mm under the type area.
LETTER = Page(11906, 16838, 2098, 1474, 1984, 1588, 1406, grid=True)
FORM_PAGE = Page(11906, 16838, 1588, 1247, 1361, 1474, 794, grid=False)
# The upright page turned: its binding edge is on top, its head on the right.
WIDE = Page(16838, 11906, 1588, 2098, 1474, 1984, 794, grid=False)
# The same for tables of many columns.
BROAD = Page(16838, 11906, 1247, 851, 1021, 1247, 794, grid=False)


def run(words: str, role: Role = BODY) -> str:
    """One run. East Asian font and hint are always set: without them Word takes “ and ” from the Latin font."""
    font = role.font
    content = "<w:br/>".join(
        "<w:tab/>".join(f'<w:t xml:space="preserve">{escape(part)}</w:t>' for part in line.split("\t"))
        for line in words.split("\n")
    )
    color = f'<w:color w:val="{role.color}"/>' if role.color != BLACK else ""
    spacing = f'<w:spacing w:val="{role.spacing}"/>' if role.spacing else ""
    return (
        f'<w:r><w:rPr><w:rFonts w:hint="eastAsia" w:ascii="{font}" w:eastAsia="{font}" w:hAnsi="{font}" w:cs="{font}"/>'
        f'{color}{spacing}<w:sz w:val="{role.size}"/><w:szCs w:val="{role.size}"/></w:rPr>{content}</w:r>'
    )


def paragraph(
    *parts: str | tuple[str, Role],
    role: Role = BODY,
    align: str = "both",
    first: int = 0,
    left: int = 0,
    right: int = 0,
    line: int = LINE,
    before: int = 0,
    after: int = 0,
    grid: bool = True,
    keep: bool = False,
    page_break: bool = False,
    border: str = "",
    break_words: bool = False,
    tab: int = 0,
    tab_side: str = "left",
) -> str:
    """One paragraph of text in `role`, or of parts as (text, role) in others.

    Indents are in hundredths of a character, lines exact; `tab` is the place of one tab stop,
    `tab_side` the side of it on which the text ends.
    """
    runs = "".join(run(part, role) if isinstance(part, str) else run(*part) for part in parts)
    indent = ""
    if first or left or right:
        indent = (
            f'<w:ind w:leftChars="{left}" w:left="{left * CHAR // 100}" w:rightChars="{right}" '
            f'w:right="{right * CHAR // 100}"'
            + (f' w:firstLineChars="{first}" w:firstLine="{first * CHAR // 100}"/>' if first else "/>")
        )
    return (
        "<w:p><w:pPr>"
        + ("<w:keepNext/>" if keep else "")
        + ("<w:pageBreakBefore/>" if page_break else "")
        + '<w:widowControl w:val="0"/>'
        + border
        + (f'<w:tabs><w:tab w:val="{tab_side}" w:pos="{tab}"/></w:tabs>' if tab else "")
        + ('<w:wordWrap w:val="0"/>' if break_words else "")
        + ("" if grid else '<w:snapToGrid w:val="0"/>')
        + f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="exact"/>'
        + indent
        + f'<w:jc w:val="{align}"/></w:pPr>{runs}</w:p>'
    )


def text(*parts: str | tuple[str, Role], keep: bool = False, align: str = "both") -> str:
    """A paragraph of the body: two characters in."""
    return paragraph(*parts, first=200, keep=keep, align=align)


def level1(words: str) -> str:
    """一、"""
    return paragraph(words, role=LEVEL1, first=200, keep=True)


def level2(words: str) -> str:
    """（一）"""
    return paragraph(words, role=LEVEL2, first=200, keep=True)


def blank(count: int = 1, line: int = LINE) -> str:
    """Empty lines."""
    return paragraph("", line=line) * count


def control(tag: str) -> str:
    """A Jinja statement in a paragraph of its own, which is gone when the template is filled."""
    return paragraph(f"{{%p {tag} %}}", grid=False)


def when(condition: str, *blocks: str) -> str:
    """Blocks that are there only if `condition` holds."""
    return control(f"if {condition}") + "".join(blocks) + control("endif")


def cell(
    content: str | Sequence[str],
    width: int,
    *,
    span: int = 1,
    role: Role = CELL,
    align: str = "left",
    keep: bool = False,
    merge: str = "",
) -> str:
    """One cell: a text, or paragraphs ready made. `merge`: start of a joined column of cells, or more of it."""
    line = role.size * 14 + 6
    inner = (
        paragraph(content, role=role, align=align, line=line, grid=False, break_words=align != "center", keep=keep)
        if isinstance(content, str)
        else "".join(content)
    )
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>'
        + (f'<w:gridSpan w:val="{span}"/>' if span > 1 else "")
        + {"": "", "start": '<w:vMerge w:val="restart"/>', "more": "<w:vMerge/>"}[merge]
        + f'<w:vAlign w:val="center"/></w:tcPr>{inner}</w:tc>'
    )


def row(cells: Iterable[str], *, head: bool = False, height: int = 0, split: bool = False) -> str:
    """One row. A `head` row is repeated on each page; a `split` row, which may be taller than a page, may be torn."""
    return (
        "<w:tr><w:trPr>"
        + ("" if split else "<w:cantSplit/>")
        + (f'<w:trHeight w:val="{height}" w:hRule="atLeast"/>' if height else "")
        + ("<w:tblHeader/>" if head else "")
        + f"</w:trPr>{''.join(cells)}</w:tr>"
    )


def control_row(tag: str, widths: Sequence[int]) -> str:
    """A Jinja statement in a table row of its own."""
    return row([cell(f"{{%tr {tag} %}}", sum(widths), span=len(widths))])


def table(widths: Sequence[int], rows: Iterable[str], *, margin: int = 70, pad: int = 40) -> str:
    """A table with thin rules, centred, of fixed column widths.

    In each cell `margin` is the room left and right, `pad` that above and below.
    """
    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="{BLACK}"/>'
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>'
        f'<w:top w:w="{pad}" w:type="dxa"/><w:left w:w="{margin}" w:type="dxa"/>'
        f'<w:bottom w:w="{pad}" w:type="dxa"/><w:right w:w="{margin}" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        f"<w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"
    )


def head_row(heads: Sequence[str], widths: Sequence[int], role: Role = HEAD) -> str:
    """The repeated head of a table."""
    return row(
        (cell(words, width, role=role, align="center") for words, width in zip(heads, widths, strict=True)), head=True
    )


def list_table(
    columns: Sequence[tuple[str, int, str, str]],
    rows: str,
    *,
    foot: Sequence[str] = (),
    role: Role = CELL,
    head: Role = HEAD,
    height: int = 0,
    split: bool = False,
) -> str:
    """A table of a list: columns are (head, width, field, alignment), `rows` names the list, each entry is 行.

    `foot` is one more row after them.
    """
    widths = [width for _, width, _, _ in columns]
    parts = [
        head_row([words for words, *_ in columns], widths, head),
        control_row(f"for 行 in {rows}", widths),
        row(
            (cell(field, width, align=align, role=role) for _, width, field, align in columns),
            height=height,
            split=split,
        ),
        control_row("endfor", widths),
    ]
    if foot:
        parts.append(row(cell(words, w, align="center", role=role) for words, w in zip(foot, widths, strict=True)))
    return table(widths, parts)


def pairs_table(widths: tuple[int, int, int, int], rows: Sequence[tuple[str, ...]], *, role: Role = CELL) -> str:
    """A table of names and values, two pairs a row; a row with one pair gives its value the whole width."""
    head = Role(FONT_LEVEL1, role.size)
    out = []
    for entry in rows:
        cells = [cell(entry[0], widths[0], role=head, align="center")]
        if len(entry) == 2:
            cells.append(cell(entry[1], sum(widths[1:]), span=3, role=role))
        else:
            cells.append(cell(entry[1], widths[1], role=role))
            cells.append(cell(entry[2], widths[2], role=head, align="center"))
            cells.append(cell(entry[3], widths[3], role=role))
        out.append(row(cells, height=480))
    return table(widths, out)


def red_head() -> str:
    """版头: 份号, 密级, 紧急程度 where given; 发文机关标志 35 mm under the type area's top; 发文字号 two lines lower.

    The red rule is 4 mm under the number. A letter to an office above (上行文) has 签发人 beside the number.
    """
    rule = f'<w:pBdr><w:bottom w:val="single" w:sz="12" w:space="11" w:color="{RED}"/></w:pBdr>'
    parts = []
    for field, role in (("份号", BODY), ("密级", LEVEL1), ("紧急程度", LEVEL1)):
        parts.append(when(field, paragraph(f"{{{{ {field} }}}}", role=role, align="left", grid=False)))
    for lines in range(4):
        parts.append(control(f"{'elif' if lines else 'if'} 版头行数 == {lines}"))
        parts.append(paragraph("", line=MARK_TOP - lines * LINE, grid=False))
    parts.append(control("endif"))
    for index, (limit, size) in enumerate(MARKS):
        test = "if" if index == 0 else "elif"
        parts.append(control(f"{test} 发文机关字数 <= {limit}"))
        mark = Role(FONT_TITLE, size, RED)
        parts.append(paragraph("{{ 发文机关 }}", role=mark, align="center", line=size * 12, grid=False))
    parts.append(control("endif"))
    parts.append(blank(2))
    signed = paragraph(
        "{{ 发文字号 }}\t签发人：",
        ("{{ 签发人 }}", LEVEL2),
        align="left",
        first=100,
        border=rule,
        tab=LETTER.inner - CHAR,
        tab_side="right",
    )
    parts.append(when("签发人", signed))
    parts.append(when("not 签发人", paragraph("{{ 发文字号 }}", align="center", border=rule)))
    return "".join(parts)


def title(words: str, *, above: int = 2) -> str:
    """标题: 2号小标宋, centred, `above` empty lines under the rule."""
    return blank(above) + paragraph(words, role=TITLE, align="center", line=680, grid=False, keep=True)


def addressee(words: str) -> str:
    """主送机关 one line under the title, flush left, ended by a full-width colon."""
    return blank() + paragraph(f"{words}：", keep=True)


def signature(*, receipt: str = "", room: int = 2) -> str:
    """署名 and 成文日期 for a sealed letter: the date about four characters from the right, the name centred over it.

    附注 follows where there is one. `receipt` is a line under it for whoever takes the letter, `room` the lines above.
    """
    space = paragraph("", keep=True)
    return (
        space * room
        + paragraph("{{ 署名 }}", align="center", left=1350, keep=True)
        + paragraph("{{ 成文日期 }}", align="center", left=1350, keep=bool(receipt))
        + when("附注", text("（{{ 附注 }}）", keep=bool(receipt)))
        + (space + text(receipt) if receipt else "")
    )


def attachment(name: str, number: int = 0) -> str:
    """The first lines of an attachment: on a page of its own, 附件 flush left, its title on the third line.

    `number` is given where there are several.
    """
    return (
        paragraph(f"附件{number or ''}", role=LEVEL1, page_break=True, align="left")
        + blank()
        + paragraph(name, role=Role(FONT_TITLE, 36), align="center", line=640, grid=False, after=200)
    )


def closing(*, after_table: bool = False) -> str:
    """版记 at the foot of the last page, where there is one: 抄送机关, 印发机关 and 印发日期 between rules.

    It ends a letter. Word wants a paragraph after a table: one of next to no height, and only where there is a table,
    since on a page that is full it would start another.
    """
    end = paragraph("", line=20, grid=False)
    room, one = LETTER.inner, CLOSING.size * 10

    def line(words: str) -> str:
        inner = paragraph(
            words, role=CLOSING, align="left", left=100, right=100, grid=False, tab=room - one, tab_side="right"
        )
        return row([cell([inner], room)])

    rules = "".join(
        f'<w:{edge} w:val="single" w:sz="{size}" w:space="0" w:color="{BLACK}"/>'
        for edge, size in (("top", 8), ("bottom", 8), ("insideH", 6))
    )
    lines = "".join(
        (
            row([cell("{%tr if 抄送 %}", room)]),
            line("抄送：{{ 抄送 }}。"),
            row([cell("{%tr endif %}", room)]),
            row([cell("{%tr if 印发机关 %}", room)]),
            line("{{ 印发机关 }}\t{{ 印发日期 }}印发"),
            row([cell("{%tr endif %}", room)]),
        )
    )
    foot = (
        f'<w:tbl><w:tblPr><w:tblpPr w:horzAnchor="page" w:vertAnchor="margin" w:tblpX="{LETTER.left}" '
        'w:tblpYSpec="bottom"/>'
        f'<w:tblOverlap w:val="never"/><w:tblW w:w="{room}" w:type="dxa"/><w:tblBorders>{rules}</w:tblBorders>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/>'
        f'</w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="{room}"/></w:tblGrid>{lines}</w:tbl>'
    )
    return when("版记", end, foot, *([] if after_table else [end])) + (end if after_table else "")


def _footer(page: Page, *, even: bool) -> str:
    """— 1 —: one character from the outer edge, right on odd and left on even pages."""
    field = "".join(
        run("", NUMBER).replace('<w:t xml:space="preserve"></w:t>', content)
        for content in (
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> PAGE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )
    number = run("— ", NUMBER) + field + run(" —", NUMBER)
    side = "left" if even else "right"
    line = (
        '<w:p><w:pPr><w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="0" w:line="360" w:lineRule="exact"/>'
        f'<w:ind w:{side}Chars="100" w:{side}="280"/><w:jc w:val="{side}"/></w:pPr>{number}</w:p>'
    )
    if page.width > page.height:
        line = _turned(line, page)
    return f"<w:ftr {NAMESPACES}>{line}</w:ftr>"


def _turned(line: str, page: Page) -> str:
    """`line` where the foot of the upright page is once a landscape one is bound with its head at the left.

    That is along the left edge, read downwards, 7 mm beside the type area.
    """
    height = page.height - page.top - page.bottom
    strip = 360
    return (
        f'<w:tbl><w:tblPr><w:tblpPr w:horzAnchor="page" w:vertAnchor="page" w:tblpX="{page.left - 397 - strip}" '
        f'w:tblpY="{page.top}"/><w:tblOverlap w:val="never"/><w:tblW w:w="{strip}" w:type="dxa"/>'
        '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/>'
        f'</w:tblCellMar></w:tblPr><w:tblGrid><w:gridCol w:w="{strip}"/></w:tblGrid><w:tr><w:trPr>'
        f'<w:trHeight w:val="{height}" w:hRule="exact"/></w:trPr><w:tc><w:tcPr><w:tcW w:w="{strip}" w:type="dxa"/>'
        f'<w:textDirection w:val="tbRl"/></w:tcPr>{line}</w:tc></w:tr></w:tbl>' + paragraph("", line=20, grid=False)
    )


def _header() -> str:
    """Empty, or 演练 / 示例 on every page."""
    words = paragraph("{{ 页眉标记 }}", role=STAMP, align="center", line=480, grid=False)
    return f"<w:hdr {NAMESPACES}>{words}</w:hdr>"


def _section(page: Page) -> str:
    parts = "".join(
        f'<w:{kind}Reference w:type="{which}" r:id="{kind}_{which}"/>'
        for kind in ("header", "footer")
        for which in ("default", "even")
    )
    orient = ' w:orient="landscape"' if page.width > page.height else ""
    # The grid holds the lines; 28 characters come from their own spacing, since LibreOffice lays out a grid of
    # characters (linesAndChars) whose pitch is under the size of the font as two cells a character.
    grid = '<w:docGrid w:type="lines" w:linePitch="579"/>' if page.grid else ""
    return (
        f'<w:sectPr>{parts}<w:pgSz w:w="{page.width}" w:h="{page.height}"{orient}/>'
        f'<w:pgMar w:top="{page.top}" w:right="{page.right}" w:bottom="{page.bottom}" w:left="{page.left}" '
        f'w:header="850" w:footer="{page.footer}" w:gutter="0"/>{grid}</w:sectPr>'
    )


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_PARTS = {
    "header_default": "header1.xml",
    "header_even": "header2.xml",
    "footer_default": "footer1.xml",
    "footer_even": "footer2.xml",
}


def _styles() -> str:
    fonts = f'<w:rFonts w:ascii="{FONT_BODY}" w:eastAsia="{FONT_BODY}" w:hAnsi="{FONT_BODY}" w:cs="{FONT_BODY}"/>'
    size = f'<w:sz w:val="{BODY.size}"/><w:szCs w:val="{BODY.size}"/>'
    return (
        f"<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr>{fonts}{size}"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault/>'
        "</w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/>'
        f'<w:pPr><w:widowControl w:val="0"/><w:jc w:val="both"/></w:pPr><w:rPr>{fonts}{size}</w:rPr></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        '<w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/>'
        '<w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        "</w:styles>"
    )


def package(body: str, page: Page, name: str) -> bytes:
    """A whole .docx with odd and even headers and footers; `name` becomes its title property."""
    if body.endswith("</w:tbl>"):
        body += paragraph("", line=20, grid=False)
    settings = (
        f"<w:settings {NAMESPACES}><w:evenAndOddHeaders/>"
        '<w:characterSpacingControl w:val="compressPunctuation"/><w:compat><w:useFELayout/>'
        '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
        '</w:compat><w:themeFontLang w:val="en-US" w:eastAsia="zh-CN"/></w:settings>'
    )
    core = (
        f'<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<cp:category>{LETTER_KIND if page.grid else FORM_KIND}</cp:category>"
        f"<dc:title>{escape(name)}</dc:title><dc:creator>签筒</dc:creator><cp:lastModifiedBy>签筒</cp:lastModifiedBy>"
        '<cp:revision>1</cp:revision><dcterms:created xsi:type="dcterms:W3CDTF">2020-01-01T00:00:00Z</dcterms:created>'
        '<dcterms:modified xsi:type="dcterms:W3CDTF">2020-01-01T00:00:00Z</dcterms:modified></cp:coreProperties>'
    )
    overrides = {
        "/word/document.xml": f"{_OFFICE_TYPE}.document.main+xml",
        "/word/styles.xml": f"{_OFFICE_TYPE}.styles+xml",
        "/word/settings.xml": f"{_OFFICE_TYPE}.settings+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    } | {f"/word/{file}": f"{_OFFICE_TYPE}.{kind.split('_')[0]}+xml" for kind, file in _PARTS.items()}
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
        + "</Types>"
    )
    top = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{R}/officeDocument" Target="word/document.xml"/>'
        f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
        "</Relationships>"
    )
    relations = (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="styles" Type="{R}/styles" Target="styles.xml"/>'
        f'<Relationship Id="settings" Type="{R}/settings" Target="settings.xml"/>'
        + "".join(
            f'<Relationship Id="{key}" Type="{R}/{key.split("_")[0]}" Target="{file}"/>' for key, file in _PARTS.items()
        )
        + "</Relationships>"
    )
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": top,
        "docProps/core.xml": core,
        "word/_rels/document.xml.rels": relations,
        "word/document.xml": f"<w:document {NAMESPACES}><w:body>{body}{_section(page)}</w:body></w:document>",
        "word/styles.xml": _styles(),
        "word/settings.xml": settings,
        "word/header1.xml": _header(),
        "word/header2.xml": _header(),
        "word/footer1.xml": _footer(page, even=False),
        "word/footer2.xml": _footer(page, even=True),
    }
    return zipped({part: (_XML + xml).encode() for part, xml in parts.items()})


def zipped(parts: dict[str, bytes]) -> bytes:
    """A ZIP of `parts` in their order whose bytes depend on them alone: fixed times, no attributes of the machine."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in parts.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system, info.external_attr = zipfile.ZIP_DEFLATED, 3, 0
            archive.writestr(info, data)
    return out.getvalue()
