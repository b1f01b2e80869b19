"""The report forms: which figures, texts and lines each asks for, what is part of what, how typed figures are read."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

MONTHLY, QUARTER, YEAR, TRAINING, PLAN, WORK_PLAN = "monthly", "quarter", "year", "training", "plan", "work_plan"

# A figure of this period and of the year so far; None is not known yet.
Pair = tuple[int | None, int | None]
Values = Mapping[str, Pair]

# What nobody reaches honestly: a typing slip of a few digits too many.
LARGEST = 10_000_000


@dataclass(frozen=True)
class Figure:
    """One figure of the 月报表 (DOMAIN §2.7).

    `within` names the whole it is part of in any period; `after` the figure that it follows, perhaps in a later
    period, so that only the year so far must not exceed it. A `stock` is counted on the day and is not summed up.
    """

    name: str
    label: str
    unit: str
    words: tuple[str, ...] = ()
    within: str = ""
    after: str = ""
    stock: bool = False

    @property
    def heading(self) -> str:
        """The label as a form shows it below its whole: `其中：联合抽查任务数`."""
        return f"其中：{self.label}" if self.within in {"tasks", "entities"} and self.name != "due" else self.label


@dataclass(frozen=True)
class Share:
    """A share that the forms show: `part` of `whole`, worked out and never typed."""

    name: str
    label: str
    part: str
    whole: str

    def of(self, values: Values, at: int) -> Fraction | None:
        """The exact share of this period (`at` 0) or of the year so far (1); None where there is nothing to share."""
        part, whole = values.get(self.part, (None, None))[at], values.get(self.whole, (None, None))[at]
        return Fraction(part, whole) if part is not None and whole else None


FIGURES = (
    Figure("tasks", "抽查任务数", "项", ("任务数", "任务", "抽查任务")),
    Figure("joint_tasks", "联合抽查任务数", "项", ("其中联合", "联合任务数", "联合任务"), within="tasks"),
    Figure("credit_tasks", "运用信用风险任务数", "项", ("信用风险任务数", "信用任务数"), within="tasks"),
    Figure("entities", "抽查户数", "户", ("户数", "抽查数")),
    Figure("joint_entities", "联合抽查户数", "户", ("其中联合户数", "联合户数"), within="entities"),
    Figure("due", "应检查户数", "户", ("应检查", "应检查数"), within="entities"),
    Figure("checked", "已检查户数", "户", ("已检查", "检查户数", "检查数", "检查"), after="due"),
    Figure("entered", "已录入户数", "户", ("已录入", "录入户数", "录入"), after="checked"),
    Figure("published", "已公示户数", "户", ("已公示", "公示户数", "公示"), after="entered"),
    Figure("unpublished_late", "超期未公示户数", "户", ("超期未公示",), stock=True),
    Figure("person_times", "出动执法人员", "人次", ("出动执法人员人次", "出动人次", "出动", "人次")),
    Figure("problems", "发现问题户数", "户", ("发现问题", "问题户数", "问题"), after="checked"),
    Figure("ordered", "责令改正", "户", ("责令改正户数",)),
    Figure("rectified", "已整改销号", "户", ("整改销号", "销号"), after="ordered"),
    Figure("cases", "立案", "件", ("立案数",)),
    Figure("transfers", "移送", "件", ("移送数",)),
    Figure("listed", "列入异常", "户", ("列入经营异常", "列入异常户数")),
    Figure("backfill_due", "后续处置应回填", "项", ("应回填",)),
    Figure("backfilled", "后续处置已回填", "项", ("已回填",), after="backfill_due"),
    Figure("backfill_late", "后续处置超期", "项", ("超期未回填", "超期"), stock=True),
    Figure("plan_changes", "计划调整次数", "次", ("计划调整",)),
    Figure("trainings", "培训次数", "次", ("培训",)),
    Figure("revisits", "回访户数", "户", ("回访",)),
)

SHARES = (
    Share("joint_share", "联合任务占比", "joint_tasks", "tasks"),
    Share("joint_entity_share", "联合户数占比", "joint_entities", "entities"),
    Share("credit_share", "信用风险任务占比", "credit_tasks", "tasks"),
    Share("published_share", "公示率", "published", "entered"),
    Share("completion", "完成率", "published", "due"),
)

NAMES = tuple(figure.name for figure in FIGURES)
BY_NAME = {figure.name: figure for figure in FIGURES}


@dataclass(frozen=True)
class Passage:
    """One text that a form asks for."""

    name: str
    label: str
    hint: str


@dataclass(frozen=True)
class Form:
    """One kind of report: whether it has figures, which passages, which lines (`lines` names a kind of table)."""

    code: str
    title: str
    figures: bool = False
    passages: tuple[Passage, ...] = ()
    lines: str = ""


_DOINGS = Passage("doings", "主要做法", "开展了哪些工作，怎样组织")
_PROBLEMS = Passage("problems", "存在问题", "没有问题可以写：无")
_NEXT = Passage("next_steps", "下一步打算", "下一阶段怎样安排")
FORMS = {
    form.code: form
    for form in (
        Form(MONTHLY, "月报表", figures=True),
        Form(QUARTER, "季度总结", figures=True, passages=(_DOINGS, _PROBLEMS, _NEXT)),
        Form(YEAR, "年度总结", figures=True, passages=(_DOINGS, _PROBLEMS, _NEXT)),
        Form(TRAINING, "培训计划", lines="training"),
        Form(PLAN, "计划申报", lines="plan_return"),
        Form(WORK_PLAN, "工作方案"),
    )
}

# What a profile may name for a duty; `summary` is a 季度总结, and the last one of the year the 年度总结.
DUTY_FORMS = ("monthly", "summary", "training", "plan", "work_plan")


def folded(text: str) -> str:
    """A label as compared: NFKC, without blanks, punctuation and what stands in brackets."""
    plain = re.sub(r"[(\[【〔][^)\]】〕]*[)\]】〕]", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"[\W_]+", "", plain)


_WORDS = {
    folded(word): figure.name for figure in reversed(FIGURES) for word in (*figure.words, figure.label, figure.name)
}


def figure_named(text: str) -> Figure | None:
    """The figure that a label means, by its own name or one it also goes by; `其中：` in front is ignored."""
    plain = folded(text)
    for each in (plain, plain.removeprefix("其中"), plain.removesuffix("户数"), plain.removesuffix("数")):
        if each in _WORDS:
            return BY_NAME[_WORDS[each]]
    return None


def close_to(text: str) -> list[Figure]:
    """The figures whose label shares words with a text that names none exactly."""
    plain = folded(text)
    return [figure for figure in FIGURES if plain and (plain in folded(figure.label) or folded(figure.label) in plain)]


_PAIR = re.compile(r"(\d+)(?:\s*(?:[/／]|累计|,?\s*累计为?)\s*(\d+))?")
_NAMED = re.compile(r"([^\d\s,，、;；:：=/／]+(?:\([^)]*\))?)\s*[:：=为是]?\s*(\d+)(?:\s*(?:[/／]|累计为?)\s*(\d+))?")


def typed(text: str, asked: Sequence[str]) -> dict[str, Pair]:
    """Read typed figures: `5 3 2` fills `asked` in their order, `检查户数 5` names one, `5/12` adds the year so far.

    Raises ValueError with a sentence that says what could not be read and what to write.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain:
        raise ValueError("没有读到数字。")
    if re.search(r"-\s*\d|\d\s*\.\s*\d", plain):
        raise ValueError("数字应是不小于 0 的整数，请重新填写。")
    if re.fullmatch(r"[\d\s,，、;；/]+", plain):
        found: dict[str, Pair] = {}
        pairs = _PAIR.findall(plain)
        if not asked:
            raise ValueError("没有待补的项目。要改某一项，请写明名称，例如：检查户数 5。")
        if len(pairs) != len(asked):
            labels = "、".join(BY_NAME[name].label for name in asked)
            raise ValueError(
                f"待补的有 {len(asked)} 项（{labels}），收到 {len(pairs)} 个数。请按顺序全部写出，或者写明名称。"
            )
        for name, (now, total) in zip(asked, pairs, strict=True):
            found[name] = _pair(now, total)
        return found
    found = {}
    for label, now, total in _NAMED.findall(plain):
        figure = figure_named(label)
        if figure is None:
            near = "、".join(each.label for each in close_to(label))
            raise ValueError(
                f"没有「{label}」这一项。{f'是不是：{near}？' if near else ''}请写成「名称 数字」，例如：检查户数 5。"
            )
        if figure.name in found:
            raise ValueError(f"「{figure.label}」写了两次，请只写一次。")
        found[figure.name] = _pair(now, total)
    if not found:
        raise ValueError("没有读到数字。请写成「名称 数字」，例如：检查户数 5。")
    return found


def _pair(now: str, total: str) -> Pair:
    numbers = [int(each) if each else None for each in (now, total)]
    if any(each is not None and each > LARGEST for each in numbers):
        raise ValueError("数字太大，请核对后重新填写。")
    return numbers[0], numbers[1]


def added(parts: Iterable[Values]) -> dict[str, tuple[int, int]]:
    """The sum of several reports, figure by figure; what a report lacks counts as 0."""
    whole = dict.fromkeys(NAMES, (0, 0))
    for values in parts:
        for name in NAMES:
            now, total = values.get(name, (0, 0))
            whole[name] = (whole[name][0] + (now or 0), whole[name][1] + (total or 0))
    return whole
