"""The clauses of GB/T 9704-2012 that are for letters alone: grid, head, title, text, signature, attachments, 版记."""

import re
from collections.abc import Callable, Iterator

from templates.gongwen_measures import (
    BODY,
    DATE,
    DATE_BLANK,
    HAN,
    HEAD1,
    HEAD2,
    LEVELS,
    MM,
    NUMBER,
    NUMBER_BLANK,
    NUMBER_LIKE,
    TITLE,
    WRONG_LEVELS,
    Break,
    han_runs,
    mm,
    place_of,
    red,
    size_name,
    wrong_font,
    wrong_in,
)
from templates.paper import LINE
from templates.word_read import Document, Paragraph, Table


class Letter:
    """A letter's parts, found by how they read and look, so that one broken feature does not hide a part."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.blocks = document.blocks
        self.lines = [block for block in self.blocks if isinstance(block, Paragraph)]
        filled = [each for each in self.lines if not each.empty]
        top = filled[:14]
        self.number = next((each for each in top if NUMBER_LIKE.fullmatch(each.text.strip())), None)
        self.mark = next((each for each in top if any(red(run.look) for run in each.runs)), None)
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


def _grid(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "5.2.3", "行数和字数"
    normal = letter.document.default
    sample = next((run.look for each in letter.body for run in han_runs(each)), normal)
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
                    clause, name, place_of(each), f"行距 {each.line / 20:g} 磅，每面{along // each.line}行", "每面22行"
                )
                break
            if each.rule == "auto" and each.line not in (0, 240):
                yield Break(clause, name, place_of(each), f"{each.line / 240:g} 倍行距", "每面22行")
                break


def _top(letter: Letter, notes: list[str]) -> Iterator[Break]:
    """份号, 密级和保密期限, 紧急程度: flush left above the mark, if they are given at all."""
    for each in letter.head:
        words = each.text.strip()
        secret, urgent = re.match("绝密|机密|秘密", words), words in ("特急", "加急")
        clause, name = ("7.2.2", "密级和保密期限") if secret else ("7.2.3", "紧急程度") if urgent else ("7.2.1", "份号")
        if not secret and not urgent and not re.fullmatch(r"\d{6}", words):
            yield Break(clause, name, place_of(each), words[:20], "6位阿拉伯数字（版头左上角只有份号、密级、紧急程度）")
            continue
        if secret or urgent:
            wrong = wrong_in(each, HEAD1, 32)
            if wrong:
                yield Break(clause, name, place_of(each), *wrong)
        elif each.look.size != 32:
            yield Break(clause, name, place_of(each), size_name(each.look.size), "3号")
        if each.align not in ("left", "both") or each.first or each.left:
            yield Break(clause, name, place_of(each), "没有顶格", "顶格编排在版心左上角")


def _mark(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.2.4", "发文机关标志"
    mark = letter.mark
    if mark is None:
        yield Break(clause, name, "版头", "没有", "发文机关全称或者规范化简称，红色，居中")
        return
    place = place_of(mark)
    if not all(red(run.look) for run in mark.runs if run.text.strip()):
        yield Break(clause, name, place, f"颜色 {mark.look.color}", "红色")
    if wrong := wrong_in(mark, TITLE, 0):
        yield Break(clause, name, place, *wrong)
    if mark.align != "center":
        yield Break(clause, name, place, "没有居中", "居中排布")
    if mark.look.size < 44:
        yield Break(clause, name, place, size_name(mark.look.size), "醒目，不小于标题的2号")
    above = [each for each in letter.lines if each.number < mark.number]
    # In a line of exact height the characters stand in its middle.
    inside = max(0, (mark.line - mark.look.size * 10) / 2) if mark.rule == "exact" else 0
    top = sum(each.height(LINE) for each in above) + mark.before + inside
    if abs(top - 35 * MM) > 2.5 * MM:
        yield Break(clause, name, place, f"上边缘距版心上边缘 {mm(top)}", "35 mm")


def _number(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.2.5", "发文字号"
    if letter.number is None:
        yield Break(clause, name, "版头", "没有", "机关代字、年份和顺序号，如示双随机办〔2026〕3号")
        return
    line, place = letter.number, place_of(letter.number)
    words, _, signer = line.text.strip().partition("签发人")
    words = words.strip(" 　\t")
    if not NUMBER.fullmatch(words):
        if NUMBER_BLANK.fullmatch(words):
            notes.append("发文字号留空，在签发时填写。")
        else:
            should = "示双随机办〔2026〕3号这样的形式：年份用四位数字和六角括号〔〕，顺序号不加“第”、不编虚位"
            yield Break(clause, name, place, words, should)
    own = [run for run in han_runs(line) if not signer or "〔" in run.text]
    if wrong := next((found for run in own if (found := wrong_font(run.look, BODY, 32))), None):
        yield Break(clause, name, place, *wrong)
    if signer:
        yield from _signer(letter, line, signer, notes)
    elif line.align != "center":
        yield Break(clause, name, place, "没有居中", "居中排布")
    if letter.mark is not None and abs(letter.gap(letter.mark, line) - 2) > 0.5:
        yield Break(clause, name, place, f"标志下空{letter.gap(letter.mark, line):.1f}行", "发文机关标志下空二行")


def _signer(letter: Letter, line: Paragraph, signer: str, notes: list[str]) -> Iterator[Break]:
    clause, name, place = "7.2.6", "签发人", place_of(line)
    blank = signer == "：" and "　" in line.text.rpartition("签发人")[2]
    if blank:
        notes.append("签发人留空，在签发时填写。")
    elif not signer.startswith("：") or not signer[1:].strip():
        yield Break(clause, name, place, f"签发人{signer}", "“签发人：”后接姓名")
    for run in [] if blank else list(han_runs(line))[-1:]:
        if wrong := wrong_font(run.look, HEAD2, 32):
            yield Break(clause, name, place, *wrong)
    room = letter.document.sections[0].inner[0] - line.look.size * 10
    left, right = line.left + line.first, line.right
    if any(side == "right" and abs(at - room) <= 40 for side, at in line.stops):
        right = 100
    if abs(left - 100) > 20 or abs(right - 100) > 20:
        value = f"左空{left / 100:g}字，右空{right / 100:g}字"
        yield Break(clause, name, place, value, "上行文的发文字号居左空一字，签发人姓名居右空一字")


def _rule(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.2.7", "版头中的分隔线"
    last = letter.number or letter.mark
    if last is None:
        return
    end = letter.title[0].number if letter.title else last.number + 1
    near = [each for each in letter.lines if last.number <= each.number < end]
    ruled = next((each for each in near if each.under is not None), None)
    if ruled is None or ruled.under is None:
        if not any(each.drawn_red for each in near):
            yield Break(clause, name, place_of(last), "没有", "与版心等宽的红色分隔线")
        return
    line, place = ruled.under, place_of(ruled)
    if line.color != "FF0000":
        yield Break(clause, name, place, f"颜色 {line.color}", "红色")
    if not 6 <= line.size <= 16:
        yield Break(clause, name, place, f"{line.size / 8:g} 磅", "0.75 至 2 磅")
    down = line.space / 20 * 20 / 2.835 if ruled is last else letter.gap(last, ruled) * LINE / MM
    if abs(down - 4) > 1.5:
        yield Break(clause, name, place, f"距发文字号 {down:.1f} mm", "4 mm")
    if ruled.left or ruled.right:
        yield Break(clause, name, place, "两端有缩进", "与版心等宽")


def _title(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.1", "标题"
    if not letter.title:
        yield Break(clause, name, "红线之下", "没有", "2号小标宋，居中")
        return
    room = letter.document.sections[0].inner[0] // 440
    for each in letter.title:
        place = place_of(each)
        if wrong := wrong_in(each, TITLE, 44):
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
            yield Break(clause, name, place_of(letter.title[0]), f"红线下空{gap:.1f}行", "红色分隔线下空二行")


def _addressee(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.2", "主送机关"
    line = letter.addressee
    if line is None:
        return
    place = place_of(line)
    if not line.text.strip().endswith("："):
        yield Break(clause, name, place, line.text.strip()[-1], "末尾用全角冒号“：”")
    if line.first or line.left or re.match(r"[\s　]", line.text):
        yield Break(clause, name, place, f"左空{(line.first + line.left) / 100:g}字", "居左顶格，回行时仍顶格")
    if wrong := wrong_in(line, BODY, 32):
        yield Break(clause, name, place, *wrong)
    gap = letter.gap(letter.title[-1], line)
    if abs(gap - 1) > 0.6:
        yield Break(clause, name, place, f"标题下空{gap:.1f}行", "标题下空一行")


def _text(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.3", "正文"
    if not letter.body:
        yield Break(clause, name, "标题之下", "没有", "首页必须显示正文")
    for each in [*letter.body, *letter.sent]:
        words, place = each.text.strip(), place_of(each)
        wrong_form = next((right for pattern, right in WRONG_LEVELS if pattern.match(words)), None)
        if wrong_form:
            yield Break(clause, name, place, words[:6], f"结构层次序数写作“{wrong_form}”")
        level = next((found for found in LEVELS if found[0].match(words)), None)
        role = level[1] if level else BODY
        runs = list(han_runs(each))
        first = next((run for run in each.runs if run.text.strip()), None)
        if first is not None and HAN.search(words) and (wrong := wrong_font(first.look, role, 32)):
            yield Break(clause, name, place, wrong[0], f"{wrong[1]}{f'：层次“{level[2]}”' if level else ''}")
        for run in runs[1:] if first is not None else []:
            allowed = role.search(run.look.east) or BODY.search(run.look.east)
            if not allowed or run.look.size != 32:
                wrong = wrong_font(run.look, BODY, 32)
                if wrong:
                    yield Break(clause, name, place, *wrong)
                    break
        in_by = each.first + each.left + 100 * (len(each.text) - len(each.text.lstrip("　")))
        if HAN.search(words) and abs(in_by - 200) > 15:
            yield Break(clause, name, place, f"左空{in_by / 100:g}字", "每个自然段左空二字")
        elif HAN.search(words) and each.left:
            yield Break(clause, name, place, f"回行空{each.left / 100:g}字", "回行顶格")


def _listed(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.4", "附件说明"
    if not letter.listed:
        if letter.attached is not None:
            yield Break(clause, name, "正文之下", "有附件而没有附件说明", "正文下空一行，左空二字，“附件：”后接名称")
        return
    first = letter.listed[0]
    place = place_of(first)
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
            yield Break(clause, name, place_of(each), value, "与上一行的附件名称对齐：左空五字")
    for each in letter.listed:
        if re.search("[。；，、.;,]$", each.text.strip()):
            yield Break(clause, name, place_of(each), each.text.strip()[-1], "附件名称后不加标点")
        if wrong := wrong_in(each, BODY, 32):
            yield Break(clause, name, place_of(each), *wrong)


def _signed(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.5", "发文机关署名、成文日期"
    date = letter.date
    if date is None:
        yield Break("7.3.5.4", "成文日期", "正文之下", "没有", "阿拉伯数字的年、月、日")
        return
    words, place = date.text.strip(), place_of(date)
    if DATE_BLANK.fullmatch(date.text):
        notes.append("成文日期留空，在签发时填写。")
    elif not re.fullmatch(r"\d{4}年([1-9]|1[0-2])月([1-9]|[12]\d|3[01])日", words):
        yield Break("7.3.5.4", "成文日期中的数字", place, words, "阿拉伯数字将年、月、日标全，月、日不编虚位")
    for each in (letter.signature, date):
        if each is None:
            continue
        if wrong := wrong_in(each, BODY, 32):
            yield Break(clause, name, place_of(each), *wrong)
        spaces = 100 * (len(each.text) - len(each.text.lstrip("　 ")))
        right = each.align == "right" and each.right + 100 * (len(each.text) - len(each.text.rstrip("　"))) >= 180
        middle = each.align == "center" and each.left >= 800
        if not right and not middle and each.first + each.left + spaces < 1000:
            where = {"right": f"居右空{each.right / 100:g}字", "center": "居中"}.get(each.align, "居左")
            yield Break(
                clause, name, place_of(each), where, "署名和日期在右侧：日期右空四字（盖章）或者署名右空二字（不盖章）"
            )
    if letter.signature is None or re.search("[。：；]$", letter.signature.text.strip()):
        yield Break(clause, name, place, "日期之上没有署名", "署发文机关全称或者规范化简称")


def _remark(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.6", "附注"
    line = letter.after[0] if letter.after else None
    if line is None or not re.match("[（(【\\[]?此件|[（(].*[）)]$", line.text.strip()):
        return
    place = place_of(line)
    if not re.fullmatch("（.+）", line.text.strip()):
        yield Break(clause, name, place, line.text.strip()[:20], "加圆括号：（此件公开发布）")
    in_by = line.first + line.left + 100 * (len(line.text) - len(line.text.lstrip("　")))
    if abs(in_by - 200) > 15:
        yield Break(clause, name, place, f"左空{in_by / 100:g}字", "居左空二字")
    if wrong := wrong_in(line, BODY, 32):
        yield Break(clause, name, place, *wrong)


def _attached(letter: Letter, notes: list[str]) -> Iterator[Break]:
    clause, name = "7.3.7", "附件"
    heads = [each for each in letter.lines if re.fullmatch(r"附件\s*\d*", each.text.strip())]
    wanted = [f"附件{number}" for number in range(1, len(heads) + 1)] if len(heads) > 1 else ["附件"]
    for head, should in zip(heads, wanted, strict=False):
        if re.sub(r"\s", "", head.text) not in (should, "附件1" if len(heads) == 1 else should):
            yield Break(clause, name, place_of(head), head.text.strip(), f"“{should}”，序号与附件说明一致")
    for at, head in enumerate(letter.lines):
        if letter.attached is None or head.number < letter.attached.number:
            continue
        if not re.fullmatch(r"附件\s*\d*", head.text.strip()):
            continue
        place = place_of(head)
        starts = any(section.blocks and section.blocks[0] is head for section in letter.document.sections)
        if not head.new_page and not starts:
            yield Break(clause, name, place, "没有另面编排", "附件另面编排")
        if wrong := wrong_in(head, HEAD1, 32):
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
            yield Break(clause, name, place_of(title), value, "附件标题居中编排在第三行")


def _closing(letter: Letter, notes: list[str]) -> Iterator[Break]:
    loose = [each for each in letter.after if re.match("抄送[：:]", each.text.strip())]
    if letter.closing is None:
        for each in loose:
            yield Break("7.4.1", "版记中的分隔线", place_of(each), "没有", "首条和末条粗线 0.35 mm，中间细线 0.25 mm")
        return
    table = letter.closing
    place = f"第{table.number}段起的版记"
    width = letter.document.sections[-1].inner[0]
    if abs(table.width - width) > 2 * MM:
        yield Break("7.4.1", "版记中的分隔线", place, f"宽 {mm(table.width)}", f"与版心等宽：{mm(width)}")
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
            if wrong := wrong_in(each, BODY, 28):
                yield Break(clause, name, place_of(each), *wrong)
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


CLAUSES: tuple[Callable[[Letter, list[str]], Iterator[Break]], ...] = (
    *(_grid, _top, _mark, _number, _rule, _title, _addressee, _text, _listed, _signed, _remark, _attached, _closing),
)
