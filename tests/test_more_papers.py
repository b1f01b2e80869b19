"""Papers of follow-ups, plan and registers: as the rows have it, on the page, for nobody who may not have it."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from models import followup, papers_followup, papers_plan, papers_register, planversion, recheck, transfer
from models.act import NoRight, Refused
from models.adjustment import ADD, CHANGE, WITHDRAW, Edit
from models.entity import Entity
from models.followup import Followup
from models.inspector import Inspector
from models.plan import COLUMNS, Plan, Task
from models.words import TaskState
from templates.gongwen_check import check
from templates.word import file_name, fill
from tests.sample_office import SampleOffice
from tests.test_papers import on_paper

PROBLEMS = {
    "categories": ["own_rules", "other_rules"],
    "methods": ["on_site"],
    "measures": ["rectify", "transfer", "guidance"],
    "findings": "警示标志缺失 <东门>\n台账 & 记录不全",
}


@pytest.fixture
def office(tmp_path: Path) -> SampleOffice:
    return SampleOffice.opened(tmp_path)


def opened(office: SampleOffice) -> dict[str, int]:
    """Follow-ups of a visit with problems, by measure."""
    visits = office.checked(office.dispatched("001"), **PROBLEMS)
    with office.read() as session:
        return {each.measure: each.id or 0 for each in followup.of_visit(session, visits[0].id or 0)}


def published(office: SampleOffice) -> int:
    """The plan, which the sample office has published."""
    with office.read() as session:
        return session.exec(select(Plan.id)).one() or 0


def test_an_order_to_correct_has_the_findings_and_blanks_for_the_law(office: SampleOffice) -> None:
    numbers = opened(office)
    with office.act("staff1") as act:
        view = papers_followup.rectification(act, numbers["rectify"])
        due = act.session.get_one(Followup, numbers["rectify"]).due
    page = on_paper("rectification", view)
    assert [each.found for each in view.problems] == ["警示标志缺失 <东门>", "台账 & 记录不全"]
    assert view.rectify_by == due and view.basis == "" and "根据＿＿" in page
    assert len(view.inspectors) == 2 and "60日" not in page and "六十日内" in page
    assert file_name(view).startswith("责令改正通知书-001-")


def test_the_law_is_written_by_staff_alone(office: SampleOffice) -> None:
    numbers = opened(office)
    with office.act("staff1") as act:
        followup.write_law(act, numbers["transfer"], "《示例条例》第3条", "《示例规定》第5条")
        followup.name_receiver(act, numbers["transfer"], "示例市市场监督管理局")
        view = papers_followup.transfer(act, numbers["transfer"])
    assert (view.suspected, view.basis) == ("《示例条例》第3条", "《示例规定》第5条")
    assert "＿＿" not in on_paper("transfer", view).split("附件1")[0].split("法定代表人")[0]
    with office.act("staff1") as act, pytest.raises(Refused, match="名称和条款"):
        followup.write_law(act, numbers["transfer"], " ", "")
    with office.act("witness1") as act, pytest.raises(NoRight):
        followup.write_law(act, numbers["transfer"], "甲", "乙")


def test_a_recheck_says_what_was_seen_when_it_was_closed(office: SampleOffice) -> None:
    number = opened(office)["rectify"]
    with office.act("staff1") as act:
        before = papers_followup.recheck(act, number)
    office.rectified(number)
    with office.act("staff1") as act:
        after = papers_followup.recheck(act, number)
        today = act.now.date()
    assert (before.passed, before.rechecked_on, [each.done for each in before.rows]) == (None, None, [None, None])
    assert (after.passed, after.rechecked_on) == (True, today)
    assert {each.found for each in after.rows} == {"已设置，符合要求"} and after.reported_on == today
    on_paper("recheck", before)
    on_paper("recheck", after)


def test_a_recheck_that_failed_names_who_went_and_the_next_step(office: SampleOffice) -> None:
    number = opened(office)["rectify"]
    with office.act("staff1") as act:
        today = act.now.date()
        followup.set_term(act, number, today + timedelta(days=7))
        recheck.report(act, number, today, (), "存卷")
        others = recheck.candidates(act, number, today)[2:4]
        people = [each.id or 0 for each in others]
        recheck.enter(act, number, today, "标志仍未设置", (), passed=False, inspectors=people)
        followup.lead_on(act, number, "judicial", "仍未改正")
        view = papers_followup.recheck(act, number)
    assert (view.passed, view.next_step, view.rectify_by) == (False, "移送司法机关", today + timedelta(days=7))
    assert [each.name for each in view.inspectors] == [each.name for each in others]
    assert {each.done for each in view.rows} == {None}, "which of two problems remains is ticked by hand"
    page = on_paper("recheck", view)
    assert "不予销号。下一步处理：移送司法机关。" in page and "标志仍未设置" in page
    with office.act("staff1") as act:
        made = followup.led_to(act.session, number)
        assert made is not None and papers_followup.kinds(made) == ("transfer",)
        followup.name_receiver(act, made.id or 0, "示例市人民政府")
        assert papers_followup.transfer(act, made.id or 0).criminal, "移送司法机关 says so whatever the name"


def test_a_transfer_needs_to_know_to_whom(office: SampleOffice) -> None:
    number = opened(office)["transfer"]
    with office.act("staff1") as act, pytest.raises(Refused, match="移送给哪个单位"):
        papers_followup.transfer(act, number)
    with office.act("staff1") as act, pytest.raises(Refused, match="全称"):
        followup.name_receiver(act, number, " ")
    with office.act("staff1") as act:
        followup.name_receiver(act, number, "示例市公安局")
        view = papers_followup.transfer(act, number)
    assert (view.receiver, view.criminal, view.facts) == ("示例市公安局", True, "警示标志缺失 <东门>；台账 & 记录不全")
    assert "依法决定不予立案的，请书面说明理由" in on_paper("transfer", view)
    with office.act("staff1") as act:
        followup.name_receiver(act, number, "示例市市场监督管理局")
        other = papers_followup.transfer(act, number)
        transfer.send(act, number, act.now.date(), "示例移〔2026〕1号")
        transfer.receive(act, number, act.now.date(), "", (), "纸质回执存卷", accepted=True)
        followup.close(act, number, "已移送，取得回执")
    assert not other.criminal and "不予立案" not in on_paper("transfer", other)
    with office.act("staff1") as act, pytest.raises(Refused, match="已经销号"):
        followup.name_receiver(act, number, "示例市公安局")


def test_papers_of_follow_ups_are_for_the_team_and_the_staff(office: SampleOffice) -> None:
    numbers = opened(office)
    with office.read() as session:
        found = session.get_one(Followup, numbers["rectify"]).visit_id
    member = office.team(found)[0]
    with office.act(member) as act:
        assert papers_followup.rectification(act, numbers["rectify"]).serial == 1
    for who in ("witness1", "liaison1"):
        with office.act(who) as act, pytest.raises(NoRight):
            papers_followup.rectification(act, numbers["rectify"])
    with office.act(member) as act, pytest.raises(NoRight):
        followup.name_receiver(act, numbers["transfer"], "示例市公安局")
    with office.act("staff1") as act, pytest.raises(Refused, match="没有这种文书"):
        papers_followup.transfer(act, numbers["rectify"])
    with office.act("staff1") as act:
        assert papers_followup.kinds(act.session.get_one(Followup, numbers["guidance"])) == ()


def test_the_plan_table_has_the_eleven_columns_as_written(office: SampleOffice) -> None:
    with office.act("leader1") as act:
        plan = act.session.exec(select(Plan)).one()
        view = papers_plan.plan_table(act, plan.id or 0)
        tasks = act.session.exec(select(Task).order_by(Task.row)).all()  # type: ignore[arg-type]
    on_paper("plan_table", view)
    written = [tuple(getattr(task, name) for name in COLUMNS) for task in tasks]
    rows = [
        (r.plan_no, r.plan_name, r.task_no, r.name, r.kind, r.ratio, r.items, r.scope, r.lead, r.joint, r.period)
        for r in view.rows
    ]
    assert rows == written and view.version == 1
    with office.act("witness1") as act, pytest.raises(NoRight):
        papers_plan.plan_table(act, plan.id or 0)


def test_an_adjustment_tells_each_change_with_before_and_after(office: SampleOffice) -> None:
    plan_id = published(office)
    with office.act("staff1") as act:
        plan = act.session.get_one(Plan, plan_id)
        tasks = act.session.exec(select(Task).order_by(Task.row)).all()  # type: ignore[arg-type]
        free = [task for task in tasks if task.state in {TaskState.WRITTEN, TaskState.COMPLETED}]
        new = {name: getattr(free[0], name) for name in COLUMNS} | {"plan_no": "2026990", "task_no": "990"}
        edits = [
            Edit(CHANGE, free[0].id, {"ratio_text": "12%"}),
            Edit(WITHDRAW, free[1].id),
            Edit(ADD, None, new | {"name": "新增 & 抽查"}),
        ]
        before = free[0].ratio_text
        code = act.policy.adjust_reasons[0]
        asked = planversion.ask(act, plan, code=code, reason="示例〔2026〕9号", edits=edits)
        waiting = papers_plan.plan_change(act, asked.id or 0)
    assert waiting.approved_on is None and "＿＿" in on_paper("plan_change", waiting)
    with office.act("leader1") as act:
        planversion.decide(act, asked.id or 0, approves=True)
        view = papers_plan.plan_change(act, asked.id or 0)
        table = papers_plan.plan_version(act, asked.id or 0)
    page = on_paper("plan_change", view)
    assert [each.how for each in view.edits] == ["变更", "取消", "新增"]
    assert view.edits[0].changes == (("抽查比例", before, "12%"),)
    assert (view.version, view.approved_on is not None) == (2, True) and code in page
    on_paper("plan_table", table)
    assert table.version == 2 and "2026990" in [row.plan_no for row in table.rows]


def test_a_work_plan_counts_the_strata_of_the_register(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        task = office.task(act.session, "004")
        view = papers_plan.work_plan(act, task.id or 0)
        listed = papers_plan.planned(act, task.plan_id)
    on_paper("work_plan", view)
    assert check(fill(view)).breaks == ()
    assert sum(each.size or 0 for each in view.quotas) > 100 and [each.rule for each in view.quotas][:2] == ["2%", "5%"]
    assert view.items and view.publish_days == 20 and task.id in [each.id for each in listed]
    with office.act("witness1") as act, pytest.raises(NoRight):
        papers_plan.work_plan(act, task.id or 0)


def test_a_row_that_was_not_completed_has_no_work_plan(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        task = office.task(act.session, "004")
        task.state, task.completed_at = TaskState.WRITTEN, None
        act.session.add(task)
        act.session.flush()
        with pytest.raises(Refused, match="还没有补全"):
            papers_plan.work_plan(act, task.id or 0)


def test_the_rules_hold_what_the_profile_says(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        view = papers_plan.rules(act)
        policy = act.policy
    on_paper("rules", view)
    assert (view.team_size, view.publish_days, view.ratio_floor) == (policy.team_size, policy.publication.days, "5%")
    assert len(view.quotas) >= len(policy.classes)
    with office.act("witness1") as act, pytest.raises(NoRight):
        papers_plan.rules(act)


def test_the_registers_come_masked_and_only_to_who_may_import(office: SampleOffice) -> None:
    with office.act("staff1") as act:
        people = papers_register.inspector_list(act)
        items = papers_register.item_list(act)
        parts = papers_register.entity_parts(act)
        one = papers_register.entity_list(act, parts[-1][0])
        secret = [each.id_number for each in act.session.exec(select(Inspector)) if each.id_number]
        contacts = {each.contact for each in act.session.exec(select(Entity)) if each.contact}
    page = on_paper("inspector_list", people)
    assert not [each for each in secret if each in page]
    on_paper("item_list", items)
    page = on_paper("entity_list", one)
    assert len(one.rows) == parts[-1][1] and contacts and not [each for each in contacts if each in page]
    for make in (papers_register.inspector_list, papers_register.item_list, papers_register.entity_list):
        with office.act("leader1") as act, pytest.raises(NoRight):
            make(act)


def test_a_register_that_is_too_long_for_paper_says_what_to_do(
    office: SampleOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(papers_register, "LIMIT", 3)
    with office.act("staff1") as act, pytest.raises(Refused, match="Excel"):
        papers_register.entity_list(act)
    with office.act("staff1") as act, pytest.raises(Refused, match="专家库里还没有内容"):
        papers_register.expert_list(act)
