"""Which clauses of GB/T 9704-2012 (党政机关公文格式) a .docx breaks, with place, value and what it should be.

The measures are those of DOMAIN §3. A document whose category property is 表格 (forms and lists that accompany letters)
is held to paper, fonts, colour, page numbers and tables alone; everything else is judged as an official letter.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from templates.paper import FORM_KIND, LETTER_KIND, LINE
from templates.word_read import Block, Document, Look, Paragraph, Run, Table, read

KINDS = (LETTER_KIND, FORM_KIND)
MM = 1440 / 25.4

# Fonts by role; the same typeface has a name for each of its makers and encodings.
BODY = re.compile("仿宋|fangsong", re.I)
HEAD1 = re.compile("黑体|黑_GBK|simhei", re.I)
HEAD2 = re.compile("楷体|楷_GBK|kaiti", re.I)
TITLE = re.compile("小标宋")
PAGE = re.compile("宋体|simsun", re.I)
ANY = re.compile("|".join(each.pattern for each in (BODY, HEAD1, HEAD2, TITLE, PAGE)), re.I)
NAMES = {BODY: "仿宋", HEAD1: "黑体", HEAD2: "楷体", TITLE: "小标宋", PAGE: "宋体"}

NUMBER = re.compile(r"\S+〔\d{4}〕[1-9]\d*号")
NUMBER_BLANK = re.compile(r"[^〔〕\[\]]*〔(\d{4}|[\s　]+)〕[\s　]*号")
NUMBER_LIKE = re.compile(r"[^。，；：\n]{0,60}号([\s　]*签发人.*)?")
_HAN_NUMBER = "[一二三四五六七八九十]+"
DATE = re.compile(
    r"[\s　]*(\d{4}年\d{1,2}月\d{1,2}日|\d{4}年?[-.．/]\d{1,2}[-.．/]\d{1,2}日?"
    rf"|[〇○零一二三四五六七八九十]{{4}}年{_HAN_NUMBER}月{_HAN_NUMBER}日)[\s　]*"
)
DATE_BLANK = re.compile(r"[\s　]*(\d{4})?[\s　]*年[\s　]*月[\s　]*日[\s　]*")
HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
LEVELS = (
    (re.compile("[一二三四五六七八九十]+、"), HEAD1, "一、"),
    (re.compile("（[一二三四五六七八九十]+）"), HEAD2, "（一）"),
    (re.compile(r"\d+\."), BODY, "1."),
    (re.compile(r"（\d+）"), BODY, "（1）"),
)
WRONG_LEVELS = (
    (re.compile(r"[一二三四五六七八九十]+[.．,，]"), "一、"),
    (re.compile(r"\([一二三四五六七八九十]+\)|（[一二三四五六七八九十]+）[、.．]"), "（一）"),
    (re.compile(r"\d+[、．](?!\d)"), "1."),
    (re.compile(r"\(\d+\)|（\d+）[、.．]"), "（1）"),
)


@dataclass(frozen=True)
class Break:
    """One broken clause."""

    clause: str
    name: str
    place: str
    value: str
    should: str


@dataclass(frozen=True)
class Report:
    """What was found; `notes` are places that are left to be filled in and break nothing."""

    kind: str
    breaks: tuple[Break, ...]
    notes: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether no clause is broken."""
        return not self.breaks


def check(data: bytes, kind: str = "") -> Report:
    """Judge a .docx as 公文 or 表格, or, where `kind` is empty, as what it says of itself.

    Raises templates.word_read.Unreadable for what is no Word document, ValueError for an unknown kind.
    """
    if kind and kind not in KINDS:
        raise ValueError(f"没有“{kind}”这种文书，可以是：{'、'.join(KINDS)}。")
    document = read(data)
    judged = kind or (FORM_KIND if document.kind == FORM_KIND else LETTER_KIND)
    notes: list[str] = []
    if any(re.match(r"[\s　]*\{%", each.text) for each in document.paragraphs):
        notes.append("这是没有填写的模板，其中的 {% %} 和 {{ }} 也当作文字检查；请检查填好的文书。")
    notes += [f"{_place(each)}留待补充。" for each in document.paragraphs if each.text.strip().startswith("【请补充")]
    blanks = sum("＿＿" in each.text for each in document.paragraphs)
    if blanks:
        notes.append(f"有{blanks}段留有横线，请补写。")
    found = [*_pages(document, judged), *_characters(document, judged), *_numbers(document), *_tables(document)]
    if judged == LETTER_KIND:
        letter = _Letter(document)
        for clause in _CLAUSES:
            found += clause(letter, notes)
    return Report(judged, tuple(dict.fromkeys(found)), tuple(notes))


def _mm(twips: float) -> str:
    return f"{twips / MM:.1f} mm"


def _place(paragraph: Paragraph) -> str:
    words = re.sub(r"\s+", " ", paragraph.text.strip())
    return f"第{paragraph.number}段" + (f"“{words[:12]}{'…' if len(words) > 12 else ''}”" if words else "")


SIZES = {
    84: "初号",
    72: "小初",
    52: "一号",
    48: "小一",
    44: "2号",
    36: "小二",
    32: "3号",
    30: "小三",
    28: "4号",
    24: "小四",
    21: "5号",
    18: "小五",
}


def _size(half_points: int) -> str:
    return SIZES.get(half_points) or f"{half_points / 2:g} 磅"


def _han(paragraph: Paragraph) -> Iterator[Run]:
    return (run for run in paragraph.runs if HAN.search(run.text))


def _font(look: Look, role: "re.Pattern[str]", size: int) -> tuple[str, str] | None:
    """(value, should) where a look is not of its role; size 0 is any."""
    right = role.search(look.east) and (not size or look.size == size)
    if right:
        return None
    should = "".join([f"{_size(size)} " if size else "", NAMES[role], "（中文字体）"])
    return f"{_size(look.size)} {look.east or '没有指定中文字体'}", should


def _wrong(paragraph: Paragraph, role: "re.Pattern[str]", size: int) -> tuple[str, str] | None:
    """(value, should) of the first Chinese characters of a paragraph that are not of its role."""
    return next((found for run in _han(paragraph) if (found := _font(run.look, role, size))), None)


# --- every document ----------------------------------------------------------


def _pages(document: Document, kind: str) -> Iterator[Break]:
    for section in document.sections:
        place = f"第{section.number}节"
        sides = sorted((section.width, section.height))
        if abs(sides[0] - 210 * MM) > 1.5 * MM or abs(sides[1] - 297 * MM) > 1.5 * MM:
            value = f"{_mm(section.width)} × {_mm(section.height)}"
            yield Break("5.1", "幅面尺寸", place, value, "A4：210 mm × 297 mm")
            continue
        if kind == FORM_KIND:
            continue
        # A landscape page is the upright one turned: its binding edge is on top, its head on the right.
        turned = section.width > section.height
        names = ("上", "右") if turned else ("左", "上")
        binding, head = (section.top, section.right) if turned else (section.left, section.top)
        across, along = section.inner[::-1] if turned else section.inner
        for words, found, should in (
            (f"{names[1]}页边（天头）", head, 37),
            (f"{names[0]}页边（订口）", binding, 28),
            ("版心宽", across, 156),
            ("版心高", along, 225),
        ):
            if abs(found - should * MM) > 1.05 * MM:
                exact = f"{should} mm" + ("±1 mm" if "页边" in words else "")
                yield Break("5.2.1", "页边与版心尺寸", f"{place}{words}", _mm(found), exact)


def _characters(document: Document, kind: str) -> Iterator[Break]:
    if kind == LETTER_KIND and (wrong := _font(document.default, BODY, 32)):
        yield Break("5.2.2", "字体和字号", "默认文字", *wrong)
    for paragraph in document.paragraphs:
        for run in _han(paragraph):
            if not ANY.search(run.look.east):
                value = run.look.east or "没有指定中文字体"
                yield Break(
                    "5.2.2", "字体和字号", _place(paragraph), value, "仿宋、黑体、楷体、小标宋或者宋体（中文字体）"
                )
                break
        for run in paragraph.runs:
            if run.text.strip() and run.look.color not in ("AUTO", "auto", "000000") and not _red(run.look):
                yield Break("5.2.4", "文字的颜色", _place(paragraph), f"#{run.look.color}", "黑色")
                break


def _red(look: Look) -> bool:
    return look.color == "FF0000"


def _numbers(document: Document) -> Iterator[Break]:
    name = "页码"
    if not document.even_and_odd:
        yield Break("7.5", name, "全文", "单、双页的页脚没有分开", "单页码居右空一字，双页码居左空一字")
    for section in document.sections:
        turned = section.width > section.height
        kinds = [("default", "单页", "right"), ("even", "双页", "left")]
        if section.first_differs:
            kinds.append(("first", "首页", "right"))
        for kind, words, side in kinds:
            if kind == "even" and not document.even_and_odd:
                continue
            place = f"第{section.number}节页脚（{words}）"
            blocks = section.feet.get(kind, [])
            found = [(block, each) for block in blocks for each in _in(block) if re.search(r"\bPAGE\b", each.fields)]
            if not found:
                yield Break("7.5", name, place, "没有页码", "— 1 —")
                continue
            block, paragraph = found[0]
            if not re.fullmatch(r"[—–\-−一]?\s*\d*\s*[—–\-−一]?", paragraph.text.strip()) or not re.fullmatch(
                r"— ?\d* ?—", paragraph.text.strip()
            ):
                yield Break("7.5", name, place, paragraph.text.strip() or "只有数字", "数字左右各一条一字线：— 1 —")
            for run in paragraph.runs:
                latin = run.look.latin
                if run.look.size != 28 or not PAGE.search(latin) or not PAGE.search(run.look.east):
                    fonts = dict.fromkeys(each for each in (run.look.east, latin) if not PAGE.search(each))
                    value = f"{_size(run.look.size)} {'、'.join(fonts) or '宋体'}"
                    yield Break("7.5", name, place, value, "4号半角宋体")
                    break
            edge = paragraph.right if side == "right" else paragraph.left
            if paragraph.align != side or abs(edge - 100) > 15:
                where = {"right": "居右", "left": "居左", "center": "居中", "both": "居左"}.get(
                    paragraph.align, paragraph.align
                )
                should = f"居{'右' if side == 'right' else '左'}空一字"
                yield Break("7.5", name, place, f"{where}空{edge / 100:g}字", should)
            half = (paragraph.line if paragraph.rule == "exact" and paragraph.line else paragraph.look.size * 13) / 2
            if not turned:
                down = section.bottom - section.footer - half
                if abs(down - 7 * MM) > 3 * MM:
                    yield Break("7.5", name, place, f"一字线距版心下边缘 {_mm(down)}", "7 mm")
            elif not isinstance(block, Table) or not block.turned:
                value = "页码在横页的下方"
                yield Break("8", "公文中的横排表格", place, value, "页码位置与竖页一致：在横页的左侧，文字方向由上到下")
            else:
                aside = section.left - int(block.floats.get("tblpX", "0")) - block.width
                if block.floats.get("horzAnchor") != "page" or abs(aside - 7 * MM) > 3 * MM:
                    yield Break("8", "公文中的横排表格", place, f"页码距版心 {_mm(aside)}", "7 mm，在版心左侧")


def _in(block: Block) -> Iterator[Paragraph]:
    if isinstance(block, Paragraph):
        yield block
    else:
        yield from block.paragraphs


def _tables(document: Document) -> Iterator[Break]:
    for section in document.sections:
        for block in section.blocks:
            if not isinstance(block, Table) or len(block.rows) < 2 or not block.rows[0]:
                continue
            place = f"第{block.number}段起的表格"
            room = section.inner[0] + 4 * MM
            if block.width > room and not block.floats:
                yield Break(
                    "8", "公文中的横排表格", place, f"宽 {_mm(block.width)}", f"不超出版心 {_mm(section.inner[0])}"
                )
            if len(block.rows) > 15 and not block.head:
                yield Break(
                    "8", "公文中的横排表格", place, f"{len(block.rows)} 行，表头不重复", "长表的表头在每一页重复"
                )


# --- letters -----------------------------------------------------------------


class _Letter:
    """A letter's parts, found by how they read and look, so that one broken feature does not hide a part."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.blocks = document.blocks
        self.lines = [block for block in self.blocks if isinstance(block, Paragraph)]
        filled = [each for each in self.lines if not each.empty]
        top = filled[:14]
        self.number = next((each for each in top if NUMBER_LIKE.fullmatch(each.text.strip())), None)
        self.mark = next((each for each in top if any(_red(run.look) for run in each.runs)), None)
        if self.mark is None and self.number is not None:
            above = [each for each in filled if each.number < self.number.number]
            self.mark = max(above, key=lambda each: each.look.size, default=None)
        self.head = [each for each in filled if self.mark is not None and each.number < self.mark.number]
        last = self.number or self.mark
        rest = [each for each in filled if last is None or each.number > last.number]
        self.title = rest[:1]
        for each in rest[1:4]:
            if each.align != "center" or each.look.size < 40 or each.number != self.title[-1].number + 1:
                break
            self.title.append(each)
        rest = rest[len(self.title) :]
        self.attached = next((each for each in rest if re.fullmatch(r"附件\s*\d*", each.text.strip())), None)
        end = self.attached.number if self.attached else 1_000_000
        own = [each for each in rest if each.number < end]
        dated = [each for each in own if DATE.fullmatch(each.text) or DATE_BLANK.fullmatch(each.text)]
        self.date = dated[-1] if dated else None
        self.after = [each for each in own if self.date is not None and each.number > self.date.number]
        self.body = [each for each in own if self.date is None or each.number < self.date.number]
        self.signature = self.body.pop() if self.date is not None and self.body else None
        # 印发: what the letter sends out follows its date on a page of its own, under its own title.
        at = next((i for i, each in enumerate(self.after) if each.new_page and each.align == "center"), None)
        sent = [] if at is None else self.after[at + 1 :]
        self.sent = [each for each in sent if each.align != "center"]
        self.addressee = None
        if (
            self.body
            and re.search("[：:]$", self.body[0].text.strip())
            and not re.search("如下[：:]$|[。；]", self.body[0].text.strip())
        ):
            self.addressee = self.body.pop(0)
        self.listed: list[Paragraph] = []
        at = next((i for i, each in enumerate(self.body) if re.match(r"[\s　]*附件\s*[：:]", each.text)), None)
        if at is not None:
            self.listed, self.body = self.body[at:], self.body[:at]
        self.closing = next((each for each in self.blocks[::-1] if isinstance(each, Table) and _closes(each)), None)

    def gap(self, above: Paragraph, below: Paragraph) -> float:
        """Lines of 3号 between two paragraphs."""
        between = [each for each in self.lines if above.number < each.number < below.number]
        return (sum(each.height(LINE) for each in between) + above.after + below.before) / LINE


def _closes(table: Table) -> bool:
    words = [each.text.strip() for each in table.paragraphs]
    return any(re.match("抄送[：:]", each) or each.endswith("印发") for each in words)


def _grid(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "5.2.3", "行数和字数"
    normal = letter.document.default
    sample = next((run.look for each in letter.body for run in _han(each)), normal)
    for section in letter.document.sections:
        across, along = section.inner[::-1] if section.width > section.height else section.inner
        place = f"第{section.number}节文档网格"
        if not section.grid or section.grid == "default" or not section.pitch:
            yield Break(clause, name, place, "没有设置", "每面22行，每行28字")
            continue
        if section.width > section.height:
            continue
        lines = along // section.pitch
        if lines != 22:
            yield Break(clause, name, place, f"每面{lines}行", "每面22行")
        width: float = sample.size * 10 + sample.spacing
        if section.grid == "linesAndChars":
            width = normal.size * 10 + section.char_space * 20 / 4096
        characters = int(across / max(width, 1) + 0.03)
        if characters != 28:
            yield Break(clause, name, f"第{section.number}节正文", f"每行{characters}字", "每行28字")
        for each in [*letter.body, *letter.sent]:
            if each.rule == "exact" and each.line and along // each.line != 22:
                yield Break(
                    clause, name, _place(each), f"行距 {each.line / 20:g} 磅，每面{along // each.line}行", "每面22行"
                )
                break
            if each.rule == "auto" and each.line not in (0, 240):
                yield Break(clause, name, _place(each), f"{each.line / 240:g} 倍行距", "每面22行")
                break


def _top(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    """份号, 密级和保密期限, 紧急程度: flush left above the mark, if they are given at all."""
    for each in letter.head:
        words = each.text.strip()
        secret, urgent = re.match("绝密|机密|秘密", words), words in ("特急", "加急")
        clause, name = ("7.2.2", "密级和保密期限") if secret else ("7.2.3", "紧急程度") if urgent else ("7.2.1", "份号")
        if not secret and not urgent and not re.fullmatch(r"\d{6}", words):
            yield Break(clause, name, _place(each), words[:20], "6位阿拉伯数字（版头左上角只有份号、密级、紧急程度）")
            continue
        if secret or urgent:
            wrong = _wrong(each, HEAD1, 32)
            if wrong:
                yield Break(clause, name, _place(each), *wrong)
        elif each.look.size != 32:
            yield Break(clause, name, _place(each), _size(each.look.size), "3号")
        if each.align not in ("left", "both") or each.first or each.left:
            yield Break(clause, name, _place(each), "没有顶格", "顶格编排在版心左上角")


def _mark(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.2.4", "发文机关标志"
    mark = letter.mark
    if mark is None:
        yield Break(clause, name, "版头", "没有", "发文机关全称或者规范化简称，红色，居中")
        return
    place = _place(mark)
    if not all(_red(run.look) for run in mark.runs if run.text.strip()):
        yield Break(clause, name, place, f"颜色 {mark.look.color}", "红色")
    if wrong := _wrong(mark, TITLE, 0):
        yield Break(clause, name, place, *wrong)
    if mark.align != "center":
        yield Break(clause, name, place, "没有居中", "居中排布")
    if mark.look.size < 44:
        yield Break(clause, name, place, _size(mark.look.size), "醒目，不小于标题的2号")
    above = [each for each in letter.lines if each.number < mark.number]
    # In a line of exact height the characters stand in its middle.
    inside = max(0, (mark.line - mark.look.size * 10) / 2) if mark.rule == "exact" else 0
    top = sum(each.height(LINE) for each in above) + mark.before + inside
    if abs(top - 35 * MM) > 2.5 * MM:
        yield Break(clause, name, place, f"上边缘距版心上边缘 {_mm(top)}", "35 mm")


def _number(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.2.5", "发文字号"
    if letter.number is None:
        yield Break(clause, name, "版头", "没有", "机关代字、年份和顺序号，如示双随机办〔2026〕3号")
        return
    line, place = letter.number, _place(letter.number)
    words, _, signer = line.text.strip().partition("签发人")
    words = words.strip(" 　\t")
    if not NUMBER.fullmatch(words):
        if NUMBER_BLANK.fullmatch(words):
            notes.append("发文字号留空，在签发时填写。")
        else:
            should = "示双随机办〔2026〕3号这样的形式：年份用四位数字和六角括号〔〕，顺序号不加“第”、不编虚位"
            yield Break(clause, name, place, words, should)
    own = [run for run in _han(line) if not signer or "〔" in run.text]
    if wrong := next((found for run in own if (found := _font(run.look, BODY, 32))), None):
        yield Break(clause, name, place, *wrong)
    if signer:
        yield from _signer(letter, line, signer, notes)
    elif line.align != "center":
        yield Break(clause, name, place, "没有居中", "居中排布")
    if letter.mark is not None and abs(letter.gap(letter.mark, line) - 2) > 0.5:
        yield Break(clause, name, place, f"标志下空{letter.gap(letter.mark, line):.1f}行", "发文机关标志下空二行")


def _signer(letter: _Letter, line: Paragraph, signer: str, notes: list[str]) -> Iterator[Break]:
    clause, name, place = "7.2.6", "签发人", _place(line)
    blank = signer == "：" and "　" in line.text.rpartition("签发人")[2]
    if blank:
        notes.append("签发人留空，在签发时填写。")
    elif not signer.startswith("：") or not signer[1:].strip():
        yield Break(clause, name, place, f"签发人{signer}", "“签发人：”后接姓名")
    for run in [] if blank else list(_han(line))[-1:]:
        if wrong := _font(run.look, HEAD2, 32):
            yield Break(clause, name, place, *wrong)
    room = letter.document.sections[0].inner[0] - line.look.size * 10
    left, right = line.left + line.first, line.right
    if any(side == "right" and abs(at - room) <= 40 for side, at in line.stops):
        right = 100
    if abs(left - 100) > 20 or abs(right - 100) > 20:
        value = f"左空{left / 100:g}字，右空{right / 100:g}字"
        yield Break(clause, name, place, value, "上行文的发文字号居左空一字，签发人姓名居右空一字")


def _rule(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.2.7", "版头中的分隔线"
    last = letter.number or letter.mark
    if last is None:
        return
    end = letter.title[0].number if letter.title else last.number + 1
    near = [each for each in letter.lines if last.number <= each.number < end]
    ruled = next((each for each in near if each.under is not None), None)
    if ruled is None or ruled.under is None:
        if not any(each.drawn_red for each in near):
            yield Break(clause, name, _place(last), "没有", "与版心等宽的红色分隔线")
        return
    line, place = ruled.under, _place(ruled)
    if line.color != "FF0000":
        yield Break(clause, name, place, f"颜色 {line.color}", "红色")
    if not 6 <= line.size <= 16:
        yield Break(clause, name, place, f"{line.size / 8:g} 磅", "0.75 至 2 磅")
    down = line.space / 20 * 20 / 2.835 if ruled is last else letter.gap(last, ruled) * LINE / MM
    if abs(down - 4) > 1.5:
        yield Break(clause, name, place, f"距发文字号 {down:.1f} mm", "4 mm")
    if ruled.left or ruled.right:
        yield Break(clause, name, place, "两端有缩进", "与版心等宽")


def _title(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.1", "标题"
    if not letter.title:
        yield Break(clause, name, "红线之下", "没有", "2号小标宋，居中")
        return
    room = letter.document.sections[0].inner[0] // 440
    for each in letter.title:
        place = _place(each)
        if wrong := _wrong(each, TITLE, 44):
            yield Break(clause, name, place, *wrong)
        if any(run.look.bold for run in each.runs):
            yield Break(clause, name, place, "加粗", "不加粗")
        if each.align != "center":
            yield Break(clause, name, place, "没有居中", "居中排布")
        if re.search("[。；，]$", each.text.strip()):
            yield Break(clause, name, place, each.text.strip()[-1], "末尾不用标点")
        lines = [line.strip() for line in each.text.split("\n")]
        for line in lines[1:]:
            if re.match("[的了和与、，）》”]", line):
                yield Break(clause, name, place, f"“{line[:6]}”另起一行", "回行时词意完整")
        for line in lines:
            if line.endswith(("（", "《", "“")):
                yield Break(clause, name, place, f"“{line[-6:]}”之后回行", "回行时词意完整")
            elif len(line) > room and len(line.encode("gb18030", "replace")) > 2 * room:
                yield Break(
                    clause, name, place, f"一行{len(line)}字，在哪里回行不由自己", f"每行不超过{room}字，词意完整"
                )
    last = letter.number or letter.mark
    if last is not None:
        gap = letter.gap(last, letter.title[0])
        if abs(gap - 2) > 0.6:
            yield Break(clause, name, _place(letter.title[0]), f"红线下空{gap:.1f}行", "红色分隔线下空二行")


def _addressee(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.2", "主送机关"
    line = letter.addressee
    if line is None:
        return
    place = _place(line)
    if not line.text.strip().endswith("："):
        yield Break(clause, name, place, line.text.strip()[-1], "末尾用全角冒号“：”")
    if line.first or line.left or re.match(r"[\s　]", line.text):
        yield Break(clause, name, place, f"左空{(line.first + line.left) / 100:g}字", "居左顶格，回行时仍顶格")
    if wrong := _wrong(line, BODY, 32):
        yield Break(clause, name, place, *wrong)
    gap = letter.gap(letter.title[-1], line)
    if abs(gap - 1) > 0.6:
        yield Break(clause, name, place, f"标题下空{gap:.1f}行", "标题下空一行")


def _text(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.3", "正文"
    if not letter.body:
        yield Break(clause, name, "标题之下", "没有", "首页必须显示正文")
    for each in [*letter.body, *letter.sent]:
        words, place = each.text.strip(), _place(each)
        wrong_form = next((right for pattern, right in WRONG_LEVELS if pattern.match(words)), None)
        if wrong_form:
            yield Break(clause, name, place, words[:6], f"结构层次序数写作“{wrong_form}”")
        level = next((found for found in LEVELS if found[0].match(words)), None)
        role = level[1] if level else BODY
        runs = list(_han(each))
        first = next((run for run in each.runs if run.text.strip()), None)
        if first is not None and HAN.search(words) and (wrong := _font(first.look, role, 32)):
            yield Break(clause, name, place, wrong[0], f"{wrong[1]}{f'：层次“{level[2]}”' if level else ''}")
        for run in runs[1:] if first is not None else []:
            allowed = role.search(run.look.east) or BODY.search(run.look.east)
            if not allowed or run.look.size != 32:
                wrong = _font(run.look, BODY, 32)
                if wrong:
                    yield Break(clause, name, place, *wrong)
                    break
        in_by = each.first + each.left + 100 * (len(each.text) - len(each.text.lstrip("　")))
        if HAN.search(words) and abs(in_by - 200) > 15:
            yield Break(clause, name, place, f"左空{in_by / 100:g}字", "每个自然段左空二字")
        elif HAN.search(words) and each.left:
            yield Break(clause, name, place, f"回行空{each.left / 100:g}字", "回行顶格")


def _listed(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.4", "附件说明"
    if not letter.listed:
        if letter.attached is not None:
            yield Break(clause, name, "正文之下", "有附件而没有附件说明", "正文下空一行，左空二字，“附件：”后接名称")
        return
    first = letter.listed[0]
    place = _place(first)
    if not first.text.strip().startswith("附件："):
        yield Break(clause, name, place, first.text.strip()[:4], "“附件”后用全角冒号“：”")
    in_by = first.first + first.left + 100 * (len(first.text) - len(first.text.lstrip("　")))
    if abs(in_by - 200) > 15:
        yield Break(clause, name, place, f"左空{in_by / 100:g}字", "左空二字")
    before = letter.body[-1] if letter.body else letter.addressee
    last = max(
        (block.number for block in letter.blocks if isinstance(block, Table) and block.number < first.number), default=0
    )
    if before is not None and before.number > last:
        gap = letter.gap(before, first)
        if abs(gap - 1) > 0.6:
            yield Break(clause, name, place, f"正文下空{gap:.1f}行", "正文下空一行")
    names = [re.sub(r"^附件\s*[：:]", "", each.text.strip()).strip() for each in letter.listed]
    heads = [each.text.strip() for each in letter.lines if re.fullmatch(r"附件\s*\d*", each.text.strip())]
    if len(names) > 1 and [re.match(r"\d+\.", each) and each.split(".")[0] for each in names] != [
        str(number) for number in range(1, len(names) + 1)
    ]:
        yield Break(clause, name, place, "、".join(each[:8] for each in names), "有几个附件的，依次写 1. 2.，各占一行")
    if heads and len(heads) != len(names):
        yield Break(clause, name, place, f"列出{len(names)}个附件，后附{len(heads)}个", "附件说明与所附的附件一致")
    for each in letter.listed[1:]:
        if abs(each.left + each.first - 500) > 15:
            value = f"左空{(each.left + each.first) / 100:g}字"
            yield Break(clause, name, _place(each), value, "与上一行的附件名称对齐：左空五字")
    for each in letter.listed:
        if re.search("[。；，、.;,]$", each.text.strip()):
            yield Break(clause, name, _place(each), each.text.strip()[-1], "附件名称后不加标点")
        if wrong := _wrong(each, BODY, 32):
            yield Break(clause, name, _place(each), *wrong)


def _signed(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.5", "发文机关署名、成文日期"
    date = letter.date
    if date is None:
        yield Break("7.3.5.4", "成文日期", "正文之下", "没有", "阿拉伯数字的年、月、日")
        return
    words, place = date.text.strip(), _place(date)
    if DATE_BLANK.fullmatch(date.text):
        notes.append("成文日期留空，在签发时填写。")
    elif not re.fullmatch(r"\d{4}年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日", words):
        yield Break("7.3.5.4", "成文日期中的数字", place, words, "阿拉伯数字将年、月、日标全，月、日不编虚位")
    for each in (letter.signature, date):
        if each is None:
            continue
        if wrong := _wrong(each, BODY, 32):
            yield Break(clause, name, _place(each), *wrong)
        spaces = 100 * (len(each.text) - len(each.text.lstrip("　 ")))
        right = each.align == "right" and each.right + 100 * (len(each.text) - len(each.text.rstrip("　"))) >= 180
        middle = each.align == "center" and each.left >= 800
        if not right and not middle and each.first + each.left + spaces < 1000:
            where = {"right": f"居右空{each.right / 100:g}字", "center": "居中"}.get(each.align, "居左")
            yield Break(
                clause, name, _place(each), where, "署名和日期在右侧：日期右空四字（盖章）或者署名右空二字（不盖章）"
            )
    if letter.signature is None or re.search("[。：；]$", letter.signature.text.strip()):
        yield Break(clause, name, place, "日期之上没有署名", "署发文机关全称或者规范化简称")


def _remark(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.6", "附注"
    line = letter.after[0] if letter.after else None
    if line is None or not re.match("[（(【\\[]?此件|[（(].*[）)]$", line.text.strip()):
        return
    place = _place(line)
    if not re.fullmatch("（.+）", line.text.strip()):
        yield Break(clause, name, place, line.text.strip()[:20], "加圆括号：（此件公开发布）")
    in_by = line.first + line.left + 100 * (len(line.text) - len(line.text.lstrip("　")))
    if abs(in_by - 200) > 15:
        yield Break(clause, name, place, f"左空{in_by / 100:g}字", "居左空二字")
    if wrong := _wrong(line, BODY, 32):
        yield Break(clause, name, place, *wrong)


def _attached(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.7", "附件"
    heads = [each for each in letter.lines if re.fullmatch(r"附件\s*\d*", each.text.strip())]
    wanted = [f"附件{number}" for number in range(1, len(heads) + 1)] if len(heads) > 1 else ["附件"]
    for head, should in zip(heads, wanted, strict=False):
        if re.sub(r"\s", "", head.text) not in (should, "附件1" if len(heads) == 1 else should):
            yield Break(clause, name, _place(head), head.text.strip(), f"“{should}”，序号与附件说明一致")
    for at, head in enumerate(letter.lines):
        if letter.attached is None or head.number < letter.attached.number:
            continue
        if not re.fullmatch(r"附件\s*\d*", head.text.strip()):
            continue
        place = _place(head)
        starts = any(section.blocks and section.blocks[0] is head for section in letter.document.sections)
        if not head.new_page and not starts:
            yield Break(clause, name, place, "没有另面编排", "附件另面编排")
        if wrong := _wrong(head, HEAD1, 32):
            yield Break(clause, name, place, *wrong)
        if head.first or head.left or head.align not in ("left", "both"):
            yield Break(clause, name, place, "没有顶格", "“附件”顶格编排在版心左上角第一行")
        title = next((each for each in letter.lines[at + 1 :] if not each.empty), None)
        if title is None:
            yield Break(clause, name, place, "没有附件标题", "附件标题居中编排在第三行")
            continue
        gap = letter.gap(head, title)
        if abs(gap - 1) > 0.6 or title.align != "center":
            value = f"空{gap:.1f}行{'' if title.align == 'center' else '，没有居中'}"
            yield Break(clause, name, _place(title), value, "附件标题居中编排在第三行")


def _closing(letter: _Letter, notes: list[str]) -> Iterator[Break]:
    loose = [each for each in letter.after if re.match("抄送[：:]", each.text.strip())]
    if letter.closing is None:
        for each in loose:
            yield Break("7.4.1", "版记中的分隔线", _place(each), "没有", "首条和末条粗线 0.35 mm，中间细线 0.25 mm")
        return
    table = letter.closing
    place = f"第{table.number}段起的版记"
    width = letter.document.sections[-1].inner[0]
    if abs(table.width - width) > 2 * MM:
        yield Break("7.4.1", "版记中的分隔线", place, f"宽 {_mm(table.width)}", f"与版心等宽：{_mm(width)}")
    wanted = [("top", "首条", 8, "0.35 mm"), ("bottom", "末条", 8, "0.35 mm")]
    if len(table.rows) > 1:
        wanted.append(("insideH", "中间", 6, "0.25 mm"))
    for side, words, size, should in wanted:
        line = table.edges.get(side)
        if line is None or abs(line.size - size) > 0:
            value = f"{line.size / 8 * 25.4 / 72:.2f} mm" if line else "没有"
            yield Break("7.4.1", "版记中的分隔线", f"{place}{words}分隔线", value, should)
    for row in table.rows:
        lines = [each for cell in row for each in cell if not each.empty]
        words = "".join(each.text for each in lines).strip()
        copied = bool(re.match("(抄送|主送)[：:]", words))
        clause, name = ("7.4.2", "抄送机关") if copied else ("7.4.3", "印发机关和印发日期")
        for each in lines:
            if wrong := _wrong(each, BODY, 28):
                yield Break(clause, name, _place(each), *wrong)
        if lines and (abs(lines[0].left + lines[0].first - 100) > 20 and not (copied and lines[0].left >= 100)):
            yield Break(clause, name, place, f"左空{(lines[0].left + lines[0].first) / 100:g}字", "左空一字")
        if lines and abs(lines[-1].right - 100) > 20:
            yield Break(clause, name, place, f"右空{lines[-1].right / 100:g}字", "右空一字")
        if copied and not (words.startswith(("抄送：", "主送：")) and words.endswith("。")):
            yield Break(clause, name, place, f"{words[:4]}…{words[-1]}", "“抄送：”后接机关名称，最后用句号")
        if not copied:
            date = re.search(r"(\d{4}年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日|年[\s　]*月[\s　]*日)印发$", words)
            if not date:
                yield Break(clause, name, place, words[-14:], "印发日期用阿拉伯数字标全，不编虚位，后加“印发”")
    if letter.blocks and any(not each.empty for each in letter.lines if each.number > table.number):
        yield Break("7.4.1", "版记中的分隔线", place, "版记之后还有内容", "版记在公文最后一面的最后")


_CLAUSES: tuple[Callable[[_Letter, list[str]], Iterator[Break]], ...] = (
    *(_grid, _top, _mark, _number, _rule, _title, _addressee, _text, _listed, _signed, _remark, _attached, _closing),
)
