"""Reports as papers: 月报表, 总结, 培训计划, 计划申报, 工作方案 of a unit, and the 汇总表 over them. Reads only."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Literal

from sqlmodel import Session, col, select

from models import figures, people, report, report_form
from models.act import Act, key
from models.base import SHANGHAI
from models.people import Unit
from models.plan import Plan, Task, TaskUnit
from models.policy import DueRule
from models.report import Draft, Filled, Report
from models.report_form import FORMS, Pair
from models.rollup import Rollup
from models.views import PaperView
from models.views_plan import (
    PlanReturnRowView,
    PlanReturnView,
    StageView,
    TargetView,
    TrainingPlanView,
    TrainingRowView,
    YearPlanView,
)
from models.views_report import FiguresView, MonthlyView, RollupRowView, RollupView, SummaryView, UnitFiguresView
from models.words import DrawMode

NOW = {report_form.MONTHLY: "本月", report_form.QUARTER: "本季度", report_form.YEAR: "本年度"}
_PROOFS = {"file": "报送文件", "receipt": "取得回执", "link": "登记链接", "none": "按时完成"}
_ANCHORS = {"visit_done": "自检查结束之日起", "task_done": "自抽查任务完成之日起"}


def paper(act: Act, found: Filled) -> PaperView:
    """A draft as the document of its form, with what is not known yet left blank."""
    code = found.form.code
    if code == report_form.MONTHLY:
        return monthly(act, found)
    if code in {report_form.QUARTER, report_form.YEAR}:
        return summary(act, found)
    if code == report_form.TRAINING:
        return training(act, found)
    return plan_return(act, found) if code == report_form.PLAN else year_plan(act, found)


def counted(values: Mapping[str, Pair], at: int) -> FiguresView:
    """Figures of this period (`at` 0) or of the year so far (1)."""
    return FiguresView(**{each.name: values.get(each.name, (None, None))[at] for each in fields(FiguresView)})


def monthly(act: Act, found: Filled) -> MonthlyView:
    """月报表: of a county or of a department of the city (S1, 附件1 and 2); the days of 本月 stand on it."""
    root = _root(act.session, found.unit)
    return MonthlyView(
        office=root.name,
        sample=root.sample,
        rehearsal=False,
        scope=_scope(found.unit),
        unit=found.unit.name,
        year=int(found.draft.period[:4]),
        month=int(found.draft.period[5:]),
        first=found.first,
        last=found.last,
        total_from=found.first.replace(month=1, day=1),
        rows=(UnitFiguresView(unit=found.unit.name, now=counted(found.values, 0), total=counted(found.values, 1)),),
        sums=None,
        filled_by=act.person.name,
        checked_by="",
        phone=act.person.phone or "",
        filled_on=act.now.astimezone(SHANGHAI).date(),
        note="",
        estimated=bool(found.deadline and found.deadline.estimated),
    )


def summary(act: Act, found: Filled) -> SummaryView:
    """季度总结 or 年度总结 to the office above, with the profile's targets as they stand for this unit."""
    root = _root(act.session, found.unit)
    above = act.session.get(Unit, found.unit.parent_id) if found.unit.parent_id else None
    today = act.now.astimezone(SHANGHAI).date()
    texts = found.draft.texts
    reached = figures.targets(act.session, act.policy, people.below(act.session, key(found.unit)), today)
    return SummaryView(
        office=found.unit.name,
        sample=root.sample,
        rehearsal=False,
        number="",
        number_word="",
        issued=today,
        unit=found.unit.name,
        to=above.name if above else act.policy.office.superior,
        period=report.period_text(found.form, found.draft.period),
        period_word=NOW[found.form.code],
        first=found.first,
        last=found.last,
        now=counted(found.values, 0),
        total=counted(found.values, 1),
        targets=tuple(
            TargetView(
                name=each.target.label,
                at_least=figures.shown(each.target.at_least),
                reached="" if each.figure is None else figures.shown(each.figure),
                holds=each.reached,
                clause=each.clause,
            )
            for each in reached
            # The register is the office's: a unit alone has no ratio of its own.
            if not each.unit and each.target.code != "ratio"
        ),
        doings=_paragraphs(texts, "doings"),
        problems=_paragraphs(texts, "problems"),
        next_steps=_paragraphs(texts, "next_steps"),
        contact_name=act.person.name,
        contact_phone=act.person.phone or "",
    )


def training(act: Act, found: Filled) -> TrainingPlanView:
    """培训计划 (S1, 附件3; its columns are not in the document)."""
    root = _root(act.session, found.unit)
    return TrainingPlanView(
        office=root.name,
        sample=root.sample,
        rehearsal=False,
        unit=found.unit.name,
        year=int(found.draft.period[:4]),
        rows=tuple(
            TrainingRowView(
                when=row.get("when", ""),
                topic=row.get("topic", ""),
                people=row.get("people", ""),
                count=int(number) if (number := row.get("count", "").removesuffix("人")).isdigit() else None,
                how=row.get("how", ""),
                organiser=row.get("organiser", ""),
                place=row.get("place", ""),
            )
            for row in found.draft.lines
        ),
        filled_by=act.person.name,
        phone=act.person.phone or "",
        filled_on=act.now.astimezone(SHANGHAI).date(),
    )


def plan_lines(act: Act, unit_id: int, year: int) -> list[dict[str, str]]:
    """What 计划申报 is filled in with: the unit's own tasks of this year's plan, to be gone on with or struck out."""
    rows = act.session.exec(
        select(Task)
        .join(Plan, col(Plan.id) == col(Task.plan_id))
        .where(Task.unit_id == unit_id, Plan.year == year, Task.mode != DrawMode.REHEARSAL)
        .order_by(col(Task.plan_no), col(Task.id))
    )
    return [
        {
            "name": row.name,
            "kind": row.kind,
            "scope": row.scope_text,
            "ratio": row.ratio_text,
            "items": row.item_text,
            "lead": row.lead_text,
            "joint": row.joint_text,
            "period": row.period_text,
        }
        for row in rows
    ]


def plan_return(act: Act, found: Filled) -> PlanReturnView:
    """计划申报: what the unit proposes for the year's plan."""
    root = _root(act.session, found.unit)
    year = int(found.draft.period[:4])
    rows = found.draft.lines or plan_lines(act, key(found.unit), year)
    names = (
        "name",
        "kind",
        "scope",
        "base",
        "ratio",
        "frequency",
        "items",
        "method",
        "lead",
        "joint",
        "period",
        "note",
    )
    return PlanReturnView(
        office=root.name,
        sample=root.sample,
        rehearsal=False,
        unit=found.unit.name,
        year=year,
        rows=tuple(PlanReturnRowView(**{name: row.get(name, "") for name in names}) for row in rows),
        filled_by=act.person.name,
        phone=act.person.phone or "",
        filled_on=act.now.astimezone(SHANGHAI).date(),
    )


def year_plan(act: Act, found: Filled) -> YearPlanView:
    """年度工作方案 of the unit (S1: 于2月15日前，出台本地本部门工作方案), from the profile and its rows of the plan."""
    root = _root(act.session, found.unit)
    policy, year = act.policy, int(found.draft.period[:4])
    own = (
        select(Task.id)
        .join(Plan, col(Plan.id) == col(Task.plan_id))
        .where(Task.unit_id == found.unit.id, Plan.year == year, Task.mode != DrawMode.REHEARSAL)
    )
    tasks = list(act.session.exec(own))
    units = act.session.exec(select(TaskUnit.task_id, TaskUnit.unit_id).where(col(TaskUnit.task_id).in_(tasks)))
    together: dict[int, set[int]] = {}
    for task_id, unit_id in units:
        together.setdefault(task_id, set()).add(unit_id)
    return YearPlanView(
        office=found.unit.name,
        sample=root.sample,
        rehearsal=False,
        number="",
        number_word="",
        issued=None,
        unit=found.unit.name,
        year=year,
        addressees=(),
        basis=(f"《{policy.source.title}》" + (f"（{policy.source.number}）" if policy.source.number else ""),),
        targets=tuple(
            TargetView(
                name=each.label,
                at_least=figures.shown(each.at_least),
                reached="",
                holds=None,
                clause=policy.clause(f"targets.{each.code}"),
            )
            for each in policy.targets
        ),
        tasks=len(tasks),
        joint_tasks=sum(len(ids) > 1 for ids in together.values()),
        duties=tuple(
            StageView(what=each.title, when=_when(each.rule), who="信息联络员", standard=_PROOFS[each.proof])
            for each in policy.duties
            if each.who == "liaison" and each.rule.kind != "workdays"
        ),
        channels=policy.publication.channels,
        publish_days=policy.publication.days,
        publish_anchor=_ANCHORS[policy.publication.anchor],
        leader="",
        liaison=act.person.name,
        contact_name=act.person.name,
        contact_phone="",
    )


def rollup_view(act: Act, found: Rollup, office: str, sample: bool, made_by: str) -> RollupView:
    """汇总表 over the accepted reports, in the order of the tree."""
    return RollupView(
        office=office,
        sample=sample,
        rehearsal=False,
        title=rollup_title(found),
        period_word=NOW[found.form.code],
        first=found.first,
        last=found.last,
        rows=tuple(
            RollupRowView(
                unit=each.unit,
                state=each.state,
                now=counted(each.values, 0) if each.values else None,
                total=counted(each.values, 1) if each.values else None,
            )
            for each in found.lines
        ),
        sums=UnitFiguresView(unit="合计", now=counted(found.sums, 0), total=counted(found.sums, 1)),
        made_by=made_by,
        made_on=act.now.astimezone(SHANGHAI).date(),
        note="单位按机构顺序排列，不排名次",
    )


def rollup_title(found: Rollup) -> str:
    """`2022年4月“双随机、一公开”监管工作情况汇总表`."""
    return f"{found.title}“双随机、一公开”监管工作情况汇总表"


def rollup_note(found: Rollup) -> str:
    """How many units are in the sum, and what it is."""
    rest = f"；{found.missing} 个单位没有审核通过的报送，按 0 列出" if found.missing else ""
    return f"合计是审核通过的报送之和，计入 {found.counted} 个单位{rest}。单位按机构顺序排列，不排名次"


def handed_paper(act: Act, row: Report) -> PaperView:
    """A version that was handed in, as its document; what was filled in is as it was then."""
    values = report.figures_of(act.session, key(row))
    kept = Draft(
        unit_id=row.unit_id,
        code=row.code,
        period=row.period,
        form=row.form,
        texts=dict(row.texts),
        lines=list(row.lines),
        updated_at=act.now,
        updated_by=act.person_id,
    )
    form = FORMS[row.form]
    unit = act.session.get_one(Unit, row.unit_id)
    title = report.title_of(form, row.period)
    return paper(act, Filled(kept, form, unit, None, title, row.first, row.last, values, {}, (), None, 1))


def _paragraphs(texts: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in texts.get(name, "").splitlines() if line.strip())


def _when(rule: DueRule) -> str:
    if rule.kind == "monthly":
        return f"每月{rule.day}日前"
    return "、".join(f"{month}月{day}日" for month, day in rule.dates) + ("（含当日）前" if rule.inclusive else "前")


def _scope(unit: Unit) -> Literal["县（区）", "市有关部门"]:
    return "县（区）" if unit.kind == "county" else "市有关部门"


def _root(session: Session, unit: Unit) -> Unit:
    return people.lineage(session, key(unit))[-1]
