"""Which clauses of GB/T 9704-2012 (党政机关公文格式) a .docx breaks, with place, value and what it should be.

The measures are those of DOMAIN §3. A document whose category property is 表格 (forms and lists that accompany letters)
is held to paper, fonts, colour, page numbers and tables alone; everything else is judged as an official letter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from templates.gongwen_letter import CLAUSES, Letter
from templates.gongwen_measures import ANY, BODY, MM, PAGE, Break, han_runs, mm, place_of, red, size_name, wrong_font
from templates.paper import FORM_KIND, LETTER_KIND
from templates.word_read import Block, Document, Paragraph, Table, read

KINDS = (LETTER_KIND, FORM_KIND)


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
    notes += [f"{place_of(each)}留待补充。" for each in document.paragraphs if each.text.strip().startswith("【请补充")]
    blanks = sum("＿＿" in each.text for each in document.paragraphs)
    if blanks:
        notes.append(f"有{blanks}段留有横线，请补写。")
    found = [*_pages(document, judged), *_characters(document, judged), *_numbers(document), *_tables(document)]
    if judged == LETTER_KIND:
        letter = Letter(document)
        for clause in CLAUSES:
            found += clause(letter, notes)
    return Report(judged, tuple(dict.fromkeys(found)), tuple(notes))


# --- every document ----------------------------------------------------------


def _pages(document: Document, kind: str) -> Iterator[Break]:
    for section in document.sections:
        place = f"第{section.number}节"
        sides = sorted((section.width, section.height))
        if abs(sides[0] - 210 * MM) > 1.5 * MM or abs(sides[1] - 297 * MM) > 1.5 * MM:
            value = f"{mm(section.width)} × {mm(section.height)}"
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
                yield Break("5.2.1", "页边与版心尺寸", f"{place}{words}", mm(found), exact)


def _characters(document: Document, kind: str) -> Iterator[Break]:
    if kind == LETTER_KIND and (wrong := wrong_font(document.default, BODY, 32)):
        yield Break("5.2.2", "字体和字号", "默认文字", *wrong)
    for paragraph in document.paragraphs:
        for run in han_runs(paragraph):
            if not ANY.search(run.look.east):
                value = run.look.east or "没有指定中文字体"
                yield Break(
                    "5.2.2", "字体和字号", place_of(paragraph), value, "仿宋、黑体、楷体、小标宋或者宋体（中文字体）"
                )
                break
        for run in paragraph.runs:
            if run.text.strip() and run.look.color not in ("AUTO", "auto", "000000") and not red(run.look):
                yield Break("5.2.4", "文字的颜色", place_of(paragraph), f"#{run.look.color}", "黑色")
                break


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
                    value = f"{size_name(run.look.size)} {'、'.join(fonts) or '宋体'}"
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
                    yield Break("7.5", name, place, f"一字线距版心下边缘 {mm(down)}", "7 mm")
            elif not isinstance(block, Table) or not block.turned:
                value = "页码在横页的下方"
                yield Break("8", "公文中的横排表格", place, value, "页码位置与竖页一致：在横页的左侧，文字方向由上到下")
            else:
                aside = section.left - int(block.floats.get("tblpX", "0")) - block.width
                if block.floats.get("horzAnchor") != "page" or abs(aside - 7 * MM) > 3 * MM:
                    yield Break("8", "公文中的横排表格", place, f"页码距版心 {mm(aside)}", "7 mm，在版心左侧")


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
                    "8", "公文中的横排表格", place, f"宽 {mm(block.width)}", f"不超出版心 {mm(section.inner[0])}"
                )
            if len(block.rows) > 15 and not block.head:
                yield Break(
                    "8", "公文中的横排表格", place, f"{len(block.rows)} 行，表头不重复", "长表的表头在每一页重复"
                )
