"""Read models of reports: 月报表, 季度和年度总结, 汇总表. Plain numbers; shares are worked out when they are printed.

Conventions as in models.views. The columns are the superset of DOMAIN §2.7.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from models.views import LetterView, PaperView
from models.views_plan import TargetView

# Whose report it is (S1, 附件1 and 2): of a county over its departments, or of a department of the city.
Scope = Literal["县（区）", "市有关部门"]


@dataclass(frozen=True, kw_only=True)
class FiguresView:
    """Counts of one unit in one period. None is: not known here, to be written by hand; 0 is a fact."""

    tasks: int | None = 0  # 抽查任务数
    joint_tasks: int | None = 0  # 其中联合
    entities: int | None = 0  # 抽查户数
    joint_entities: int | None = 0  # 其中联合户数
    credit_tasks: int | None = 0  # 运用信用风险任务数
    due: int | None = 0  # 应检查
    checked: int | None = 0  # 已检查
    entered: int | None = 0  # 已录入
    published: int | None = 0  # 已公示
    unpublished_late: int | None = 0  # 超期未公示
    person_times: int | None = 0  # 出动执法人员人次
    problems: int | None = 0  # 发现问题户数
    ordered: int | None = 0  # 责令改正
    rectified: int | None = 0  # 已整改销号
    cases: int | None = 0  # 立案
    transfers: int | None = 0  # 移送
    listed: int | None = 0  # 列入异常
    backfill_due: int | None = 0  # 后续处置应回填
    backfilled: int | None = 0  # 已回填
    backfill_late: int | None = 0  # 超期
    plan_changes: int | None = 0  # 计划调整次数
    trainings: int | None = 0  # 培训次数
    revisits: int | None = 0  # 回访户数


@dataclass(frozen=True, kw_only=True)
class UnitFiguresView:
    """One line of a report: a unit with this period's and the year's figures; one with nothing is there with 0."""

    unit: str
    now: FiguresView  # 本月, 本季度
    total: FiguresView  # 累计


@dataclass(frozen=True, kw_only=True)
class MonthlyView(PaperView):
    """月报表, landscape: one line each for 本月 and 累计 of every unit, then their sum where there are several."""

    scope: Scope
    unit: str  # 填报单位
    year: int
    month: int
    first: date  # first and last day of 本月, which a profile may count otherwise than the calendar
    last: date
    total_from: date  # first day of 累计
    rows: tuple[UnitFiguresView, ...]
    sums: UnitFiguresView | None  # 合计; None: a single unit
    filled_by: str  # 填报人
    checked_by: str  # 审核人
    phone: str
    filled_on: date | None
    note: str  # 备注; 零报告 is said here
    estimated: bool  # some date rests on an estimated calendar: 暂估


@dataclass(frozen=True, kw_only=True)
class SummaryView(LetterView):
    """季度总结 or 年度总结 to the office above, with the figures attached. Set `signer`: it is 上行文."""

    unit: str  # who sums up
    to: str  # 主送: the office above
    period: str  # 2026年第一季度, 2026年
    period_word: str  # 本季度, 本年度: the head of the first column of figures
    first: date
    last: date
    now: FiguresView
    total: FiguresView
    targets: tuple[TargetView, ...]
    doings: tuple[str, ...]  # 主要做法, a paragraph each; empty: to be written
    problems: tuple[str, ...]  # 存在问题; empty: to be written
    next_steps: tuple[str, ...]  # 下一步打算; empty: to be written
    contact_name: str
    contact_phone: str


@dataclass(frozen=True, kw_only=True)
class RollupRowView:
    """One unit of the 汇总表 and how its report stands: 3月18日报送, 零报告, 未报送."""

    unit: str
    state: str
    now: FiguresView | None  # None: nothing accepted; the line stays, with 0, and is not in the sum
    total: FiguresView | None


@dataclass(frozen=True, kw_only=True)
class RollupView(PaperView):
    """汇总表, landscape: the accepted reports of all units in the tree's order and their sum. Nobody is ranked."""

    title: str  # 2026年3月“双随机、一公开”监管工作情况汇总表
    period_word: str  # 本月, 本季度
    first: date
    last: date
    rows: tuple[RollupRowView, ...]
    sums: UnitFiguresView  # 合计 of the accepted ones
    made_by: str
    made_on: date | None
    note: str
