"""Fills 催报通知, 月报表, 季度和年度总结 and 汇总表: their read models as the fields of their templates."""

import calendar

from models.views import ChaseView
from models.views_plan import TargetView
from models.views_report import FiguresView, MonthlyView, RollupView, SummaryView, UnitFiguresView
from templates.report_columns import figures_fields
from templates.values import (
    Fields,
    Kinds,
    broken_title,
    clause,
    contact_fields,
    day,
    day_or_blank,
    letter_fields,
    meaningful,
    or_none,
    paper_fields,
    share,
)

WIDE_TITLE = 30  # characters of 2号 on a line of a broad page
TO_WRITE = "【请补充{what}，并删去本行。】"


def _chase(view: ChaseView) -> Fields:
    subject = view.missing[0].name if len(view.missing) == 1 else f"{len(view.missing)}项材料"
    return (
        letter_fields(view)
        | contact_fields(view)
        | {
            "标题": broken_title((*meaningful(f"关于报送{subject}的"), "催报通知")),
            "主送": view.unit,
            "依据": view.basis,
            "次数": view.times,
            "未报": [
                {
                    "序号": number,
                    "名称": one.name,
                    "时期": or_none(one.period),
                    "期限": day(one.due) + ("（暂估）" if one.estimated else ""),
                    "状态": f"逾期{one.overdue_workdays}个工作日" if one.overdue_workdays else "未到期",
                }
                for number, one in enumerate(view.missing, 1)
            ],
            "回复期限": day(view.reply_by),
            "渠道": view.channel,
            "零报告": "没有相关情况的，请作零报告。" if view.zero_allowed else "",
        }
    )


def _lines(row: UnitFiguresView) -> Fields:
    return {"单位": row.unit, "本期": figures_fields(row.now), "累计": figures_fields(row.total)}


def _monthly(view: MonthlyView) -> Fields:
    month = f"{view.year}年{view.month}月"
    whole = view.first.day == 1 and view.last.day == calendar.monthrange(view.last.year, view.last.month)[1]
    span = "" if whole else f"（{day(view.first)}至{day(view.last)}）"
    notes = [f"累计自{day(view.total_from)}起", "公示率＝已公示÷已录入", "没有发生的填0"]
    return paper_fields(view) | {
        "标题": f"{view.scope}“双随机、一公开”监管工作月报表",
        "单位": view.unit,
        "期间": f"报告期：{month}{span}",
        "单位栏": "部门" if view.scope == "县（区）" else "科室（单位）",
        "本期名称": "本月",
        "累计名称": "累计",
        "各单位": [_lines(row) for row in view.rows],
        "合计": _lines(view.sums) if view.sums else False,
        "说明": "；".join((*notes, *([clause(view.note)] if view.note else []))) + "。" + ESTIMATED * view.estimated,
        "填报人": view.filled_by,
        "审核人": view.checked_by,
        "联系电话": view.phone,
        "填报日期": day_or_blank(view.filled_on),
    }


ESTIMATED = "部分期限所在年份的放假安排尚未公布，有关数字按暂估的工作日计算。"


def _rollup(view: RollupView) -> Fields:
    accepted = sum(row.now is not None for row in view.rows)
    return paper_fields(view) | {
        "标题": broken_title(meaningful(view.title, WIDE_TITLE), WIDE_TITLE),
        "期间": f"报告期：{day(view.first)}至{day(view.last)}",
        "报送合计": f"应报送{len(view.rows)}个单位，已报送{accepted}个，未报送{len(view.rows) - accepted}个",
        "本期名称": view.period_word,
        "累计名称": "累计",
        "各单位": [
            {
                "单位": row.unit,
                "报送": or_none(row.state),
                "本期": figures_fields(row.now or FiguresView()),
                "累计": figures_fields(row.total or FiguresView()),
            }
            for row in view.rows
        ],
        "合计": _lines(view.sums) | {"报送": "—"},
        "说明": "；".join(("合计为审核通过的报表之和，没有的单位按0列出", *([clause(view.note)] if view.note else [])))
        + "。",
        "制表": view.made_by,
        "制表日期": day_or_blank(view.made_on),
    }


def _count(number: int | None) -> str:
    return "　　" if number is None else str(number)


def _told(figures: FiguresView, word: str) -> Fields:
    """What the figures of a period say in sentences."""
    f = figures

    def of(part: int | None, whole: int | None) -> str:
        shown_share = share(part, whole)
        return f"，占{shown_share}" if shown_share.endswith("%") else ""

    if f.tasks == 0:
        tasks = f"{word}没有组织实施抽查任务。"
    else:
        tasks = (
            f"{word}组织实施抽查任务{_count(f.tasks)}项，其中部门联合抽查{_count(f.joint_tasks)}项"
            f"{of(f.joint_tasks, f.tasks)}；"
            f"运用信用风险分级分类的{_count(f.credit_tasks)}项{of(f.credit_tasks, f.tasks)}。"
            f"抽查检查对象{_count(f.entities)}户，其中联合抽查{_count(f.joint_entities)}户"
            f"{of(f.joint_entities, f.entities)}。"
        )
    published = share(f.published, f.entered)
    rate = f"，公示率{published}" if published.endswith("%") else ""
    return {
        "任务情况": tasks,
        "检查情况": f"{word}应检查{_count(f.due)}户，已检查{_count(f.checked)}户，已录入结果{_count(f.entered)}户，"
        f"已公示{_count(f.published)}户{rate}；超期未公示{_count(f.unpublished_late)}户。"
        f"出动执法人员{_count(f.person_times)}人次。",
        "处置情况": f"{word}发现问题{_count(f.problems)}户。责令改正{_count(f.ordered)}件，"
        f"已整改销号{_count(f.rectified)}件；立案{_count(f.cases)}件；移送{_count(f.transfers)}件；"
        f"列入经营异常名录等{_count(f.listed)}户。后续处置应回填{_count(f.backfill_due)}件，"
        f"已回填{_count(f.backfilled)}件，超期{_count(f.backfill_late)}件。",
        "其他情况": f"{word}调整抽查计划{_count(f.plan_changes)}次，组织培训{_count(f.trainings)}次，"
        f"回访检查对象{_count(f.revisits)}户。",
    }


def _target(number: int, one: TargetView) -> str:
    state = {True: "，已达到", False: "，尚未达到", None: ""}[one.holds]
    reached = f"目前为{one.reached}{state}" if one.reached else "目前尚无数据"
    return f"{number}.{one.name}：目标不低于{one.at_least}，{reached}。"


def _summary(view: SummaryView) -> Fields:
    head = f"关于{view.period}"
    return (
        letter_fields(view)
        | contact_fields(view)
        | _told(view.now, view.period_word)
        | {
            "签发人": view.signer or "　　　",
            "标题": broken_title((head, "“双随机、一公开”", "监管工作情况的报告")),
            "主送": view.to,
            "单位": view.unit,
            "时期": view.period,
            "起": day(view.first),
            "止": day(view.last),
            "本期名称": view.period_word,
            "目标": [_target(number, one) for number, one in enumerate(view.targets, 1)],
            "做法": list(view.doings) or [TO_WRITE.format(what="主要做法")],
            "问题": list(view.problems) or [TO_WRITE.format(what="存在的问题")],
            "打算": list(view.next_steps) or [TO_WRITE.format(what="下一步工作")],
            "本期": figures_fields(view.now),
            "累计": figures_fields(view.total),
        }
    )


KINDS: Kinds = {
    ChaseView: ("chase", lambda view: f"催报通知-{view.unit}-第{view.times}次", _chase),
    MonthlyView: ("monthly", lambda view: f"月报表-{view.unit}-{view.year}年{view.month}月", _monthly),
    SummaryView: ("summary", lambda view: f"工作总结-{view.unit}-{view.period}", _summary),
    RollupView: ("rollup", lambda view: f"汇总表-{view.title}", _rollup),
}
