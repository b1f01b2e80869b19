"""The columns of reports (DOMAIN §2.7): group, head, field of the template, and the figure or the two of a share."""

from dataclasses import dataclass

from models.views_report import FiguresView
from templates.values import Fields, share


@dataclass(frozen=True)
class Column:
    """One column; `whole` makes it a share of `part` in it. `unit` is counted in it."""

    group: str
    head: str
    field: str
    part: str
    whole: str = ""
    unit: str = ""


COLUMNS = (
    Column("抽查任务", "任务数", "任务数", "tasks", unit="项"),
    Column("抽查任务", "其中联合", "联合任务数", "joint_tasks", unit="项"),
    Column("抽查任务", "联合占比", "联合任务占比", "joint_tasks", "tasks"),
    Column("抽查户数", "户数", "户数", "entities", unit="户"),
    Column("抽查户数", "其中联合", "联合户数", "joint_entities", unit="户"),
    Column("抽查户数", "联合占比", "联合户数占比", "joint_entities", "entities"),
    Column("运用信用风险", "任务数", "信用风险任务数", "credit_tasks", unit="项"),
    Column("运用信用风险", "占比", "信用风险任务占比", "credit_tasks", "tasks"),
    Column("检查、录入和公示", "应检查", "应检查", "due", unit="户"),
    Column("检查、录入和公示", "已检查", "已检查", "checked", unit="户"),
    Column("检查、录入和公示", "已录入", "已录入", "entered", unit="户"),
    Column("检查、录入和公示", "已公示", "已公示", "published", unit="户"),
    Column("检查、录入和公示", "公示率", "公示率", "published", "entered"),
    Column("检查、录入和公示", "超期未公示", "超期未公示", "unpublished_late", unit="户"),
    Column("执法力量", "出动人次", "出动人次", "person_times", unit="人次"),
    Column("发现问题和处置", "发现问题户数", "发现问题户数", "problems", unit="户"),
    Column("发现问题和处置", "责令改正", "责令改正", "ordered", unit="件"),
    Column("发现问题和处置", "已整改销号", "已整改销号", "rectified", unit="件"),
    Column("发现问题和处置", "立案", "立案", "cases", unit="件"),
    Column("发现问题和处置", "移送", "移送", "transfers", unit="件"),
    Column("发现问题和处置", "列入异常", "列入异常", "listed", unit="户"),
    Column("后续处置回填", "应回填", "应回填", "backfill_due", unit="件"),
    Column("后续处置回填", "已回填", "已回填", "backfilled", unit="件"),
    Column("后续处置回填", "超期", "回填超期", "backfill_late", unit="件"),
    Column("其他工作", "计划调整", "计划调整次数", "plan_changes", unit="次"),
    Column("其他工作", "培训", "培训次数", "trainings", unit="次"),
    Column("其他工作", "回访户数", "回访户数", "revisits", unit="户"),
)


def shown(column: Column, figures: FiguresView) -> int | str:
    """One figure as it is printed; what is not known is a blank."""
    part: int | None = getattr(figures, column.part)
    if column.whole:
        return share(part, getattr(figures, column.whole))
    return "" if part is None else part


def figures_fields(figures: FiguresView | None) -> Fields:
    """All figures of one line; blanks where there are none."""
    if figures is None:
        return {column.field: "" for column in COLUMNS}
    return {column.field: shown(column, figures) for column in COLUMNS}
