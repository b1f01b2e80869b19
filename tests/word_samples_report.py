"""Samples of 月报表, 季度总结 and 汇总表."""

from dataclasses import fields
from datetime import date

from models import views_report as views
from tests.word_samples_plan import TARGETS

NOW = views.FiguresView(
    tasks=30,
    joint_tasks=17,
    credit_tasks=26,
    entities=531,
    joint_entities=311,
    due=524,
    checked=415,
    entered=382,
    published=363,
    unpublished_late=4,
    person_times=1066,
    problems=92,
    ordered=71,
    rectified=53,
    cases=6,
    transfers=8,
    listed=10,
    backfill_due=88,
    backfilled=69,
    backfill_late=7,
    plan_changes=2,
    trainings=3,
    revisits=16,
)


def figures(times: int, more: int = 0) -> views.FiguresView:
    """As many times the figures of NOW, and a few more of each."""
    named = {field.name: getattr(NOW, field.name) * times + more for field in fields(views.FiguresView)}
    return views.FiguresView(**named)


UNITS = (
    "市场秩序科",
    "无线电管理科 & 监测站",
    "示例市工业和信息化局驻示例高新技术产业开发区分局",
    "综合科",
    "法规科<示例>",
)

MONTHLY = views.MonthlyView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    scope="市有关部门",
    unit="示例市工业和信息化局",
    year=2026,
    month=3,
    first=date(2026, 2, 21),
    last=date(2026, 3, 20),
    total_from=date(2026, 1, 1),
    rows=tuple(
        views.UnitFiguresView(unit=unit, now=figures(1, at), total=figures(2, at))
        if at < 4
        else views.UnitFiguresView(unit=unit, now=views.FiguresView(), total=views.FiguresView())
        for at, unit in enumerate(UNITS)
    ),
    sums=views.UnitFiguresView(unit="合计", now=figures(4, 6), total=figures(8, 6)),
    filled_by="示例填报人",
    checked_by="示例审核人",
    phone="0000-0000003",
    filled_on=date(2026, 3, 20),
    note="示例联合任务由市场秩序科填报",
    estimated=True,
)

SUMMARY = views.SummaryView(
    office="示例市工业和信息化局",
    sample=True,
    rehearsal=False,
    number="示工信呈〔2026〕4号",
    number_word="示工信呈",
    issued=date(2026, 4, 1),
    signer="示例局长",
    unit="示例市工业和信息化局",
    to="示例市双随机办",
    period="2026年第一季度",
    period_word="本季度",
    first=date(2026, 1, 1),
    last=date(2026, 3, 31),
    now=NOW,
    total=figures(2),
    targets=TARGETS,
    doings=("坚持抽取全过程公开，由企业代表 & 纪检人员见证。", "推行“综合查一次”，减少对企业的打扰。"),
    problems=("部分检查对象的登记住所 <无法联系>，影响检查进度。",),
    next_steps=(),
    contact_name="示例联系人",
    contact_phone="0000-0000000",
)

ROLLUP = views.RollupView(
    office="示例市双随机办",
    sample=True,
    rehearsal=False,
    title="示例市2026年3月“双随机、一公开”监管工作情况汇总表",
    period_word="本月",
    first=date(2026, 3, 1),
    last=date(2026, 3, 31),
    rows=(
        views.RollupRowView(unit="示例市工业和信息化局", state="3月18日报送", now=figures(1, 1), total=figures(3, 1)),
        views.RollupRowView(unit="示例县 <双随机办>", state="零报告", now=views.FiguresView(), total=figures(2, 5)),
        views.RollupRowView(unit="示例市𠮷县市场监督管理局", state="未报送", now=None, total=None),
    ),
    sums=views.UnitFiguresView(unit="合计", now=figures(1, 1), total=figures(5, 6)),
    made_by="示例市双随机办综合组",
    made_on=date(2026, 3, 23),
    note="示例县为零报告",
)
