"""Fills the Word templates: a read model in, the bytes of a .docx out.

The same view gives the same bytes. A template is code that staff may have edited, so it runs in a sandbox; a field that
the view does not give is an error and never an empty place. Heavy libraries are imported on first use.
"""

import functools
import io
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.views import (
    AnnouncementView,
    AssignmentView,
    ChaseView,
    CheckFormView,
    DrawRecordView,
    InspectorView,
    LetterView,
    NoticeView,
    PaperView,
    PublicationView,
    RandomnessView,
    StratumView,
    TaskView,
    ThrowView,
)
from templates import word_fast
from templates.paper import zipped

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

FOLDER = Path(__file__).parent / "word"
NONE = "—"
BLANK_DAY = "　　　　年　　月　　日"
TITLE_WIDTH = 20  # characters of 2号 on a line of 156 mm
SHORT_OPTION = 16  # characters of an option of a form that fit half its width
NAME_BYTES = 200  # of a file name; file systems allow 255

Fields = dict[str, Any]

FILES = {
    "pool.tsv": "检查对象及其分层",
    "inspectors.tsv": "执法检查人员及其专长",
    "demands.tsv": "每户派员要求",
    "recusals.tsv": "回避关系",
    "excluded.tsv": "未列入的检查对象及原因",
}
SIMULATED = "本次使用模拟时钟，所列时间不是真实时间。"


def fill(view: PaperView) -> bytes:
    """The document for `view`, its kind by the view's type.

    Raises TypeError if `view` is none of the kinds or a value in it has the wrong type.
    """
    kind, _, fields = _kind(view)
    return render((FOLDER / f"{kind}.docx").read_bytes(), fields(view))


def file_name(view: PaperView) -> str:
    """The file name for `view`: Chinese, no personal names, safe on every file system, marked if it is a 演练."""
    _, name, _ = _kind(view)
    words = ("演练-" if view.rehearsal else "") + name(view)
    safe = re.sub(r"[\s/\\:*?\"<>|]+", "_", _visible(words)).strip("._")
    while len(safe.encode()) > NAME_BYTES:
        safe = safe[:-1]
    return f"{safe}.docx"


def merge(views: Iterable[PaperView]) -> bytes:
    """All of them in one .docx to print, in their order, each on new sheets with its own page numbers.

    The views are taken one by one, so that thousands of them need not be there at once. Raises as `fill` does, and
    ValueError where there is none.
    """

    def made() -> Iterator[tuple[word_fast.Compiled, Fields]]:
        for view in views:
            kind, _, fields = _kind(view)
            found = word_fast.compiled((FOLDER / f"{kind}.docx").read_bytes())
            if found is None:
                raise ValueError(f"{file_name(view)} 的模板用了合并打印不支持的写法，请分开打印。")
            yield found, _clean(fields(view))

    return word_fast.merged(made())


def render(template: bytes, fields: Fields) -> bytes:
    """`template` with its Jinja fields replaced, the fast way where the template allows it.

    Raises jinja2.UndefinedError for a field that `fields` lacks, jinja2.sandbox.SecurityError for a template that
    reaches for Python, TypeError for a value that is neither text, number, truth value, list nor mapping.
    """
    made = word_fast.compiled(template)
    return made.document(_clean(fields)) if made is not None else plainly(template, fields)


def plainly(template: bytes, fields: Fields) -> bytes:
    """As `render`, by docxtpl, which knows more and takes fifty times as long."""
    from docxtpl import DocxTemplate

    document = DocxTemplate(io.BytesIO(template))
    document.render(_clean(fields), jinja_env=_environment(), autoescape=True)
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()})


@functools.cache
def _environment() -> "SandboxedEnvironment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment
    from markupsafe import Markup, escape

    def finalize(value: object) -> object:
        # docxtpl turns {_{ into {{ after filling, also where it stands in a value: hide the underscore from it.
        if isinstance(value, str) and "_" in value:
            return Markup(str(escape(value)).replace("_", "&#95;"))  # noqa: S704 - escaped just before
        return value

    return ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined, finalize=finalize)


def _visible(text: str) -> str:
    """`text` in which what XML cannot hold, or Word and docxtpl would take as a command, shows as U+FFFD."""
    out = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(
        "\ufffd"
        if (unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n")
        or char in "\ufffe\uffff\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
        else char
        for char in out
    )


def _clean(value: object) -> Any:
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _visible(value)
    if isinstance(value, tuple | list):
        return [_clean(entry) for entry in value]
    if isinstance(value, dict):
        return {key: _clean(entry) for key, entry in value.items()}
    raise TypeError(f"文书中的值应当是文字或者数字，得到的是 {type(value).__name__}。")


# --- values as they are read -------------------------------------------------


def _day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def _moment(value: datetime) -> str:
    return f"{_day(value)}{value:%H:%M}"


def _exact(value: datetime) -> str:
    return f"{_day(value)}{value:%H:%M:%S}"


def _or(text: str, other: str = NONE) -> str:
    return text if text.strip() else other


def _digest(digest: str, other: str = NONE) -> str:
    """Groups of four, eight to a line: short enough to be read aloud."""
    groups = re.findall(".{1,4}", digest)
    lines = [" ".join(groups[at : at + 8]) for at in range(0, len(groups), 8)]
    return "\n".join(lines) if lines else other


def _digest_line(digest: str, other: str = NONE) -> str:
    return _digest(digest).replace("\n", " ") if digest else other


def _joined(texts: Iterable[str], other: str = NONE) -> str:
    return "、".join(texts) or other


def _stratum(name: str) -> str:
    return "全部" if name == "*" else name


def broken_title(parts: Iterable[str], width: int = TITLE_WIDTH) -> str:
    """A title of meaningful parts on as few lines of at most `width` characters as can be, as even as can be.

    A part is never torn; one that is longer than `width` has a line of its own, which Word breaks.
    """
    words = list(parts)

    def lines(limit: int) -> list[str]:
        out = [""]
        for word in words:
            if out[-1] and len(out[-1]) + len(word) > limit:
                out.append("")
            out[-1] += word
        return out

    count = len(lines(width))
    limit = next(limit for limit in range(1, width + 1) if len(lines(limit)) <= count)
    return "\n".join(lines(limit))


def _marks(view: PaperView) -> list[str]:
    return [mark for mark, holds in (("演练", view.rehearsal), ("示例", view.sample)) if holds]


def _paper(view: PaperView) -> Fields:
    explained = {"演练": "演练　不作为执法依据", "示例": "示例数据"}
    return {
        "发文机关": view.office,
        "页眉标记": "　　".join(f"【{explained[mark]}】" for mark in _marks(view)),
    }


def _letter(view: LetterView) -> Fields:
    year = str(view.issued.year) if view.issued else "　　　　"
    if view.copy_no and not re.fullmatch("[0-9]{6}", view.copy_no):
        raise ValueError(f"份号“{view.copy_no}”应当是6位数字，例如 000001。")
    return _paper(view) | {
        "发文机关字数": len(view.office),
        "发文字号": view.number or f"{view.number_word or '　　　　'}〔{year}〕　　号",
        "署名": view.office,
        "成文日期": _day(view.issued) if view.issued else BLANK_DAY,
        "份号": view.copy_no,
        "密级": view.secrecy,
        "紧急程度": view.urgency,
        "版头行数": sum(1 for given in (view.copy_no, view.secrecy, view.urgency) if given),
        "签发人": view.signer,
        "附注": view.remark.strip("（）()"),
        "抄送": "，".join(view.copies_to),
        "印发机关": view.printed_by,
        "印发日期": _day(view.printed_on) if view.printed_on else BLANK_DAY,
        "版记": bool(view.copies_to or view.printed_by),
    }


def _task(task: TaskView) -> Fields:
    return {
        "计划编号": task.plan_no,
        "计划名称": task.plan_name,
        "编号": task.no,
        "名称": task.name,
        "类型": task.kind,
        "发起单位": task.unit,
        "联合单位": _joined(task.joint_units, "无"),
        "批次": task.batch,
    }


def _strata(strata: tuple[StratumView, ...]) -> Fields:
    return {
        "分层": [{"分层": _stratum(one.name), "户数": one.size, "规则": one.rule, "应抽": one.quota} for one in strata],
        "合计户数": sum(one.size for one in strata),
        "合计应抽": sum(one.quota for one in strata),
    }


def _contact(view: Any) -> Fields:
    return {"联系人": _or(view.contact_name), "联系电话": _or(view.contact_phone)}


def _people(inspectors: tuple[InspectorView, ...]) -> list[Fields]:
    return [
        {
            "姓名": one.name,
            "证号": _or(one.certificate),
            "单位": _or(one.unit),
            "职责": _or(one.role),
        }
        for one in inspectors
    ]


def _throws(throws: tuple[ThrowView, ...]) -> list[Fields]:
    return [
        {
            "序号": number,
            "见证人": f"{one.by}（{one.confirmed_by}确认）" if one.confirmed_by else one.by,
            "消息": one.message or NONE,
            "数值": one.value,
            "时间": _exact(one.at),
        }
        for number, one in enumerate(throws, 1)
    ]


def _throw(one: ThrowView) -> str:
    """One throw in a line, for a cell."""
    shown = _throws((one,))[0]
    return f"{shown['见证人']}：{one.value}（消息{shown['消息']}，{shown['时间']}）"


# --- the kinds ---------------------------------------------------------------

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
            f"请见证人于{_moment(deadline)}前，在工作群内直接回复公告消息掷出{dice}，"
            f"共{randomness.throws}次，{people}。每次掷出后即发回执，写明次序、数值、消息编号和公告摘要的前16位，请留存。"
        )
        rules = "不是回复公告的、转发的、早于公告或者超过截止时间的，一律不计；达到要求之后再掷的不计。"
        return how, rules + (LOCAL_DICE if randomness.kind == "local-dice" else "")
    if randomness.kind == "hand":
        how = (
            f"于{_moment(deadline)}前，当着见证人的面掷{randomness.symbol}，共{randomness.throws}次，{people}。"
            "数值由一人录入、另一人确认。"
        )
        return how, "请见证人自行记下每次的数值，与抽取记录核对。"
    if randomness.kind == "lottery":
        how = (
            f"采用公开彩票“{randomness.symbol}”的开奖号码，该期在本公告发布时尚未开奖。"
            f"号码于{_moment(deadline)}前由一人录入、另一人确认。"
        )
        return how, "请在开奖后自行查询公开的开奖号码，与抽取记录核对。"
    raise ValueError(f"不认识的随机数来源：{randomness.kind}。")


def _announcement(view: AnnouncementView) -> Fields:
    how, rules = _how_to_witness(view.randomness, view.deadline)
    left_out = sum(one.count for one in view.excluded)
    reasons = "、".join(f"{one.reason}{one.count}户" for one in view.excluded)
    return (
        _letter(view)
        | _strata(view.strata)
        | _contact(view)
        | {
            "标题": broken_title(("关于" + view.task.name, f"第{view.task.batch}批", "随机抽取的公告")),
            "任务": _task(view.task),
            "公告号": view.serial,
            "次数": view.attempt,
            "发布人": view.announced_by,
            "发布时间": _moment(view.announced_at),
            "时钟说明": SIMULATED if view.simulated_clock else "",
            "截止日期": _day(view.as_of),
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
            "公告摘要": _digest(view.digest),
            "上号摘要": _digest(view.previous) if view.previous.strip("0") else "无（本公告为本单位第一号抽取公告）",
            "链首": _digest(view.head),
            "链长": view.chain_length,
            "公布期限": _moment(view.reveal_by),
            "固定文件": [
                {"文件": one.file, "内容": FILES.get(one.file, "另抽名单"), "摘要": _digest(one.sha256)}
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
    "hand": ("录入人", "骰值", "当着见证人的面掷骰，由一人录入、另一人确认："),
    "lottery": ("录入人", "开奖号码", "采用公开彩票的开奖号码，由一人录入、另一人确认："),
}


def _draw_record(view: DrawRecordView) -> Fields:
    who, what, how = SOURCES[view.randomness_kind]
    drawn = sum(one.quota for one in view.strata)
    named = "名单如下。" if view.names_included else "按照规定，本文本不列检查对象名称和检查人员姓名。"
    return (
        _paper(view)
        | _strata(view.strata)
        | {
            "任务": _task(view.task),
            "公告号": view.serial,
            "次数": view.attempt,
            "状态": view.state,
            "公告时间": _moment(view.announced_at),
            "抽取时间": _exact(view.drawn_at),
            "截止日期": _day(view.as_of),
            "主持人": _or(view.host),
            "公告摘要": _digest(view.announcement_digest),
            "随机数来源": how,
            "见证人栏": who,
            "数值栏": what,
            "掷骰": _throws(view.throws),
            "随机数": view.randomness,
            "链首": _digest(view.head),
            "公开码": _digest(view.code, "尚未公布"),
            "公布期限": f"在最后一户检查完成后公布，最迟于{_moment(view.reveal_by)}公布",
            "抽取密钥": _digest(view.prk, "公开码公布后，可以按下列方法计算"),
            "链底": _digest(view.secret, "任务办结后公布"),
            "时钟说明": SIMULATED if view.simulated_clock else "",
            "结果说明": f"共抽中检查对象{drawn}户，匹配执法检查人员{view.inspectors}人。{named}",
            "列出名单": view.names_included,
            "抽中名单": [
                {
                    "序号": one.order,
                    "名称": one.name,
                    "代码": one.code,
                    "分层": _stratum(one.stratum),
                    "检查组": "\n".join(one.team) or NONE,
                    "位置": _or(one.position[:16]),
                }
                for one in (view.selected if view.names_included else ())
            ],
            "名单摘要": _digest(view.selected_digest),
            "检查组摘要": _digest(view.teams_digest),
            "结果摘要": _digest(view.digest),
            "递补": [
                {
                    "序号": event.k,
                    "时间": _moment(event.at),
                    "事由": f"{event.reason}\n批准：{_or(event.approver)}",
                    "变动": "\n".join(
                        f"{change.entity}（{change.unit}）：{_or(change.out)} → {_or(change.into)}"
                        for change in event.changes
                    )
                    if view.names_included
                    else f"{len(event.changes)}处",
                    "依据": f"通知摘要 {event.notice_digest[:16]}\n"
                    + ("\n".join(_throw(one) for one in event.throws) or "未重新掷骰")
                    + f"\n结果摘要 {event.digest[:16]}",
                }
                for event in view.substitutions
            ],
            "签名人": [f"主持人　{view.host}".strip("　"), *view.witnesses, "记录人", "监督人"],
        }
    )


def _assignment(view: AssignmentView) -> Fields:
    return (
        _letter(view)
        | _contact(view)
        | {
            "标题": broken_title(("关于" + view.task.name, "的任务通知书")),
            "主送": "、".join(one.name for one in view.inspectors),
            "任务": _task(view.task),
            "来源": view.origin,
            "户数": len(view.entities),
            "人员": "；".join(
                f"{one.name}（{one.unit}，执法证号{one.certificate}{'，' + one.role if one.role else ''}）"
                for one in view.inspectors
            ),
            "抽取摘要": _digest_line(view.record_digest, ""),
            "事项": [
                {
                    "代码": _or(one.code),
                    "名称": one.name,
                    "依据": one.basis,
                    "内容": _or(one.content),
                    "方式": _or(one.method),
                }
                for one in view.items
            ],
            "开始": _day(view.starts),
            "结束": _day(view.ends),
            "方式": _joined(view.methods),
            "回复期限": _moment(view.reply_by),
            "录入期限": _day(view.result_due),
            "公示期限": _day(view.publish_due),
            "检查对象": [
                {
                    "序号": one.order,
                    "名称": one.name,
                    "代码": _or(one.code),
                    "地址": _or(one.address),
                    "联系人": _or(one.contact),
                    "电话": _or(one.phone),
                    "检查组": "\n".join(one.colleagues) or NONE,
                    "期限": _day(one.until),
                }
                for one in view.entities
            ],
        }
    )


def _notice(view: NoticeView) -> Fields:
    return (
        _letter(view)
        | _contact(view)
        | {
            "任务": _task(view.task),
            "对象": {
                "名称": view.entity.name,
                "代码": _or(view.entity.code),
                "地址": _or(view.entity.address),
            },
            "事项": [{"名称": one.name, "依据": one.basis, "内容": _or(one.content)} for one in view.items],
            "来源": view.origin,
            "频次": view.frequency,
            "开始": _day(view.starts),
            "结束": _day(view.ends),
            "方式": _joined(view.methods),
            "资料": list(view.materials),
            "检查人员": _people(view.inspectors),
            "监督电话": _or(view.complaint_phone),
            "复议机关": _or(view.review_organ, "有管辖权的行政复议机关"),
            "法院": _or(view.court, "有管辖权的人民法院"),
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
    return _paper(view) | {
        "任务": _task(view.task),
        "对象": {
            "名称": view.entity.name,
            "代码": view.entity.code,
            "地址": view.entity.address,
            "法定代表人": view.entity.legal_person,
            "法定代表人电话": view.entity.legal_person_phone,
            "联络员": view.entity.liaison,
            "联络员电话": view.entity.liaison_phone,
        },
        "检查日期": _day(view.checked_on) if view.checked_on else BLANK_DAY,
        "检查地点": view.place,
        "事项": [
            {
                "序号": number,
                "名称": one.name,
                "依据": f"依据：{one.basis}\n内容：{_or(one.content)}",
                "问题": one.finding,
                "处置": one.measure,
            }
            for number, one in enumerate(view.items, 1)
        ],
        "核查方式": _ticks(view.method_options, view.methods),
        "检查结果": _ticks(view.result_options, view.results),
        "后续处置": _ticks(view.disposal_options, view.disposals),
        "改正期限": _day(view.rectify_by) if view.rectify_by else "",
        "外部结论": view.external_source,
        "情况说明": view.notes,
        "影像资料": "\n".join(f"{one.name}　{_exact(one.at)}　摘要 {one.sha256[:16]}" for one in view.evidence),
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
        _paper(view)
        | _contact(view)
        | {
            "标题": broken_title((subject, "抽查结果公示表"), 28),
            "任务": _task(view.task),
            "开始": _day(view.starts),
            "结束": _day(view.ends),
            "结果": [
                {
                    "序号": number,
                    "名称": one.name,
                    "代码": _or(one.code),
                    "事项": "\n".join(one.items) or NONE,
                    "机关": "\n".join(one.agencies) or NONE,
                    "日期": _day(one.checked_on),
                    "结果": one.result,
                    "处置": _or(one.disposal),
                }
                for number, one in enumerate(view.rows, 1)
            ],
            "小结": f"共检查{len(view.rows)}户：{counted}。" if view.rows else "本批次没有需要公示的检查结果。",
            "渠道": _joined(view.channels, "待定"),
            "公示日期": _day(view.published_on) if view.published_on else BLANK_DAY,
            "公示期限": _day(view.due) + ("（暂估）" if view.due_estimated else ""),
            "公告摘要": _digest_line(view.announcement_digest, ""),
            "抽取摘要": _digest_line(view.record_digest, ""),
            "公开码": _digest_line(view.code, "尚未公布"),
        }
    )


def _chase(view: ChaseView) -> Fields:
    subject = view.missing[0].name if len(view.missing) == 1 else f"{len(view.missing)}项材料"
    return (
        _letter(view)
        | _contact(view)
        | {
            "标题": broken_title(("关于报送" + subject, "的催报通知")),
            "主送": view.unit,
            "依据": view.basis,
            "次数": view.times,
            "未报": [
                {
                    "序号": number,
                    "名称": one.name,
                    "时期": _or(one.period),
                    "期限": _day(one.due) + ("（暂估）" if one.estimated else ""),
                    "状态": f"逾期{one.overdue_workdays}个工作日" if one.overdue_workdays else "未到期",
                }
                for number, one in enumerate(view.missing, 1)
            ],
            "回复期限": _day(view.reply_by),
            "渠道": view.channel,
            "零报告": "没有相关情况的，请作零报告。" if view.zero_allowed else "",
        }
    )


KINDS: dict[type[PaperView], tuple[str, Callable[[Any], str], Callable[[Any], Fields]]] = {
    AnnouncementView: ("announcement", lambda view: f"抽取公告-{view.task.no}-第{view.serial}号", _announcement),
    DrawRecordView: ("draw_record", lambda view: f"抽取记录-{view.task.no}-第{view.serial}号", _draw_record),
    AssignmentView: ("assignment", lambda view: f"任务通知书-{view.task.no}-{view.serial:02d}", _assignment),
    NoticeView: ("notice", lambda view: f"检查通知书-{view.task.no}-{view.serial:02d}", _notice),
    CheckFormView: ("check_form", lambda view: f"检查记录表-{view.task.no}-{view.serial:02d}", _check_form),
    PublicationView: ("publication", lambda view: f"结果公示表-{view.task.no}-第{view.task.batch}批", _publication),
    ChaseView: ("chase", lambda view: f"催报通知-{view.unit}-第{view.times}次", _chase),
}


def _kind(view: PaperView) -> tuple[str, Callable[[Any], str], Callable[[Any], Fields]]:
    if type(view) not in KINDS:
        raise TypeError(f"没有这种文书的模板：{type(view).__name__}。")
    return KINDS[type(view)]
