"""Files as offices send them, dropped into the chat: what the preview says of them, and what is asked or refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from models import codes
from tests.office_files import book, document
from tests.talk import Talk, make_sample, talking, words
from tests.test_office_files import GOOD, HEADER, HTML, lines

FRESH = codes.make_credit_code(990_001)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    def made() -> Path:
        return make_sample(tmp_path_factory.mktemp("office"))

    async with talking(await asyncio.to_thread(made)) as running:
        yield running


DROPPED = [
    (
        "名录.xlsx",
        book(
            ["某局名录库"],
            ["序号", "企业信用代码", "单位全称", "所属县区", "企业风险等级", "经营状态"],
            ["一、危化企业"],
            [1, FRESH, "示例甲", "示例区", "A级", "存续（在营）"],
            [2, "9.113E+17", "示例乙", "", "", ""],
            [3],
            ["填表人：某某", None, "审核人："],
        ),
        [
            "新增 1　变更 0　不变 0　不能导入 1",
            "第 5 行 企业信用代码　统一社会信用代码「9.113E+17」是科学计数法",
            "第 3 行是说明，没有作为数据导入：「一、危化企业」。",
            "有 1 行只填了序号，没有内容，没有导入。",
        ],
    ),
    (
        "人员.xlsx",
        book(
            ["姓名", "行政执法证号", "所在科室", "有效期限", "性别"],
            ["示例新人甲", "11010519491231002X", "盐业处", "2023.1.1-2028.12.31", "男"],
            ["示例新人乙", "990000888", "盐 业 处", "2023.1.1-2028.12.31", "M"],
        ),
        ["新增 1", "执法证号这一格像是身份证号码", "性别「M」不是男，也不是女"],
    ),
    (
        "回避.docx",
        document([["回避人员", "被检查单位", "申请回避理由"], ["示例查无此人", "示例查无此户", "/"]]),
        ["预览 · 回避名单", "申请回避理由　没有写回避原因。请补上。"],
    ),
    ("引号.csv", lines(HEADER, (FRESH, '"甲', "", "")), ["第 2 行读不出来，可能少了一个引号"]),
    ("导出.xls", HTML, ["这个文件其实是网页", "「文件—另存为」，类型选「Excel 工作簿 (*.xlsx)」"]),
    ("坏.xlsx", GOOD[:-30], ["已经损坏"]),
]


@pytest.mark.parametrize(("name", "data", "says"), DROPPED, ids=[each[0] for each in DROPPED])
async def test_a_file_dropped_into_the_chat(talk: Talk, name: str, data: bytes, says: list[str]) -> None:
    sent = await talk.clerk.sends_file(data, name=name)
    answer = words(await talk.clerk.until(says[0], after=sent))
    assert [each for each in says if each not in answer] == []
    assert "1949" not in answer
