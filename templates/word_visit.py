"""Fills 任务通知书, 检查通知书, 检查记录表 and 结果公示表: their read models as the fields of their templates."""

from models.views import AssignmentView, CheckFormView, NoticeView, PublicationView
from templates.values import (
    BLANK_DAY,
    NONE,
    Fields,
    Kinds,
    broken_title,
    contact_fields,
    day,
    digest_line,
    exact,
    joined,
    letter_fields,
    meaningful,
    moment,
    or_none,
    paper_fields,
    people_fields,
    task_fields,
)

SHORT_OPTION = 16  # characters of an option of a form that fit half its width


def _assignment(view: AssignmentView) -> Fields:
    return (
        letter_fields(view)
        | contact_fields(view)
        | {
            "标题": broken_title((*meaningful(f"关于{view.task.name}的"), "任务通知书")),
            "主送": "、".join(one.name for one in view.inspectors),
            "任务": task_fields(view.task),
            "来源": view.origin,
            "户数": len(view.entities),
            "人员": "；".join(
                f"{one.name}（{one.unit}，执法证号{one.certificate}{'，' + one.role if one.role else ''}）"
                for one in view.inspectors
            ),
            "抽取摘要": digest_line(view.record_digest, ""),
            "事项": [
                {
                    "代码": or_none(one.code),
                    "名称": one.name,
                    "依据": one.basis,
                    "内容": or_none(one.content),
                    "方式": or_none(one.method),
                }
                for one in view.items
            ],
            "开始": day(view.starts),
            "结束": day(view.ends),
            "方式": joined(view.methods),
            "回复期限": moment(view.reply_by),
            "录入期限": day(view.result_due),
            "公示期限": day(view.publish_due),
            "检查对象": [
                {
                    "序号": one.order,
                    "名称": one.name,
                    "代码": or_none(one.code),
                    "地址": or_none(one.address),
                    "联系人": or_none(one.contact),
                    "电话": or_none(one.phone),
                    "检查组": "\n".join(one.colleagues) or NONE,
                    "期限": day(one.until),
                }
                for one in view.entities
            ],
        }
    )


def _notice(view: NoticeView) -> Fields:
    return (
        letter_fields(view)
        | contact_fields(view)
        | {
            "任务": task_fields(view.task),
            "对象": {
                "名称": view.entity.name,
                "代码": or_none(view.entity.code),
                "地址": or_none(view.entity.address),
            },
            "事项": [{"名称": one.name, "依据": one.basis, "内容": or_none(one.content)} for one in view.items],
            "来源": view.origin,
            "频次": view.frequency,
            "开始": day(view.starts),
            "结束": day(view.ends),
            "方式": joined(view.methods),
            "资料": list(view.materials),
            "检查人员": people_fields(view.inspectors),
            "监督电话": or_none(view.complaint_phone),
            "复议机关": or_none(view.review_organ, "有管辖权的行政复议机关"),
            "法院": or_none(view.court, "有管辖权的人民法院"),
        }
    )


def _ticks(options: tuple[str, ...], chosen: tuple[str, ...]) -> list[str]:
    """Lines of options, the chosen ones ticked, two short ones to a line; a choice that is no option is added."""
    lines: list[str] = []
    half = False
    for option in (*options, *(one for one in chosen if one not in options)):
        ticked = f"{'☑' if option in chosen else '□'}{option}"
        short = len(option) <= SHORT_OPTION
        if half and short:
            lines[-1] += f"\t{ticked}"
        else:
            lines.append(ticked)
        half = short and not (half and short)
    return lines or [""]


def _check_form(view: CheckFormView) -> Fields:
    return paper_fields(view) | {
        "任务": task_fields(view.task),
        "对象": {
            "名称": view.entity.name,
            "代码": view.entity.code,
            "地址": view.entity.address,
            "法定代表人": view.entity.legal_person,
            "法定代表人电话": view.entity.legal_person_phone,
            "联络员": view.entity.liaison,
            "联络员电话": view.entity.liaison_phone,
        },
        "检查日期": day(view.checked_on) if view.checked_on else BLANK_DAY,
        "检查地点": view.place,
        "事项": [
            {
                "序号": number,
                "名称": one.name,
                "依据": f"依据：{one.basis}\n内容：{or_none(one.content)}",
                "问题": one.finding,
                "处置": one.measure,
            }
            for number, one in enumerate(view.items, 1)
        ],
        "核查方式": _ticks(view.method_options, view.methods),
        "检查结果": _ticks(view.result_options, view.results),
        "后续处置": _ticks(view.disposal_options, view.disposals),
        "改正期限": day(view.rectify_by) if view.rectify_by else "",
        "外部结论": view.external_source,
        "情况说明": view.notes,
        "影像资料": "\n".join(f"{one.name}　{exact(one.at)}　摘要 {one.sha256[:16]}" for one in view.evidence),
        "单位意见": view.entity_opinion,
        "检查人员": [
            f"{one.name}（{one.unit}，执法证号{one.certificate}{'，' + one.role if one.role else ''}）"
            for one in view.inspectors
        ]
        or [""],
        "组长意见": view.leader_opinion,
        "公示意见": view.publication_opinion,
        "表号": f"{view.task.no}-{view.serial:02d}",
    }


def _publication(view: PublicationView) -> Fields:
    subject = view.task.name.removesuffix("抽查")
    tally: dict[str, int] = {}
    for one in view.rows:
        tally[one.result] = tally.get(one.result, 0) + 1
    counted = "；".join(f"{result}{count}户" for result, count in tally.items())
    return (
        paper_fields(view)
        | contact_fields(view)
        | {
            "标题": broken_title((subject, "抽查结果公示表"), 28),
            "任务": task_fields(view.task),
            "开始": day(view.starts),
            "结束": day(view.ends),
            "结果": [
                {
                    "序号": number,
                    "名称": one.name,
                    "代码": or_none(one.code),
                    "事项": "\n".join(one.items) or NONE,
                    "机关": "\n".join(one.agencies) or NONE,
                    "日期": day(one.checked_on),
                    "结果": one.result + (f"\n（采用{one.external}）" if one.external else ""),
                    "处置": or_none(one.disposal),
                }
                for number, one in enumerate(view.rows, 1)
            ],
            "小结": f"共检查{len(view.rows)}户：{counted}。" if view.rows else "本批次没有需要公示的检查结果。",
            "渠道": joined(view.channels, "待定"),
            "公示日期": day(view.published_on) if view.published_on else BLANK_DAY,
            "公示期限": day(view.due) + ("（暂估）" if view.due_estimated else ""),
            "公告摘要": digest_line(view.announcement_digest, ""),
            "抽取摘要": digest_line(view.record_digest, ""),
            "公开码": digest_line(view.code, "尚未公布"),
        }
    )


KINDS: Kinds = {
    AssignmentView: ("assignment", lambda view: f"任务通知书-{view.task.no}-{view.serial:02d}", _assignment),
    NoticeView: ("notice", lambda view: f"检查通知书-{view.task.no}-{view.serial:02d}", _notice),
    CheckFormView: ("check_form", lambda view: f"检查记录表-{view.task.no}-{view.serial:02d}", _check_form),
    PublicationView: ("publication", lambda view: f"结果公示表-{view.task.no}-第{view.task.batch}批", _publication),
}
