"""Reminders and reports as people live them: the sample office in April 2022, through the local chat."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from bot.chat.client import ChatAdmin, ChatPerson, Message, buttons, words
from bot.local import admin_key
from bot.run import Office, office
from bot.settings import load
from models.base import SHANGHAI

LIAISON, OTHER, CLERK, LEADER = "示例联络员02", "示例联络员01", "示例工作人员甲", "示例领导甲"


@dataclass
class Life:
    """The running sample office; `at` moves its clock and ticks once."""

    office: Office
    people: dict[str, ChatPerson]
    clock: Path

    def at(self, text: str) -> None:
        self.clock.write_text(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).isoformat(), "ascii")
        self.office.tick.once()

    def who(self, name: str) -> ChatPerson:
        return self.people[name]

    async def quiet(self, name: str) -> list[str]:
        """What a person has read of reminders so far; a question in between shows that nothing is on its way."""
        person = self.who(name)
        asked = await person.says("帮助")
        await person.until("您可以办理", after=asked)
        return [words(message) for message in person.messages() if "🔔" in words(message)]


@asynccontextmanager
async def living(data: Path, clock: Path) -> AsyncIterator[Life]:
    settings = load(data=data, chat_address="127.0.0.1:0", tick_seconds=3600, clock=clock)
    async with office(settings) as running, ChatAdmin(running.address, admin_key(settings)) as admin:
        people = await admin.sample()
        try:
            yield Life(running, people, clock)
        finally:
            for person in people.values():
                await person.aclose()


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    clock = tmp_path / "clock"
    clock.write_text("2022-04-11T08:00:00+08:00", "ascii")
    async with living(tmp_path / "data", clock) as found:
        yield found


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


async def test_the_liaison_is_reminded_at_nine_hands_in_a_file_and_is_left_in_peace(life: Life) -> None:
    liaison = life.who(LIAISON)
    life.at("2022-04-12T08:59")
    assert await life.quiet(LIAISON) == []
    life.at("2022-04-12T09:00")
    reminded = await liaison.until("🔔 报送提醒")
    assert words(reminded).split("\n") == [
        "🔔 报送提醒",
        "• 4月19日（周二）前：月报表（2022年4月），最晚 4月20日（周三），还有 5 个工作日",
    ]
    assert labels(reminded) == ["开始填报", "零报告", "下载表格 .xlsx", "已用其他方式报送", "知道了"]
    assert reminded["document"]["file_name"] == "2022年4月月报表-盐业处.xlsx"
    await liaison.says("5 3 2", reply_to=reminded)
    ready = await liaison.until("计划调整次数 5（5）、培训次数 3（3）、回访户数 2（2）")
    await liaison.sends_file(await liaison.file(reminded), name="四月月报.xlsx")
    read = await liaison.until("已读入 20 项", after=ready)
    await liaison.presses("提交", message=read)
    receipt = await liaison.until("✅ 回执 2022-")
    assert words(receipt).split("\n")[1:] == [
        "2022年4月月报表 · 盐业处",
        "填报，数据 23 项，附文件，4月12日 09:00 收到，报送人 示例联络员02",
    ]
    last: Message = {"message_id": 0}
    for day, text in (
        ("14", "还有 3 个工作日"),
        ("18", "还有 1 个工作日"),
        ("19", "建议今天报送"),
        ("21", "已逾期 1 个工作日"),
    ):
        life.at(f"2022-04-{day}T09:00")
        last = await life.who(OTHER).until(text, after=last)
    assert len(await life.quiet(LIAISON)) == 1


async def test_the_form_survives_a_restart_in_its_middle(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2022-04-12T09:00:00+08:00", "ascii")
    async with living(tmp_path / "data", clock) as first:
        liaison = first.who(LIAISON)
        reminded = await liaison.until("🔔 报送提醒")
        await liaison.presses("开始填报", message=reminded)
        form = await liaison.until("待您补 3 项")
        await liaison.presses("开始填报", message=form)
        await liaison.until("计划调整次数：本月多少次")
        await liaison.says("4")
        await liaison.until("培训次数：本月多少次")
    async with living(tmp_path / "data", clock) as second:
        liaison = second.who(LIAISON)
        await liaison.says("1")
        await liaison.until("回访户数：本月多少户")
        await liaison.says("0")
        ready = await liaison.until("计划调整次数 4（4）、培训次数 1（1）")
        await liaison.presses("提交", message=ready)
        await liaison.until("✅ 回执 2022-")
        assert len(await second.quiet(LIAISON)) == 1


async def test_seen_is_written_into_the_message_and_the_next_stage_still_comes(life: Life) -> None:
    life.at("2022-04-12T09:00")
    liaison = life.who(LIAISON)
    reminded = await liaison.until("🔔 报送提醒")
    pressed = await liaison.presses("知道了", message=reminded)
    assert "已记下" in pressed["text"]
    seen = await liaison.until("✓ 已知悉（09:00）")
    assert seen["message_id"] == reminded["message_id"]
    assert labels(seen) == ["开始填报", "零报告", "下载表格 .xlsx", "已用其他方式报送"]
    life.at("2022-04-14T09:00")
    await liaison.until("还有 3 个工作日", after=reminded)


async def test_after_the_limit_the_leader_hears_of_all_units_in_one_message(life: Life) -> None:
    for day in ("12", "14", "18", "19", "20", "21"):
        life.at(f"2022-04-{day}T09:00")
    told = await life.who(LEADER).until("请督促")
    assert "月报表（2022年4月）· 8 个单位：" in words(told)
    assert "逾期 1 个工作日" in words(told)
    assert len(await life.quiet(LEADER)) == 1
    assert any("已逾期 1 个工作日" in text for text in await life.quiet(LIAISON))


async def test_a_week_down_is_one_message_to_each(life: Life) -> None:
    life.at("2022-04-20T10:30")
    reminded = await life.quiet(LIAISON)
    assert len(reminded) == 1
    assert "已过建议日，请尽快报送" in reminded[0]


async def test_deadlines_by_command_and_by_word(life: Life) -> None:
    life.at("2022-04-12T10:00")
    clerk = life.who(CLERK)
    for asked in (await clerk.says("/deadlines"), await clerk.says("期限")):
        shown = await clerk.until("期限 · 今后 60 天", after=asked)
        assert "月报表（2022年4月）· 8 个单位" in words(shown)
    asked = await clerk.says("报送情况")
    board = await clerk.until("已报送 0/8", after=asked)
    assert labels(board)[0] == "催报（未报送的全部提醒）"
    await clerk.presses("催报通知", message=board)
    letter = await clerk.until(lambda message: "document" in message)
    assert letter["document"]["file_name"].startswith("催报通知")
    assert (await clerk.file(letter))[:2] == b"PK"


async def test_another_units_liaison_has_no_right_to_the_command_of_staff(life: Life) -> None:
    liaison = life.who(LIAISON)
    asked = await liaison.says("报送情况")
    await liaison.until("由工作人员办理", after=asked)


async def test_a_wrong_file_gets_a_sentence_and_the_right_one_is_still_awaited(life: Life) -> None:
    liaison = life.who(LIAISON)
    asked = await liaison.says("/report")
    choice = await liaison.until("请选择要报送的事项", after=asked)
    await liaison.presses("填报 · 月报表 2022年4月", message=choice)
    form = await liaison.until("待您补 3 项")
    await liaison.sends_file(b"MZ", name="月报.exe")
    await liaison.until("这种文件不能作为报送材料：月报.exe")
    await liaison.presses("零报告", message=form)
    await liaison.until("零报告，4月11日 08:00 收到，报送人 示例联络员02")
