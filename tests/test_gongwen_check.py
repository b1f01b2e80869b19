"""The checker of GB/T 9704-2012: every document that we make holds, and each clause is named where it is broken."""

import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.shared import Pt

from bot.__main__ import main
from models.views import PaperView
from templates import gongwen_check, gongwen_letter
from templates.gongwen_check import Report, check
from templates.paper import FORM_KIND, LETTER_KIND, zipped
from templates.word import fill
from templates.word_read import Unreadable, read
from tests.word_samples import (
    ASSIGNMENT,
    CHECK_FORM,
    MONTHLY,
    NOTICE,
    PLAN_CHANGE,
    PUBLICATION,
    RECTIFICATION,
    RULES,
    SAMPLES,
    SUMMARY,
    TRANSFER,
    UPWARD,
    WORK_PLAN,
)

BODY, SETTINGS, STYLES = "word/document.xml", "word/settings.xml", "word/styles.xml"
ODD, EVEN = "word/footer1.xml", "word/footer2.xml"


def broken(data: bytes, part: str, pattern: str, new: str) -> bytes:
    """The document with the first match in one part changed; a pattern that matches nothing is a fault of the test."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    changed, count = re.subn(pattern, new, parts[part].decode(), count=1, flags=re.S)
    assert count == 1, pattern
    parts[part] = changed.encode()
    return zipped(parts)


def clauses(report: Report) -> set[str]:
    return {each.clause for each in report.breaks}


def styled(words: str) -> str:
    """A pattern for the properties of the paragraph that holds `words`, up to them."""
    return rf"(<w:p>(?:(?!<w:p>).)*?){words}"


@pytest.mark.parametrize("view", SAMPLES.values(), ids=list(SAMPLES))
def test_every_document_that_is_made_holds(view: PaperView) -> None:
    report = check(fill(view))
    assert report.breaks == ()
    assert report.kind == (LETTER_KIND if hasattr(view, "number") else FORM_KIND)


def test_a_letter_with_every_optional_part_holds() -> None:
    assert check(fill(UPWARD)).breaks == ()
    some = replace(UPWARD, copy_no="", urgency="", signer="", copies_to=(), printed_on=None)
    assert check(fill(some)).breaks == ()
    assert check(fill(replace(ASSIGNMENT, printed_by="示例市双随机办", copies_to=("示例县双随机办",)))).breaks == ()


@pytest.mark.parametrize("view", [view for view in SAMPLES.values() if hasattr(view, "number")])
@pytest.mark.parametrize("length", [3, 10, 14, 19, 26])
def test_letters_hold_with_names_of_any_length(view: PaperView, length: int) -> None:
    assert check(fill(replace(view, office="示" * length))).breaks == ()


def test_what_is_left_to_be_written_breaks_nothing_and_is_said() -> None:
    unsigned = check(fill(replace(SUMMARY, signer="")))
    assert unsigned.breaks == () and "签发人留空，在签发时填写。" in unsigned.notes
    assert any("请补充下一步工作" in note and note.endswith("留待补充。") for note in unsigned.notes)
    assert "有1段留有横线，请补写。" in check(fill(RECTIFICATION)).notes


@pytest.mark.parametrize("view", [view for view in SAMPLES.values() if hasattr(view, "number")])
@pytest.mark.parametrize("name", ["短", "示例市" * 9, "示例市𠮷星通信<A&B>技术服务（示例）有限责任公司"])
def test_titles_break_whatever_they_name(view: PaperView, name: str) -> None:
    changed: dict[str, Any] = {"unit": name} if hasattr(view, "unit") else {}
    if hasattr(view, "entity"):
        changed["entity"] = replace(view.entity, name=name)
    if hasattr(view, "task"):
        changed["task"] = replace(view.task, name=f"{name}抽查")
    assert check(fill(replace(view, **changed))).breaks == ()


def test_blanks_to_be_filled_at_signing_break_nothing_and_are_said() -> None:
    report = check(fill(replace(NOTICE, number="", issued=None)))
    assert report.breaks == ()
    assert [note.partition("留空")[0] for note in report.notes] == ["发文字号", "成文日期"]
    assert check(fill(NOTICE)).notes == ()


# clause, what of NOTICE (or ASSIGNMENT where the clause is about attachments) is changed into what
LETTERS: list[tuple[str, PaperView, str, str, str]] = [
    ("5.1", NOTICE, BODY, 'w:w="11906" w:h="16838"', 'w:w="12240" w:h="15840"'),
    ("5.2.1", NOTICE, BODY, 'w:top="2098"', 'w:top="1440"'),
    ("5.2.1", NOTICE, BODY, 'w:left="1588" w:header', 'w:left="1800" w:header'),
    ("5.2.1", NOTICE, BODY, 'w:bottom="1984"', 'w:bottom="1700"'),
    ("5.2.2", NOTICE, STYLES, '(<w:rPrDefault>.*)<w:sz w:val="32"/>(.*<w:rPr>.*)<w:sz w:val="32"/>', r"\1\2"),
    ("5.2.2", NOTICE, STYLES, '(type="paragraph".*)w:eastAsia="仿宋_GB2312"', r'\1w:eastAsia="等线"'),
    ("5.2.3", NOTICE, BODY, "<w:docGrid[^>]*>", ""),
    ("5.2.3", NOTICE, BODY, 'w:linePitch="579"', 'w:linePitch="600"'),
    ("5.2.3", NOTICE, BODY, 'w:type="lines" w:linePitch="579"', 'w:type="linesAndChars" w:linePitch="579"'),
    ("5.2.3", NOTICE, BODY, '(w:line=")578("[^>]*/><w:ind(?:(?!<w:p>).)*一、检查事项和依据)', r"\g<1>600\2"),
    (
        "5.2.4",
        NOTICE,
        BODY,
        '(<w:sz w:val="32"/>)(<w:szCs w:val="32"/></w:rPr><w:t[^>]*>检查时间：)',
        r'<w:color w:val="1F4E79"/>\1\2',
    ),
    ("7.2.1", UPWARD, BODY, "000012", "12"),
    ("7.2.1", UPWARD, BODY, '<w:jc w:val="left"/>', '<w:jc w:val="right"/>'),
    ("7.2.2", UPWARD, BODY, '(w:eastAsia=")黑体("[^>]*/>(?:(?!<w:p>).)*秘密★1年)', r"\1仿宋\2"),
    ("7.2.3", UPWARD, BODY, '(w:eastAsia=")黑体("[^>]*/>(?:(?!<w:p>).)*特急)', r"\1仿宋\2"),
    ("7.2.6", UPWARD, BODY, "签发人：", "签发人:"),
    ("7.2.6", UPWARD, BODY, 'w:eastAsia="楷体_GB2312"', 'w:eastAsia="黑体"'),
    ("7.2.6", UPWARD, BODY, '<w:tab w:val="right" w:pos="8528"/>', ""),
    ("7.3.6", UPWARD, BODY, "（此件公开发布）", "(此件公开发布)"),
    ("7.3.6", UPWARD, BODY, "<w:ind [^>]*>(<w:jc [^>]*></w:pPr>(?:(?!<w:p>).)*此件公开发布)", r"\1"),
    ("7.4.1", UPWARD, BODY, '<w:insideH w:val="single" w:sz="6"', '<w:insideH w:val="single" w:sz="8"'),
    ("7.4.1", UPWARD, BODY, '<w:bottom w:val="single" w:sz="8"[^>]*>', ""),
    ("7.4.1", UPWARD, BODY, '<w:gridCol w:w="8844"/>', '<w:gridCol w:w="6000"/>'),
    ("7.4.2", UPWARD, BODY, "抄送：", "抄送:"),
    ("7.4.2", UPWARD, BODY, "监督管理局。", "监督管理局"),
    ("7.4.2", UPWARD, BODY, '(<w:sz w:val=")28("/><w:szCs w:val="28"/></w:rPr><w:t[^>]*>抄送)', r"\g<1>32\2"),
    ("7.4.3", UPWARD, BODY, "2026年3月24日印发", "2026年03月24日印发"),
    ("7.4.3", UPWARD, BODY, "24日</w:t>|24日印发", "24日"),
    ("7.2.4", NOTICE, BODY, '<w:color w:val="FF0000"/>', ""),
    ("7.2.4", NOTICE, BODY, 'w:eastAsia="方正小标宋简体"', 'w:eastAsia="黑体"'),
    ("7.2.4", NOTICE, BODY, 'w:line="1900"', 'w:line="1000"'),
    ("7.2.4", NOTICE, BODY, '<w:jc w:val="center"/>', '<w:jc w:val="left"/>'),
    ("7.2.5", NOTICE, BODY, "〔2026〕3号", "[2026]3号"),
    ("7.2.5", NOTICE, BODY, "〔2026〕3号", "〔2026〕03号"),
    ("7.2.5", NOTICE, BODY, "〔2026〕3号", "〔2026〕第3号"),
    ("7.2.5", NOTICE, BODY, "〔2026〕3号", "【2026】3号"),
    ("7.2.5", NOTICE, BODY, "〔2026〕3号", "〔26〕3号"),
    ("7.2.5", NOTICE, BODY, styled("示工信检通〔2026〕3号") + "</w:t></w:r></w:p>", ""),
    ("7.2.7", NOTICE, BODY, "<w:pBdr>.*?</w:pBdr>", ""),
    ("7.2.7", NOTICE, BODY, 'w:space="11" w:color="FF0000"', 'w:space="11" w:color="000000"'),
    ("7.2.7", NOTICE, BODY, 'w:space="11"', 'w:space="1"'),
    ("7.3.1", NOTICE, BODY, '<w:sz w:val="44"/>', '<w:sz w:val="36"/>'),
    ("7.3.1", NOTICE, BODY, '<w:sz w:val="44"/>', '<w:b/><w:sz w:val="44"/>'),
    ("7.3.1", NOTICE, BODY, '(方正小标宋简体)(" w:hAnsi[^>]*><w:sz w:val="44"/>)', r"宋体\2"),
    ("7.3.1", NOTICE, BODY, '<w:jc w:val="center"/>(</w:pPr>(?:(?!<w:p>).)*>检查通知书<)', r'<w:jc w:val="left"/>\1'),
    ("7.3.2", NOTICE, BODY, "责任公司：", "责任公司:"),
    (
        "7.3.2",
        NOTICE,
        BODY,
        '(<w:jc w:val="both"/></w:pPr>(?:(?!<w:p>).)*责任公司：)',
        r'<w:ind w:firstLineChars="200"/>\1',
    ),
    (
        "7.3.3",
        NOTICE,
        BODY,
        'w:firstLineChars="200" w:firstLine="632"(/>(?:(?!<w:p>).)*根据有关法律)',
        r'w:firstLineChars="0"\1',
    ),
    ("7.3.3", NOTICE, BODY, "1\\.无线电频率", "1、无线电频率"),
    ("7.3.3", NOTICE, BODY, "（一）申请回避", "(一)申请回避"),
    ("7.3.3", NOTICE, BODY, '(w:eastAsia=")黑体("[^>]*/>(?:(?!<w:p>).)*一、检查事项)', r"\1仿宋\2"),
    ("7.3.3", NOTICE, BODY, 'w:eastAsia="楷体_GB2312"', 'w:eastAsia="仿宋_GB2312"'),
    ("7.3.3", NOTICE, BODY, '(w:eastAsia=")仿宋_GB2312("[^>]*>(?:(?!<w:p>).)*<w:t[^>]*>任务来源：)', r"\1宋体\2"),
    ("7.3.4", ASSIGNMENT, BODY, "附件：检查对象名单", "附件:检查对象名单"),
    ("7.3.4", ASSIGNMENT, BODY, "附件：检查对象名单", "附件：检查对象名单。"),
    ("7.3.4", ASSIGNMENT, BODY, styled("附件：检查对象名单") + "</w:t></w:r></w:p>", ""),
    ("7.3.4", TRANSFER, BODY, "2.移送回执", "移送回执"),
    ("7.3.4", TRANSFER, BODY, '<w:ind [^>]*w:firstLineChars="500"[^>]*>', ""),
    ("7.3.4", TRANSFER, BODY, styled("2.移送回执") + "</w:t></w:r></w:p>", ""),
    ("7.3.1", WORK_PLAN, BODY, "情况</w:t><w:br/><w:t[^>]*>抽查", "</w:t><w:br/><w:t>的情况抽查"),
    ("7.3.1", WORK_PLAN, BODY, "》的通知", "》的通知。"),
    ("7.3.1", PLAN_CHANGE, BODY, "关于调整2026年度</w:t><w:br/><w:t[^>]*>", "关于调整2026年度市有关部门的"),
    ("7.3.3", WORK_PLAN, BODY, "一、目的和依据", "一.目的和依据"),
    (
        "7.3.3",
        RULES,
        BODY,
        'w:firstLineChars="200" w:firstLine="632"(/>(?:(?!<w:p>).)*第十条)',
        r'w:firstLineChars="0"\1',
    ),
    ("7.3.5", NOTICE, BODY, '<w:ind w:leftChars="1350"[^>]*>', ""),
    ("7.3.5.4", NOTICE, BODY, "2026年3月4日(</w:t></w:r></w:p>)", r"2026年03月04日\1"),
    ("7.3.5.4", NOTICE, BODY, "2026年3月4日(</w:t></w:r></w:p>)", r"二〇二六年三月四日\1"),
    ("7.3.5.4", NOTICE, BODY, styled("2026年3月4日") + "</w:t></w:r></w:p>", ""),
    ("7.3.7", TRANSFER, BODY, "附件2</w:t>", "附件3</w:t>"),
    ("7.3.7", ASSIGNMENT, BODY, "<w:pageBreakBefore/>", ""),
    ("7.3.7", ASSIGNMENT, BODY, '(w:eastAsia=")黑体("[^>]*>(?:(?!<w:p>).)*<w:t[^>]*>附件</w:t>)', r"\1仿宋\2"),
    ("7.3.7", ASSIGNMENT, BODY, "(<w:t[^>]*>附件</w:t></w:r></w:p>)<w:p>.*?</w:p>", r"\1"),
    ("7.5", NOTICE, SETTINGS, "<w:evenAndOddHeaders/>", ""),
    ("7.5", NOTICE, ODD, '<w:jc w:val="right"/>', '<w:jc w:val="center"/>'),
    ("7.5", NOTICE, EVEN, '<w:jc w:val="left"/>', '<w:jc w:val="right"/>'),
    ("7.5", NOTICE, ODD, 'w:rightChars="100" w:right="280"', ""),
    ("7.5", NOTICE, ODD, "— ", "- "),
    ("7.5", NOTICE, ODD, '<w:sz w:val="28"/>', '<w:sz w:val="18"/>'),
    ("7.5", NOTICE, ODD, 'w:ascii="宋体"', 'w:ascii="Times New Roman"'),
    ("7.5", NOTICE, ODD, " PAGE ", " DATE "),
    ("7.5", NOTICE, BODY, 'w:footer="1406"', 'w:footer="600"'),
    ("7.5", NOTICE, BODY, "<w:docGrid", "<w:titlePg/><w:docGrid"),
]


# What else breaks by itself: the grid and the page number's place hang on the page, the rule on the number's line.
FOLLOWS = {"5.1": {"5.2.3", "7.5"}, "5.2.1": {"5.2.3", "7.5"}, "7.2.5": {"7.2.7", "7.3.1"}, "7.3.5.4": {"7.3.3"}}


def _id(value: object) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[\d.]+", value) else ""


@pytest.mark.parametrize(("clause", "view", "part", "pattern", "new"), LETTERS, ids=_id)
def test_a_broken_letter_is_told_its_clause(clause: str, view: PaperView, part: str, pattern: str, new: str) -> None:
    report = check(broken(fill(view), part, pattern, new))
    assert clause in clauses(report)
    assert clauses(report) - {clause} <= FOLLOWS.get(clause, set())
    for each in report.breaks:
        assert each.name and each.place and each.value and each.should and each.value != each.should


TABLES: list[tuple[str, PaperView, str, str, str]] = [
    ("5.1", CHECK_FORM, BODY, 'w:w="11906" w:h="16838"', 'w:w="11906" w:h="15840"'),
    ("5.2.2", CHECK_FORM, BODY, '(w:eastAsia=")黑体("[^>]*>(?:(?!<w:p>).)*任务编号)', r"\1Arial\2"),
    ("7.5", CHECK_FORM, EVEN, '<w:jc w:val="left"/>', '<w:jc w:val="right"/>'),
    ("8", PUBLICATION, ODD, '<w:textDirection w:val="tbRl"/>', ""),
    ("8", PUBLICATION, ODD, 'w:tblpX="\\d+"', 'w:tblpX="200"'),
    ("8", PUBLICATION, BODY, "<w:tblHeader/>", ""),
    ("8", MONTHLY, BODY, '<w:gridCol w:w="2225"/>', '<w:gridCol w:w="4225"/>'),
    ("8", PUBLICATION, BODY, '<w:gridCol w:w="600"/>', '<w:gridCol w:w="3000"/>'),
]


@pytest.mark.parametrize(("clause", "view", "part", "pattern", "new"), TABLES, ids=_id)
def test_a_broken_table_is_told_its_clause_and_no_other(
    clause: str, view: PaperView, part: str, pattern: str, new: str
) -> None:
    report = check(broken(fill(view), part, pattern, new))
    assert report.kind == FORM_KIND
    assert clauses(report) == {clause}


def test_every_clause_that_is_checked_is_shown_to_fail() -> None:
    source = "".join(Path(part.__file__).read_text("utf-8") for part in (gongwen_check, gongwen_letter))
    assert set(re.findall(r'"(\d(?:\.\d)+|8)"', source)) == {case[0] for case in (*LETTERS, *TABLES)}


def test_an_ordinary_document_breaks_most_clauses() -> None:
    document = Document()
    document.add_heading("关于抽查的通知", 1)
    document.add_paragraph("各单位：")
    document.add_paragraph("现将有关事项通知如下。").runs[0].font.size = Pt(12)
    out = io.BytesIO()
    document.save(out)
    report = check(out.getvalue())
    assert {"5.1", "5.2.2", "5.2.3", "7.2.4", "7.2.5", "7.3.1", "7.3.3", "7.3.5.4", "7.5"} <= clauses(report)
    assert clauses(check(out.getvalue(), FORM_KIND)) == {"5.1", "5.2.4", "7.5"}


def test_fonts_come_from_styles_and_themes_too() -> None:
    """What a letter says once in a style counts as said; what it says with the theme's name, as the theme's font."""
    bare = broken(
        fill(NOTICE), BODY, 'w:eastAsia="仿宋_GB2312"( w:hAnsi[^>]*>(?:(?!<w:p>).)*<w:t[^>]*>任务来源)', r"\1"
    )
    assert check(bare).breaks == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "不是 .docx"),
        (b"%PDF-1.7", "不是 .docx"),
        (zipped({"a.txt": b""}), "没有 Word 正文"),
        (zipped({BODY: b"<w:document"}), "已经损坏"),
        (zipped({BODY: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "没有读取"),
        (zipped({BODY: b"<a/>"}), "没有正文"),
    ],
)
def test_what_is_no_word_document_is_refused_with_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(data)


def test_a_torn_file_is_refused_wherever_it_is_torn() -> None:
    whole = fill(NOTICE)
    for at in range(0, len(whole), len(whole) // 40):
        with pytest.raises(Unreadable):
            read(whole[:at])


def test_the_command_says_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "函.docx"
    path.write_bytes(fill(NOTICE))
    assert main(["docs", "check", str(path)]) == 0
    assert "没有发现不符" in capsys.readouterr().out
    path.write_bytes(broken(fill(NOTICE), BODY, "〔2026〕3号", "[2026]03号"))
    assert main(["docs", "check", str(path)]) == 1
    first, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("7.2.5 发文字号　第") and "[2026]03号，应为：" in first
    assert main(["docs", "check", "--json", str(path)]) == 1
    shown = json.loads(capsys.readouterr().out)
    assert not shown["ok"] and shown["breaks"][0]["clause"] == "7.2.5" and shown["kind"] == "公文"
    path.write_bytes(fill(replace(NOTICE, number="")))
    assert main(["docs", "check", str(path)]) == 0
    assert "说明：发文字号留空" in capsys.readouterr().out
    for name, words in (("没有.docx", "读不到文件"), (".", "读不到文件")):
        assert main(["docs", "check", str(tmp_path / name)]) == 2
        assert words in capsys.readouterr().err
    path.write_bytes(b"x")
    assert main(["docs", "check", str(path)]) == 2
    assert "不是 .docx" in capsys.readouterr().err
