"""Plan life as people talk it: a draft, 送审, 通过 or 退回, published versions, adjustments with their reason."""

from datetime import date

import pytest
from sqlmodel import Session, col, select

from bot.chat.client import ChatPerson, Message, buttons, words
from models import people, planversion, visit
from models.act import Act, NoRight
from models.audit import Audit
from models.draw import Draw
from models.people import Person
from models.plan import COLUMNS, Plan, Task
from models.planversion import PlanVersion
from models.publication import Publication
from models.words import PlanState, RequestState, TaskState, VisitState
from templates import sheets, workbook
from templates.policies import load
from tests.talk import Talk
from tests.test_intake import plan_row
from tests.test_talk_import_more import drop, press

CODE = "安全生产大检查"
WHY = "关于开展安全生产大检查的通知（示例）"


def labels(message: Message) -> list[str]:
    return [button["text"] for button in buttons(message)]


def year(talk: Talk) -> int:
    return talk.office.clock().year


def plan_of(talk: Talk) -> Plan:
    with talk.reading() as session:
        return session.exec(select(Plan).where(Plan.year == year(talk))).one()


def task(talk: Talk, number: str) -> Task:
    with talk.reading() as session:
        return session.exec(select(Task).where(Task.plan_no == f"{year(talk)}{number}")).one()


def as_draft(talk: Talk) -> None:
    """As after the import of a plan that nobody has approved yet."""
    with talk.writing() as session:
        for row in session.exec(select(PlanVersion)):
            session.delete(row)
        for owed in session.exec(select(Publication).where(col(Publication.subject).in_(["plan", "plan_change"]))):
            session.delete(owed)
        plan = session.exec(select(Plan)).one()
        plan.state = PlanState.DRAFT
        session.add(plan)


def act_of(talk: Talk, session: Session, name: str) -> Act:
    """What somebody does without the chat."""
    who = session.exec(select(Person).where(Person.name == f"示例{name}")).one()
    return Act(session, talk.office.clock(), who, load("qinhuangdao-2022"), bytes, "test")


async def adjusting(talk: Talk) -> Message:
    """调整计划 up to where rows are written."""
    shown = await talk.answer(talk.clerk, "/plan")
    await talk.clerk.presses("调整计划", message=shown)
    asked = await talk.clerk.until("为什么调整", after=shown)
    await talk.clerk.presses(CODE, message=asked)
    await talk.clerk.until("请写明调整的依据", after=shown)
    said = await talk.clerk.says(WHY)
    return await talk.clerk.until("还没有写要调整什么", after=said)


async def goes(who: ChatPerson, message: Message, label: str, then: str) -> Message:
    """Press, and wait until the message asks this."""
    await who.presses(label, message=message)
    return await who.until(lambda m: then in words(m) and m["message_id"] >= message["message_id"])


async def sent_up(talk: Talk, message: Message) -> Message:
    """送审, and the message at the leader."""
    await talk.clerk.presses("送审", message=message)
    await talk.clerk.until("已送领导审批")
    await talk.settled()
    return await talk["领导甲"].until("待批 · ")


async def test_a_draft_is_not_drawn_until_a_leader_has_approved_it(talk: Talk) -> None:
    as_draft(talk)
    shown = await talk.answer(talk.clerk, "/plan")
    assert "现在是草案" in words(shown) and {"送领导审批", "登记已经印发"} <= set(labels(shown))
    asked = await talk.clerk.says("/draw", talk.group)
    listed = await talk.clerk.until("可以抽取的任务", talk.group, after=asked)
    refused = await talk.clerk.presses(f"{year(talk)}001", talk.group, message=listed)
    assert "还是草案" in refused["text"]
    await talk.clerk.presses("送领导审批", message=shown)
    await talk.clerk.until("已送领导审批", after=shown)
    await talk.settled()
    leader = talk["领导甲"]
    request = await leader.until("首次发布，15 项任务")
    assert {"通过", "退回"} <= set(labels(request))
    await leader.presses("通过", message=request)
    await leader.until("已批准，为第 1 版")
    await talk.settled()
    told = await talk.clerk.until("已经批准，为第 1 版")
    assert "向社会公开" in words(told) and "登记公示" in labels(told)
    assert plan_of(talk).state == PlanState.PUBLISHED
    await talk.announces(f"{year(talk)}001")


async def test_a_plan_that_was_issued_on_paper_is_registered_by_its_document(talk: Talk) -> None:
    as_draft(talk)
    shown = await talk.answer(talk.clerk, "/plan")
    await talk.clerk.presses("登记已经印发", message=shown)
    await talk.clerk.until("文件名称和文号", after=shown)
    said = await talk.clerk.says("关于印发年度抽查计划的通知（示例）")
    await talk.clerk.until("为第 1 版", after=said)
    with talk.reading() as session:
        row = session.exec(select(PlanVersion)).one()
        assert (row.number, row.state, row.paper) == (1, RequestState.APPROVED, "关于印发年度抽查计划的通知（示例）")
        assert len(row.rows) == 15 and row.rows[0]["plan_no"] == f"{year(talk)}001"
    await talk.announces(f"{year(talk)}001")


async def test_the_leader_sends_a_draft_back_with_a_reason(talk: Talk) -> None:
    as_draft(talk)
    shown = await talk.answer(talk.clerk, "/plan")
    await talk.clerk.presses("送领导审批", message=shown)
    await talk.settled()
    leader = talk["领导甲"]
    request = await leader.until("首次发布，15 项任务")
    await leader.presses("退回", message=request)
    await leader.until("请写明退回的原因")
    said = await leader.says("盐业比例偏低")
    await leader.until("已退回", after=said)
    await talk.settled()
    assert "盐业比例偏低" in words(await talk.clerk.until("退回了您的送审"))
    assert plan_of(talk).state == PlanState.DRAFT
    late = await leader.presses("通过", message=request)
    assert "已经办理过了" in late["text"]


async def test_a_row_is_changed_with_reason_and_approval_and_the_old_version_is_kept(talk: Talk) -> None:
    row = task(talk, "003")
    form = await adjusting(talk)
    form = await goes(talk.clerk, form, "变更一项", "变更哪一项")
    form = await goes(talk.clerk, form, row.plan_no, "改哪一列")
    await goes(talk.clerk, form, "抽查比例", "请发来新的内容")
    said = await talk.clerk.says("20%")
    form = await talk.clerk.until("还可以继续写", after=said)
    assert f"抽查比例：{row.ratio_text} → 20%" in words(form)
    request = await sent_up(talk, form)
    assert CODE in words(request) and WHY in words(request) and "→ 20%" in words(request)
    assert task(talk, "003").ratio_text == row.ratio_text, "nothing changes before the leader has agreed"
    await talk["领导甲"].presses("通过", message=request)
    await talk.settled()
    await talk.clerk.until("已经批准，为第 2 版")
    changed = task(talk, "003")
    assert (changed.ratio_text, changed.state) == ("20%", TaskState.WRITTEN), "what was completed was other words"
    with talk.reading() as session:
        first, second = session.exec(select(PlanVersion).order_by(col(PlanVersion.number)))
        assert (first.number, second.number, second.code, second.reason) == (1, 2, CODE, WHY)
        ratio = {each["plan_no"]: each["ratio_text"] for each in first.rows}[row.plan_no]
        assert ratio == row.ratio_text
        assert session.exec(select(Publication).where(Publication.subject == "plan_change")).one().done_on is None
        verbs = session.exec(select(Audit.verb).where(Audit.subject == "plan").order_by(col(Audit.id).desc())).all()
        assert verbs[:2] == ["approve_plan", "ask_plan"]


async def test_versions_are_shown_and_their_publication_is_registered(talk: Talk) -> None:
    form = await adjusting(talk)
    form = await goes(talk.clerk, form, "取消一项", "取消哪一项")
    form = await goes(talk.clerk, form, f"{year(talk)}002", "还可以继续写")
    await talk["领导甲"].presses("通过", message=await sent_up(talk, form))
    await talk.settled()
    assert task(talk, "002").state == TaskState.WITHDRAWN
    shown = await talk.answer(talk.clerk, "/plan")
    assert "第 2 版" in words(shown) and "14 项" not in words(shown)
    await talk.clerk.presses("历次版本", message=shown)
    listed = await talk.clerk.until("历次版本：", after=shown)
    assert "首次发布" in words(listed) and f"{CODE}：{WHY}" in words(listed) and "批准：示例领导甲" in words(listed)
    await talk.clerk.presses("第 2 版", message=listed)
    one = await talk.clerk.until("共 14 项任务", after=listed)
    assert f"取消 {year(talk)}002" in words(one) and "前向社会公开" in words(one)
    await talk.clerk.presses("登记公示", message=one)
    where = await talk.clerk.until("第 2 版在哪里公示的", after=one)
    await talk.clerk.presses(labels(where)[0], message=where)
    link = await talk.clerk.until("链接", after=one)
    await talk.clerk.presses("没有链接", message=link)
    await talk.clerk.until("已登记公示", after=one)
    with talk.reading() as session:
        owed = session.exec(select(Publication).where(Publication.subject == "plan_change")).one()
        assert owed.done_on == talk.office.clock().date() and owed.channel


async def test_the_export_of_an_adjusted_plan_comes_back_and_changes_nothing(talk: Talk) -> None:
    row = task(talk, "003")
    form = await adjusting(talk)
    form = await goes(talk.clerk, form, "取消一项", "取消哪一项")
    form = await goes(talk.clerk, form, f"{year(talk)}002", "还可以继续写")
    form = await goes(talk.clerk, form, "变更一项", "变更哪一项")
    form = await goes(talk.clerk, form, row.plan_no, "改哪一列")
    await goes(talk.clerk, form, "抽查比例", "请发来新的内容")
    said = await talk.clerk.says("5%（重点企业100%）")
    form = await talk.clerk.until("还可以继续写", after=said)
    await talk["领导甲"].presses("通过", message=await sent_up(talk, form))
    await talk.settled()
    shown = await talk.answer(talk.clerk, "/registers")
    await talk.clerk.presses("导出", message=shown)
    menu = await talk.clerk.until("要导出哪一种", after=shown)
    await talk.clerk.presses("年度抽查计划", message=menu)
    sent = await talk.clerk.until(lambda m: "document" in m, after=menu)
    data = await talk.clerk.file(sent)
    assert len(sheets.read("plan.xlsx", data).rows) == 14
    dropped = await talk.clerk.sends_file(data, name="plan.xlsx")
    same = await talk.clerk.until("与库中完全一致", after=dropped)
    assert "不变 14" in words(same) and "库中另有" not in words(same)


async def test_a_new_row_is_asked_for_cell_by_cell_and_numbered(talk: Talk) -> None:
    form = await adjusting(talk)
    form = await goes(talk.clerk, form, "新增一项", "抽查任务名称")
    for text in ("大检查专项抽查", "不定向抽查", "10%", "民用爆炸物品生产安全检查", "全市民爆企业", "安全生产处"):
        said = await talk.clerk.says(text)
        form = await talk.clerk.until("请写", after=said)
    form = await goes(talk.clerk, form, "没有", "抽查时间")
    said = await talk.clerk.says(f"{year(talk)}年10月-12月")
    form = await talk.clerk.until("还可以继续写", after=said)
    await talk["领导甲"].presses("通过", message=await sent_up(talk, form))
    await talk.settled()
    fresh = task(talk, "016")
    assert (fresh.name, fresh.joint_text, fresh.state) == ("大检查专项抽查", "无", TaskState.WRITTEN)
    assert fresh.starts is not None and fresh.starts.month == 10


async def test_a_changed_table_becomes_the_adjustment(talk: Talk) -> None:
    with talk.reading() as session:
        found = session.exec(select(Task).order_by(col(Task.row))).all()
        records = [{name: getattr(each, name) for name in COLUMNS} for each in found]
    records[4]["ratio_text"] = "30%"
    data = workbook.write_xlsx("plan", records)
    dropped = await talk.clerk.sends_file(data, name="plan.xlsx")
    await talk.clerk.until("已经发布，改动要经领导批准", after=dropped)
    await adjusting(talk)
    sent = await talk.clerk.sends_file(data, name="plan.xlsx")
    form = await talk.clerk.until("变更 1 行", after=sent)
    assert "→ 30%" in words(form)
    await talk["领导甲"].presses("通过", message=await sent_up(talk, form))
    await talk.settled()
    assert task(talk, "005").ratio_text == "30%"


async def test_a_drawn_row_cannot_change_but_be_withdrawn_and_its_inspectors_are_told(talk: Talk) -> None:
    number = f"{year(talk)}001"
    sent = await talk.dispatches(number)
    form = await adjusting(talk)
    form = await goes(talk.clerk, form, "变更一项", "变更哪一项")
    assert not any(label.startswith(number) for label in labels(form))
    form = await goes(talk.clerk, form, "返回", "还没有写要调整什么")
    form = await goes(talk.clerk, form, "取消一项", "取消哪一项")
    form = await goes(talk.clerk, form, number, "还可以继续写")
    await talk["领导甲"].presses("通过", message=await sent_up(talk, form))
    await talk.settled()
    assert task(talk, "001").state == TaskState.WITHDRAWN
    with talk.reading() as session:
        drawn = session.exec(select(Draw)).one()
        states = {each.state for each in visit.of_draw(session, drawn.id or 0)}
    assert states == {VisitState.CANCELLED} and drawn.revealed_at is not None
    assert "不用再去" in sent[0].last()


async def test_nobody_approves_what_they_asked_for(talk: Talk) -> None:
    with talk.writing() as session:
        person = people.of_account(session, talk.clerk.id)
        root = people.root(session)
        assert person is not None and root is not None
        session.add(people.Grant(person_id=person.id, unit_id=root.id, role="leader"))
    as_draft(talk)
    shown = await talk.answer(talk.clerk, "/plan")
    await talk.clerk.presses("送领导审批", message=shown)
    await talk.settled()
    assert not any("待批 · " in words(message) for message in talk.clerk.messages())
    for name, sentence in (("工作人员甲", "不能由自己批准"), ("复核人甲", "没有办理这项工作的权限")):
        with pytest.raises(NoRight, match=sentence), talk.writing() as session:
            planversion.decide(act_of(talk, session, name), 1, approves=True)
    assert plan_of(talk).state == PlanState.DRAFT


async def test_what_waits_is_listed_for_leaders_with_whether_they_may(talk: Talk) -> None:
    as_draft(talk)
    shown = await talk.answer(talk.clerk, "/plan")
    await talk.clerk.presses("送领导审批", message=shown)
    await talk.clerk.until("已送领导审批", after=shown)
    with talk.reading() as session:
        act = act_of(talk, session, "领导乙")
        (waiting,) = planversion.pending(act)
        assert (waiting.what, waiting.may, waiting.asked_by) == ("首次发布", True, "示例工作人员甲")
        (own,) = planversion.pending(act_of(talk, session, "工作人员甲"))
        assert not own.may
        assert planversion.pending(act_of(talk, session, "复核人甲")) == []


async def test_next_year_s_draft_is_reached_before_the_year_begins(talk: Talk) -> None:
    now = plan_of(talk)
    with talk.writing() as session:
        coming = Plan(unit_id=now.unit_id, year=now.year + 1, title="明年的计划（示例）", made_at=talk.office.clock())
        session.add(coming)
        session.flush()
        cells = dict.fromkeys(COLUMNS, "示例") | {"plan_no": f"{now.year + 1}001", "period_text": "3月至11月"}
        session.add(Task(plan_id=coming.id, row=1, **cells))
    shown = await talk.answer(talk.clerk, "/plan")
    assert "15 项" in words(shown)
    await talk.clerk.presses(f"{now.year + 1} 年计划", message=shown)
    draft = await talk.clerk.until("明年的计划（示例）", after=shown)
    assert "现在是草案" in words(draft) and f"{now.year} 年计划" in labels(draft)


async def test_an_imported_plan_that_was_approved_meanwhile_is_not_undone_but_adjusted(talk: Talk) -> None:
    """撤销导入 is refused with what stands in the way; the published plan changes by adjustment, as any other."""
    clerk, next_year = talk.clerk, year(talk) + 1
    rows = [
        plan_row(
            plan_no=f"{next_year}00{n}",
            plan_name=f"{next_year}年盐业抽查",
            task_no=f"00{n}",
            name=f"{next_year}年盐业抽查",
            period_text="11月底前",
            ratio_text="5%（重点企业100%）",
        )
        for n in (1, 2)
    ]
    preview = await drop(talk, "plan.xlsx", workbook.write_xlsx("plan", rows))
    assert f"「11月底前」没有写从哪天开始，按 {next_year}-01-01 至 {next_year}-11-30 理解" in words(preview)
    assert "另写了「重点企业 100%」，补全时请选定是哪些对象" in words(preview)
    done = await press(talk, "确认", preview, "✅ 已导入年度抽查计划：新增 2")
    shown = await talk.answer(clerk, "/plan")
    await clerk.presses(f"{next_year} 年计划", message=shown)
    shown = await clerk.until("现在是草案", after=shown)
    await clerk.presses("送领导审批", message=shown)
    await clerk.until("已送领导审批", after=shown)
    await talk.settled()
    leader = talk["领导甲"]
    await leader.presses("通过", message=await leader.until("首次发布，2 项任务"))
    await leader.until("已批准，为第 1 版")
    await talk.settled()

    sure = await press(talk, "撤销导入", done, "撤销这次导入？")
    refused = (await clerk.presses("确认撤销", message=sure))["text"]
    assert "由示例领导甲批准" in refused and "发布了的请在 /plan 里按「调整计划」" in refused
    assert refused.startswith("不能撤销") and refused.endswith("没有改动。")
    with talk.reading() as session:
        plan = session.exec(select(Plan).where(Plan.year == next_year)).one()
        assert (plan.state, plan.version) == (PlanState.PUBLISHED, 1)
        assert len(session.exec(select(Task).where(Task.plan_id == plan.id)).all()) == 2

    # The same table again is no way around it, and an adjustment is made as ever.
    rows[0]["ratio_text"] = "10%（重点企业100%）"
    again = await clerk.sends_file(workbook.write_xlsx("plan", rows), name="plan.xlsx")
    await clerk.until("请发送 /plan，按「调整计划」", after=again)
    shown = await talk.answer(clerk, "/plan")
    await clerk.presses(f"{next_year} 年计划", message=shown)
    shown = await clerk.until("第 1 版", after=shown)
    await clerk.presses("调整计划", message=shown)
    await clerk.presses(CODE, message=await clerk.until("为什么调整", after=shown))
    await clerk.until("请写明调整的依据", after=shown)
    said = await clerk.says(WHY)
    form = await clerk.until("还没有写要调整什么", after=said)
    form = await goes(clerk, form, "变更一项", "变更哪一项")
    form = await goes(clerk, form, f"{next_year}001", "改哪一列")
    await goes(clerk, form, "抽查时间", "请发来新的内容")
    said = await clerk.says("待定")
    await clerk.until("抽查时间「待定」看不懂", after=said)
    said = await clerk.says("6月底前")
    form = await clerk.until("还可以继续写", after=said)
    assert f"「6月底前」没有写从哪天开始，按 {next_year}-01-01 至 {next_year}-06-30 理解" in words(form)
    await leader.presses("通过", message=await sent_up(talk, form))
    await talk.settled()
    with talk.reading() as session:
        row = session.exec(select(Task).where(Task.plan_no == f"{next_year}001")).one()
        assert (row.period_text, row.ends) == ("6月底前", date(next_year, 6, 30))
        assert session.get_one(Plan, row.plan_id).version == 2
