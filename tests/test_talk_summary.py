"""汇总 through the local chat: the short text, what is behind its buttons, and the leader's one message a day."""

import asyncio
import io
from pathlib import Path

from docx import Document
from sqlmodel import col, select

from bot.chat.client import words
from models import audit
from models.base import reading
from models.outbox import Outbox
from models.words import OutboxState
from tests.talk import Talk, cards
from tests.test_talk_report import CLERK, LEADER, LIAISON, Life, labels, life, living

__all__ = ["life"]


async def summaries(life: Life, name: str = LEADER) -> list[str]:
    """The daily ones that a person has read, once everything that is due has gone out."""
    end = asyncio.get_running_loop().time() + 20
    while waiting(life):
        assert asyncio.get_running_loop().time() < end, "the sender is still busy"
        await asyncio.sleep(0.02)
    await life.quiet(name)
    return [words(message) for message in life.who(name).messages() if "留痕末条摘要" in words(message)]


def waiting(life: Life) -> bool:
    """Whether a message is still to go out."""
    states = [OutboxState.QUEUED, OutboxState.TAKEN, OutboxState.SENDING]
    with reading(life.office.engine) as session:
        found = select(Outbox.id).where(col(Outbox.state).in_(states), Outbox.not_before <= life.office.clock())
        return session.exec(found).first() is not None


async def test_the_summary_by_command_and_by_word_with_targets_and_clause(life: Life) -> None:
    for said in ("/summary", "汇总"):
        asked = await life.who(LEADER).says(said)
        told = await life.who(LEADER).until("今日要点", after=asked)
        assert "逾期 0 项，3 个工作日内到期 0 项，待批 0 项。" in words(told)
        assert "△ 年度抽查比例 0%（0/" in words(told)
        assert "○ 部门联合抽查数量占比：还没有可以统计的数据，目标不低于 20%" in words(told)
        assert labels(told) == ["各单位", "季度总结 .docx"]
        assert "留痕末条摘要" not in words(told)


async def test_units_with_nothing_are_listed_with_nothing(life: Life) -> None:
    asked = await life.who(CLERK).says("/summary")
    told = await life.who(CLERK).until("今日要点", after=asked)
    await life.who(CLERK).presses("各单位", message=told)
    listed = await life.who(CLERK).until("按单位顺序", after=asked)
    assert "• 示例乙县：任务 0，抽查 0 户，已公示 0，超期未公示 0，完成率 —，完结率 —" in words(listed)


async def test_a_liaison_has_no_summary(life: Life) -> None:
    asked = await life.who(LIAISON).says("/summary")
    await life.who(LIAISON).until(lambda m: m.get("from", {}).get("is_bot", False), after=asked)
    assert not [m for m in life.who(LIAISON).messages() if "今日要点" in words(m)]


async def test_once_a_day_at_nine_on_working_days_with_the_chain_s_head(life: Life) -> None:
    life.at("2022-04-15T09:00")
    assert len(await summaries(life)) == 1, "the 20th is three working days ahead"
    for text in ("2022-04-16T09:00", "2022-04-17T09:00", "2022-04-18T08:59"):
        life.at(text)
    assert len(await summaries(life)) == 1, "a weekend, and too early on Monday"
    life.at("2022-04-18T09:00")
    life.at("2022-04-18T09:01")
    life.at("2022-04-18T15:00")
    told = await summaries(life)
    assert len(told) == 2
    assert "3 个工作日内到期 8 项" in told[-1]
    with reading(life.office.engine) as session:
        heads = set(session.exec(select(audit.Audit.digest)))
    last = told[-1].splitlines()[-1]
    assert last.startswith("留痕末条摘要 ") and last.split()[-1] in heads
    assert await summaries(life, CLERK) == []


async def test_nothing_is_said_on_a_day_with_nothing_to_say(life: Life) -> None:
    life.at("2022-04-12T09:00")
    assert await summaries(life) == []


async def test_a_week_down_is_one_summary_and_it_names_the_late(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2022-04-11T08:00:00+08:00", "ascii")
    async with living(tmp_path / "data", clock):
        pass
    clock.write_text("2022-04-25T10:00:00+08:00", "ascii")
    async with living(tmp_path / "data", clock) as after:
        after.office.tick.once()
        told = await summaries(after)
        assert len(told) == 1
        assert "逾期 8 项（" in told[0] and "盐业处 报送 1" in told[0]
        shown = await after.who(LEADER).until("留痕末条摘要")
        assert labels(shown) == ["逾期 8", "各单位", "季度总结 .docx", "知道了"]
        await after.who(LEADER).presses("逾期 8", message=shown)
        late = await after.who(LEADER).until("逾期 8 项", after=shown)
        assert "• 盐业处 报送：月报表，1 项，应在 4月20日前办理" in words(late)


async def test_a_request_to_leave_waits_with_its_buttons_and_the_group_sees_figures_only(talk: Talk) -> None:
    clerk, leader = talk.clerk, talk["领导甲"]
    team = await talk.dispatches(f"{talk.office.clock().year}008")
    one = team[0]
    listed = next(message for message in reversed(one.messages()) if cards(message))
    if "无法参加" not in labels(listed):
        await one.presses("", message=listed, data=f"1.visit.{cards(listed)[0][1]}")
        listed = await one.until("同组：", after=listed)
    await one.presses("无法参加", message=listed)
    await one.presses("仅此一户", message=await one.until("请选择"))
    await one.until("无法参加「")
    await one.says("住院")
    await clerk.until("无法参加：")
    for who, keys in ((leader, []), (clerk, ["1 同意", "1 不同意"])):
        asked = await who.says("/summary")
        told = await who.until("今日要点", after=asked)
        assert "待批 1 项" in words(told)
        await who.presses("待批 1", message=told)
        waits = await who.until("无法参加：", after=told)
        assert one.name in words(waits)
        assert labels(waits) == keys, "a leader sees it, staff decide"
    asked = await clerk.says("/summary", talk.group)
    told = await clerk.until("今日要点", talk.group, after=asked)
    assert labels(told) == []
    assert one.name not in words(told)
    await clerk.presses("1 不同意", message=waits)
    await one.until("没有获得同意")


async def test_the_quarter_comes_as_a_letter_to_sign(life: Life) -> None:
    leader = life.who(LEADER)
    asked = await leader.says("/summary")
    told = await leader.until("今日要点", after=asked)
    await leader.presses("季度总结 .docx", message=told)
    letter = await leader.until("2022年第一季度总结", after=told)
    document = Document(io.BytesIO(await leader.file(letter)))
    text = "\n".join(each.text for each in document.paragraphs)
    assert "2022年第一季度" in text
    assert "截至目前，没有逾期事项。" in text
    assert "今后两个月重点办理：月报表 16 项（最早 4 月 20 日到期）" in text
