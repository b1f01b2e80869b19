"""The plan's papers as views: 年度抽查计划表 (and of a version), 计划调整, 工作方案 of a task, 实施细则. Reads only."""

from collections.abc import Iterable, Mapping

from sqlmodel import col, select

from models import completion, letterhead, people, plan, planversion, quota, strata
from models.act import Act, Refused, key
from models.adjustment import HOW
from models.base import SHANGHAI
from models.completion import spread
from models.item import Item
from models.letterhead import OVERSEERS, Head
from models.people import Unit
from models.plan import COLUMNS, Plan, Task
from models.views_plan import (
    PlanChangeView,
    PlanEditView,
    PlanRowView,
    PlanTableView,
    QuotaView,
    RulesView,
    StageView,
    WorkPlanView,
)
from models.words import DrawMode, RequestState, TaskState

ANCHORS = {"visit_done": "自检查结束之日起", "task_done": "自抽查任务完成之日起"}
TITLES = dict(
    zip(
        COLUMNS,
        (
            *("抽查计划编号", "抽查计划名称", "抽查任务编号", "抽查任务名称", "抽查类型", "抽查比例", "抽查事项"),
            *("抽查对象范围", "发起处室", "联合处室", "抽查时间"),
        ),
        strict=True,
    )
)
# How a draw is made, as the public reads it.
BY_BOT = (
    "抽取前公告检查对象范围、抽取数量和执法检查人员名单，由见证人当场产生随机数，"
    "按公开的方法计算出检查对象和检查人员，抽取结果可以重新计算核对"
)
BY_PLATFORM = "在规定的双随机监管工作平台上随机抽取检查对象、随机匹配执法检查人员，抽取记录留存备查"
# More names than these are in the list, which the rules then refer to.
_NAMED = 8


def plan_table(act: Act, plan_id: int) -> PlanTableView:
    """年度抽查计划表 as the plan stands now, for staff and leaders of its unit."""
    found = _plan(act, plan_id)
    standing = (Task.plan_id == found.id, Task.state != TaskState.WITHDRAWN)
    tasks = act.session.exec(select(Task).where(*standing).order_by(col(Task.row), col(Task.id)))
    rows = [{name: getattr(task, name) for name in COLUMNS} for task in tasks]
    return _table(act, found, rows, max(1, found.version))


def plan_version(act: Act, version_id: int) -> PlanTableView:
    """年度抽查计划表 as a version has it; of a request that was not approved yet there is none."""
    row = planversion.get(act.session, version_id)
    found = _plan(act, row.plan_id)
    if row.number is None:
        raise Refused("这份申请还没有批准，没有计划表。")
    return _table(act, found, row.rows, row.number)


def plan_change(act: Act, version_id: int) -> PlanChangeView:
    """计划调整 of an approved adjustment, or of one that waits, with blanks for whoever approves it."""
    row = planversion.get(act.session, version_id)
    found = _plan(act, row.plan_id)
    if not row.code or row.state not in {RequestState.ASKED, RequestState.APPROVED}:
        raise Refused("这不是一次计划调整，没有调整文书。")
    unit = act.session.get_one(Unit, found.unit_id)
    approved = row.decided_at.astimezone(SHANGHAI).date() if row.number and row.decided_at else None
    return PlanChangeView(
        **_head(act, found),
        number="",
        number_word=_number_word(act),
        issued=None,
        addressees=(),
        unit=unit.name,
        year=found.year,
        version=row.number or found.version + 1,
        reason=f"{row.code}：{row.reason}" if row.reason else row.code,
        requested_by=_unit_of(act, row.asked_by) or unit.name,
        requested_on=row.asked_at.astimezone(SHANGHAI).date(),
        approved_by=f"{unit.name}负责人" if approved else "",
        approved_on=approved,
        edits=tuple(_edit(each, row.reason) for each in row.changes),
        channels=act.policy.publication.channels,
        contact_name=act.person.name,
        contact_phone="",
    )


def planned(act: Act, plan_id: int) -> list[Task]:
    """The tasks of a plan that have a 工作方案: completed and not withdrawn, in the plan's order."""
    found = _plan(act, plan_id)
    without = [TaskState.WRITTEN, TaskState.WITHDRAWN]
    tasks = select(Task).where(Task.plan_id == found.id, col(Task.state).not_in(without), col(Task.ends).is_not(None))
    return list(act.session.exec(tasks.order_by(col(Task.row), col(Task.id))))


def work_plan(act: Act, task_id: int) -> WorkPlanView:
    """工作方案 of a completed task, for staff and leaders of its unit (S4: 要在平台进行公示)."""
    session = act.session
    task = session.get(Task, task_id)
    if task is None:
        raise Refused("没有找到这项任务，请重新发送 /plan。")
    act.require(OVERSEERS, task.unit_id or 0)
    if task.state in {TaskState.WRITTEN, TaskState.WITHDRAWN} or task.starts is None or task.ends is None:
        raise Refused(f"任务 {task.plan_no} 还没有补全，不能出具工作方案。")
    items = letterhead.items(session, task)
    units = list(dict.fromkeys(session.get_one(Unit, each.unit_id).name for each in plan.units_of(session, task_id)))
    seats = sum(each.count for each in plan.units_of(session, task_id))
    lead = letterhead.lead_unit(session, task)
    policy = act.policy
    publication = policy.publication
    frequencies = dict.fromkeys(each.frequency for each in plan.items_of(session, task_id) if each.frequency)
    experts = "从专家库中随机抽取专家伴随检查，专家不替代执法检查人员" if policy.expert_pool else ""
    return WorkPlanView(
        **letterhead.head(session, task),
        number="",
        number_word=letterhead.number_word(act, task),
        issued=None,
        task=letterhead.task_view(session, task, 1),
        addressees=tuple(units) or (lead,),
        basis=tuple(dict.fromkeys(each.basis for each in items if each.basis))[:_NAMED],
        scope=task.scope_text,
        quotas=quotas(act, task),
        frequency="；".join(frequencies),
        items=items,
        methods=letterhead.methods(act, items),
        draw=BY_PLATFORM if task.mode == DrawMode.PLATFORM else BY_BOT,
        team_rule=f"每户派出执法检查人员{seats}名",
        experts=experts,
        starts=task.starts,
        ends=task.ends,
        stages=_stages(task, lead, units, publication.days),
        result_days="",
        publish_days=publication.days,
        publish_anchor=ANCHORS[publication.anchor],
        channels=publication.channels,
        discipline=policy.discipline,
        contact_name=act.person.name,
        contact_phone="",
    )


def rules(act: Act) -> RulesView:
    """实施细则 of the office from its profile and registers, for staff and leaders of it (S3)."""
    session, policy = act.session, act.policy
    root = people.root(session)
    if root is None:
        raise Refused("还没有建立办公室，不能出具文书。")
    act.require(OVERSEERS, key(root))
    names = [each.name for each in session.exec(select(Item).where(col(Item.active)).order_by(col(Item.code)))]
    subjects = dict.fromkeys(
        each for each in session.exec(select(Item.subject).where(col(Item.active)).order_by(col(Item.code))) if each
    )
    classes = tuple(QuotaView(name=each.label, size=None, rule=quota.percent(each.ratio)) for each in policy.classes)
    listed = policy.blacklist_ratio
    black = (QuotaView(name="列入黑名单的", size=None, rule=quota.percent(listed)),) if listed is not None else ()
    whole = (QuotaView(name="*", size=None, rule=f"不低于{quota.percent(policy.ratio_floor)}"),)
    return RulesView(
        office=root.name,
        sample=root.sample,
        rehearsal=False,
        number="",
        number_word=_number_word(act),
        issued=None,
        unit=root.name,
        addressees=(),
        basis=(),
        subjects=tuple(subjects),
        objects=tuple(name for name, _ in spread(session, "kinds", {})[:_NAMED]),
        items=tuple(names) if len(names) <= _NAMED else (),
        quotas=(*classes, *black) or whole,
        caps=tuple((each.label, each.yearly_cap) for each in policy.classes if each.yearly_cap),
        ratio_floor=quota.percent(policy.ratio_floor),
        methods=policy.methods,
        team_size=policy.team_size,
        draw=BY_PLATFORM if policy.draw_mode == "platform" else BY_BOT,
        experts=policy.expert_pool,
        publish_days=policy.publication.days,
        publish_anchor=ANCHORS[policy.publication.anchor],
        channels=policy.publication.channels,
        discipline=policy.discipline,
        effective=None,
    )


def quotas(act: Act, task: Task) -> tuple[QuotaView, ...]:
    """The strata of a task with their sizes in the register now, in the order in which an entity is asked."""
    labels = {each.code: each.label for each in act.policy.classes}
    order = strata.ordered(task.strata, task.strata_order)
    sizes = completion.layered(completion.marked(act.session, task.scope), order)
    return tuple(
        QuotaView(
            name=f"{labels[name]}（{name}）" if name in labels and labels[name] != name else name,
            size=sizes[name],
            rule=plan.stratum_quota(task.strata[name]).text,
        )
        for name in order
    )


def _stages(task: Task, lead: str, units: Iterable[str], days: int) -> tuple[StageView, ...]:
    if task.starts is None or task.ends is None:
        return ()
    span = f"{task.starts.month}月{task.starts.day}日至{task.ends.month}月{task.ends.day}日"
    who = "、".join(units) or lead
    return (
        StageView(what="公示本方案，开展业务培训", when="组织抽取之前", who=lead, standard="参检人员全部接受培训"),
        StageView(what="抽取检查对象，匹配检查人员", when="实施检查之前", who=lead, standard="全程留痕，接受见证"),
        StageView(what="实施检查，录入结果", when=span, who=who, standard="一企一表，留存影像资料"),
        StageView(what="公示结果", when=f"期限为{days}个工作日", who=lead, standard="公示率100%"),
        StageView(what="落实后续处置", when="按各项期限", who=who, standard="处置结果全部回填"),
    )


def _plan(act: Act, plan_id: int) -> Plan:
    found = act.session.get(Plan, plan_id)
    if found is None:
        raise Refused("没有找到这份计划，请重新发送 /plan。")
    act.require(OVERSEERS, found.unit_id)
    return found


def _head(act: Act, found: Plan) -> Head:
    office = people.lineage(act.session, found.unit_id)[-1]
    return {"office": office.name, "sample": office.sample, "rehearsal": False}


def _number_word(act: Act) -> str:
    root = people.root(act.session)
    return "" if root is None or root.sample else act.policy.office.letter_code


def _unit_of(act: Act, person_id: int | None) -> str:
    person = act.session.get(people.Person, person_id) if person_id else None
    return act.session.get_one(Unit, person.unit_id).name if person else ""


def _table(act: Act, found: Plan, rows: Iterable[Mapping[str, str]], version: int) -> PlanTableView:
    unit = act.session.get_one(Unit, found.unit_id)
    return PlanTableView(
        **_head(act, found),
        unit=unit.name,
        year=found.year,
        version=version,
        rows=tuple(
            PlanRowView(
                plan_no=row["plan_no"],
                plan_name=row["plan_name"],
                task_no=row["task_no"],
                name=row["name"],
                kind=row["kind"],
                ratio=row["ratio_text"],
                items=row["item_text"],
                scope=row["scope_text"],
                lead=row["lead_text"],
                joint=row["joint_text"],
                period=row["period_text"],
            )
            for row in rows
        ),
        made_by=act.policy.office.lead_unit or unit.name,
        made_on=found.made_at.astimezone(SHANGHAI).date(),
    )


def _edit(stored: Mapping[str, object], reason: str) -> PlanEditView:
    fields = stored["fields"]
    changes = fields.items() if isinstance(fields, dict) else ()
    return PlanEditView(
        how=HOW[str(stored["how"])],
        plan_no=str(stored["plan_no"]),
        name=str(stored["name"]),
        changes=tuple(
            (TITLES.get(str(name), str(name)), str(before), str(after))
            for name, (before, after) in changes
            if before != after and name not in {"plan_no", "name"}
        ),
        reason=reason,
    )
