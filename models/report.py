"""报送: a report form filled in from the rows, completed by its unit, handed in as a version that stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, func, select

from models import duty, people, plausibility, report_form, tally
from models.act import Act, Refused, key
from models.base import SHANGHAI, Instant
from models.duty import REPORTERS, Deadline, DeadlineState, Receipt, Submission, Way
from models.people import Unit
from models.report_form import BY_NAME, FORMS, NAMES, Form, Pair

QUARTERS = ("第一季度", "第二季度", "第三季度", "第四季度")


class ReportState(StrEnum):
    """What became of one version."""

    HANDED = "handed"
    ACCEPTED = "accepted"
    RETURNED = "returned"
    # A newer version took its place.
    REPLACED = "replaced"


class Draft(SQLModel, table=True):
    """What a unit has given so far for one report; figures that nobody touched come from the rows when it is shown."""

    __tablename__ = "report_draft"
    __table_args__ = (UniqueConstraint("unit_id", "code", "period"),)

    id: int | None = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")
    code: str
    period: str
    form: str
    figures: dict[str, list[int | None]] = Field(default_factory=dict, sa_type=JSON)
    texts: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    lines: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    # The file that was sent back last: kind, digest, size.
    file: list[Any] = Field(default_factory=list, sa_type=JSON)
    updated_at: datetime = Field(sa_type=Instant)
    updated_by: int = Field(foreign_key="person.id")


class Report(SQLModel, table=True):
    """One version of a report with what it says; `counted` where it has figures. Versions are never changed."""

    __table_args__ = (Index("ix_report_code_period_state", "code", "period", "state"),)

    id: int | None = Field(default=None, primary_key=True)
    submission_id: int = Field(foreign_key="submission.id", unique=True)
    deadline_id: int = Field(foreign_key="deadline.id", index=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    code: str
    period: str
    form: str
    # The days that its figures of this period are of.
    first: date
    last: date
    state: str = ReportState.HANDED
    counted: bool = False
    # 更正: why it takes the place of a version that was handed in before.
    reason: str = ""
    # What looked odd and was handed in all the same.
    doubts: list[str] = Field(default_factory=list, sa_type=JSON)
    texts: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    lines: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    judged_by: int | None = Field(default=None, foreign_key="person.id")
    judged_at: datetime | None = Field(default=None, sa_type=Instant)
    judgement: str = ""


class ReportFigure(SQLModel, table=True):
    """One figure of one version: of its period and of the year so far."""

    __tablename__ = "report_figure"

    report_id: int = Field(foreign_key="report.id", primary_key=True)
    name: str = Field(primary_key=True)
    now: int
    total: int


class Doubtful(Refused):
    """A report that looks odd: it is asked about, and goes out once somebody is sure."""

    def __init__(self, doubts: list[str]) -> None:
        super().__init__("请核对：" + "".join(doubts))
        self.doubts = doubts


@dataclass(frozen=True)
class Filled:
    """A report as it would go out now: `asked` are the figures that no row knows and nobody has given yet.

    `known` is what the rows say, `previous` the figures of the last report of the year; `version` is what it becomes.
    """

    draft: Draft
    form: Form
    unit: Unit
    deadline: Deadline | None
    title: str
    first: date
    last: date
    values: dict[str, Pair]
    known: Mapping[str, Pair]
    asked: tuple[str, ...]
    previous: Mapping[str, Pair] | None
    version: int

    @property
    def corrects(self) -> bool:
        """Whether it takes the place of what was handed in already (更正)."""
        return self.deadline is not None and self.deadline.state == DeadlineState.REPORTED

    @property
    def doubts(self) -> list[str]:
        """What should be looked at again."""
        return plausibility.doubts(self.values, self.previous) if self.form.figures else []

    @property
    def unwritten(self) -> list[report_form.Passage]:
        """The passages that nobody has written yet."""
        return [each for each in self.form.passages if not self.draft.texts.get(each.name, "").strip()]


# --- what is asked for ------------------------------------------------------------------------------------------------


def form_of(act: Act, row: Deadline) -> Form | None:
    """The form that a deadline asks for, by the profile's duty or by its own code; None where there is none."""
    owed = act.policy.duty(row.code)
    name = owed.form if owed else row.code
    if name != "summary" or owed is None:
        return FORMS.get(name)
    _, _, part = row.period.partition("-")
    return FORMS[report_form.YEAR if not part or int(part) == len(owed.rule.dates) else report_form.QUARTER]


def period_text(form: Form, period: str) -> str:
    """The period as people say it: `2022年4月`, `2022年第二季度`, `2022年`."""
    year, _, part = period.partition("-")
    if form.code == report_form.QUARTER and part:
        return f"{year}年{QUARTERS[min(int(part), 4) - 1]}"
    if form.code == report_form.MONTHLY and part:
        return f"{year}年{int(part)}月"
    return f"{year}年"


def title_of(form: Form, period: str) -> str:
    """`2022年4月月报表`, `2022年第一季度总结`, `2022年度总结`, `2022年培训计划`."""
    if form.code == report_form.QUARTER:
        return f"{period_text(form, period)}总结"
    return f"{period[:4]}年度总结" if form.code == report_form.YEAR else f"{period_text(form, period)}{form.title}"


def span(act: Act, form: Form, code: str, period: str) -> tuple[date, date]:
    """First and last day of 本期 by the profile: the month or quarter itself, or from limit to limit."""
    year, _, part = period.partition("-")
    whole = date(int(year), 1, 1), date(int(year), 12, 31)
    owed = act.policy.duty(code)
    if form.code not in {report_form.MONTHLY, report_form.QUARTER} or owed is None or not part:
        return whole
    limits = [limit for _, limit in owed.rule.limits(int(year))]
    at = int(part) - 1
    if owed.covers == "to_limit":
        shift = timedelta(days=1 if owed.rule.inclusive else 0)
        first = limits[at - 1] + shift if at else whole[0]
        return first, limits[at] - timedelta(days=1) + shift
    months = 12 // len(limits)
    first = date(int(year), at * months + 1, 1)
    last = whole[1] if at + 1 == len(limits) else date(int(year), (at + 1) * months + 1, 1) - timedelta(days=1)
    return first, last


def deadline_of(session: Session, code: str, period: str, unit_id: int) -> Deadline | None:
    """The deadline of a unit's report, if one is owed or was handed in."""
    found = select(Deadline).where(Deadline.unit_id == unit_id, Deadline.code == code, Deadline.period == period)
    return session.exec(found).first()


def begin(act: Act, deadline_id: int) -> Draft:
    """The draft of a deadline's report, made where there is none; for its 联络员 and the staff above."""
    row = act.session.get(Deadline, deadline_id)
    if row is None:
        raise Refused("没有找到这一项期限，请发送 /report 查看。")
    act.require(REPORTERS, row.unit_id)
    form = form_of(act, row)
    if form is None:
        raise Refused(f"{row.title}没有固定的表，请直接发送文件。")
    return _draft(act, row.unit_id, row.code, row.period, form)


def preview(act: Act, row: Deadline) -> Filled | None:
    """The form of a deadline as it would open now, without keeping anything; None where it has no form."""
    form = form_of(act, row)
    if form is None:
        return None
    kept = select(Draft).where(Draft.unit_id == row.unit_id, Draft.code == row.code, Draft.period == row.period)
    draft_ = act.session.exec(kept).first() or Draft(
        unit_id=row.unit_id,
        code=row.code,
        period=row.period,
        form=form.code,
        updated_at=act.now,
        updated_by=act.person_id,
    )
    return filled(act, draft_)


def begin_again(act: Act, deadline_id: int) -> Draft:
    """更正: the draft of what was handed in, with its own figures, so that only what is wrong has to be changed."""
    row = begin(act, deadline_id)
    last = versions(act.session, deadline_id)[-1:]
    if last and not (row.figures or row.texts or row.lines or row.file):
        restore(act.session, row, last[0][0])
    return row


def restore(session: Session, row: Draft, version: Report) -> None:
    """Put what a version says into a draft."""
    row.figures = {name: [now, total] for name, (now, total) in figures_of(session, key(version)).items()}
    row.texts, row.lines = dict(version.texts), list(version.lines)
    session.add(row)
    session.flush()


def begin_other(act: Act, unit_id: int, code: str) -> Draft:
    """The draft of a report that no deadline asks for, of this year: 培训计划、计划申报、工作方案."""
    act.require(REPORTERS, unit_id)
    form = FORMS.get(code)
    if form is None or form.figures:
        raise Refused("没有这种表，请发送 /report 重新选择。")
    # Where the profile has a duty of this form once a year, it is that one.
    yearly = [each for each in act.policy.duties if each.form == code and len(each.rule.dates) == 1]
    name = yearly[0].code if yearly else code
    return _draft(act, unit_id, name, str(act.now.astimezone(SHANGHAI).year), form)


def _draft(act: Act, unit_id: int, code: str, period: str, form: Form) -> Draft:
    found = select(Draft).where(Draft.unit_id == unit_id, Draft.code == code, Draft.period == period)
    row = act.session.exec(found).first()
    if row is None:
        row = Draft(
            unit_id=unit_id, code=code, period=period, form=form.code, updated_at=act.now, updated_by=act.person_id
        )
        act.session.add(row)
        act.session.flush()
    return row


def draft(act: Act, draft_id: int) -> Draft:
    """A draft, for those who may fill it in."""
    row = act.session.get(Draft, draft_id)
    if row is None:
        raise Refused("这份表已经报送或者取消，请发送 /report 查看。")
    act.require(REPORTERS, row.unit_id)
    return row


# --- filling in ------------------------------------------------------------------------------------------------------


def filled(act: Act, row: Draft) -> Filled:
    """The report as it stands: what the rows know, and over it what people gave."""
    form = FORMS[row.form]
    unit = act.session.get_one(Unit, row.unit_id)
    deadline = deadline_of(act.session, row.code, row.period, row.unit_id)
    today = act.now.astimezone(SHANGHAI).date()
    first, last = span(act, form, row.code, row.period)
    before = _before(act.session, row) if form.figures and form.code != report_form.YEAR else None
    if before is not None:
        # What happened after an early report is counted in the next one, so that nothing is lost or counted twice.
        first = min(first, before.last + timedelta(days=1))
    last = max(first, min(last, today))
    previous = figures_of(act.session, key(before)) if before is not None and before.counted else None
    known = _known(act, row, form, first, last) if form.figures else {}
    values = {name: _pair(row, form, name, known, previous) for name in NAMES} if form.figures else {}
    return Filled(
        draft=row,
        form=form,
        unit=unit,
        deadline=deadline,
        title=title_of(form, row.period),
        first=first,
        last=last,
        values=values,
        known=known,
        asked=tuple(name for name, (now, _) in values.items() if now is None),
        previous=previous,
        version=len(duty.submissions(act.session, key(deadline))) + 1 if deadline else 1,
    )


def _before(session: Session, row: Draft) -> Report | None:
    """The last report of the same kind and year before this period that stands."""
    year = row.period.partition("-")[0]
    found = (
        select(Report)
        .where(Report.unit_id == row.unit_id, Report.code == row.code, Report.period < row.period)
        .where(col(Report.period).startswith(f"{year}-"))
        .where(col(Report.state).in_([ReportState.HANDED, ReportState.ACCEPTED]))
        .order_by(col(Report.period).desc(), col(Report.id).desc())
    )
    return session.exec(found.limit(1)).first()


def _known(act: Act, row: Draft, form: Form, first: date, last: date) -> dict[str, Pair]:
    """What the rows say of the unit and those below it; of those with an accepted report of their own, what it says."""
    session = act.session
    below = people.below(session, row.unit_id)
    accepted = select(Report).where(
        Report.code == row.code, Report.period == row.period, Report.state == ReportState.ACCEPTED, col(Report.counted)
    )
    theirs = [each for each in session.exec(accepted) if each.unit_id in below and each.unit_id != row.unit_id]
    lower = {each.unit_id: people.below(session, each.unit_id) for each in theirs}
    top = [each for each in theirs if not any(each.unit_id in ids for top, ids in lower.items() if top != each.unit_id)]
    rest = below - {unit_id for ids in lower.values() for unit_id in ids}
    now = tally.counts(session, rest, first, last)
    total = now if form.code == report_form.YEAR else tally.counts(session, rest, date(first.year, 1, 1), last)
    known: dict[str, Pair] = {name: (now[name], total[name]) for name in now}
    if top:
        summed = report_form.added([figures_of(session, key(each)) for each in top])
        for name, (month, year) in summed.items():
            own = known.get(name, (0, 0))
            known[name] = (month + (own[0] or 0), year + (own[1] or 0))
    return known


def _pair(row: Draft, form: Form, name: str, known: Mapping[str, Pair], previous: Mapping[str, Pair] | None) -> Pair:
    """A figure with its year so far: at least what the last report had plus this period, and what the rows know."""
    given_now, given_total = row.figures.get(name, [None, None])
    known_now, known_total = known.get(name, (None, None))
    now = given_now if given_now is not None else known_now
    if now is None:
        return None, given_total
    if form.code == report_form.YEAR or BY_NAME[name].stock:
        return now, now
    if given_total is not None:
        return now, given_total
    earlier = max(((previous or {}).get(name, (0, 0))[1] or 0), (known_total or 0) - (known_now or 0))
    return now, earlier + now


def give(act: Act, draft_id: int, values: Mapping[str, Pair]) -> Draft:
    """Keep figures that a person gave; a None leaves what there is."""
    row = draft(act, draft_id)
    kept = dict(row.figures)
    for name, (now, total) in values.items():
        if name not in BY_NAME:
            raise Refused("表里没有这一项。")
        before = kept.get(name, [None, None])
        kept[name] = [before[0] if now is None else now, total if total is not None or now is not None else before[1]]
    return _kept(act, row, figures=kept)


def write(act: Act, draft_id: int, name: str, text: str) -> Draft:
    """Keep a passage."""
    row = draft(act, draft_id)
    if name not in {each.name for each in FORMS[row.form].passages}:
        raise Refused("表里没有这一段。")
    if len(text) > 3000:
        raise Refused(f"这一段有 {len(text)} 字，太长了。请控制在 3000 字以内，或者在 Word 里写好后发回。")
    return _kept(act, row, texts={**row.texts, name: text.strip()})


def put_lines(act: Act, draft_id: int, found: Iterable[Mapping[str, str]], *, more: bool = False) -> Draft:
    """Keep the lines of a table; `more` adds them to those there are."""
    row = draft(act, draft_id)
    new = [dict(each) for each in found]
    if len(row.lines) + len(new) > 500:
        raise Refused("一张表最多 500 行，请分开报送。")
    return _kept(act, row, lines=[*row.lines, *new] if more else new)


def put_file(act: Act, draft_id: int, file: tuple[str, str, int]) -> Draft:
    """Keep the file (kind, digest, size) that goes with the report."""
    return _kept(act, draft(act, draft_id), file=list(file))


def drop(act: Act, draft_id: int) -> None:
    """Throw away what was given; the form is then filled in from the rows again."""
    act.session.delete(draft(act, draft_id))
    act.session.flush()


def _kept(act: Act, row: Draft, **changes: Any) -> Draft:
    for name, value in changes.items():
        setattr(row, name, value)
    row.updated_at, row.updated_by = act.now, act.person_id
    act.session.add(row)
    act.session.flush()
    return row


# --- handing in ------------------------------------------------------------------------------------------------------


def submit(act: Act, draft_id: int, *, way: Way = Way.FORM, reason: str = "", sure: bool = False) -> Receipt:
    """Hand in a draft as the next version; what looks odd is asked about first (Doubtful), and goes out where `sure`.

    零报告 is `way` ZERO: nothing happened. FILE and ELSEWHERE say nothing that could be counted. Refused:
    something is still to be filled in, or a correction has no reason.
    """
    row = draft(act, draft_id)
    found = filled(act, row)
    values = found.values
    doubts = found.doubts
    if way == Way.ZERO:
        values = {name: (0, (total or 0) - (now or 0) if total else 0) for name, (now, total) in found.values.items()}
        doubts = _against_nil(found)
    elif way == Way.FORM:
        _complete(found)
    else:
        values, doubts = {}, []
    reason = reason.strip()
    if found.corrects and not reason:
        raise Refused(f"{found.title}已经报送过。更正请写明原因。")
    if doubts and not sure:
        raise Doubtful(doubts)
    deadline = found.deadline or _unasked(act, found)
    file = (str(row.file[0]), str(row.file[1]), int(row.file[2])) if row.file and way != Way.ZERO else None
    receipt = duty.report(act, key(deadline), file, way=way, reason=reason)
    submission = duty.submissions(act.session, key(deadline))[-1]
    _replace(act, deadline)
    report = Report(
        submission_id=key(submission),
        deadline_id=key(deadline),
        unit_id=row.unit_id,
        code=row.code,
        period=row.period,
        form=row.form,
        first=found.first,
        last=found.last,
        counted=bool(values),
        reason=reason,
        doubts=doubts,
        texts=dict(row.texts) if way == Way.FORM else {},
        lines=list(row.lines) if way == Way.FORM else [],
    )
    act.session.add(report)
    act.session.flush()
    for name, (now, total) in values.items():
        act.session.add(ReportFigure(report_id=key(report), name=name, now=now or 0, total=total or 0))
    act.session.delete(row)
    act.session.flush()
    return receipt


def _complete(found: Filled) -> None:
    """Refuse what is not filled in; a file that was sent back may say what the chat was not told."""
    if found.asked:
        labels = "、".join(BY_NAME[name].label for name in found.asked)
        raise Refused(f"还有 {len(found.asked)} 项没有填：{labels}。没有的请填 0。")
    if found.draft.file:
        return
    if found.unwritten:
        raise Refused(f"还没有写：{'、'.join(each.label for each in found.unwritten)}。也可以在 Word 里写好后发回。")
    if found.form.lines and not found.draft.lines:
        raise Refused(f"{found.form.title}还没有内容。请填写或者发送表格；没有可报的请按「零报告」。")
    if not (found.form.figures or found.form.passages or found.form.lines):
        raise Refused(f"请把{found.form.title}的文件发给我。")


def _against_nil(found: Filled) -> list[str]:
    """What speaks against a 零报告: the rows, or the person's own figures, know of something in this period."""
    some = [
        f"{BY_NAME[name].label} {now}"
        for name, (now, _) in found.values.items()
        if now and not BY_NAME[name].stock and name != "plan_changes"
    ]
    return [f"台账或者已填的数据里本期有：{'、'.join(some)}。确实没有可报的才按零报告。"] if some else []


def _unasked(act: Act, found: Filled) -> Deadline:
    """The deadline of a report that nobody asked for: due the day it is handed in."""
    today = act.now.astimezone(SHANGHAI).date()
    row = Deadline(
        code=found.draft.code,
        title=found.form.title,
        unit_id=found.draft.unit_id,
        year=today.year,
        period=found.draft.period,
        aim=today,
        limit=today,
    )
    act.session.add(row)
    act.session.flush()
    return row


def _replace(act: Act, deadline: Deadline) -> None:
    """What was handed in and not yet accepted gives way to the new version; an accepted one stands until that is."""
    found = select(Report).where(Report.deadline_id == deadline.id, Report.state == ReportState.HANDED)
    for each in act.session.exec(found).all():
        each.state = ReportState.REPLACED
        act.session.add(each)
    accepted = select(Report).where(Report.deadline_id == deadline.id, Report.state == ReportState.ACCEPTED)
    for each in act.session.exec(accepted):
        judge = act.session.get(people.Person, each.judged_by) if each.judged_by else None
        if judge is not None and judge.id != act.person_id:
            mark = f"report_corrected:{each.id}:{act.now.isoformat()}"
            act.tell("report_corrected", mark, person=judge, report=each.id)


# --- looking ---------------------------------------------------------------------------------------------------------


def figures_of(session: Session, report_id: int) -> dict[str, Pair]:
    """The figures of a version, in the form's order; empty where it has none."""
    rows = session.exec(
        select(ReportFigure.name, ReportFigure.now, ReportFigure.total).where(ReportFigure.report_id == report_id)
    )
    found = {name: (now, total) for name, now, total in rows}
    return {name: found[name] for name in NAMES if name in found}


def handed_in(act: Act, units: Iterable[int]) -> list[tuple[Report, Submission, Unit]]:
    """The newest version of each report that these units handed in this year, the newest first."""
    newest = select(func.max(Report.id).label("id")).where(col(Report.unit_id).in_(list(units)))
    latest = newest.group_by(col(Report.deadline_id)).subquery()
    found = (
        select(Report, Submission, Unit)
        .join(latest, latest.c.id == col(Report.id))
        .join(Submission, col(Submission.id) == col(Report.submission_id))
        .join(Unit, col(Unit.id) == col(Report.unit_id))
        .where(col(Report.period).startswith(str(act.now.astimezone(SHANGHAI).year)))
        .order_by(col(Report.id).desc())
    )
    return [(row, submission, unit) for row, submission, unit in act.session.exec(found)]


def versions(session: Session, deadline_id: int) -> list[tuple[Report, Submission]]:
    """All versions of a report, oldest first."""
    found = (
        select(Report, Submission)
        .join(Submission, col(Submission.id) == col(Report.submission_id))
        .where(Report.deadline_id == deadline_id)
        .order_by(col(Submission.version))
    )
    return [(report, submission) for report, submission in session.exec(found)]
