"""The fast way of filling: the text that docxtpl gives, for all kinds and values, many at once and in one file."""

import io
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from docx import Document
from docx.oxml.ns import qn

from models.views import PaperView
from templates import word, word_fast
from templates.paper import LETTER, control, package, paragraph, text, zipped
from tests.test_word_check import changed
from tests.word_samples import CHASE, NOTICE, PUBLICATION, SAMPLES, UPWARD

VIEWS = SAMPLES | {"upward": UPWARD}
HOSTILE = "甲&乙<丙>\n第二行\t{{ 值 }}_{_{𠮷 “引”"


def shown(data: bytes) -> str:
    """All text with its paragraphs, cells, breaks and tabs."""
    document = Document(io.BytesIO(data))
    out = []
    for part in (document.element.body, *(section.header._element for section in document.sections)):
        for node in part.iter(qn("w:t"), qn("w:br"), qn("w:tab"), qn("w:p"), qn("w:tc")):
            if node.getparent().tag != qn("w:tabs"):
                mark = {qn("w:br"): "\n", qn("w:tab"): "\t", qn("w:p"): "¶", qn("w:tc"): "|"}
                out.append(mark.get(node.tag, node.text or ""))
    return "".join(out)


def prepared(view: PaperView) -> tuple[bytes, dict[str, object]]:
    kind, _, fields = word._kind(view)
    return (word.FOLDER / f"{kind}.docx").read_bytes(), fields(view)


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_the_fast_way_gives_the_text_that_docxtpl_gives(view: PaperView) -> None:
    for each in (view, replace(view, office=HOSTILE, sample=False, rehearsal=False)):
        template, fields = prepared(each)
        assert word_fast.compiled(template) is not None
        assert shown(word.render(template, fields)) == shown(word.plainly(template, fields))


def test_a_file_is_a_sound_zip() -> None:
    for view in VIEWS.values():
        with ZipFile(io.BytesIO(word.fill(view))) as opened:
            assert opened.testzip() is None
            assert {each.date_time for each in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}


BEYOND = [
    paragraph("{{ 值|upper }}"),
    paragraph("{{ 值.strip() }}"),
    paragraph("{% set 别 = 值 %}{{ 别 }}"),
    paragraph("{# 说明 #}{{ 值 }}"),
    paragraph("{{ 值 ~ '末' }}"),
    control("if 值") + paragraph("{{ 值 }}") + control("endif") + paragraph("{%- if 值 %}有{% endif %}"),
]


@pytest.mark.parametrize("body", BEYOND)
def test_what_the_fast_way_cannot_do_goes_the_other_way_by_itself(body: str) -> None:
    template = package(text("始{{ 值 }}终") + body, LETTER, "试验")
    assert word_fast.compiled(template) is None
    fields = {"值": "abc", "页眉标记": ""}
    assert shown(word.render(template, fields)) == shown(word.plainly(template, fields))
    assert "始abc终" in shown(word.render(template, fields))


def test_a_template_whose_tags_tear_the_document_is_refused() -> None:
    torn = package(paragraph("甲{% if 值 %}</w:t></w:r></w:p>{% endif %}"), LETTER, "试验")
    assert "甲" in shown(word.render(torn, {"值": "", "页眉标记": ""}))
    with pytest.raises(ValueError, match="是否成对"):
        word_fast.deflated("a.xml", ("<a>", "<b></a>"))


TEARING = [
    "甲{% if 值 %}</w:t></w:r></w:p><w:p><w:r><w:t>{% endif %}乙{% if 值 %}</w:t></w:r>{% endif %}",
    "甲{% for 行 in 名单 %}</w:t></w:r><w:r>{% endfor %}<w:t>乙",
    '甲</w:t></w:r><w:r{% if 值 %} w:rsidR="{% endif %}><w:t>乙',
]


@pytest.mark.parametrize("body", TEARING)
def test_a_template_that_may_tear_is_held_against_xml_each_time(body: str) -> None:
    whole = package(paragraph("{{ 值 }}甲乙丙"), LETTER, "试验")
    with ZipFile(io.BytesIO(whole)) as opened:
        parts = {name: opened.read(name) for name in opened.namelist()}
    parts[word_fast.DOCUMENT] = parts[word_fast.DOCUMENT].replace("甲乙丙".encode(), body.encode())
    made = word_fast.compiled(zipped(parts))
    sound = word_fast.compiled(whole)
    assert sound is not None and sound.sound
    assert made is None or not made.sound
    with pytest.raises(ValueError, match="是否成对"):
        word.render(zipped(parts), {"值": "有", "名单": ["一", "二"], "页眉标记": ""})


def test_documents_of_the_shipped_templates_need_no_parsing() -> None:
    for kind, _, _ in word.KINDS.values():
        made = word_fast.compiled(word.shipped(kind))
        assert made is not None and made.sound, kind


def test_what_docxtpl_filled_merges_too() -> None:
    beyond = changed(word.shipped("notice"), "{{ 来源 }}", "{{ 来源|upper }}")
    assert word_fast.compiled(beyond) is None
    views = [replace(NOTICE, serial=number, number=f"示工信检通〔2026〕{number}号") for number in range(1, 4)]
    joined = word.merge(views, {"notice": beyond})
    assert len(Document(io.BytesIO(joined)).sections) == 3
    assert all(f"〔2026〕{number}号" in shown(joined) for number in range(1, 4))
    assert shown(joined).replace("¶", "") == shown(word.merge(views)).replace("¶", "")


def test_many_documents_merge_into_one_file_with_a_section_each() -> None:
    views = [replace(NOTICE, serial=number, number=f"示工信检通〔2026〕{number}号") for number in range(1, 41)]
    document = Document(io.BytesIO(word.merge(iter(views))))
    assert len(document.sections) == 40
    joined = shown(word.merge(views))
    assert [joined.index(f"〔2026〕{number}号") for number in range(1, 41)] == sorted(
        joined.index(f"〔2026〕{number}号") for number in range(1, 41)
    )
    for section in document.sections:
        assert section._sectPr.find(qn("w:type")).get(qn("w:val")) == "oddPage"
        assert section._sectPr.find(qn("w:pgNumType")).get(qn("w:start")) == "1"
        assert "PAGE" in "".join(node.text or "" for node in section.footer._element.iter(qn("w:instrText")))
    assert word.merge(views) == word.merge(views)


def test_each_document_of_a_merged_file_keeps_its_own_page_and_header() -> None:
    document = Document(io.BytesIO(word.merge([NOTICE, PUBLICATION, replace(CHASE, sample=False), UPWARD])))
    headers = ["".join(each.text for each in section.header.paragraphs) for section in document.sections]
    assert ["演练" in each for each in headers] == [False, False, True, False]
    assert ["示例" in each for each in headers] == [True, True, False, True]
    assert [section.page_width > section.page_height for section in document.sections] == [False, True, False, False]
    with ZipFile(io.BytesIO(word.merge([NOTICE]))) as opened:
        assert opened.testzip() is None


def test_nothing_to_merge_is_said() -> None:
    with pytest.raises(ValueError, match="没有可以合并"):
        word.merge([])


def test_a_table_of_5000_rows_and_as_many_notices_cost_little_memory() -> None:
    code = (
        "import resource; from dataclasses import replace; from templates import word;"
        "from tests.word_samples import NOTICE, PUBLICATION; word.fill(NOTICE);"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "rows = PUBLICATION.rows * 25; assert len(word.fill(replace(PUBLICATION, rows=rows))) > 100_000;"
        "views = (replace(NOTICE, serial=n) for n in range(1, 1001)); assert len(word.merge(views)) > 1_000_000;"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=os.environ, check=True, capture_output=True, text=True
    )
    assert int(done.stdout) < 100  # MB


def test_a_bad_zip_is_an_error() -> None:
    with pytest.raises(zipfile.BadZipFile):
        word.render(b"x", {})
