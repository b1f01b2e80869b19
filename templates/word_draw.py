"""Fills 抽取公告 and 抽取记录: their read models as the fields of their templates."""

from datetime import datetime

from models.views import AnnouncementView, DrawRecordView, RandomnessView
from templates.values import (
    NONE,
    Fields,
    Kinds,
    broken_title,
    contact_fields,
    day,
    digest_groups,
    exact,
    letter_fields,
    meaningful,
    moment,
    or_none,
    paper_fields,
    strata_fields,
    stratum_name,
    task_fields,
    throw_fields,
    throw_line,
)

FILES = {
    "pool.tsv": "检查对象及其分层",
    "inspectors.tsv": "执法检查人员及其专长",
    "demands.tsv": "每户派员要求",
    "recusals.tsv": "回避关系",
    "excluded.tsv": "未列入的检查对象及原因",
}
SIMULATED = "本次使用模拟时钟，所列时间不是真实时间。"


DICE = {"🎰": "“老虎机”骰子（数值为1至64）", "🎲": "六面骰子（数值为1至6）"}


LOCAL_DICE = (
    "本次在本单位自行运行的聊天服务器上掷骰，不能向外证明服务器的管理者没有干预；"
    "需要使公众信服时，应当改用公开彩票的开奖号码。"
)


def _how_to_witness(randomness: RandomnessView, deadline: datetime) -> tuple[str, str]:
    """How to witness, and which throws count."""
    people = f"至少{randomness.min_witnesses}位见证人参与（发布公告的人不计）"
    if randomness.kind in ("dice", "local-dice"):
        dice = DICE.get(randomness.symbol, randomness.symbol)
        how = (
            f"请见证人于{moment(deadline)}前，在工作群内直接回复公告消息掷出{dice}，"
            f"共{randomness.throws}次，{people}。每次掷出后即发回执，写明次序、数值、消息编号和公告摘要的前16位，请留存。"
        )
        rules = "不是回复公告的、转发的、早于公告或者超过截止时间的，一律不计；达到要求之后再掷的不计。"
        return how, rules + (LOCAL_DICE if randomness.kind == "local-dice" else "")
    if randomness.kind == "hand":
        how = (
            f"于{moment(deadline)}前，当着见证人的面掷{randomness.symbol}，共{randomness.throws}次。"
            "数值由一人录入、另一人确认。"
        )
        return how, "请见证人自行记下每次的数值，与抽取记录核对。"
    if randomness.kind == "lottery":
        how = (
            f"采用公开彩票“{randomness.symbol}”的开奖号码，该期在本公告发布时尚未开奖。"
            f"号码于{moment(deadline)}前由一人录入、另一人确认。"
        )
        return how, "请在开奖后自行查询公开的开奖号码，与抽取记录核对。"
    raise ValueError(f"不认识的随机数来源：{randomness.kind}。")


def _announcement(view: AnnouncementView) -> Fields:
    how, rules = _how_to_witness(view.randomness, view.deadline)
    left_out = sum(one.count for one in view.excluded)
    reasons = "、".join(f"{one.reason}{one.count}户" for one in view.excluded)
    return (
        letter_fields(view)
        | strata_fields(view.strata)
        | contact_fields(view)
        | {
            "标题": broken_title((*meaningful("关于" + view.task.name), f"第{view.task.batch}批", "随机抽取的公告")),
            "任务": task_fields(view.task),
            "公告号": view.serial,
            "次数": view.attempt,
            "发布人": view.announced_by,
            "发布时间": moment(view.announced_at),
            "时钟说明": SIMULATED if view.simulated_clock else "",
            "截止日期": day(view.as_of),
            "未列入说明": f"未列入本次抽取{left_out}户：{reasons}。"
            if left_out
            else "名录库内没有未列入本次抽取的检查对象。",
            "另抽名单": "同时抽取："
            + "、".join(f"{one.name}（列入{one.size}，抽取{one.quota}）" for one in view.lists)
            + "。"
            if view.lists
            else "",
            "人员数": view.inspectors,
            "回避数": view.recusals,
            "派员规则": view.team_rule,
            "见证方法": how,
            "见证规则": rules,
            "公告摘要": digest_groups(view.digest),
            "上号摘要": digest_groups(view.previous) if view.previous.strip("0") else "",
            "链首": digest_groups(view.head),
            "链长": view.chain_length,
            "公布期限": moment(view.reveal_by),
            "固定文件": [
                {"文件": one.file, "内容": FILES.get(one.file, "另抽名单"), "摘要": digest_groups(one.sha256)}
                for one in view.files
            ],
        }
    )


SOURCES = {
    "dice": ("见证人", "骰值", "见证人在工作群内回复公告掷骰，下列为计入的各次："),
    "local-dice": (
        "见证人",
        "骰值",
        "见证人在本单位自行运行的聊天服务器上回复公告掷骰，下列为计入的各次。" + LOCAL_DICE,
    ),
    "hand": ("录入人", "骰值", "当着见证人的面掷{source}，由一人录入、另一人确认："),
    "lottery": ("录入人", "开奖号码", "采用公开彩票“{source}”的开奖号码，由一人录入、另一人确认："),
}


def _experts(view: DrawRecordView) -> str:
    """The experts drawn along, by name where names are given."""
    if not view.expert_count:
        return ""
    return f"，随行专家{view.expert_count}名" + (f"：{'、'.join(view.experts)}" if view.experts else "")


def _draw_record(view: DrawRecordView) -> Fields:
    who, what, how = SOURCES[view.randomness_kind]
    drawn = sum(one.quota for one in view.strata)
    named = "名单如下。" if view.names_included else "按照规定，本文本不列检查对象名称和检查人员姓名。"
    return (
        paper_fields(view)
        | strata_fields(view.strata)
        | {
            "任务": task_fields(view.task),
            "公告号": view.serial,
            "次数": view.attempt,
            "状态": view.state,
            "公告时间": moment(view.announced_at),
            "抽取时间": exact(view.drawn_at),
            "截止日期": day(view.as_of),
            "主持人": or_none(view.host),
            "公告摘要": digest_groups(view.announcement_digest),
            "随机数来源": how.replace("{source}", view.randomness_source),
            "见证人栏": who,
            "数值栏": what,
            "掷骰": throw_fields(view.throws),
            "随机数": view.randomness,
            "链首": digest_groups(view.head),
            "公开码": digest_groups(view.code, "尚未公布"),
            "公布期限": f"在最后一户检查完成后公布，最迟于{moment(view.reveal_by)}公布",
            "抽取密钥": digest_groups(view.prk, "公开码公布后，可以按下列方法计算"),
            "链底": digest_groups(view.secret, "任务办结后公布"),
            "时钟说明": SIMULATED if view.simulated_clock else "",
            "结果说明": f"共抽中检查对象{drawn}户，匹配执法检查人员{view.inspectors}人{_experts(view)}。{named}",
            "列出名单": view.names_included,
            "抽中名单": [
                {
                    "序号": one.order,
                    "名称": one.name,
                    "代码": one.code,
                    "分层": stratum_name(one.stratum, alone=len(view.strata) == 1),
                    "检查组": "\n".join(one.team) or NONE,
                    "位置": or_none(one.position[:16]),
                }
                for one in (view.selected if view.names_included else ())
            ],
            "名单摘要": digest_groups(view.selected_digest),
            "检查组摘要": digest_groups(view.teams_digest),
            "结果摘要": digest_groups(view.digest),
            "递补": [
                {
                    "序号": event.k,
                    "时间": moment(event.at),
                    "事由": f"{event.reason}\n批准：{or_none(event.approver)}",
                    "变动": "\n".join(
                        f"{change.entity}（{change.unit}）：{or_none(change.out)} → {or_none(change.into)}"
                        for change in event.changes
                    )
                    if view.names_included
                    else f"{len(event.changes)}处",
                    "依据": f"通知摘要 {event.notice_digest[:16]}\n"
                    + ("\n".join(throw_line(one) for one in event.throws) or "未重新掷骰")
                    + f"\n结果摘要 {event.digest[:16]}",
                }
                for event in view.substitutions
            ],
            "签名人": [f"主持人　{view.host}".strip("　"), *view.witnesses, "记录人", "监督人"],
        }
    )


KINDS: Kinds = {
    AnnouncementView: ("announcement", lambda view: f"抽取公告-{view.task.no}-第{view.serial}号", _announcement),
    DrawRecordView: ("draw_record", lambda view: f"抽取记录-{view.task.no}-第{view.serial}号", _draw_record),
}
