"""Dates that people set, in the chat: moved and added deadlines, days of rest, the year, the calendar file."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, time
from pathlib import Path

import icalendar
import pytest
from sqlmodel import select

from bot.chat.client import ChatPerson, Message, words
from models import holidays
from models.base import SHANGHAI
from models.visit import Visit
from models.words import VisitState
from tests.talk import Talk
from tests.test_talk_report import CLERK, LIAISON, OTHER, Life, labels, life, living

ADMIN = "示例管理员"
__all__ = ["life"]


async def asks(person: ChatPerson, text: str, expected: str) -> Message:
    asked = await person.says(text)
    return await person.until(expected, after=asked)


async def test_staff_move_a_deadline_with_a_reason_and_the_liaisons_are_told(life: Life) -> None:
    clerk = life.who(CLERK)
    shown = await asks(clerk, "期限", "今后 60 天")
    await clerk.presses("调整期限与放假安排", message=shown)
    offered = await clerk.until("放假安排已知到")
    await clerk.presses("调整一项期限", message=offered)
    chosen = await clerk.until("请选择要调整的期限")
    assert any(label.startswith("月报表 2022年4月 · 8 个单位") for label in labels(chosen))
    await clerk.presses("月报表 2022年4月", message=chosen)
    whose = await clerk.until("为哪些单位调整")
    await clerk.presses("盐业处", message=whose)
    await clerk.until("现在最晚 4月20日（周三）")
    await asks(clerk, "2022-04-27", "请在日期后面写明理由")
    await asks(clerk, "下周三吧", "没有看懂日期")
    await asks(clerk, "2022-02-30 上级通知推迟", "日期「2022-02-30」不存在")
    await asks(clerk, "2022年4月1日 补报", "新的期限已经过去了")
    done = await asks(clerk, "4月27日 上级通知推迟", "已调整（1 个单位）")
    assert "最晚 4月27日（周三），建议 4月26日（周二）前报送" in words(done)
    told = await life.who(LIAISON).until("📅")
    assert words(told) == (
        "📅 月报表（2022年4月）的最晚日期由 4月20日（周三） 调整为 4月27日（周三），建议 4月26日（周二）前报送。"
        "理由：上级通知推迟"
    )
    life.at("2022-04-12T09:00")
    await life.who(OTHER).until("🔔 报送提醒")
    assert await life.quiet(LIAISON) == []


async def test_what_staff_ask_for_once_is_told_and_reminded_like_any_other(life: Life) -> None:
    clerk = life.who(CLERK)
    shown = await asks(clerk, "期限", "今后 60 天")
    await clerk.presses("调整期限与放假安排", message=shown)
    await clerk.presses("增加一项期限", message=await clerk.until("放假安排已知到"))
    form = await clerk.until("增加一项期限（已选 0 个单位）")
    await asks(clerk, "2022-04-29 专项检查情况；依据通知", "还没有选择单位")
    await clerk.presses("盐业处", message=form)
    await clerk.until("已选 1 个单位")
    await asks(clerk, "2022-04-29 专项检查情况", "日期、内容、依据缺一不可")
    await asks(clerk, "2022-04-29 专项检查情况；依据市局 4 月 8 日通知", "✅ 已增加：专项检查情况，1 个单位")
    told = await life.who(LIAISON).until("要求报送")
    assert "专项检查情况（2022年）" in words(told)
    assert "依据：市局 4 月 8 日通知" in words(told)
    life.at("2022-04-22T09:00")
    reminded = await life.who(LIAISON).until("专项检查情况（2022年）", after=told)
    assert "最晚 4月29日（周五），还有 5 个工作日" in words(reminded)


async def test_a_day_of_rest_that_staff_enter_moves_the_aims_and_those_concerned_hear(life: Life) -> None:
    clerk = life.who(CLERK)
    shown = await asks(clerk, "期限", "今后 60 天")
    await clerk.presses("调整期限与放假安排", message=shown)
    await clerk.presses("登记放假安排", message=await clerk.until("放假安排已知到"))
    await clerk.until("第一行写来源")
    await asks(clerk, "2022-04-19 休", "请在第一行写明放假安排的来源")
    await asks(clerk, "示例通知\n4月19日大概休息吧", "第 2 行")
    done = await asks(clerk, "示例通知\n2022-04-19 休\n2022-04-23 班", "✅ 已登记 2 天")
    assert words(done).split("\n")[1:] == ["• 4月19日（周二） 休息", "• 4月23日（周六） 上班"]
    told = await life.who(LIAISON).until("放假安排公布")
    assert "• 月报表（2022年4月）：建议日由 4月19日（周二） 改为 4月18日（周一），最晚 4月20日（周三）" in words(told)


async def test_only_staff_set_dates(life: Life) -> None:
    shown = await asks(life.who(LIAISON), "期限", "今后 60 天")
    assert "调整期限与放假安排" not in labels(shown)


async def test_at_the_turn_of_the_year_the_administrator_confirms_the_dates_once(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2026-12-09T08:00:00+08:00", "ascii")
    async with living(tmp_path / "data", clock) as life:
        admin = life.who(ADMIN)
        life.at("2026-12-10T08:30")
        assert not any("全年期限" in words(each) for each in admin.messages())
        life.at("2026-12-10T09:00")
        asked = await admin.until("2027 年全年期限")
        assert "• 工作方案：建议 2月12日（周五）（暂估）前，最晚 2月15日（周一）" in words(asked)
        pressed = await admin.presses("确认全年期限", message=asked)
        assert pressed is not None
        await admin.until("2027 年的 18 项期限已确认")
        life.at("2027-01-04T09:00")
        again = await asks(admin, "帮助", "您可以办理")
        named = [each for each in admin.messages() if "全年期限" in words(each) and "确认" not in words(each)]
        assert named == [] and again


async def test_who_does_not_confirm_is_asked_once_more_in_january(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("2026-12-09T08:00:00+08:00", "ascii")
    async with living(tmp_path / "data", clock) as life:
        for day in ("2026-12-10", "2026-12-11", "2026-12-31", "2027-01-04", "2027-01-05"):
            life.at(f"{day}T09:00")
        admin = life.who(ADMIN)
        await asks(admin, "帮助", "您可以办理")
        assert sum("2027 年全年期限" in words(each) for each in admin.messages()) == 2


async def test_the_calendar_file_replaces_what_was_taken_before(life: Life) -> None:
    liaison = life.who(LIAISON)

    async def taken() -> icalendar.Calendar:
        shown = await asks(liaison, "期限", "今后 60 天")
        await liaison.presses("日历文件 .ics", message=shown)
        message = await liaison.until("您的日程", after=shown)
        return icalendar.Calendar.from_ical(await liaison.file(message))

    def by_uid(file: icalendar.Calendar) -> dict[str, icalendar.Event]:
        return {str(each["UID"]): each for each in file.walk("VEVENT")}

    first = by_uid(await taken())
    april = next(each for each in first.values() if str(each["SUMMARY"]) == "月报表（2022年4月）")
    assert april["DTSTART"].dt.isoformat() == "2022-04-19"
    assert str(april["STATUS"]) == "CONFIRMED"
    life.at("2022-04-12T09:00")
    await liaison.presses("零报告", message=await liaison.until("🔔 报送提醒"))
    await liaison.until("✅ 回执")
    second = by_uid(await taken())
    assert set(first) == set(second)
    again = second[str(april["UID"])]
    assert str(again["STATUS"]) == "CANCELLED"
    assert again["SEQUENCE"] > april["SEQUENCE"]


@pytest.mark.parametrize("person", ["示例领导甲", "示例检查人员01"])
async def test_whoever_owes_nothing_is_told_so_instead_of_an_empty_calendar(life: Life, person: str) -> None:
    someone = life.who(person)
    shown = await asks(someone, "期限", "天")
    await someone.presses("日历文件 .ics", message=shown)
    await someone.until("不需要日历文件")


async def test_those_who_owe_a_visit_are_reminded_in_stages_and_no_more_once_it_is_done(
    talk_on: Callable[..., AbstractAsyncContextManager[Talk]], tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    clock.write_text(datetime.now(SHANGHAI).isoformat(), "ascii")
    async with talk_on(clock=clock) as talk:
        one, *_ = await talk.dispatches(f"{talk.office.clock().year}008")
        with talk.reading() as session:
            due = session.exec(select(Visit.due).where(Visit.state == VisitState.SENT)).first()
            assert due is not None
            days = holidays.calendar(session)
        aim = days.until(due).date

        def nine(day: date) -> None:
            clock.write_text(datetime.combine(day, time(9), SHANGHAI).isoformat(), "ascii")
            talk.office.tick.once()

        nine(days.back(aim, 6).date)
        nine(days.back(aim, 5).date)
        told = await one.until("🔔 到期提醒")
        assert "检查任务「" in words(told) and f"应在 {due.month}月{due.day}日" in words(told)
        assert "还有 5 个工作日" in words(told)
        nine(days.back(aim, 4).date)
        nine(days.back(aim, 3).date)
        again = await one.until("还有 3 个工作日", after=told)
        reminders = [each for each in one.messages() if "🔔 到期提醒" in words(each)]
        assert [each["message_id"] for each in reminders] == [told["message_id"], again["message_id"]]
        with talk.writing() as session:
            for each in session.exec(select(Visit)):
                each.state = VisitState.PASSED
                session.add(each)
        nine(days.back(aim, 1).date)
        asked = await one.says("帮助")
        await one.until("您可以办理", after=asked)
        assert len([each for each in one.messages() if "🔔 到期提醒" in words(each)]) == 2
