"""Documents: nothing lost between a view and the page, the same bytes each time, and no way out of the template."""

import io
import os
import re
import subprocess
import sys
import unicodedata
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import UndefinedError
from jinja2.sandbox import SecurityError

from models.views import PaperView
from templates.gongwen_check import check
from templates.paper import FONTS, LETTER, package, paragraph, text
from templates.values import broken_title
from templates.word import file_name, fill, render
from tests import word_samples as samples

SAMPLES = list(samples.SAMPLES.items())
every_kind = pytest.mark.parametrize(("kind", "view"), SAMPLES, ids=[kind for kind, _ in SAMPLES])

# What a document leaves out on purpose; everything else in its view must be on the page.
LETTER_TO_ENTITY = {
    *("number_word", "plan_no", "plan_name", "serial", "kind", "unit", "joint_units"),
    *("liaison", "liaison_phone"),
}
LEFT_OUT: dict[str, set[str]] = {
    "announcement": {"number_word", "kind", "symbol", "min_bits", "sample", "rehearsal", "simulated_clock"},
    "draw_record": {"randomness_kind", "names_included", "simulated_clock", "confirmed_by", "position"},
    "assignment": {"number_word", "plan_no", "plan_name", "serial"},
    "notice": {
        *("number_word", "plan_no", "plan_name", "serial", "kind", "unit", "joint_units", "batch"),
        *("legal_person", "legal_person_phone", "liaison", "liaison_phone", "code", "method"),
    },
    "check_form": {"plan_no", "plan_name", "kind", "batch", "serial"},
    "blank_form": {"plan_no", "plan_name", "kind", "batch", "serial"},
    "publication": set(),
    "rectification": {*LETTER_TO_ENTITY, "legal_person", "legal_person_phone", "code"},
    "recheck": {*LETTER_TO_ENTITY, "legal_person", "legal_person_phone", "code"},
    "transfer": LETTER_TO_ENTITY,
    "plan_table": {"office"},
    "plan_return": {"office"},
    "plan_change": {"number_word"},
    "work_plan": {"number_word", "method"},
    "year_plan": {"number_word", "unit", "reached"},
    "rules": {"number_word", "size"},
    "training_plan": {"office"},
    "chase": {"number_word"},
    "monthly": {"office"},
    "summary": {"number_word"},
    "rollup": {"office"},
    "item_list": set(),
    "entity_list": set(),
    "inspector_list": set(),
    "expert_list": set(),
}
LANDSCAPE = {
    *("publication", "plan_table", "plan_return", "training_plan", "monthly", "rollup"),
    *("item_list", "entity_list", "inspector_list"),
}


def values(view: object, left_out: set[str]) -> list[str]:
    """Every text, number, date and digest of a view as the page shows it."""
    if isinstance(view, bool) or view is None:
        return []
    if isinstance(view, datetime):
        return [f"{view.year}年{view.month}月{view.day}日{view:%H:%M}"]
    if isinstance(view, date):
        return [f"{view.year}年{view.month}月{view.day}日"]
    if isinstance(view, tuple):
        return [shown for one in view for shown in values(one, left_out)]
    if is_dataclass(view):
        return [
            shown
            for field in fields(view)
            if field.name not in left_out
            for shown in values(getattr(view, field.name), left_out)
        ]
    return [str(view)] if str(view) != "*" else ["全部"]


def squeezed(words: str) -> str:
    return re.sub(r"\s", "", words)


def whole_text(data: bytes) -> str:
    """All text of a .docx, headers included, breaks and tabs as characters."""
    document = Document(io.BytesIO(data))
    out = []
    for part in [document.element.body, *(section.header._element for section in document.sections)]:
        for node in part.iter(qn("w:t"), qn("w:br"), qn("w:tab"), qn("w:p")):
            out.append({qn("w:br"): "\n", qn("w:tab"): "\t", qn("w:p"): "\n"}.get(node.tag, node.text or ""))
    return "".join(out)


@every_kind
def test_every_value_is_on_the_page(kind: str, view: PaperView) -> None:
    page = squeezed(whole_text(fill(view)))
    shown = [squeezed(value) for value in values(view, LEFT_OUT[kind]) if value]
    assert len(shown) > 15
    # Of evidence and substitutions the first 16 digits are enough to tell one digest from another.
    missing = [value for value in shown if value not in page and not (len(value) == 64 and value[:16] in page)]
    assert missing == []
    assert "{" not in page and not re.search(r"(?<!\d)%|%\}", page)


@every_kind
def test_the_same_view_gives_the_same_bytes(kind: str, view: PaperView) -> None:
    assert fill(view) == fill(view)


def test_bytes_do_not_depend_on_the_process() -> None:
    code = (
        "import hashlib; from templates.word import fill; from tests.word_samples import SAMPLES;"
        "print(hashlib.sha256(b''.join(fill(view) for view in SAMPLES.values())).hexdigest())"
    )
    root = Path(__file__).parent.parent
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            cwd=root,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Shanghai"))
    }
    assert len(digests) == 1


@every_kind
def test_pages_are_a4_and_only_broad_tables_lie_on_their_side(kind: str, view: PaperView) -> None:
    (section,) = Document(io.BytesIO(fill(view))).sections
    width, height = round(section.page_width.mm), round(section.page_height.mm)
    if kind in LANDSCAPE:
        assert (width, height, section.orientation) == (297, 210, WD_ORIENT.LANDSCAPE)
    else:
        assert (width, height, section.orientation) == (210, 297, WD_ORIENT.PORTRAIT)


@every_kind
def test_chinese_text_names_an_east_asian_font(kind: str, view: PaperView) -> None:
    document = Document(io.BytesIO(fill(view)))
    (section,) = document.sections
    parts = [document.element.body]
    parts += [one._element for one in (section.header, section.even_page_header, section.footer)]
    checked = 0
    for part in parts:
        for run in part.iter(qn("w:r")):
            words = "".join(node.text or "" for node in run.iter(qn("w:t")))
            if any(unicodedata.east_asian_width(char) in "WF" for char in words):
                font = run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
                assert font is not None and font.get(qn("w:eastAsia")) in FONTS, words
                checked += 1
    assert checked > 20


@every_kind
def test_heads_of_lists_are_repeated(kind: str, view: PaperView) -> None:
    heads = {
        "announcement": 2,
        "draw_record": 5,
        "recheck": 1,
        "transfer": 1,
        "work_plan": 2,
        "year_plan": 1,
        "rectification": 0,
    }
    tables = Document(io.BytesIO(fill(view))).tables
    repeated = [table for table in tables if table._tbl.tr_lst[0].find(f".//{qn('w:tblHeader')}") is not None]
    assert len(repeated) == heads.get(kind, 1)


@every_kind
def test_sample_and_rehearsal_are_marked_on_every_page(kind: str, view: PaperView) -> None:
    for sample, rehearsal in ((True, True), (True, False), (False, True), (False, False)):
        (section,) = Document(io.BytesIO(fill(replace(view, sample=sample, rehearsal=rehearsal)))).sections
        for header in (section.header, section.even_page_header):
            words = "".join(one.text for one in header.paragraphs)
            assert ("示例" in words, "演练" in words) == (sample, rehearsal)


EMPTIED: dict[str, dict[str, Any]] = {
    "draw_record": {"throws": (), "selected": (), "substitutions": (), "witnesses": ()},
    "notice": {"items": (), "materials": (), "inspectors": ()},
    "check_form": {"items": (), "inspectors": (), "method_options": (), "methods": (), "evidence": ()},
    "publication": {"rows": (), "channels": ()},
}


@pytest.mark.parametrize(
    "view",
    [*samples.SAMPLES.values(), *(replace(samples.SAMPLES[kind], **none) for kind, none in EMPTIED.items())],
)
def test_word_can_open_what_is_made(view: PaperView) -> None:
    """Word refuses a cell that does not end with a paragraph, and runs tables together that nothing parts."""
    body = Document(io.BytesIO(fill(view))).element.body
    assert all(cell[-1].tag == qn("w:p") for cell in body.iter(qn("w:tc")))
    children = [child.tag for child in body]
    assert (qn("w:tbl"), qn("w:tbl")) not in list(pairwise(children))
    assert children[-2:] == [qn("w:p"), qn("w:sectPr")]
    for table in body.iter(qn("w:tbl")):
        columns = len(table.tblGrid.gridCol_lst)
        for line in table.tr_lst:
            assert sum(cell.grid_span for cell in line.tc_lst) == columns


def emptied(view: Any) -> Any:
    """A view with nothing in it that may be missing: no list, no date, no text but who it is from, to and about."""
    kept = {"office", "unit", "title", "scope", "to", "period", "period_word", "receiver", "publish_anchor"}
    kept |= {"randomness_kind", "kind", "state", "randomness", "at_least", "draw"}
    changes: dict[str, Any] = {}
    for field in fields(view):
        value = getattr(view, field.name)
        if isinstance(value, tuple):
            changes[field.name] = ()
        elif is_dataclass(value) and field.name in {"task", "entity"}:
            continue
        elif "None" in str(field.type):
            changes[field.name] = None
        elif isinstance(value, str) and field.name not in kept:
            changes[field.name] = ""
    return replace(view, **changes)


@every_kind
def test_empty_values_lose_no_page_and_break_no_clause(kind: str, view: PaperView) -> None:
    data = fill(emptied(view))
    assert check(data).breaks == ()
    page = whole_text(data)
    assert "None" not in page and "{" not in page


def test_a_letter_waits_for_its_number_and_date_with_blanks() -> None:
    page = whole_text(fill(replace(samples.NOTICE, number="", issued=None)))
    assert "示工信检通〔　　　　〕　　号" in page
    assert "　　　　年　　月　　日" in page
    assert "〔2026〕　　号" in whole_text(fill(replace(samples.NOTICE, number="", number_word="")))
    assert "示工信检通〔2026〕3号" in whole_text(fill(samples.NOTICE))


def test_empty_values_show_a_dash_in_letters_and_a_blank_in_forms() -> None:
    nobody = replace(samples.ENTITY, address="", liaison="")
    assert "地址：—。" in whole_text(fill(replace(samples.NOTICE, entity=nobody)))
    assert "无需事先准备资料" in whole_text(fill(replace(samples.NOTICE, materials=())))
    form = Document(io.BytesIO(fill(replace(samples.BLANK_FORM, entity=nobody))))
    assert form.tables[0].cell(3, 1).text == ""


def test_form_ticks_what_was_chosen_and_keeps_what_is_no_option() -> None:
    page = whole_text(fill(samples.CHECK_FORM))
    assert re.findall("☑([^☑□\\s]+)", page) == [
        "实地检查",
        "书面检查",
        "无人机巡查",
        "发现问题经责令已改正",
        "责令改正，后续跟踪",
    ]
    assert "☑" not in whole_text(fill(samples.BLANK_FORM))


def test_record_without_names_names_nobody() -> None:
    page = whole_text(fill(replace(samples.DRAW_RECORD, names_included=False)))
    assert "通信有限公司" not in page and "示例检查员" not in page and "91990100MA" not in page
    assert "共抽中检查对象53户" in page
    assert "不列检查对象名称" in page


def test_record_says_when_a_withheld_code_is_due() -> None:
    page = whole_text(fill(replace(samples.DRAW_RECORD, code="", prk="")))
    assert "尚未公布" in page
    assert "在最后一户检查完成后公布，最迟于2026年3月31日17:30公布" in page


def test_announcement_explains_each_source_of_randomness() -> None:
    said = {
        "dice": "回复公告消息掷出“老虎机”骰子",
        "local-dice": "不能向外证明服务器的管理者没有干预",
        "hand": "当着见证人的面掷🎰，共6次。",
        "lottery": "该期在本公告发布时尚未开奖",
    }
    for kind, words in said.items():
        randomness = replace(samples.ANNOUNCEMENT.randomness, kind=kind)
        page = whole_text(fill(replace(samples.ANNOUNCEMENT, randomness=randomness)))
        assert words in page
    with pytest.raises(ValueError, match="不认识的随机数来源"):
        fill(replace(samples.ANNOUNCEMENT, randomness=replace(samples.ANNOUNCEMENT.randomness, kind="coin")))


def test_digests_are_grouped_to_be_read_aloud() -> None:
    digest = samples.digest("announcement")
    groups = [digest[at : at + 4] for at in range(0, 64, 4)]
    assert f"{' '.join(groups[:8])}\n{' '.join(groups[8:])}" in whole_text(fill(samples.ANNOUNCEMENT))


def test_publication_counts_its_results() -> None:
    assert "共检查200户：未发现问题160户；发现问题经责令已改正40户。" in whole_text(fill(samples.PUBLICATION))
    assert "没有需要公示的检查结果" in whole_text(fill(replace(samples.PUBLICATION, rows=())))


def test_publication_of_a_draw_made_elsewhere_promises_no_check() -> None:
    platform = replace(samples.PUBLICATION, announcement_digest="", record_digest="", code="")
    page = whole_text(fill(platform))
    assert "公开码" not in page and "摘要" not in page
    assert "重新计算抽取结果" in whole_text(fill(samples.PUBLICATION))


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ ''.__class__ }}",
        "{% for a in b %}",
        "{%p if x %}",
        "{_{ x }_}",
        "A&B <w:t>公司</w:t>",
        "]]>",
        "𠮷野家𰻝",
        " 前后有空格 ",
        "第一行\n第二行",
        "制表\t符",
    ],
)
def test_a_value_stays_text(hostile: str) -> None:
    view = replace(samples.NOTICE, entity=replace(samples.ENTITY, name=hostile), materials=(hostile,))
    assert whole_text(fill(view)).count(hostile) == 2


def test_what_no_document_can_hold_shows_as_a_mark() -> None:
    view = replace(samples.NOTICE, entity=replace(samples.ENTITY, name="甲\x00乙\x0b丙\ud800丁\a戊\f己\u202e庚"))
    assert "甲\ufffd乙\ufffd丙\ufffd丁\ufffd戊\ufffd己\ufffd庚：" in whole_text(fill(view))


SMALL = package(text("始{{ 值 }}终"), LETTER, "试验")


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Cf", "Zl", "Zp", "Cn", "Co"]), max_size=40))
def test_any_text_survives(value: str) -> None:
    assert f"始{value}终" in whole_text(render(SMALL, {"值": value, "页眉标记": ""}))


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ 值.__class__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ '{0.__class__}'.format(值) }}",
        "{{ 名单.append(1) }}",
    ],
)
def test_a_template_cannot_reach_python(attack: str) -> None:
    with pytest.raises(SecurityError):
        render(package(text(attack), LETTER, "试验"), {"值": "甲", "名单": ["甲"], "页眉标记": ""})


def test_a_field_that_word_tore_into_pieces_is_filled() -> None:
    torn = package(paragraph("始{", "{ 值", " }", "}终"), LETTER, "试验")
    assert "始甲终" in whole_text(render(torn, {"值": "甲", "页眉标记": ""}))


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="值"):
        render(SMALL, {"页眉标记": ""})
    with pytest.raises(TypeError, match="文书中的值"):
        render(SMALL, {"值": None, "页眉标记": ""})
    with pytest.raises(TypeError, match="没有这种文书的模板"):
        fill(PaperView(office="示例市双随机办", sample=True, rehearsal=False))


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (samples.ANNOUNCEMENT, "抽取公告-2026004-第17号.docx"),
        (samples.DRAW_RECORD, "抽取记录-2026004-第17号.docx"),
        (samples.ASSIGNMENT, "任务通知书-2026004-02.docx"),
        (samples.NOTICE, "检查通知书-2026004-03.docx"),
        (replace(samples.NOTICE, rehearsal=True), "演练-检查通知书-2026004-03.docx"),
        (samples.CHECK_FORM, "检查记录表-2026004-03.docx"),
        (samples.PUBLICATION, "结果公示表-2026004-第1批.docx"),
        (samples.CHASE, "演练-催报通知-示例县市场监督管理局-第2次.docx"),
        (replace(samples.CHASE, rehearsal=False, unit="../甲\n乙:丙"), "催报通知-.._甲_乙_丙-第2次.docx"),
    ],
)
def test_file_names(view: PaperView, name: str) -> None:
    assert file_name(view) == name


def test_a_file_name_fits_a_file_system() -> None:
    assert len(file_name(replace(samples.CHASE, unit="甲" * 300)).encode()) < 255


@pytest.mark.parametrize(
    ("parts", "lines"),
    [
        (("关于短任务", "的任务通知书"), ["关于短任务的任务通知书"]),
        (
            ("关于无线电台（站）设置使用情况抽查", "第1批", "随机抽取的公告"),
            ["关于无线电台（站）设置使用情况抽查", "第1批随机抽取的公告"],
        ),
        (("一" * 30, "二"), ["一" * 15, "一" * 15 + "二"]),
    ],
)
def test_titles_break_where_the_meaning_does(parts: tuple[str, ...], lines: list[str]) -> None:
    assert broken_title(parts).split("\n") == lines


@given(st.lists(st.text("甲乙丙丁", min_size=1, max_size=12), min_size=1, max_size=8))
def test_a_broken_title_loses_nothing_and_fits(parts: list[str]) -> None:
    lines = broken_title(parts).split("\n")
    assert "".join(lines) == "".join(parts)
    assert all(0 < len(line) <= 20 for line in lines)


def test_nothing_heavy_is_loaded_before_the_first_document() -> None:
    code = (
        "import sys, templates.word; from tests.word_samples import CHASE; templates.word.file_name(CHASE);"
        "print([name for name in ('docx', 'docxtpl', 'lxml', 'jinja2') if name in sys.modules])"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", code], cwd=root, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
