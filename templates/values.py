"""What a value of a read model looks like in a document: dates, digests, blanks, titles, and the fields of every kind.

Fields have Chinese names, since staff edit the templates in Word.
"""

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any

from models.views import InspectorView, LetterView, PaperView, StratumView, TaskView, ThrowView

NONE = "—"
BLANK_DAY = "　　　　年　　月　　日"
BLANK_WORDS = "＿＿＿＿＿＿＿＿"
TITLE_WIDTH = 20  # characters of 2号 on a line of 156 mm

Fields = dict[str, Any]
# Of each kind of view: its template, its file name, its fields.
Kinds = dict[type[PaperView], tuple[str, Callable[[Any], str], Callable[[Any], Fields]]]


def day(value: date) -> str:
    """2026年3月2日."""
    return f"{value.year}年{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """2026年3月2日18:00."""
    return f"{day(value)}{value:%H:%M}"


def exact(value: datetime) -> str:
    """2026年3月2日18:00:05."""
    return f"{day(value)}{value:%H:%M:%S}"


def or_none(text: str, other: str = NONE) -> str:
    """A text, or what stands for none."""
    return text if text.strip() else other


def day_or_blank(value: date | None) -> str:
    """A day, or a place to write one."""
    return day(value) if value else BLANK_DAY


def clause(text: str) -> str:
    """A text that a sentence goes on after: without the stop at its end."""
    return text.strip().rstrip("。；;，,.")


def share(part: int | None, whole: int | None) -> str:
    """A share to one decimal, cut off and never rounded up; — of nothing, a blank of what is not known."""
    if part is None or whole is None:
        return ""
    if not whole:
        return NONE
    tenths = part * 1000 // whole
    return f"{tenths // 10}%" if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}%"


def digest_groups(digest: str, other: str = NONE) -> str:
    """Groups of four, eight to a line: short enough to be read aloud."""
    groups = re.findall(".{1,4}", digest)
    lines = [" ".join(groups[at : at + 8]) for at in range(0, len(groups), 8)]
    return "\n".join(lines) if lines else other


def digest_line(digest: str, other: str = NONE) -> str:
    """A digest as groups on one line."""
    return digest_groups(digest).replace("\n", " ") if digest else other


def joined(texts: Iterable[str], other: str = NONE) -> str:
    """Texts with 、 between them, or what stands for none."""
    return "、".join(texts) or other


def stratum_name(name: str, *, alone: bool = True) -> str:
    """A stratum as people call it: `*` of a plain draw is 全部, beside others it is 其余."""
    return ("全部" if alone else "其余") if name == "*" else name


_PLACE = re.compile(r"(?:关于)?[^省市县区\d]{2,6}(?:省|市(?!场)|自治区|县|区)")
_BEFORE = re.compile(
    r"(?=股份有限公司$|有限责任公司$|有限公司$|“双随机|(?:随机|联合|专项)抽查|(?<!随机)(?<!联合)(?<!专项)抽查"
    r"|监管工作|(?<!监管)工作(?:方案|计划|情况)|实施细则)"
    r"|(?<=[0-9]{4}年)(?!度)|(?<=[0-9]{4}年度)|(?<=[厅局])(?![长部])|(?<=委员会)|(?<=双随机办)|(?<=系统)(?!性)"
)


def meaningful(words: str, width: int = TITLE_WIDTH) -> list[str]:
    """What is too long for a line of a title in the parts between which it may be broken.

    That is after place and year, and before what names of offices, companies and tasks end in.
    """
    if len(words) <= width:
        return [words]
    found = _PLACE.match(words)
    head = [found.group()] if found and found.end() < len(words) else []
    rest = words[len("".join(head)) :]
    year = re.match(r"\d{4}年度?", rest)
    if year and year.end() < len(rest):
        head, rest = [*head, year.group()], rest[year.end() :]
    return [*head, *(part for part in _BEFORE.split(rest) if part)]


def _pieces(part: str, width: int) -> list[str]:
    """A part that is longer than a line, torn evenly; any other whole."""
    count = -(-len(part) // width)
    each = -(-len(part) // count) if count else 0
    return [part[at : at + each] for at in range(0, len(part), each)] if count > 1 else [part]


def broken_title(parts: Iterable[str], width: int = TITLE_WIDTH) -> str:
    """A title of meaningful parts on as few lines of at most `width` characters as can be, as even as can be.

    A part is never torn but for one that is longer than `width`, which is torn evenly.
    """
    words = [piece for part in parts for piece in _pieces(part, width)]

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


def paper_fields(view: PaperView) -> Fields:
    """What every document has."""
    explained = {"演练": "演练　不作为执法依据", "示例": "示例数据"}
    return {
        "发文机关": view.office,
        "页眉标记": "　　".join(f"【{explained[mark]}】" for mark in _marks(view)),
    }


def letter_fields(view: LetterView) -> Fields:
    """What every letter has. Raises ValueError for a 份号 that is none."""
    year = str(view.issued.year) if view.issued else "　　　　"
    if view.copy_no and not re.fullmatch("[0-9]{6}", view.copy_no):
        raise ValueError(f"份号“{view.copy_no}”应当是6位数字，例如 000001。")
    return paper_fields(view) | {
        "发文机关字数": len(view.office),
        "发文字号": view.number or f"{view.number_word or '　　　　'}〔{year}〕　　号",
        "署名": view.office,
        "成文日期": day(view.issued) if view.issued else BLANK_DAY,
        "份号": view.copy_no,
        "密级": view.secrecy,
        "紧急程度": view.urgency,
        "版头行数": sum(1 for given in (view.copy_no, view.secrecy, view.urgency) if given),
        "签发人": view.signer,
        "附注": view.remark.strip("（）()"),
        "抄送": "，".join(view.copies_to),
        "印发机关": view.printed_by,
        "印发日期": day(view.printed_on) if view.printed_on else BLANK_DAY,
        "版记": bool(view.copies_to or view.printed_by),
    }


def task_fields(task: TaskView) -> Fields:
    """One 抽查任务."""
    return {
        "计划编号": task.plan_no,
        "计划名称": task.plan_name,
        "编号": task.no,
        "名称": task.name,
        "类型": task.kind,
        "发起单位": task.unit,
        "联合单位": joined(task.joint_units, "无"),
        "批次": task.batch,
    }


def strata_fields(strata: tuple[StratumView, ...]) -> Fields:
    """The strata and their sums."""
    return {
        "分层": [
            {
                "分层": stratum_name(one.name, alone=len(strata) == 1),
                "户数": one.size,
                "规则": one.rule,
                "应抽": one.quota,
            }
            for one in strata
        ],
        "合计户数": sum(one.size for one in strata),
        "合计应抽": sum(one.quota for one in strata),
    }


def contact_fields(view: Any) -> Fields:
    """Whom to call."""
    return {"联系人": or_none(view.contact_name), "联系电话": or_none(view.contact_phone)}


def people_fields(inspectors: tuple[InspectorView, ...]) -> list[Fields]:
    """The people of a team, a row each."""
    return [
        {
            "姓名": one.name,
            "证号": or_none(one.certificate),
            "单位": or_none(one.unit),
            "职责": or_none(one.role),
        }
        for one in inspectors
    ]


def people_line(inspectors: Iterable[InspectorView]) -> str:
    """The people of a team in a sentence."""
    return (
        "；".join(
            f"{one.name}（{one.unit}，执法证号{one.certificate}{'，' + one.role if one.role else ''}）"
            for one in inspectors
        )
        or BLANK_WORDS
    )


def throw_fields(throws: tuple[ThrowView, ...]) -> list[Fields]:
    """Throws, a row each."""
    return [
        {
            "序号": number,
            "见证人": f"{one.by}（{one.confirmed_by}确认）" if one.confirmed_by else one.by,
            "消息": one.message or NONE,
            "数值": one.value,
            "时间": exact(one.at),
        }
        for number, one in enumerate(throws, 1)
    ]


def throw_line(one: ThrowView) -> str:
    """One throw in a line, for a cell."""
    shown = throw_fields((one,))[0]
    return f"{shown['见证人']}：{one.value}（消息{shown['消息']}，{shown['时间']}）"
