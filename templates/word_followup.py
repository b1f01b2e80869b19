"""Fills 责令改正通知书, 复查意见书 and 移送函: their read models as the fields of their templates."""

from models.views import EntityView
from models.views_followup import FollowupLetterView, RecheckView, RectificationView, TransferView
from templates.values import (
    BLANK_DAY,
    BLANK_WORDS,
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
    people_line,
    task_fields,
)

DONE = {True: "☑已改正\n□未改正", False: "□已改正\n☑未改正", None: "□已改正\n□未改正"}


def _entity(entity: EntityView) -> Fields:
    return {
        "名称": entity.name,
        "代码": or_none(entity.code),
        "地址": or_none(entity.address),
        "法定代表人": or_none(entity.legal_person, BLANK_WORDS),
        "联系电话": or_none(entity.legal_person_phone or entity.liaison_phone, BLANK_WORDS),
    }


def _common(view: FollowupLetterView) -> Fields:
    return (
        letter_fields(view)
        | contact_fields(view)
        | {
            "任务": task_fields(view.task),
            "对象": _entity(view.entity),
            "检查日期": day(view.checked_on),
            "人员": people_line(view.inspectors),
        }
    )


def _rights(view: RectificationView | RecheckView) -> Fields:
    return {
        "监督电话": or_none(view.complaint_phone, BLANK_WORDS),
        "复议机关": or_none(view.review_organ, "有管辖权的行政复议机关"),
        "法院": or_none(view.court, "有管辖权的人民法院"),
    }


def _rectification(view: RectificationView) -> Fields:
    return (
        _common(view)
        | _rights(view)
        | {
            "问题": [
                {
                    "情况": clause(one.found),
                    "规定": clause(one.rule) or BLANK_WORDS,
                    "要求": clause(one.demand) or "依法改正",
                }
                for one in view.problems
            ],
            "依据": clause(view.basis) or BLANK_WORDS,
            "改正期限": day_or_blank(view.rectify_by),
            "报送": view.report_to or view.office,
        }
    )


def _recheck(view: RecheckView) -> Fields:
    return (
        _common(view)
        | _rights(view)
        | {
            "责令日期": day_or_blank(view.order_date),
            "责令文号": view.order_number or "　　　　〔　　　　〕　　号",
            "改正期限": day_or_blank(view.rectify_by),
            "报告日期": day_or_blank(view.reported_on),
            "复查日期": day_or_blank(view.rechecked_on),
            "复查": [
                {
                    "序号": number,
                    "问题": one.problem,
                    "要求": one.demand or "依法改正",
                    "情况": one.found,
                    "改正": DONE[one.done],
                }
                for number, one in enumerate(view.rows, 1)
            ],
            "意见": {None: 0, True: 1, False: 2}[view.passed],
            "下一步": clause(view.next_step) or BLANK_WORDS,
        }
    )


CRIME = "依法决定不予立案的，请书面说明理由。"


def _transfer(view: TransferView) -> Fields:
    why = "涉嫌犯罪，应当由司法机关处理" if view.criminal else "不属于本机关处理的权限范围，应当由你单位处理"
    common = _common(view)
    return common | {
        "本函文号": common["发文字号"],
        "标题": broken_title(("关于移送", *meaningful(view.entity.name), "有关问题线索的函")),
        "主送": view.receiver,
        "缘由": why,
        "犯罪说明": CRIME if view.criminal else "",
        "事实": f"{clause(view.facts)}。",
        "涉嫌": clause(view.suspected) or BLANK_WORDS,
        "依据": clause(view.basis) or BLANK_WORDS,
        "材料数": len(view.materials),
        "材料": [
            {"序号": number, "名称": one.name, "份数": one.count, "备注": one.note}
            for number, one in enumerate(view.materials, 1)
        ]
        or [{"序号": 1, "名称": "", "份数": "", "备注": ""}],
        "回复期限": day(view.reply_by) if view.reply_by else BLANK_DAY,
    }


KINDS: Kinds = {
    RectificationView: (
        "rectification",
        lambda view: f"责令改正通知书-{view.task.no}-{view.serial:02d}",
        _rectification,
    ),
    RecheckView: ("recheck", lambda view: f"复查意见书-{view.task.no}-{view.serial:02d}", _recheck),
    TransferView: ("transfer", lambda view: f"移送函-{view.task.no}-{view.serial:02d}", _transfer),
}
