"""审核和汇总: staff accept a report or send it back; the figures of the city are the sum of the accepted ones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, func, select

from models import duty, people, reminder, report
from models.act import Act, Refused, key
from models.base import SHANGHAI
from models.collection import STAFF, units_of
from models.duty import WAYS, Deadline, DeadlineState, Submission, Way
from models.people import Unit
from models.report import Draft, Report, ReportFigure, ReportState
from models.report_form import FORMS, NAMES, Form, Pair


@dataclass(frozen=True)
class Handed:
    """One report that waits to be accepted."""

    report_id: int
    unit: str
    title: str
    version: int
    way: str
    late: int
    counted: bool
    reason: str
    doubts: tuple[str, ...]
    # A form of figures that came without them: nothing of it can be added up.
    empty: bool
    # Whether the actor answers for the unit above and may therefore accept it.
    may: bool


@dataclass(frozen=True)
class Line:
    """One unit of the 汇总表; `values` is empty where no report with figures was accepted.

    `counted` says whether it is in the sum: not where the unit above it has reported for it.
    """

    unit_id: int
    unit: str
    state: str
    values: dict[str, Pair]
    counted: bool


@dataclass(frozen=True)
class Rollup:
    """The accepted reports of one period: every unit that owes it in the tree's order, and their sum.

    `counted` are the units whose figures are in the sum: a unit is left to the one above it where that reports too.
    """

    form: Form
    title: str
    first: date
    last: date
    lines: tuple[Line, ...]
    sums: dict[str, tuple[int, int]]
    counted: int
    missing: int


# --- accepting -------------------------------------------------------------------------------------------------------


def get(act: Act, report_id: int) -> Report:
    """A report for staff of the unit above the one that made it; nobody accepts the own unit's."""
    row = act.session.get(Report, report_id)
    if row is None:
        raise Refused("没有找到这份报送，请发送 /collect 重新查看。")
    act.require(STAFF, _above(act.session, row.unit_id))
    return row


def _above(session: Session, unit_id: int) -> int:
    unit = session.get_one(Unit, unit_id)
    return unit.parent_id or unit_id


def waiting(act: Act, code: str = "", period: str = "") -> list[Handed]:
    """待审核: the newest versions of the actor's units that nobody has judged, oldest first."""
    found = (
        select(Report, Submission, Unit)
        .join(Submission, col(Submission.id) == col(Report.submission_id))
        .join(Unit, col(Unit.id) == col(Report.unit_id))
        .where(Report.state == ReportState.HANDED, people.among(act.session, col(Report.unit_id), units_of(act)))
        .order_by(col(Report.id))
    )
    if code:
        found = found.where(Report.code == code, Report.period == period)
    return [_handed(act, row, submission, unit) for row, submission, unit in act.session.exec(found)]


def handed(act: Act, report_id: int) -> Handed:
    """One report as whoever judges it sees it."""
    row = get(act, report_id)
    submission = act.session.get_one(Submission, row.submission_id)
    return _handed(act, row, submission, act.session.get_one(Unit, row.unit_id))


def _handed(act: Act, row: Report, submission: Submission, unit: Unit) -> Handed:
    form = FORMS[row.form]
    return Handed(
        report_id=key(row),
        unit=unit.name,
        title=report.title_of(form, row.period),
        version=submission.version,
        way=WAYS[submission.way],
        late=submission.late,
        counted=row.counted,
        reason=row.reason,
        doubts=tuple(row.doubts),
        empty=form.figures and not row.counted,
        may=act.may(STAFF, unit.parent_id or key(unit)),
    )


def accept(act: Act, report_id: int) -> Report:
    """通过: its figures are in the sum from now on, in place of an accepted version before it."""
    row = get(act, report_id)
    if row.state != ReportState.HANDED:
        raise Refused(_judged(act, row))
    earlier = select(Report).where(Report.deadline_id == row.deadline_id, Report.state == ReportState.ACCEPTED)
    for each in act.session.exec(earlier).all():
        each.state = ReportState.REPLACED
        act.session.add(each)
    _judge(act, row, ReportState.ACCEPTED, "")
    act.record("accept_report", "deadline", row.deadline_id, after={"report": report_id})
    return row


def accept_all(act: Act, code: str, period: str) -> int:
    """通过 of all that have nothing odd about them; the others are looked at one by one. Returns how many."""
    found = [each for each in waiting(act, code, period) if plain(each)]
    for each in found:
        accept(act, each.report_id)
    return len(found)


def plain(each: Handed) -> bool:
    """Whether there is nothing about a report that somebody should look at."""
    return each.may and not each.empty and not each.doubts and not each.reason


def send_back(act: Act, report_id: int, reason: str) -> Report:
    """退回 with a reason: the deadline is open again, what was given is kept, and the unit's 联络员 is told."""
    row = get(act, report_id)
    if row.state not in {ReportState.HANDED, ReportState.ACCEPTED}:
        raise Refused(_judged(act, row))
    reason = reason.strip()
    if not reason:
        raise Refused("退回要写明原因，例如：已公示户数多于已录入户数，请核对。")
    newer = select(Report.id).where(Report.deadline_id == row.deadline_id, col(Report.id) > row.id)
    _judge(act, row, ReportState.RETURNED, reason)
    if act.session.exec(newer.limit(1)).first() is None:
        deadline = act.session.get_one(Deadline, row.deadline_id)
        deadline.state, deadline.reported_at = DeadlineState.OPEN, None
        act.session.add(deadline)
        _draft_again(act, row)
    submission = act.session.get_one(Submission, row.submission_id)
    act.record("return_report", "deadline", row.deadline_id, after={"report": report_id, "reason": reason})
    concerned = {key(person): person for person in duty.liaisons(act.session, row.unit_id)}
    sender = act.session.get(people.Person, submission.by)
    if sender is not None and sender.active:
        concerned[key(sender)] = sender
    for person in concerned.values():
        if person.id != act.person_id:
            mark = f"report_returned:{report_id}:{person.id}"
            when = reminder.awake(act)
            act.tell("report_returned", mark, person=person, dispatcher=act.actor, not_before=when, report=row.id)
    return row


def _judge(act: Act, row: Report, state: ReportState, why: str) -> None:
    row.state, row.judged_by, row.judged_at, row.judgement = state, act.person_id, act.now, why
    act.session.add(row)
    act.session.flush()


def _judged(act: Act, row: Report) -> str:
    if row.state == ReportState.REPLACED:
        return "这一版已由新的一版代替，请发送 /collect 查看。"
    who = act.session.get(people.Person, row.judged_by) if row.judged_by else None
    what = "通过" if row.state == ReportState.ACCEPTED else "退回"
    return f"这份报送已由{who.name if who else '他人'}{what}。"


def _draft_again(act: Act, row: Report) -> None:
    """What was handed in is the draft of the next version, so that only what is wrong has to be changed."""
    found = select(Draft).where(Draft.unit_id == row.unit_id, Draft.code == row.code, Draft.period == row.period)
    if act.session.exec(found).first() is not None:
        return
    draft = Draft(
        unit_id=row.unit_id,
        code=row.code,
        period=row.period,
        form=row.form,
        updated_at=act.now,
        updated_by=act.person_id,
    )
    report.restore(act.session, draft, row)


@dataclass(frozen=True)
class Standing:
    """How the newest versions of one period stand: so many of each, and who sent a correction."""

    handed: int = 0
    accepted: int = 0
    returned: int = 0
    corrected: tuple[str, ...] = ()


def standings(act: Act) -> dict[tuple[str, str], Standing]:
    """待审核、已通过、已退回 by code and period, over the actor's units, counted by the store."""
    newest = (
        select(func.max(Report.id).label("id"))
        .where(people.among(act.session, col(Report.unit_id), units_of(act)))
        .group_by(col(Report.deadline_id))
        .subquery()
    )
    found = act.session.exec(
        select(Report.code, Report.period, Report.state, func.count())
        .join(newest, newest.c.id == col(Report.id))
        .group_by(col(Report.code), col(Report.period), col(Report.state))
    )
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for code, period, state, count in found:
        counts.setdefault((code, period), {})[state] = count
    names: dict[tuple[str, str], list[str]] = {}
    corrections = act.session.exec(
        select(Report.code, Report.period, Unit.name)
        .join(newest, newest.c.id == col(Report.id))
        .join(Unit, col(Unit.id) == col(Report.unit_id))
        .where(Report.reason != "", Report.state != ReportState.RETURNED)
        .order_by(col(Unit.id))
    )
    for code, period, name in corrections:
        names.setdefault((code, period), []).append(name)
    return {
        mark: Standing(
            each.get(ReportState.HANDED, 0),
            each.get(ReportState.ACCEPTED, 0),
            each.get(ReportState.RETURNED, 0),
            tuple(names.get(mark, ())),
        )
        for mark, each in counts.items()
    }


# --- summing up ------------------------------------------------------------------------------------------------------


def rollup(act: Act, code: str, period: str) -> Rollup:
    """The accepted reports of one period over the actor's units; a unit with nothing is there with 0 (DOMAIN §2.7)."""
    session, units = act.session, units_of(act)
    owed = session.exec(
        select(Deadline).where(Deadline.code == code, Deadline.period == period, col(Deadline.unit_id).in_(units))
    ).all()
    if not owed:
        raise Refused("这一期没有要报送的单位。")
    form = report.form_of(act, owed[0])
    if form is None or not form.figures:
        raise Refused(f"{owed[0].title}没有数据可以汇总。")
    by_unit = {row.unit_id: row for row in owed}
    accepted = select(Report.unit_id, Report.id, Report.counted).where(
        Report.code == code,
        Report.period == period,
        Report.state == ReportState.ACCEPTED,
        col(Report.unit_id).in_(list(by_unit)),
    )
    taken = {unit_id: (report_id or 0, counted) for unit_id, report_id, counted in session.exec(accepted)}
    values = _values(session, code, period, set(by_unit))
    order = in_tree(session, set(by_unit))
    names = {unit.id: unit.name for unit in session.exec(select(Unit).where(col(Unit.id).in_(list(by_unit))))}
    states = _states(act, code, period)
    top = _topmost(session, {unit_id for unit_id, (_, counted) in taken.items() if counted})
    first, last = report.span(act, form, code, period)
    return Rollup(
        form=form,
        title=report.period_text(form, period),
        first=first,
        last=last,
        lines=tuple(
            Line(
                unit_id,
                names[unit_id],
                states.get(unit_id, "未报送")
                + ("，已计入上级单位" if unit_id in values and unit_id not in top else ""),
                values.get(unit_id, {}),
                unit_id in top,
            )
            for unit_id in order
        ),
        sums=sums(session, code, period, top),
        counted=len(top),
        missing=len(order) - len(taken),
    )


def sums(session: Session, code: str, period: str, units: Collection[int]) -> dict[str, tuple[int, int]]:
    """The accepted figures of these units, added up by the store."""
    found = session.exec(
        select(ReportFigure.name, func.sum(ReportFigure.now), func.sum(ReportFigure.total))
        .join(Report, col(Report.id) == col(ReportFigure.report_id))
        .where(Report.code == code, Report.period == period, Report.state == ReportState.ACCEPTED)
        .where(col(Report.unit_id).in_(list(units)))
        .group_by(col(ReportFigure.name))
    )
    added = {name: (int(now), int(total)) for name, now, total in found}
    return {name: added.get(name, (0, 0)) for name in NAMES}


def _values(session: Session, code: str, period: str, units: set[int]) -> dict[int, dict[str, Pair]]:
    found = session.exec(
        select(Report.unit_id, ReportFigure.name, ReportFigure.now, ReportFigure.total)
        .join(ReportFigure, col(ReportFigure.report_id) == col(Report.id))
        .where(Report.code == code, Report.period == period, Report.state == ReportState.ACCEPTED)
    )
    values: dict[int, dict[str, Pair]] = {}
    for unit_id, name, now, total in found:
        if unit_id in units:
            values.setdefault(unit_id, {})[name] = (now, total)
    return values


def _states(act: Act, code: str, period: str) -> dict[int, str]:
    """How each unit's report stands: `3月18日报送`, `零报告`, `待审核`, `已退回`."""
    found = act.session.exec(
        select(Report, Submission)
        .join(Submission, col(Submission.id) == col(Report.submission_id))
        .where(Report.code == code, Report.period == period, Report.state != ReportState.REPLACED)
        .order_by(col(Report.id))
    )
    words: dict[int, str] = {}
    for row, submission in found:
        at = submission.at.astimezone(SHANGHAI)
        if row.state == ReportState.ACCEPTED:
            said = "零报告" if submission.way == Way.ZERO else f"{at.month}月{at.day}日报送"
            said += "" if row.counted else "，没有数据"
        else:
            said = "待审核" if row.state == ReportState.HANDED else "已退回"
            if row.unit_id in words and "报送" in words[row.unit_id]:
                said = f"{words[row.unit_id]}，更正{said}"
        words[row.unit_id] = said
    return words


def in_tree(session: Session, ids: Collection[int]) -> list[int]:
    """Units in the order of the tree, a unit before those below it; never in that of figures (国办发〔2024〕54号)."""
    children: dict[int | None, list[int]] = {}
    for unit_id, parent in session.exec(select(Unit.id, Unit.parent_id).order_by(col(Unit.id))):
        children.setdefault(parent, []).append(unit_id or 0)
    wanted, order, stack = set(ids), list[int](), list(reversed(children.get(None, [])))
    while stack:
        unit_id = stack.pop()
        if unit_id in wanted:
            order.append(unit_id)
        stack += reversed(children.get(unit_id, []))
    return order


def _topmost(session: Session, ids: set[int]) -> set[int]:
    """Those that have none of the others above them: what a department reports is in its county's report already."""
    parents = dict(session.exec(select(Unit.id, Unit.parent_id)).all())

    def covered(unit_id: int) -> bool:
        above = parents.get(unit_id)
        while above is not None:
            if above in ids:
                return True
            above = parents.get(above)
        return False

    return {unit_id for unit_id in ids if not covered(unit_id)}
