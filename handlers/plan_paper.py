"""The plan's papers: 年度抽查计划表, 计划调整, 工作方案 of a task, 实施细则."""

from handlers.answer import Answer, column, key
from handlers.issue import hand_out
from handlers.registry import Ask, button
from models import papers_plan, people
from models.act import Refused
from models.act import key as id_of
from templates.texts import say

_SHOWN = 20


@button("doc_plan")
def plan(ask: Ask) -> Answer | None:
    """年度抽查计划表 as it stands."""
    view = papers_plan.plan_table(ask.act, ask.number())
    return hand_out(ask, view, "plan", ask.number(), say("paper.plan_table", n=len(view.rows), version=view.version))


@button("doc_plan_version")
def version(ask: Ask) -> Answer | None:
    """年度抽查计划表 of one version."""
    view = papers_plan.plan_version(ask.act, ask.number())
    text = say("paper.plan_table", n=len(view.rows), version=view.version)
    return hand_out(ask, view, "plan_version", ask.number(), text)


@button("doc_plan_change")
def change(ask: Ask) -> Answer | None:
    """计划调整 of one version or of a request for one."""
    view = papers_plan.plan_change(ask.act, ask.number())
    return hand_out(ask, view, "plan_version", ask.number(), say("paper.plan_change", n=len(view.edits)))


@button("work_plans")
def work_plans(ask: Ask) -> Answer | None:
    """Which task's 工作方案, of those that were completed."""
    found = papers_plan.planned(ask.act, ask.number())
    if not found:
        raise Refused(str(say("paper.work_plan_none")))
    keys = [key(f"{task.plan_no} {task.name}"[:30], "doc_work_plan", task.id or 0) for task in found[:_SHOWN]]
    text = say("paper.work_plans", n=len(found), shown=len(keys))
    return Answer(text, column(*keys), privately=True, toast="" if ask.private else str(say("paper.sent_privately")))


@button("doc_work_plan")
def work_plan(ask: Ask) -> Answer | None:
    """工作方案 of a task."""
    view = papers_plan.work_plan(ask.act, ask.number())
    return hand_out(ask, view, "task", ask.number(), say("paper.work_plan", no=view.task.no))


@button("doc_rules")
def rules(ask: Ask) -> Answer | None:
    """实施细则 of the office."""
    root = people.root(ask.act.session)
    if root is None:
        raise Refused("还没有建立办公室，不能出具文书。")
    return hand_out(ask, papers_plan.rules(ask.act), "unit", id_of(root), say("paper.rules"))
