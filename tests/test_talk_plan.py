"""/plan and 补全, as staff talk it: the rows with their state, the form step by step, through the local chat."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlmodel import select

from bot.chat.client import ChatPerson, Message, buttons, words
from models import completion, plan
from models.entity import Entity
from models.people import Unit
from models.plan import Task
from models.words import DrawMode, TaskState
from tests.talk import Talk

ROW = "2026002"


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


def row_of(talk: Talk, number: int = 1) -> Task:
    """A row of the sample plan that is still as written, from the top."""
    with talk.reading() as session:
        found = session.exec(select(Task).where(Task.state == TaskState.WRITTEN).order_by(Task.row))  # type: ignore[arg-type]
        return list(found)[number - 1]


class Form:
    """One person's open form: presses and what it then shows."""

    def __init__(self, who: ChatPerson, message: Message) -> None:
        self.who, self.message = who, message

    @classmethod
    async def open(cls, who: ChatPerson, row: Task) -> "Form":
        said = await who.says("/plan")
        listed = await who.until("待补全", after=said)
        await who.presses(f"补全 {row.plan_no}", message=listed)
        return cls(who, await who.until("由哪个单位发起", after=listed))

    async def presses(self, label: str, then: str) -> str:
        """Press, and wait until the form asks this."""
        before = self.message
        await self.who.presses(label, message=before)
        self.message = await self.who.until(
            lambda m: then in words(m) and m["message_id"] >= before["message_id"] and m != before
        )
        return words(self.message)

    async def marks(self, *wanted: str) -> None:
        """Leave these options marked and no others."""
        for label in labels(self.message):
            mark, _, name = label.partition(" ")
            if mark in {"☑", "☐"} and (mark == "☑") != name.startswith(wanted):
                await self.presses(label, "可以多选")

    async def says(self, text: str, then: str) -> str:
        """Answer in words."""
        said = await self.who.says(text)
        self.message = await self.who.until(then, after=said)
        return words(self.message)


async def completes(form: Form, *, mode: str = "本群抽取", unit: str = "安全生产处") -> None:
    """The straight way through the form up to the summary."""
    await form.presses(unit, "抽查哪几类检查对象")
    await form.marks("民爆企业")
    await form.presses("下一步", "抽查哪些区县")
    await form.presses("下一步", "按什么比例抽取")
    await form.says("10%", "检查哪些事项")
    await form.marks("MB-01")
    await form.presses("下一步", "每户派出哪些单位")
    await form.presses("下一步", "什么时间检查")
    await form.says("2026年3月1日至2027年12月20日", "在哪里抽取")
    await form.presses(mode, "请")


async def test_the_plan_shows_each_row_with_its_state(talk: Talk) -> None:
    shown = words(await talk.answer(talk.clerk, "计划"))
    assert re.search(r"15 项，待补全 11 项", shown)
    assert shown.count("待抽取") == 4
    listed = talk.clerk.messages()[-1]
    assert sum(label.startswith("补全 ") for label in labels(listed)) == 11
    assert sum(label.startswith("修改 ") for label in labels(listed)) == 4


async def test_a_row_is_completed_step_by_step_and_can_then_be_drawn(talk: Talk) -> None:
    row = row_of(talk)
    form = await Form.open(talk.clerk, row)
    await completes(form)
    shown = await form.says("示例办公室没有接入省平台", "请核对")
    for line in ("发起单位：安全生产处", "民爆企业；不限区县", "比例：10%", "每户派出：安全生产处", "方式：本群抽取"):
        assert line in shown
    assert await form.presses("确认补全", "已补全")
    with talk.reading() as session:
        done = session.get_one(Task, row.id)
        assert (done.state, done.mode, done.strata) == (TaskState.COMPLETED, DrawMode.BOT, {"*": "1/10"})
        assert done.scope == {"kinds": ["民爆企业"]}
        assert [item.code for item in plan.items_of(session, row.id or 0)] == ["MB-01"]
        assert [(line.count, line.tags) for line in plan.units_of(session, row.id or 0)] == [(2, [])]
    asked = await talk.clerk.says("/draw", talk.group)
    listed = await talk.clerk.until("可以抽取的任务", talk.group, after=asked)
    assert any(label.startswith(row.plan_no) for label in labels(listed))


async def test_the_count_of_entities_is_shown_while_kinds_are_chosen(talk: Talk) -> None:
    form = await Form.open(talk.clerk, row_of(talk))
    await form.presses("安全生产处", "抽查哪几类检查对象")
    await form.marks("不要")
    with talk.reading() as session:
        everything = completion.count(session, {})
    assert f"范围：不限类别；不限区县，现有 {everything:,} 户" in words(form.message)
    label = next(label for label in labels(form.message) if "民爆企业" in label)
    number = re.search(r"(\d[\d,]*) 户", label)
    assert number is not None
    assert f"现有 {number[1]} 户" in await form.presses(label, "范围：民爆企业；")


async def test_people_are_sent_from_several_units_with_specialties(talk: Talk) -> None:
    row = row_of(talk)
    form = await Form.open(talk.clerk, row)
    await form.presses("安全生产处", "抽查哪几类检查对象")
    await form.presses("下一步", "抽查哪些区县")
    await form.presses("下一步", "按什么比例抽取")
    await form.says("20户", "检查哪些事项")
    await form.marks("MB-01")
    await form.presses("下一步", "每户派出哪些单位")
    for label in [label for label in labels(form.message) if label == "去掉"]:
        await form.presses(label, "每户派出哪些单位")
    while "安全生产处　2 人" in words(form.message):
        await form.presses("－1", "安全生产处　1 人")
    few = await talk.clerk.presses("下一步", message=form.message)
    assert "每户至少派出 2 名持证人员" in few["text"]
    await form.presses("专长", "须有什么专长")
    await form.presses("☐ 民爆", "须有什么专长")
    await form.presses("选好了", "安全生产处　1 人（民爆）")
    await form.presses("增加联合单位", "增加哪个单位")
    await form.presses("盐业处", "盐业处　1 人")
    await form.presses("下一步", "什么时间检查")
    await form.says("2026年3月1日至2027年12月20日", "在哪里抽取")
    await form.presses("演练", "请核对")
    await form.presses("确认补全", "已补全")
    with talk.reading() as session:
        assert session.get_one(Task, row.id).strata == {"*": "20"}
        demands = {
            session.get_one(Unit, line.unit_id).name: (line.count, line.tags)
            for line in plan.units_of(session, row.id or 0)
        }
    assert demands == {"安全生产处": (1, ["民爆"]), "盐业处": (1, [])}


async def test_a_form_survives_a_restart_at_every_step(
    talk_on: Callable[..., AbstractAsyncContextManager[Talk]],
) -> None:
    """Each step is taken in a process of its own."""
    steps: list[tuple[str, str]] = [
        ("安全生产处", "抽查哪几类检查对象"),
        ("下一步", "抽查哪些区县"),
        ("下一步", "按什么比例抽取"),
        ("=不少于5%", "检查哪些事项"),
        ("☐ MB-01", "☑ MB-01"),
        ("下一步", "每户派出哪些单位"),
        ("下一步", "什么时间检查"),
        ("=2026年3月1日至2027年12月20日", "在哪里抽取"),
        ("本群抽取", "请直接写明理由"),
        ("=平台没有开通这类事项", "请核对"),
        ("确认补全", "已补全"),
    ]
    async with talk_on() as talk:
        row = row_of(talk)
        await Form.open(talk.clerk, row)
    for label, then in steps:
        async with talk_on() as talk:
            await talk.clerk.look()
            newest = talk.clerk.messages()[-1]
            form = Form(talk.clerk, newest)
            if label.startswith("="):
                await form.says(label[1:], then)
            elif then.startswith("☑"):
                await form.presses(label, "检查哪些事项")
                await talk.settled()
                assert any(shown.startswith(then) for shown in labels(talk.clerk.messages()[-1]))
            else:
                await form.presses(label, then)
    async with talk_on() as talk:
        with talk.reading() as session:
            assert session.get_one(Task, row.id).state == TaskState.COMPLETED


async def test_cancel_leaves_the_row_as_it_was(talk: Talk) -> None:
    row = row_of(talk)
    form = await Form.open(talk.clerk, row)
    await form.presses("安全生产处", "抽查哪几类检查对象")
    left = form.message
    said = await talk.clerk.says("/cancel")
    await talk.clerk.until("已取消", after=said)
    late = await talk.clerk.presses("下一步", message=left)
    assert "已经确认或者取消" in late["text"]
    with talk.reading() as session:
        assert session.get_one(Task, row.id).state == TaskState.WRITTEN


async def test_what_cannot_be_read_is_said_and_asked_again(talk: Talk) -> None:
    form = await Form.open(talk.clerk, row_of(talk))
    await form.presses("安全生产处", "抽查哪几类检查对象")
    said = await talk.clerk.says("民爆")
    await talk.clerk.until("请用上面的按钮继续", after=said)
    await form.presses("下一步", "抽查哪些区县")
    await form.presses("下一步", "按什么比例抽取")
    for wrong in ("五个点", "0%", "年度监管任务的5%"):
        said = await talk.clerk.says(wrong)
        await talk.clerk.until("没有看懂", after=said)
    low = await form.says("1%", "检查哪些事项")
    assert "低于本单位规定的最低比例 5%" in low
    nothing = await talk.clerk.presses("下一步", message=form.message)
    assert "请至少选择一项抽查事项" in nothing["text"]
    await form.marks("MB-01")
    await form.presses("下一步", "每户派出哪些单位")
    await form.presses("下一步", "什么时间检查")
    said = await talk.clerk.says("明年春天")
    await talk.clerk.until("看不懂", after=said)
    said = await talk.clerk.says("2020年3月至4月")
    await talk.clerk.until("已经结束", after=said)


async def test_a_button_of_an_earlier_step_shows_the_step_that_is_due(talk: Talk) -> None:
    form = await Form.open(talk.clerk, row_of(talk))
    first = form.message
    data = next(button["callback_data"] for button in buttons(first) if button["text"].startswith("安全生产处"))
    await form.presses("安全生产处", "抽查哪几类检查对象")
    await form.presses("下一步", "抽查哪些区县")
    await talk.clerk.presses("", message=first, data=data, stale=True)
    await talk.settled()
    assert "抽查哪些区县" in talk.clerk.last()
    await form.presses("上一步", "抽查哪几类检查对象")


async def test_one_form_at_a_time_and_reopening_goes_on_where_it_was(talk: Talk) -> None:
    row = row_of(talk)
    form = await Form.open(talk.clerk, row)
    await form.presses("安全生产处", "抽查哪几类检查对象")
    said = await talk.clerk.says("/plan")
    listed = await talk.clerk.until("待补全", after=said)
    await talk.clerk.presses(f"补全 {row.plan_no}", message=listed)
    again = await talk.clerk.until("抽查哪几类检查对象", after=listed)
    assert "发起单位：安全生产处" in words(again)


async def test_the_plan_is_not_for_inspectors_and_not_shown_in_the_group(talk: Talk) -> None:
    inspector = talk["检查人员01"]
    said = await inspector.says("/plan")
    await inspector.until("「计划」由工作人员办理，您没有这项权限。", after=said)
    asked = await talk.clerk.says("/plan", talk.group)
    await talk.clerk.until("待补全 11 项")
    await talk.settled()
    assert talk.clerk.messages(talk.group)[-1]["message_id"] == asked["message_id"], "the group sees no answer"


async def test_a_row_worded_like_a_completed_one_needs_only_to_be_checked(talk: Talk) -> None:
    year = talk.office.clock().year
    with talk.writing() as session:
        done = session.exec(select(Task).where(Task.plan_no == f"{year}001")).one()
        row = row_of(talk)
        fresh = session.get_one(Task, row.id)
        fresh.lead_text, fresh.joint_text, fresh.ratio_text = done.lead_text, done.joint_text, done.ratio_text
        fresh.item_text, fresh.scope_text = done.item_text.replace(str(year), str(year - 1)), f" {done.scope_text}"
        session.add(fresh)
        session.flush()
        wanted = (done.scope, done.strata, done.unit_id)
    form = await Form.open(talk.clerk, row)
    assert f"（按任务 {year}001 同样写法时的选择填好）" in words(form.message)
    await form.presses("都和上次一样，直接核对", "什么时间检查")
    await form.says("2026年3月1日至2027年12月20日", "在哪里抽取")
    await form.presses("本群抽取", "请直接写明理由")
    shown = await form.presses("下一步", "请核对")
    assert "民爆企业" in shown and "安全生产处 2 人（民爆）" in shown
    await form.presses("确认补全", "已补全")
    with talk.reading() as session:
        found = session.get_one(Task, row.id)
        assert (found.scope, found.strata, found.unit_id) == wanted
        assert found.state == TaskState.COMPLETED


async def test_a_ratio_of_another_base_is_counted_from_a_typed_number_with_its_reason(talk: Talk) -> None:
    row = row_of(talk)
    with talk.writing() as session:
        session.get_one(Task, row.id).ratio_text = "年度监管任务的5%"
    form = await Form.open(talk.clerk, row)
    await form.presses("安全生产处", "抽查哪几类检查对象")
    await form.presses("下一步", "抽查哪些区县")
    await form.presses("下一步", "按什么比例抽取")
    await form.presses("填写基数：年度监管任务的5%", "计算比例的基数和依据")
    said = await talk.clerk.says("250")
    await talk.clerk.until("先写数目，再写依据", after=said)
    shown = await form.says("250，2026年度监管任务清单", "检查哪些事项")
    assert "比例：13户（按 250 计算：2026年度监管任务清单）" in shown
    await form.marks("MB-01")
    await form.presses("下一步", "每户派出哪些单位")
    while "安全生产处　1 人" in words(form.message):
        await form.presses("安全生产处 ＋1", "安全生产处　2 人")
    await form.presses("下一步", "每年 1 次")
    await form.presses("每年 1 次 ＋1", "每年 2 次")
    await form.says("2026年3月1日至2027年12月20日", "在哪里抽取")
    assert "每年 2 次" in await form.presses("演练", "请核对")
    await form.presses("确认补全", "已补全")
    with talk.reading() as session:
        found = session.get_one(Task, row.id)
        assert (found.base, found.base_reason, found.strata) == (250, "2026年度监管任务清单", {"*": "13"})
        assert found.times == 2


async def test_industries_and_tags_narrow_the_scope_with_a_live_count(talk: Talk) -> None:
    with talk.writing() as session:
        found = session.exec(select(Entity).where(Entity.kind == "民爆企业", Entity.state == "active")).all()
        for each in found[:7]:
            each.tags = ["投诉举报多"]
            each.industry = "爆破作业" if each is found[0] else "民爆生产"
            session.add(each)
    form = await Form.open(talk.clerk, row_of(talk))
    await form.presses("安全生产处", "抽查哪几类检查对象")
    await form.marks("民爆企业")
    await form.presses("下一步", "抽查哪些区县")
    await form.presses("按标签筛选", "带哪些标签的对象")
    assert "现有 7 户" in await form.presses("☐ 投诉举报多", "标签：投诉举报多")
    await form.presses("选好了", "抽查哪些区县")
    await form.presses("按行业筛选", "抽查哪些行业")
    assert "现有 1 户" in await form.presses("☐ 爆破作业", "行业：爆破作业")
    await form.presses("选好了", "抽查哪些区县")
    await form.presses("下一步", "按什么比例抽取")


async def test_a_joint_task_is_kept_as_a_scenario_and_taken_over_whole(talk: Talk) -> None:
    year = talk.office.clock().year
    with talk.reading() as session:
        joint = session.exec(select(Task).where(Task.plan_no == f"{year}003")).one()
    said = await talk.clerk.says("/plan")
    listed = await talk.clerk.until("待补全", after=said)
    await talk.clerk.presses(f"修改 {joint.plan_no}", message=listed)
    form = Form(talk.clerk, await talk.clerk.until("由哪个单位发起", after=listed))
    for then in ("抽查哪几类", "抽查哪些区县", "按什么比例", "检查哪些事项", "每户派出", "什么时间检查", "在哪里抽取"):
        await form.presses("下一步", then)
    await form.presses("演练", "请核对")
    await form.presses("确认补全", "已补全")
    await talk.clerk.presses("存为一业一查", message=form.message)
    await talk.clerk.until("请写明是哪一业")
    said = await talk.clerk.says("食盐经营")
    await talk.clerk.until("食盐经营的检查指引", after=said)
    said = await talk.clerk.says("先看许可，再看进货台账。")
    await talk.clerk.until("已保存一业一查「食盐经营」", after=said)
    form = await Form.open(talk.clerk, row_of(talk))
    await form.presses("一业一查：食盐经营", "抽查哪几类检查对象")
    assert "发起单位：盐业处" in words(form.message) and "食盐企业" in words(form.message)
    for then in ("抽查哪些区县", "按什么比例抽取"):
        await form.presses("下一步", then)
    await form.says("5%", "检查哪些事项")
    shown = await form.presses("下一步", "每户派出哪些单位")
    assert "盐业处　1 人（盐业）" in shown and "政策法规处　1 人（法制）" in shown
