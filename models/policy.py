"""What one bureau's own document decides: numbers, classes, duties and switches as frozen values with their checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Literal

from models.quota import percent

DRAW_MODES = ("bot", "platform")
BOT_DRAWS = ("allowed", "with_reason", "refused")
ANCHORS = ("visit_done", "task_done")
DICE = {"🎰": 64, "🎲": 6}
RANDOMNESS = ("dice", "lottery", "hand")
WHO = ("liaison", "staff", "inspector", "leader", "administrator")
SIGNERS = ("leader", "staff")
PROOFS = ("file", "receipt", "link", "none")
# Forms of reports, and how 本期 is counted: the period's own months, or from one outer limit to the next.
REPORT_FORMS = ("", "monthly", "summary", "training", "plan", "work_plan")
COVERS = ("period", "to_limit")
EVENTS = (
    "visit_done",
    "task_done",
    "followup_opened",
    "followup_done",
    "rectification_due",
    "draw_done",
    "platform_change",
)
NEEDS = ("due_date", "file", "photo", "receiver", "receipt", "approval", "text")
TARGETS = ("ratio", "published", "joint_tasks", "joint_entities", "credit_risk")
ITEM_FIELDS = ("subject", "agency", "basis", "content", "method", "ratio", "frequency", "requirement")
PUBLISHED = ("items", "plan", "plan_change", "work_plan", "results", "disposals")


class PolicyError(ValueError):
    """A value that no profile may hold: `field` is its dotted path, `reason` one Chinese sentence."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}：{reason}")
        self.field = field
        self.reason = reason


def _demand(holds: bool, field: str, reason: str) -> None:
    if not holds:
        raise PolicyError(field, reason)


def _one_of(value: str, allowed: tuple[str, ...], field: str) -> None:
    _demand(value in allowed, field, f"不认识「{value}」，可以写：{'、'.join(allowed)}。")


def _share(value: Fraction, field: str) -> None:
    _demand(0 < value <= 1, field, f"比例 {percent(value)} 不对，应大于 0、不超过 100%。")


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: the quoted clause, its place, or why it is assumed. One of the two is never empty."""

    clause: str = ""
    at: str = ""
    source: str = ""
    assumed: str | None = None


@dataclass(frozen=True)
class Source:
    """The document of a profile. `number` is empty and `day` None where the document shows none."""

    title: str
    issuer: str
    number: str
    day: date | None

    def __str__(self) -> str:
        name = self.number or f"《{self.title}》"
        return f"{name}（{self.day.year}年{self.day.month}月{self.day.day}日）" if self.day else name


@dataclass(frozen=True)
class Office:
    """The office's names: `letter_code` is its 机关代字 (empty where unknown), `superior` is whom it reports to.

    `signers` are the roles that may sign letters and so give them their numbers: leader, staff.
    """

    name: str
    short_name: str
    letter_code: str
    superior: str
    lead_unit: str
    website: str
    signers: tuple[str, ...]

    def __post_init__(self) -> None:
        _demand(bool(self.signers), "office.signers", "至少写一种签发人。")
        for each in self.signers:
            _one_of(each, SIGNERS, "office.signers")


@dataclass(frozen=True)
class RiskClass:
    """One class of the scheme, low risk first; `yearly_cap` inspections a year at most (None: no cap)."""

    code: str
    label: str
    ratio: Fraction
    yearly_cap: int | None

    def __post_init__(self) -> None:
        _demand(bool(self.code and self.code.strip() == self.code), "classes", "等级代码不能为空，前后不能有空格。")
        _share(self.ratio, f"classes.{self.code}.ratio")
        cap = self.yearly_cap
        _demand(cap is None or cap >= 1, f"classes.{self.code}.yearly_cap", "年度上限应是不小于 1 的整数。")


@dataclass(frozen=True)
class Target:
    """A figure to be reached in the year, e.g. joint tasks ≥ 20 %; `per` is `office`, or `unit` for each 科室."""

    code: str
    label: str
    at_least: Fraction
    per: str = "office"

    def __post_init__(self) -> None:
        _one_of(self.code, TARGETS, "targets")
        _share(self.at_least, f"targets.{self.code}.at_least")
        _one_of(self.per, ("office", "unit"), f"targets.{self.code}.per")


@dataclass(frozen=True)
class Publication:
    """Results are due `days` working days after the anchor: a visit's own end, or the end of the whole task."""

    days: int
    anchor: Literal["visit_done", "task_done"]
    channels: tuple[str, ...]
    subjects: tuple[str, ...]

    def __post_init__(self) -> None:
        _demand(1 <= self.days <= 250, "publication.days", "公示期限应是 1 到 250 个工作日。")
        _one_of(self.anchor, ANCHORS, "publication.anchor")
        _demand(bool(self.channels), "publication.channels", "至少写一个公示渠道。")
        for subject in self.subjects:
            _one_of(subject, PUBLISHED, "publication.subjects")


@dataclass(frozen=True)
class Reminders:
    """Stages in working days before the aim date, the hour they go out, the hours in which nothing goes out."""

    stages: tuple[int, ...]
    leader_after: int
    hour: int
    quiet_from: time
    quiet_until: time

    def __post_init__(self) -> None:
        ordered = list(self.stages) == sorted(set(self.stages), reverse=True)
        _demand(bool(self.stages) and ordered, "reminders.stages", "提醒的档次应从大到小、不重复，例如 [5, 3, 1, 0]。")
        _demand(all(0 <= s <= 60 for s in self.stages), "reminders.stages", "提醒的档次应是 0 到 60 个工作日。")
        _demand(self.leader_after >= 1, "reminders.leader_after", "逾期几个工作日后报告领导：应是不小于 1 的整数。")
        _demand(0 <= self.hour <= 23, "reminders.hour", "提醒的钟点应是 0 到 23。")
        _demand(not self.is_quiet(time(self.hour)), "reminders.hour", "提醒的钟点落在免打扰时段里。")

    def is_quiet(self, at: time) -> bool:
        """Whether a local time of day lies in the quiet hours, which may span midnight."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


@dataclass(frozen=True)
class DueRule:
    """When a duty falls due.

    `monthly`: before day `day` of every month; `dates`: before each (month, day) of the year; `workdays`: within `days`
    working days after the event `after`. For the first two the outer limit is the named day itself, the aim the last
    working day before it, or, where `inclusive`, the last working day up to it.
    """

    kind: Literal["monthly", "dates", "workdays"]
    day: int = 0
    dates: tuple[tuple[int, int], ...] = ()
    days: int = 0
    after: str = ""
    inclusive: bool = False

    def __post_init__(self) -> None:
        _one_of(self.kind, ("monthly", "dates", "workdays"), "rule.kind")
        if self.kind == "monthly":
            _demand(1 <= self.day <= 28, "rule.day", "每月的日期应是 1 到 28，每个月都有这一天。")
        elif self.kind == "dates":
            _demand(bool(self.dates), "rule.dates", "至少写一个日期，例如 04-02。")
            for month, day in self.dates:
                try:
                    date(2023, month, day)
                except ValueError:
                    raise PolicyError("rule.dates", f"没有 {month:02d}-{day:02d} 这一天。") from None
        else:
            _demand(1 <= self.days <= 250, "rule.days", "期限应是 1 到 250 个工作日。")
            _one_of(self.after, EVENTS, "rule.after")

    def limits(self, year: int) -> tuple[tuple[str, date], ...]:
        """Period name and outer limit of each occurrence in a year; `workdays` has none of its own."""
        if self.kind == "monthly":
            return tuple((f"{year}-{month:02d}", date(year, month, self.day)) for month in range(1, 13))
        if len(self.dates) == 1:
            return ((f"{year}", date(year, *self.dates[0])),)
        return tuple((f"{year}-{n}", date(year, *when)) for n, when in enumerate(self.dates, start=1))


@dataclass(frozen=True)
class Duty:
    """Something owed by a date: what, by whom (a role), when, with what proof, by which clause.

    `form` is the report form that the bot fills in for it (`summary`: quarterly, the year's last one for the whole
    year; empty: none), `covers` what 本期 is: `period`, the month or quarter itself, or `to_limit`, from one outer
    limit to the day before the next.
    """

    code: str
    title: str
    who: str
    rule: DueRule
    proof: str
    clause: str
    form: str = ""
    covers: str = "period"

    def __post_init__(self) -> None:
        _demand(bool(self.code and self.title), "duties", "职责要有代码和名称。")
        _one_of(self.who, WHO, f"duties.{self.code}.who")
        _one_of(self.proof, PROOFS, f"duties.{self.code}.proof")
        _one_of(self.form, REPORT_FORMS, f"duties.{self.code}.form")
        _one_of(self.covers, COVERS, f"duties.{self.code}.covers")


@dataclass(frozen=True)
class FollowupKind:
    """A kind of 后续处置: what it needs, what it may lead to, its period in working days (None: typed in)."""

    code: str
    label: str
    needs: tuple[str, ...]
    leads_to: tuple[str, ...]
    workdays: int | None

    def __post_init__(self) -> None:
        for need in self.needs:
            _one_of(need, NEEDS, f"followups.{self.code}.needs")
        days = self.workdays
        _demand(days is None or 1 <= days <= 250, f"followups.{self.code}.workdays", "期限应是 1 到 250 个工作日。")


@dataclass(frozen=True)
class Throws:
    """The public randomness of PROTOCOL §4 and §7: which dice, how many bits and witnesses, within what time.

    `sources` are the ways to get it that staff may choose from, the usual one first; a single one is fixed.
    """

    emoji: str
    min_bits: int
    min_witnesses: int
    substitute_bits: int
    deadline_hours: int
    sources: tuple[str, ...] = ("dice",)

    def __post_init__(self) -> None:
        _one_of(self.emoji, tuple(DICE), "throws.emoji")
        _demand(
            24 <= self.min_bits <= 256, "throws.min_bits", "抽取的随机量应是 24 到 256 比特，少于 24 不算公开随机。"
        )
        _demand(1 <= self.min_witnesses <= 20, "throws.min_witnesses", "见证人应是 1 到 20 位。")
        _demand(12 <= self.substitute_bits <= 256, "throws.substitute_bits", "递补的随机量应是 12 到 256 比特。")
        _demand(1 <= self.deadline_hours <= 720, "throws.deadline_hours", "掷骰时限应是 1 到 720 小时。")
        _demand(bool(self.sources), "throws.sources", "至少写一种随机数的来源。")
        for source in self.sources:
            _one_of(source, RANDOMNESS, "throws.sources")
        _demand(len(set(self.sources)) == len(self.sources), "throws.sources", "随机数的来源写了两次。")


@dataclass(frozen=True)
class Waits:
    """How long the office waits before it asks again or tells the dispatcher."""

    receipt_hours: int
    confirm_hours: int
    review_days: int

    def __post_init__(self) -> None:
        for name in ("receipt_hours", "confirm_hours", "review_days"):
            _demand(1 <= getattr(self, name) <= 720, f"waits.{name}", "应是 1 到 720 的整数。")


@dataclass(frozen=True)
class Policy:
    """One profile. A draw without `classes` is plain; `blacklist_ratio` None means there is no stratum of its own.

    `bot_draw` says whether a task may be drawn here: `allowed`, `with_reason` (the platform is the rule) or `refused`.
    `backfill_days` are the working days for 平台回填, None where there is no platform. `no_bind` says what becomes of a
    drawn person without an account: `on_behalf` (staff act for them on paper) or `left_out` of the roster.
    `adjust_reasons` are the reason codes of a plan's adjustment.
    """

    name: str
    title: str
    source: Source
    office: Office
    ratio_floor: Fraction
    classes: tuple[RiskClass, ...]
    blacklist_ratio: Fraction | None
    targets: tuple[Target, ...]
    team_size: int
    draw_mode: Literal["bot", "platform"]
    bot_draw: Literal["allowed", "with_reason", "refused"]
    backfill_days: int | None
    confirm_stage: bool
    confirm_days: int
    throws: Throws
    substitute_throws: bool
    expert_pool: bool
    cross_unit_teams: bool
    publication: Publication
    adjust_reasons: tuple[str, ...]
    reminders: Reminders
    waits: Waits
    duties: tuple[Duty, ...]
    followups: tuple[FollowupKind, ...]
    methods: tuple[str, ...]
    external_conclusions: bool
    photo_required: bool
    item_fields: tuple[str, ...]
    discipline: str
    revisit_ratio: Fraction | None
    group_shows_names: bool
    public_shows_pool: bool
    no_bind: Literal["on_behalf", "left_out"]
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        """As it goes to another process, which takes no mapping proxies."""
        return self.__dict__ | {"origins": dict(self.origins)}

    def __post_init__(self) -> None:
        object.__setattr__(self, "origins", MappingProxyType(dict(self.origins)))
        _share(self.ratio_floor, "ratio_floor")
        for name in ("blacklist_ratio", "revisit_ratio"):
            if (ratio := getattr(self, name)) is not None:
                _share(ratio, name)
        for name, rows in (
            ("classes", self.classes),
            ("targets", self.targets),
            ("duties", self.duties),
            ("followups", self.followups),
        ):
            codes = [row.code for row in rows]
            doubled = sorted({code for code in codes if codes.count(code) > 1})
            _demand(not doubled, f"{name}.{doubled[0] if doubled else ''}.code", f"代码重复：{'、'.join(doubled)}。")
        _demand(2 <= self.team_size <= 20, "team_size", "每个检查组至少 2 名持证人员，至多 20 名。")
        _one_of(self.draw_mode, DRAW_MODES, "draw_mode")
        _one_of(self.bot_draw, BOT_DRAWS, "bot_draw")
        _demand(
            self.draw_mode == "platform" or self.bot_draw == "allowed",
            "bot_draw",
            "抽取方式是 bot 时，bot_draw 只能是 allowed。",
        )
        _demand(
            (self.backfill_days is None) == (self.draw_mode == "bot"),
            "backfill_days",
            "在平台抽取的要写回填期限，不在平台抽取的写「无」。",
        )
        _demand(
            self.backfill_days is None or 1 <= self.backfill_days <= 250, "backfill_days", "应是 1 到 250 个工作日。"
        )
        _demand(1 <= self.confirm_days <= 60, "confirm_days", "应是 1 到 60 个工作日。")
        _demand(bool(self.methods), "methods", "至少写一种检查方式。")
        _demand(bool(self.adjust_reasons), "adjust_reasons", "至少写一种调整计划的原因。")
        for name in self.item_fields:
            _one_of(name, ITEM_FIELDS, "item_fields")
        _demand("basis" in self.item_fields, "item_fields", "抽查事项必须有抽查依据（basis）：没有依据，不得检查。")
        _demand(bool(self.discipline.strip()), "discipline", "廉洁纪律提示不能为空。")
        _one_of(self.no_bind, ("on_behalf", "left_out"), "no_bind")
        known = {kind.code for kind in self.followups}
        for kind in self.followups:
            for code in kind.leads_to:
                _demand(code in known, f"followups.{kind.code}.leads_to", f"没有代码为「{code}」的后续处置。")

    def origin(self, path: str) -> Origin:
        """Where the value at a path comes from (`team_size`, `publication.days`, `classes.A`); KeyError if unknown."""
        return self.origins[path]

    def clause(self, path: str) -> str:
        """The clause behind a value, with document and place, for people to read; empty where the document has none."""
        origin = self.origins[path]
        if not origin.clause:
            return ""
        return f"{origin.source or self.source.number or f'《{self.source.title}》'} {origin.at}：“{origin.clause}”"

    def assumed(self, path: str) -> str | None:
        """Why a value is assumed although the document lacks it (or its number); None where the document decides."""
        return self.origins[path].assumed

    def risk_class(self, code: str) -> RiskClass | None:
        """The class of that code, if the scheme has it."""
        return next((row for row in self.classes if row.code == code), None)

    def target(self, code: str) -> Target | None:
        """The target of that code, if the profile has it."""
        return next((row for row in self.targets if row.code == code), None)

    def duty(self, code: str) -> Duty | None:
        """The duty of that code, if the profile has it."""
        return next((row for row in self.duties if row.code == code), None)

    def followup(self, code: str) -> FollowupKind | None:
        """The kind of follow-up of that code, if the profile has it."""
        return next((row for row in self.followups if row.code == code), None)
