"""Fills 催报通知, 月报表, 总结 and 汇总表: their read models as the fields of their templates."""

from models.views import ChaseView
from templates.values import Fields, Kinds, broken_title, contact_fields, day, letter_fields, or_none


def _chase(view: ChaseView) -> Fields:
    subject = view.missing[0].name if len(view.missing) == 1 else f"{len(view.missing)}项材料"
    return (
        letter_fields(view)
        | contact_fields(view)
        | {
            "标题": broken_title(("关于报送" + subject, "的催报通知")),
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


KINDS: Kinds = {
    ChaseView: ("chase", lambda view: f"催报通知-{view.unit}-第{view.times}次", _chase),
}
