"""核验文书 in the chat: where a document comes from, whether it was altered, and what was not made here."""

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from docx import Document

from tests.talk import Talk, buttons, data_of, words
from tests.test_talk_letters import a_visit, papers, press, signed_notice
from tests.test_talk_templates import drops
from tests.test_word_check import changed


def saved_anew(data: bytes) -> bytes:
    """What another program makes of a document when it is stored without a change."""
    out = io.BytesIO()
    Document(io.BytesIO(data)).save(out)
    assert out.getvalue() != data
    return out.getvalue()


async def test_a_document_says_where_it_comes_from_or_that_it_was_altered(talk: Talk) -> None:
    visit = await a_visit(talk)
    clerk, year = talk.clerk, talk.office.clock().year
    menu = await papers(clerk, visit)
    draft = await clerk.file(await press(clerk, menu, data_of(menu, "doc_notice")))
    told = words(await drops(clerk, draft, "检查通知书.docx"))
    assert "原件，没有改动" in told and "没有签发的文本" not in told and "示例工作人员甲" in told
    signed = await clerk.file(await signed_notice(clerk, menu))
    told = words(await drops(clerk, signed, "改了名字.docx"))
    assert f"发文字号：示例检通〔{year}〕1号" in told and "检查对象：" in told and f"{year}001" in told
    told = words(await drops(clerk, draft, "旧稿.docx"))
    assert f"签发以前的文本；签发后的文号是 示例检通〔{year}〕1号" in told
    told = words(await drops(clerk, saved_anew(signed), "存过.docx"))
    assert "文字与本办公室出具时一致" in told and "重新保存过" in told
    forged = changed(signed, "检查频次：", "检查次数：")
    assert "文字已被改动" in words(await drops(clerk, forged, "改过.docx"))
    assert "文字已被改动" in words(await drops(clerk, saved_anew(forged), "改过.docx"))


async def test_a_void_number_is_said_when_its_paper_is_held_against_the_record(talk: Talk) -> None:
    visit = await a_visit(talk)
    menu = await papers(talk.clerk, visit)
    sent = await signed_notice(talk.clerk, menu)
    signed = await talk.clerk.file(sent)
    await press(talk.clerk, sent, data_of(sent, "void"))
    await talk.answer(talk.clerk, "写错了单位")
    assert "这个文号已经作废" in (told := words(await drops(talk.clerk, signed))) and "写错了单位" in told


async def test_whoever_is_bound_can_verify_and_reads_no_more_than_they_may(talk: Talk) -> None:
    visit = await a_visit(talk)
    menu = await papers(talk.clerk, visit)
    signed = await talk.clerk.file(await signed_notice(talk.clerk, menu))
    told = words(await drops(talk.witnesses[0], signed))
    assert "原件，没有改动" in told and "来源和出具人由" in told
    assert "检查对象：" not in told and "示例工作人员甲" not in told
    out = io.BytesIO()
    Document().save(out)
    for who in (talk.witnesses[0], talk.clerk):
        assert "不是本办公室用签筒出具的" in words(await drops(who, out.getvalue(), "别处的.docx"))


async def test_the_button_asks_for_the_file(talk: Talk) -> None:
    who = talk.witnesses[0]
    asked = await talk.answer(who, "/verify")
    assert "check_document" in {each["callback_data"].split(".")[1] for each in buttons(asked)}
    shown = await press(who, asked, data_of(asked, "check_document"))
    assert "请把要核验的 Word 文书" in words(shown)
    assert "只能核验 Word 文书" in words(await drops(who, b"%PDF-1.7", "扫描件.pdf"))
    out = io.BytesIO()
    Document().save(out)
    assert "不是本办公室用签筒出具的" in words(await drops(who, out.getvalue(), "别处的.docx"))


@pytest.mark.needs("libreoffice")
def test_the_mark_lives_through_another_program(tmp_path: Path) -> None:
    from templates import word, word_mark
    from tests.word_samples import NOTICE

    data = word.fill(NOTICE)
    (tmp_path / "in.docx").write_bytes(data)
    soffice = shutil.which("soffice") or "soffice"
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    out = tmp_path / "out"
    command = [soffice, profile, "--headless", "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(out)]
    subprocess.run([*command, str(tmp_path / "in.docx")], check=True, capture_output=True, timeout=180)
    before, after = word_mark.printed(data), word_mark.printed((out / "in.docx").read_bytes())
    assert before is not None and after is not None
    assert (after.mark, after.words) == (before.mark, before.words) and after.digest != before.digest


async def test_the_paper_of_a_report_says_whose_it_is(talk: Talk) -> None:
    liaison = next(person for name, person in talk.people.items() if "联络员02" in name)
    listed = await talk.answer(liaison, "/report")
    form = await press(liaison, listed, data_of(listed, "rf_open"))
    paper = await press(liaison, form, data_of(form, "rf_paper"))
    data = await liaison.file(paper)
    told = words(await drops(talk.clerk, data, "月报表.docx"))
    assert "原件，没有改动" in told and "月报表" in told and "示例联络员02" in told
