"""Templates: what ships is what the code builds, and letters keep the measures of GB/T 9704-2012."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from docx import Document
from docx.oxml.ns import qn

from templates.gongwen import BUILDERS, FOLDER, build
from templates.paper import BODY, FONTS, LETTER, LINE
from templates.word import fill
from tests.test_word import LANDSCAPE
from tests.word_samples import NOTICE, UPWARD

LETTERS = (
    *("announcement", "assignment", "notice", "chase", "rectification", "recheck", "transfer"),
    *("plan_change", "work_plan", "year_plan", "rules", "summary"),
)
every_template = pytest.mark.parametrize("kind", list(BUILDERS))
every_letter = pytest.mark.parametrize("kind", LETTERS)


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_shipped_templates_are_the_built_ones() -> None:
    built = build()
    assert sorted(path.stem for path in FOLDER.glob("*.docx")) == sorted(built)
    for kind, data in built.items():
        assert parts((FOLDER / f"{kind}.docx").read_bytes()) == parts(data), f"python -m templates.gongwen  # {kind}"


@every_template
def test_a_template_names_only_official_fonts_and_embeds_none(kind: str) -> None:
    files = parts(BUILDERS[kind]())
    assert not [name for name in files if "font" in name.lower() or "media" in name]
    xml = b"".join(files.values()).decode()
    named = set(re.findall(r'w:(?:ascii|eastAsia|hAnsi|cs)="([^"]+)"', xml)) - {"zh-CN"}
    assert named <= set(FONTS)


@every_template
def test_fields_of_a_template_stand_in_one_run_each(kind: str) -> None:
    document = Document(io.BytesIO(BUILDERS[kind]()))
    for node in document.element.body.iter(qn("w:t")):
        words = node.text or ""
        assert words.count("{{") == words.count("}}") and words.count("{%") == words.count("%}"), words


@every_template
def test_page_numbers_stand_right_on_odd_and_left_on_even_pages(kind: str) -> None:
    document = Document(io.BytesIO(BUILDERS[kind]()))
    (section,) = document.sections
    assert document.settings.odd_and_even_pages_header_footer
    for footer, side in ((section.footer, "right"), (section.even_page_footer, "left")):
        holder = footer.tables[0].cell(0, 0) if kind in LANDSCAPE else footer
        (paragraph,) = holder.paragraphs
        assert paragraph.text == "— 1 —"
        assert "PAGE" in "".join(node.text or "" for node in paragraph._p.iter(qn("w:instrText")))
        assert paragraph._p.pPr.find(qn("w:jc")).get(qn("w:val")) == side
        assert paragraph._p.pPr.find(qn("w:ind")).get(qn(f"w:{side}Chars")) == "100"
        assert {run.font.size.pt for run in paragraph.runs} == {14}


@pytest.mark.parametrize("kind", sorted(LANDSCAPE))
def test_a_landscape_page_keeps_its_number_where_the_upright_page_has_it(kind: str) -> None:
    (section,) = Document(io.BytesIO(BUILDERS[kind]())).sections
    for footer in (section.footer, section.even_page_footer):
        (frame,) = footer.tables
        place = frame._tbl.tblPr.find(qn("w:tblpPr"))
        assert place.get(qn("w:horzAnchor")) == place.get(qn("w:vertAnchor")) == "page"
        # 7 mm outside of the type area, on the edge that is the foot once the page is turned.
        right_edge = int(place.get(qn("w:tblpX"))) + int(frame._tbl.tblGrid.gridCol_lst[0].get(qn("w:w")))
        assert abs((section.left_margin / 635 - right_edge) / 56.7 - 7) < 0.1
        assert frame.cell(0, 0)._tc.tcPr.find(qn("w:textDirection")).get(qn("w:val")) == "tbRl"


@every_letter
def test_letters_have_the_margins_and_the_grid_of_the_standard(kind: str) -> None:
    (section,) = Document(io.BytesIO(BUILDERS[kind]())).sections
    assert abs(section.top_margin.mm - 37) <= 1
    assert abs(section.left_margin.mm - 28) <= 1
    assert round((section.page_width - section.left_margin - section.right_margin) / 36000) == 156
    assert round((section.page_height - section.top_margin - section.bottom_margin) / 36000) == 225
    grid = section._sectPr.find(qn("w:docGrid"))
    inner = (section.page_height - section.top_margin - section.bottom_margin) // 635
    assert inner // int(grid.get(qn("w:linePitch"))) == 22


def test_22_lines_of_28_characters_fill_the_type_area() -> None:
    assert (LETTER.height - LETTER.top - LETTER.bottom) // LINE == 22
    # Half points are ten twips: the size and its spacing make the width of a character.
    assert LETTER.inner // (BODY.size * 10 + BODY.spacing) == 28


@every_letter
def test_letters_have_a_red_head_and_a_red_rule(kind: str) -> None:
    xml = parts(BUILDERS[kind]())["word/document.xml"].decode()
    before, after = xml.rsplit("{{ 发文字号 }}", 1)
    assert '<w:color w:val="FF0000"/>' in before and '<w:bottom w:val="single"' in before
    assert "FF0000" not in after
    title = re.search(r'方正小标宋简体"[^>]*/><w:sz w:val="(\d+)"', after)
    assert title is not None and title.group(1) == "44"


@pytest.mark.parametrize(("length", "size"), [(3, 52), (8, 52), (10, 42), (14, 31), (19, 23), (30, 31)])
def test_the_red_head_fits_its_line(length: int, size: int) -> None:
    document = Document(io.BytesIO(fill(replace(NOTICE, office="示" * length))))
    mark = next(paragraph for paragraph in document.paragraphs if paragraph.text == "示" * length)
    assert mark.runs[0].font.size.pt == size
    if length < 20:
        assert length * size <= LETTER.inner / 20


@every_template
def test_no_document_draws_a_seal(kind: str) -> None:
    xml = parts(BUILDERS[kind]())["word/document.xml"].decode()
    assert "w:drawing" not in xml and "w:pict" not in xml


def words_of(data: bytes) -> str:
    return "".join(node.text or "" for node in Document(io.BytesIO(data)).element.body.iter(qn("w:t")))


OPTIONAL = {
    "copy_no": ("000012", ""),
    "secrecy": ("秘密★1年", ""),
    "urgency": ("特急", ""),
    "signer": ("签发人：示例负责人", ""),
    "remark": ("（此件公开发布）", ""),
    "copies_to": ("抄送：示例市人民政府办公室，示例市市场监督管理局。", ()),
    "printed_by": ("示例市双随机办2026年3月24日印发", ""),
}


@pytest.mark.parametrize("part", OPTIONAL)
def test_what_only_some_letters_have_leaves_no_trace_in_the_others(part: str) -> None:
    shown, none = OPTIONAL[part]
    assert shown in words_of(fill(UPWARD))
    without = words_of(fill(replace(UPWARD, **{part: none})))
    assert shown not in without
    assert all(words in without for name, (words, _) in OPTIONAL.items() if name != part)


def test_the_printing_date_waits_for_the_pen() -> None:
    assert "示例市双随机办　　　　年　　月　　日印发" in words_of(fill(replace(UPWARD, printed_on=None)))


def test_a_copy_number_has_six_digits() -> None:
    with pytest.raises(ValueError, match="6位数字"):
        fill(replace(UPWARD, copy_no="12"))
