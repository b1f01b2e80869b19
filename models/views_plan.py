"""Read models of the plan's papers: 年度抽查计划表, 计划申报, 计划调整, 工作方案, 实施细则, 培训计划.

The conventions are those of models.views: an empty text is printed as — or left out, `date | None` is a blank.
"""

from dataclasses import dataclass
from datetime import date

from models.views import ItemView, LetterView, PaperView, TaskView


@dataclass(frozen=True, kw_only=True)
class PlanRowView:
    """One row of the plan: the eleven columns of S0 exactly as written (models.plan.Task)."""

    plan_no: str
    plan_name: str
    task_no: str
    name: str
    kind: str
    ratio: str
    items: str
    scope: str
    lead: str
    joint: str
    period: str


@dataclass(frozen=True, kw_only=True)
class PlanTableView(PaperView):
    """年度抽查计划表, landscape: one version of a year's plan of `unit`, rows in the plan's order."""

    unit: str  # whose plan it is; part of the title
    year: int
    version: int  # from 1; from 2 on the table says which adjustment it is
    rows: tuple[PlanRowView, ...]
    made_by: str  # 编制处室
    made_on: date | None  # 时间


@dataclass(frozen=True, kw_only=True)
class PlanReturnRowView:
    """One task that a unit proposes for the year (columns of DOMAIN §2.7)."""

    name: str
    kind: str
    scope: str  # 抽查对象范围
    base: str  # 抽查基数: objects at planning time
    ratio: str  # 抽查比例（数量）: 10% (20户)
    frequency: str  # 1次/年
    items: str
    method: str
    lead: str
    joint: str
    period: str
    note: str


@dataclass(frozen=True, kw_only=True)
class PlanReturnView(PaperView):
    """计划申报表, landscape: what one unit proposes for the year's plan; no rows is 零报告."""

    unit: str  # 申报单位
    year: int
    rows: tuple[PlanReturnRowView, ...]
    filled_by: str  # 填报人
    phone: str
    filled_on: date | None


@dataclass(frozen=True, kw_only=True)
class PlanEditView:
    """One difference between two versions of the plan."""

    how: str  # 新增, 变更, 取消
    plan_no: str
    name: str  # 抽查任务名称
    changes: tuple[tuple[str, str, str], ...]  # column, before, after; empty before (new) or after (dropped)
    reason: str


@dataclass(frozen=True, kw_only=True)
class PlanChangeView(LetterView):
    """计划调整: the letter that says how and why the year's plan was changed, with the list of changes attached."""

    addressees: tuple[str, ...]  # 主送
    unit: str  # whose plan it is
    year: int
    version: int  # the new one, from 2
    reason: str  # why, as a whole: 因开展安全生产大检查
    requested_by: str  # unit or 处室 that asked
    requested_on: date
    approved_by: str  # who approved: office or post, never needed to be a name
    approved_on: date | None
    edits: tuple[PlanEditView, ...]
    channels: tuple[str, ...]  # where the new plan is published; empty: to be decided
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True)
class StageView:
    """One line of a timetable: what, when, who, to what standard (S0: 路线图和时间表)."""

    what: str
    when: str
    who: str
    standard: str


@dataclass(frozen=True, kw_only=True)
class QuotaView:
    """How much of which part is drawn: 全部 / A级, its size where known, and the rule."""

    name: str
    size: int | None
    rule: str  # 5%, 9户


@dataclass(frozen=True, kw_only=True)
class WorkPlanView(LetterView):
    """工作方案 of one task, to be published with it (S4)."""

    task: TaskView
    addressees: tuple[str, ...]  # 主送: the units that take part
    basis: tuple[str, ...]  # documents on which it rests; empty: 有关法律、法规、规章
    scope: str  # 抽查对象范围, in prose
    quotas: tuple[QuotaView, ...]
    frequency: str  # 频次; empty: left out
    items: tuple[ItemView, ...]
    methods: tuple[str, ...]
    draw: str  # how it is drawn: 在…平台上抽取 / 由见证人当场掷骰…
    team_rule: str  # 每户派出2名执法检查人员
    experts: str  # how experts are drawn; empty: none
    starts: date
    ends: date
    stages: tuple[StageView, ...]
    result_days: str  # 检查结束后5个工作日内; empty: 及时
    publish_days: int  # working days
    publish_anchor: str  # 自检查结束之日起
    channels: tuple[str, ...]
    discipline: str  # the profile's own words; empty: the usual ones
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True)
class TargetView:
    """One target of the year: what is counted, how much at least, what is reached."""

    name: str
    at_least: str  # 20%
    reached: str  # 57.6%; empty: not counted yet
    holds: bool | None  # None: nothing to count yet
    clause: str = ""


@dataclass(frozen=True, kw_only=True)
class YearPlanView(LetterView):
    """年度工作方案 of a unit (S1: 于2月15日前，出台本地本部门工作方案)."""

    unit: str
    year: int
    addressees: tuple[str, ...]
    basis: tuple[str, ...]
    targets: tuple[TargetView, ...]
    tasks: int  # rows of the plan
    joint_tasks: int
    duties: tuple[StageView, ...]  # what is due when, by whom, with what proof
    channels: tuple[str, ...]
    publish_days: int
    publish_anchor: str
    leader: str  # 组长; empty: to be written
    liaison: str  # 信息联络员; empty: to be written
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True)
class RulesView(LetterView):
    """实施细则 of a unit, with the contents that S3 names: 目的、依据、主体、对象、内容、规则、比例频次、方式、要求."""

    unit: str
    addressees: tuple[str, ...]
    basis: tuple[str, ...]
    subjects: tuple[str, ...]  # 抽查主体
    objects: tuple[str, ...]  # kinds of 检查对象
    items: tuple[str, ...]  # names of the items, or 见抽查事项清单 where empty
    quotas: tuple[QuotaView, ...]  # 分类抽查比例
    caps: tuple[tuple[str, int], ...]  # class, inspections a year at most
    ratio_floor: str  # 5%
    methods: tuple[str, ...]
    team_size: int
    draw: str
    experts: bool
    publish_days: int
    publish_anchor: str
    channels: tuple[str, ...]
    discipline: str
    effective: date | None


@dataclass(frozen=True, kw_only=True)
class TrainingRowView:
    """One training: when, what, for whom."""

    when: str  # 2026年3月上旬, or a date
    topic: str
    people: str  # 培训对象
    count: int | None  # 人数
    how: str  # 集中授课, 线上
    organiser: str
    place: str


@dataclass(frozen=True, kw_only=True)
class TrainingPlanView(PaperView):
    """培训计划表, landscape (S1, 附件3; its columns are not in the document)."""

    unit: str
    year: int
    rows: tuple[TrainingRowView, ...]
    filled_by: str
    phone: str
    filled_on: date | None
