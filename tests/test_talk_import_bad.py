"""Bad files as offices send them, each dropped into the chat: a sentence says what is wrong and what to do."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from openpyxl import Workbook
from sqlmodel import func, select

from models import codes
from models.entity import Entity
from templates import samples
from tests.talk import Message, Talk, buttons, make_sample, talking, words

pytestmark = pytest.mark.asyncio(loop_scope="module")

FRESH = [codes.make_credit_code(n) for n in range(6001, 6030)]
KNOWN = samples.entities()[0]
HEADER = ["统一社会信用代码", "企业名称", "信用风险等级", "截止日期"]
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    data = await asyncio.to_thread(_made, tmp_path_factory)
    async with talking(data) as running:
        yield running


def _made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_sample(tmp_path_factory.mktemp("bad"))


def book(*rows: list[Any], then: Any = None) -> bytes:
    """An .xlsx with a header and these rows; `then` may change the sheet."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (HEADER, *rows):
        sheet.append(row)
    if then is not None:
        then(sheet)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info.filename))
        new.writestr(name, content)
    return out.getvalue()


async def drop(talk: Talk, name: str, data: bytes, says: str) -> Message:
    sent = await talk.clerk.sends_file(data, name=name)
    return await talk.clerk.until(says, after=sent)


def entities(talk: Talk) -> int:
    with talk.reading() as session:
        return int(session.exec(select(func.count()).select_from(Entity)).one())


GOOD = book([FRESH[0], "示例甲", "A", "2026-01-01"])
FAR = {"then": lambda sheet: sheet.cell(2, 16_384, "远")}


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        pytest.param(
            "炸弹.xlsx",
            with_part(GOOD, "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 400_000_000),
            "文件解压后超过 300 MB，不能导入。请分成几个文件，或者只保留需要的表。",
            id="zip bomb",
        ),
        pytest.param(
            "宏.xlsm",
            with_part(GOOD, "xl/vbaProject.bin", b"x"),
            "文件里带有宏，为了安全不能导入。请另存为不带宏的 .xlsx",
            id="macros",
        ),
        pytest.param(
            "很宽.xlsx",
            book([FRESH[0], "示例甲"], **FAR),
            "表格用到了第 16,384 列，超过 200 列的上限。请删去右边多余的列",
            id="columns",
        ),
        pytest.param("很宽.csv", ("a," * 100_000).encode(), "超过 200 列的上限", id="columns of csv"),
        pytest.param("旧表.xls", OLD, "「文件—另存为」，类型选「Excel 工作簿 (*.xlsx)」", id="xls"),
        pytest.param("旧表.et", OLD, "这是 WPS 表格的 .et 文件", id="et"),
        pytest.param("扫描件.pdf.xlsx", b"%PDF-1.7 x", "这是 PDF 文件，不能导入", id="pdf"),
        pytest.param("半个.xlsx", GOOD[: len(GOOD) // 2], "文件不完整或者已经损坏", id="half a file"),
        pytest.param("加密.xlsx", OLD + "EncryptedPackage".encode("utf-16-le"), "加了打开密码", id="password"),
    ],
)  # fmt: skip
async def test_a_file_that_cannot_be_read(talk: Talk, name: str, data: bytes, says: str) -> None:
    before = entities(talk)
    answer = await drop(talk, name, data, says)
    assert "请" in words(answer)
    assert buttons(answer) == []
    assert entities(talk) == before


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        pytest.param(
            [["=\"9\"&\"1\"", "示例甲", "A", ""]],
            "第 2 行 统一社会信用代码　这一格是公式，它的值会随别处变化。请复制后用「选择性粘贴—数值」贴回原处",
            id="formula",
        ),
        pytest.param(
            [[911300000000000000, "示例甲", "A", ""]],
            "「9.113E+17」是科学计数法，后几位已经丢失。请把该列设为文本后重新粘贴。",
            id="code stored as a number",
        ),
        pytest.param([["9.113E+17", "示例甲", "A", ""]], "「9.113E+17」是科学计数法", id="scientific text"),
        pytest.param(
            [[FRESH[1], "示例甲", "A", 46082]],
            "日期「46082」变成了数字，可能是 2026-03-01。请把该列设为日期格式，或者写成 2026-03-01。",
            id="date as a number",
        ),
        pytest.param([[FRESH[1], "示例甲", "A", "2026-02-30"]], "日期「2026-02-30」不存在", id="a day that is none"),
        pytest.param(
            [[FRESH[2], "示例甲", "A", ""], [FRESH[2], "示例乙", "A", ""]],
            f"第 3 行 统一社会信用代码　「{FRESH[2]}」与第 2 行重复",
            id="twice in the file",
        ),
        pytest.param([["#N/A", "示例甲", "A", ""]], "这一格是错误值（如 #N/A）。请改正后重新导入。", id="error"),
        pytest.param([["91I90000000070017K", "示例甲", "A", ""]], "字母 I、O、S、V、Z 不用于代码", id="a wrong letter"),
    ],
)  # fmt: skip
async def test_a_cell_that_cannot_be_taken(talk: Talk, rows: list[list[Any]], says: str) -> None:
    before = entities(talk)
    preview = await drop(talk, "企业.xlsx", book(*rows), "预览")
    assert says in words(preview)
    assert entities(talk) == before


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        pytest.param(
            [["".join(chr(ord(c) + 0xFEE0) for c in FRESH[10]), "示例全角公司", "Ａ级", "２０２６年１月１日"]],
            "新增 1　变更 0　不变 0　不能导入 0",
            id="full width",
        ),
        pytest.param([[f" {FRESH[11][:8]} {FRESH[11][8:]}\u200b", "示例 甲", "A", ""]], "新增 1", id="blanks"),
        pytest.param([[FRESH[12].lower(), "示例乙", "a", "2026.1.1"]], "新增 1", id="small letters"),
        pytest.param([[KNOWN["label"], KNOWN["name"], "", ""]], "变更 1", id="already in the database"),
        pytest.param([[FRESH[13], 20260101, "A", 20260101]], "新增 1", id="numbers where text is meant"),
    ],
)  # fmt: skip
async def test_what_is_only_written_oddly_is_taken(talk: Talk, rows: list[list[Any]], says: str) -> None:
    preview = await drop(talk, "企业.xlsx", book(*rows), "预览")
    assert says in words(preview)
    assert "不能导入 0" in words(preview)


async def test_a_million_empty_columns_do_no_harm(talk: Talk) -> None:
    def styled(sheet: Any) -> None:
        for letter in ("XFD1", "XFC2", "AAA3"):
            sheet[letter].number_format = "0%"

    preview = await drop(talk, "空列.xlsx", book([FRESH[14], "示例甲", "A", ""], then=styled), "预览")
    assert "新增 1" in words(preview)


async def test_numbers_with_a_percent_format_and_leading_zeros_read_as_they_show(talk: Talk) -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["抽查计划编号", "抽查任务编号", "抽查任务名称", "抽查比例", "抽查时间"])
    sheet.append([2031001, 1, "2031年某抽查", 0.05, "全年"])
    sheet["B2"].number_format, sheet["D2"].number_format = "000", "0%"
    out = io.BytesIO()
    made.save(out)
    preview = await drop(talk, "计划.xlsx", out.getvalue(), "预览")
    assert "年度抽查计划" in words(preview)
    assert "新增 1　变更 0　不变 0　不能导入 0" in words(preview)


@pytest.mark.parametrize("name", ["名录.pdf", "名录.numbers"])
async def test_a_file_of_another_sort_is_named_while_a_table_is_waited_for(talk: Talk, name: str) -> None:
    asked = await talk.clerk.says("/import")
    await talk.clerk.until("请把表格发到这里", after=asked)
    body = b"%PDF-1.7\n" + bytes(200) if name.endswith("pdf") else with_part(GOOD, "xl/workbook.xml", b"")
    before = entities(talk)
    said = await drop(talk, name, body, "另存为" if name.endswith("numbers") else "PDF")
    assert "正在等您发表格" not in words(said) and entities(talk) == before
    await talk.clerk.says("/cancel")
