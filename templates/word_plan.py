"""Fills the papers of the plan: their read models as the fields of their templates."""

from models.views_plan import (
    PlanChangeView,
    PlanEditView,
    PlanReturnView,
    PlanTableView,
    QuotaView,
    RulesView,
    StageView,
    TrainingPlanView,
    WorkPlanView,
    YearPlanView,
)
from templates.values import (
    BLANK_WORDS,
    NONE,
    Fields,
    Kinds,
    broken_title,
    clause,
    contact_fields,
    day,
    day_or_blank,
    joined,
    letter_fields,
    meaningful,
    or_none,
    paper_fields,
    stratum_name,
    task_fields,
)

LAWS = "有关法律、法规、规章"
TO_ALL = "各有关单位"


def plan_title(unit: str, year: int) -> str:
    """What a year's plan is called, as S0 calls it."""
    return f"{unit}{year}年度随机抽查工作计划"


def _plan_table(view: PlanTableView) -> Fields:
    return paper_fields(view) | {
        "标题": broken_title(meaningful(plan_title(view.unit, view.year), 30), 30),
        "版次": view.version,
        "计划": [
            {
                "计划编号": one.plan_no,
                "计划名称": one.plan_name,
                "任务编号": one.task_no,
                "任务名称": one.name,
                "类型": one.kind,
                "比例": one.ratio,
                "事项": one.items,
                "范围": one.scope,
                "发起": one.lead,
                "联合": one.joint,
                "时间": one.period,
            }
            for one in view.rows
        ],
        "编制": view.made_by,
        "编制日期": day_or_blank(view.made_on),
    }


def _filled(view: PlanReturnView | TrainingPlanView) -> Fields:
    return {"填报人": view.filled_by, "联系电话": view.phone, "填报日期": day_or_blank(view.filled_on)}


def _plan_return(view: PlanReturnView) -> Fields:
    return (
        paper_fields(view)
        | _filled(view)
        | {
            "单位": view.unit,
            "年度": str(view.year),
            "任务数": len(view.rows),
            "申报": [
                {
                    "序号": number,
                    "名称": one.name,
                    "类型": or_none(one.kind),
                    "范围": or_none(one.scope),
                    "基数": or_none(one.base),
                    "比例": or_none(one.ratio),
                    "频次": or_none(one.frequency),
                    "事项": or_none(one.items),
                    "方式": or_none(one.method),
                    "发起": or_none(one.lead),
                    "参与": or_none(one.joint),
                    "时间": or_none(one.period),
                    "备注": one.note,
                }
                for number, one in enumerate(view.rows, 1)
            ],
        }
    )


def _training_plan(view: TrainingPlanView) -> Fields:
    return (
        paper_fields(view)
        | _filled(view)
        | {
            "单位": view.unit,
            "年度": str(view.year),
            "培训": [
                {
                    "序号": number,
                    "时间": or_none(one.when),
                    "内容": one.topic,
                    "对象": or_none(one.people),
                    "人数": NONE if one.count is None else one.count,
                    "方式": or_none(one.how),
                    "组织": or_none(one.organiser),
                    "地点": or_none(one.place),
                }
                for number, one in enumerate(view.rows, 1)
            ],
        }
    )


def _edit(number: int, one: PlanEditView) -> Fields:
    lines = []
    for column, before, after in one.changes:
        if not before or not after:
            lines.append(f"{'' if after else '原'}{column}：{or_none(after or before)}")
        else:
            lines.append(f"{column}：由“{before}”改为“{after}”")
    return {
        "序号": number,
        "方式": one.how,
        "任务": f"{one.plan_no}\n{one.name}",
        "内容": "\n".join(lines) or NONE,
        "理由": or_none(one.reason),
    }


def _plan_change(view: PlanChangeView) -> Fields:
    name = plan_title(view.unit, view.year)
    return (
        letter_fields(view)
        | contact_fields(view)
        | {
            "标题": broken_title(("关于调整", f"{view.year}年度", "随机抽查工作计划的", "通知")),
            "主送": joined(view.addressees, TO_ALL),
            "计划名称": name,
            "原因": clause(view.reason),
            "申请单位": view.requested_by,
            "申请日期": day(view.requested_on),
            "批准人": or_none(view.approved_by, BLANK_WORDS),
            "批准日期": day_or_blank(view.approved_on),
            "总数": len(view.edits),
            **{how: sum(one.how == how for one in view.edits) for how in ("新增", "变更", "取消")},
            "版次": view.version,
            "渠道": joined(view.channels, "规定的渠道"),
            "调整": [_edit(number, one) for number, one in enumerate(view.edits, 1)],
        }
    )


def quota_rows(quotas: tuple[QuotaView, ...]) -> list[Fields]:
    """A row for each part that is drawn from."""
    return [
        {
            "范围": stratum_name(one.name, alone=len(quotas) == 1),
            "户数": NONE if one.size is None else one.size,
            "规则": one.rule,
        }
        for one in quotas
    ]


def _stages(stages: tuple[StageView, ...]) -> list[Fields]:
    return [
        {"内容": one.what, "时间": or_none(one.when), "责任": or_none(one.who), "标准": or_none(one.standard)}
        for one in stages
    ]


def issued_fields(name: str, addressees: tuple[str, ...]) -> Fields:
    """What a letter has that sends out a plan or rules called `name`."""
    return {
        "标题": broken_title(("关于印发", *meaningful(f"《{name}》的"), "通知")),
        "主送": joined(addressees, TO_ALL),
        "名称": name,
        "名称分行": broken_title(meaningful(name)),
    }


def _work_plan(view: WorkPlanView) -> Fields:
    return (
        letter_fields(view)
        | contact_fields(view)
        | issued_fields(f"{view.task.name}工作方案", view.addressees)
        | {
            "任务": task_fields(view.task),
            "依据": joined(view.basis, LAWS),
            "范围": clause(view.scope),
            "比例": quota_rows(view.quotas),
            "频次": f"检查频次：{clause(view.frequency)}。" if view.frequency else "检查频次不得超过公布的年度上限。",
            "事项": [
                {"名称": one.name, "代码": or_none(one.code), "依据": clause(one.basis), "内容": or_none(one.content)}
                for one in view.items
            ],
            "方式": joined(view.methods),
            "抽取": f"{clause(view.draw)}。",
            "派员规则": clause(view.team_rule),
            "专家": f"{clause(view.experts)}。" if view.experts else "",
            "开始": day(view.starts),
            "结束": day(view.ends),
            "步骤": _stages(view.stages),
            "录入期限": view.result_days or "及时",
            "公示期限": view.publish_days,
            "公示起算": view.publish_anchor,
            "渠道": joined(view.channels, "规定的渠道"),
            "纪律": view.discipline,
        }
    )


def _year_plan(view: YearPlanView) -> Fields:
    return (
        letter_fields(view)
        | contact_fields(view)
        | issued_fields(f"{view.year}年度“双随机、一公开”监管工作方案", view.addressees)
        | {
            "年度": str(view.year),
            "依据": joined(view.basis, LAWS),
            "目标": [f"{one.name}不低于{one.at_least}" for one in view.targets],
            "任务数": view.tasks,
            "联合任务数": view.joint_tasks,
            "公示期限": view.publish_days,
            "公示起算": view.publish_anchor,
            "渠道": joined(view.channels, "规定的渠道"),
            "安排": _stages(view.duties),
            "组长": or_none(view.leader, BLANK_WORDS),
            "联络员": or_none(view.liaison, BLANK_WORDS),
        }
    )


DISCIPLINE = (
    "检查人员不得妨碍检查对象正常的生产经营活动，不得索取或者收受财物，不得谋取其他利益，"
    "对知悉的秘密和隐私负有保密义务。"
)


def _rules(view: RulesView) -> Fields:
    caps = dict(view.caps)
    return (
        letter_fields(view)
        | issued_fields(f"{view.unit}“双随机、一公开”抽查实施细则", view.addressees)
        | {
            "依据": joined(view.basis, LAWS),
            "主体": joined(view.subjects, view.unit),
            "对象种类": joined(view.objects, "检查对象"),
            "事项": f"，包括{joined(view.items)}" if view.items else "",
            "抽取": f"{clause(view.draw)}。" if view.draw else "",
            "人数": view.team_size,
            "专家": "专业性强的检查，可以从专家库中随机抽取专家伴随检查，专家不替代执法检查人员。"
            if view.experts
            else "",
            "最低比例": view.ratio_floor,
            "比例": [
                {
                    "范围": stratum_name(one.name, alone=len(view.quotas) == 1),
                    "规则": one.rule,
                    "上限": f"{caps[one.name]}次" if one.name in caps else "按公布的频次",
                }
                for one in view.quotas
            ],
            "方式": joined(view.methods),
            "公示期限": view.publish_days,
            "公示起算": view.publish_anchor,
            "渠道": joined(view.channels, "规定的渠道"),
            "纪律": view.discipline or DISCIPLINE,
            "施行": day_or_blank(view.effective),
        }
    )


def _short(unit: str, year: int) -> str:
    return f"{unit}-{year}年度"


KINDS: Kinds = {
    PlanTableView: (
        "plan_table",
        lambda view: f"年度抽查计划表-{_short(view.unit, view.year)}-第{view.version}版",
        _plan_table,
    ),
    PlanReturnView: ("plan_return", lambda view: f"计划申报表-{_short(view.unit, view.year)}", _plan_return),
    TrainingPlanView: ("training_plan", lambda view: f"培训计划表-{_short(view.unit, view.year)}", _training_plan),
    PlanChangeView: (
        "plan_change",
        lambda view: f"计划调整-{_short(view.unit, view.year)}-第{view.version}版",
        _plan_change,
    ),
    WorkPlanView: ("work_plan", lambda view: f"工作方案-{view.task.no}-第{view.task.batch}批", _work_plan),
    RulesView: ("rules", lambda view: f"实施细则-{view.unit}", _rules),
    YearPlanView: ("year_plan", lambda view: f"年度工作方案-{_short(view.unit, view.year)}", _year_plan),
}
