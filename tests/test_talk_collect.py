"""From the form to the city's sum, through the local chat: filled in, sent back, corrected, accepted, added up."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot.chat.client import words
from models.report_form import NAMES
from tests.test_talk_report import CLERK, LEADER, LIAISON, OTHER, Life, labels, living


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    clock = tmp_path / "clock"
    clock.write_text("2022-04-18T08:00:00+08:00", "ascii")
    async with living(tmp_path / "data", clock) as found:
        yield found


async def test_a_report_on_the_19th_from_the_form_to_the_citys_sum(life: Life) -> None:
    life.at("2022-04-19T09:00")
    liaison, other, clerk = life.who(LIAISON), life.who(OTHER), life.who(CLERK)
    reminded = await liaison.until("建议今天报送")
    await liaison.says("0 2 1", reply_to=reminded)
    form = await liaison.until("各项都已填好")
    await liaison.says("检查户数 5/8")
    changed = await liaison.until("已检查户数 5（8）", after=form)
    await liaison.presses("提交", message=changed)
    odd = await liaison.until("• 累计已检查户数 8 多于应检查户数 0。")
    await liaison.presses("核对无误，仍然报送", message=odd)
    receipt = await liaison.until("✅ 回执")
    assert "填报，数据 23 项，1 处疑问已核对，4月19日 09:00 收到，报送人 示例联络员02" in words(receipt)
    await other.presses("零报告")
    await other.until("零报告，4月19日 09:00 收到，报送人 示例联络员01")

    asked = await clerk.says("/collect")
    board = await clerk.until("已报送 2/8", after=asked)
    assert "待审核 2，已通过 0，已退回 0" in words(board)
    await clerk.presses("审核 · 月报表 2022年4月（2）", message=board)
    waiting = await clerk.until("待审核（2 份）")
    assert "盐业处 2022年4月月报表：填报，1 处疑问" in words(waiting)
    await clerk.presses("1", message=waiting)
    seen = await clerk.until("⚠️ 累计已检查户数 8 多于应检查户数 0。", after=waiting)
    await clerk.presses("退回", message=seen)
    await clerk.until("请回复退回")
    await clerk.says("应检查户数没有填")
    await clerk.until("已退回，已通知其联络员")

    back = await liaison.until("已退回，请更正后重新报送")
    assert "原因：应检查户数没有填" in words(back)
    await liaison.presses("更正", message=back)
    again = await liaison.until("⚠️ 上一版已退回：应检查户数没有填")
    await liaison.says("抽查户数 8 应检查 8 任务数 1")
    fixed = await liaison.until("应检查户数 8（8）", after=again)
    await liaison.presses("提交", message=fixed)
    await liaison.until("第 2 版", after=fixed)

    await clerk.presses("2", message=waiting)
    nothing = await clerk.until("零报告，4月19日 09:00 由示例联络员01报送")
    await clerk.presses("通过", message=nothing)
    await clerk.until("安全生产处 2022年4月月报表 已通过，计入汇总")
    asked = await clerk.says("报送情况")
    board = await clerk.until("待审核 1，已通过 1", after=asked)
    await clerk.presses("审核", message=board)
    waiting = await clerk.until("待审核（1 份）", after=board)
    await clerk.presses("1", message=waiting)
    seen = await clerk.until("填报，4月19日 09:00 由示例联络员02报送，第 2 版", after=waiting)
    await clerk.presses("通过", message=seen)
    await clerk.until("✓ 盐业处 2022年4月月报表 已通过")

    await clerk.presses("汇总 · 月报表 2022年4月", message=board)
    whole = await clerk.until("计入 2 个单位；6 个单位没有审核通过的报送，按 0 列出")
    assert "已检查户数 5（8）" in words(whole)
    assert labels(whole) == ["汇总表 .xlsx", "汇总表 .docx"]
    await clerk.presses("汇总表 .xlsx", message=whole)
    sent = await clerk.until(lambda message: message.get("document", {}).get("file_name", "").endswith(".xlsx"))
    sheet = load_workbook(io.BytesIO(await clerk.file(sent)), data_only=True).worksheets[0]
    rows = {row[1].value or row[0].value: [cell.value for cell in row] for row in sheet.iter_rows(min_row=4)}
    at = 4 + NAMES.index("checked")
    assert (rows["盐业处"][at], rows["示例甲县"][at], rows["合计"][at]) == (5, 0, 5)
    assert (rows["安全生产处"][2], rows["示例甲县"][2]) == ("零报告", "未报送")
    await clerk.presses("汇总表 .docx", message=whole)
    letter = await clerk.until(lambda message: message.get("document", {}).get("file_name", "").endswith(".docx"))
    assert (await clerk.file(letter))[:2] == b"PK"


async def test_the_form_and_what_was_given_survive_a_restart_and_a_forgotten_dialogue(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2022-04-12T09:00:00+08:00", "ascii")
    async with living(tmp_path / "data", clock) as first:
        liaison = first.who(LIAISON)
        reminded = await liaison.until("🔔 报送提醒")
        await liaison.says("培训 3", reply_to=reminded)
        await liaison.until("计划调整次数：本月多少次")
    async with living(tmp_path / "data", clock) as second:
        liaison = second.who(LIAISON)
        # Four days on, what was open in the chat is forgotten; what was given is not.
        second.at("2022-04-18T09:00")
        asked = await liaison.says("/report")
        listed = await liaison.until("请选择要报送的事项", after=asked)
        await liaison.presses("填报 · 月报表 2022年4月", message=listed)
        form = await liaison.until("待您补 2 项：计划调整次数、回访户数")
        assert "统计期间 3月20日至4月18日" in words(form)
        assert "培训次数 3（3）" in words(form)


async def test_only_staff_judge_and_only_in_private(life: Life) -> None:
    life.at("2022-04-19T09:00")
    liaison, clerk = life.who(LIAISON), life.who(CLERK)
    reminded = await liaison.until("建议今天报送")
    await liaison.presses("零报告", message=reminded)
    await liaison.until("✅ 回执")
    asked = await clerk.says("/collect")
    board = await clerk.until("已报送 1/8", after=asked)
    await clerk.presses("审核", message=board)
    waiting = await clerk.until("待审核（1 份）")
    await clerk.presses("1", message=waiting)
    await clerk.until("零报告，4月19日 09:00", after=waiting)
    for who in (LIAISON, LEADER):
        asked = await life.who(who).says("/collect")
        await life.who(who).until("由工作人员办理", after=asked)
