"""Deadlines of the reporting units: planned from the profile's duties, reminded in stages, answered with a receipt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, func, select

from models import attachment, people
from models.act import Act, Refused, key
from models.base import SHANGHAI, Instant
from models.holidays import calendar
from models.people import Grant, Person, Unit
from models.policy import DueRule, Duty
from models.words import Role
from models.workdays import Calendar, Day

LIAISON = "liaison"
# What is asked for once, beside the profile's duties, has such a code and a number.
ONCE = "once-"
# A unit's own 联络员, and the staff and administrators above, who act for others on paper (代办).
REPORTERS = frozenset({Role.LIAISON, Role.STAFF, Role.ADMIN})


class DeadlineState(StrEnum):
    """Whether something is still owed."""

    OPEN = "open"
    REPORTED = "reported"


class Way(StrEnum):
    """How a report was handed in."""

    FORM = "form"
    FILE = "file"
    ZERO = "zero"
    ELSEWHERE = "elsewhere"


WAYS: dict[str, str] = {
    Way.FORM: "填报",
    Way.FILE: "文件",
    Way.ZERO: "零报告",
    Way.ELSEWHERE: "已用其他方式报送",
}


class Deadline(SQLModel, table=True):
    """One duty of one unit for one period: `aim` is the working day to aim at, `limit` the clause's outer limit."""

    __table_args__ = (
        UniqueConstraint("code", "unit_id", "period"),
        # What thousands of units owe alike is counted, and its first few units are named, along this index alone.
        Index("ix_deadline_alike", "state", "limit", "code", "period", "aim", "unit_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(index=True)
    title: str
    unit_id: int = Field(foreign_key="unit.id", index=True)
    year: int = Field(index=True)
    period: str
    aim: date = Field(index=True)
    limit: date = Field(index=True)
    # Whether the aim rests on days that no notice has set yet (暂估).
    estimated: bool = False
    # Why staff moved it away from the profile's date; such a deadline is not recomputed.
    moved: str | None = None
    state: str = Field(default=DeadlineState.OPEN, index=True)
    reported_at: datetime | None = Field(default=None, sa_type=Instant)


class Submission(SQLModel, table=True):
    """One version of a report that was handed in; late and corrected ones are kept beside the first."""

    __table_args__ = (UniqueConstraint("deadline_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    deadline_id: int = Field(foreign_key="deadline.id", index=True)
    version: int
    way: str
    digest: str | None = None
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    # Calendar days after the outer limit; 0 is in time.
    late: int = 0


class Planned(SQLModel, table=True):
    """Which duties of a year were planned for a unit, so that a tick need not plan again what is all past."""

    __tablename__ = "duty_planned"

    unit_id: int = Field(primary_key=True, foreign_key="unit.id")
    year: int = Field(primary_key=True)
    codes: list[str] = Field(default_factory=list, sa_type=JSON)


@dataclass(frozen=True)
class Due:
    """A deadline as people see it on a day: `left` working days to the aim, `late` ones past the outer limit."""

    deadline: Deadline
    unit: str
    left: int
    late: int


@dataclass(frozen=True)
class Gathered:
    """One report of one period that `count` units owe; `units` names the first few, `due` is that of the first."""

    due: Due
    units: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Receipt:
    """What the reporter gets in return."""

    number: str
    title: str
    unit: str
    period: str
    at: datetime
    way: str
    version: int
    # Calendar days after the outer limit; 0 is in time.
    late: int
    by: str = ""


# --- dates -----------------------------------------------------------------------------------------------------------


def aim_of(limit: date, inclusive: bool, days: Calendar) -> Day:
    """The working day to aim at: 「20日前」 is the last one before the 20th, which itself is only the outer limit."""
    return days.until(limit) if inclusive else days.before(limit)


def due_after(rule: DueRule, event: date, days: Calendar) -> Day:
    """The last day of a period of working days that begins the day after its event (`自…之日起 20 个工作日内`)."""
    if rule.kind != "workdays":
        raise ValueError("this duty does not follow an event")
    return days.add(event, rule.days)


def period_text(deadline: Deadline) -> str:
    """The period as people say it: `2022年4月`, `2022年第2次`, `2022年`."""
    year, _, part = deadline.period.partition("-")
    if not part:
        return f"{year}年"
    return f"{year}年{int(part)}月" if len(part) == 2 else f"{year}年第{int(part)}次"


# --- planning --------------------------------------------------------------------------------------------------------


def reporting_units(session: Session, policy: str) -> list[int]:
    """Ids of the units that have a 联络员 of their own and follow the profile of that name."""
    granted = (
        select(Grant.unit_id)
        .join(Person, col(Person.id) == col(Grant.person_id))
        .where(Grant.role == Role.LIAISON, col(Person.active))
        .distinct()
        .order_by(col(Grant.unit_id))
    )
    parents: dict[int | None, tuple[int | None, str | None]] = {}
    for unit in session.exec(select(Unit)):
        parents[unit.id] = (unit.parent_id, unit.policy)

    def profile(unit_id: int | None) -> str | None:
        while unit_id is not None:
            unit_id, own = parents[unit_id]
            if own:
                return own
        return None

    return [unit_id for unit_id in session.exec(granted) if profile(unit_id) in (None, policy)]


def profiles(session: Session) -> list[str]:
    """The profiles in use in the tree: a tick is made for each, with an act of that profile."""
    found = select(Unit.policy).where(col(Unit.policy).is_not(None)).distinct().order_by(col(Unit.policy))
    return [name for name in session.exec(found) if name]


def plan_year(act: Act, year: int) -> int:
    """Make the deadlines of a year for every reporting unit; what is there stays, what is past is not asked for.

    Returns how many were added. Source: the duties of the profile; DESIGN §6.
    """
    duties = [duty for duty in act.policy.duties if duty.who == LIAISON and duty.rule.kind != "workdays"]
    codes = sorted(duty.code for duty in duties)
    units = reporting_units(act.session, act.policy.name)
    planned = {row.unit_id: row for row in act.session.exec(select(Planned).where(Planned.year == year))}
    todo = [unit_id for unit_id in units if unit_id not in planned or planned[unit_id].codes != codes]
    if not todo:
        return 0
    today = act.now.astimezone(SHANGHAI).date()
    days = calendar(act.session)
    rows = [
        _row(duty, unit_id, year, period, limit, days)
        for duty in duties
        for period, limit in duty.rule.limits(year)
        if limit >= today
        for unit_id in todo
    ]
    added = len(insert_new(act.session, Deadline, rows, ["code", "unit_id", "period"]))
    for unit_id in todo:
        row = planned.get(unit_id) or Planned(unit_id=unit_id, year=year)
        row.codes = codes
        act.session.add(row)
    act.session.flush()
    if added:
        act.record("plan_deadlines", "year", year, after={"units": len(todo), "added": added, "codes": codes})
    return added


def recompute(act: Act) -> int:
    """Work out the estimated aims anew, e.g. after a notice was entered; those concerned are told of what changed.

    Returns how many aims changed.
    """
    days = calendar(act.session)
    inclusive = {duty.code: duty.rule.inclusive for duty in act.policy.duties}
    changed: dict[int, tuple[Person, list[dict[str, str | int]]]] = {}
    count = 0
    for row in act.session.exec(
        select(Deadline)
        .where(Deadline.state == DeadlineState.OPEN, col(Deadline.moved).is_(None))
        .where(Deadline.limit >= act.now.astimezone(SHANGHAI).date())
        .order_by(col(Deadline.aim), col(Deadline.id))
    ).all():
        if row.code not in inclusive:
            continue
        aim = aim_of(row.limit, inclusive[row.code], days)
        if (aim.date, aim.estimated) == (row.aim, row.estimated):
            continue
        if aim.date != row.aim:
            count += 1
            for person in liaisons(act.session, row.unit_id):
                note: dict[str, str | int] = {"deadline": key(row), "before": row.aim.isoformat()}
                changed.setdefault(key(person), (person, []))[1].append(note)
            act.record(
                "deadline_recomputed",
                "deadline",
                row.id,
                before={"aim": row.aim.isoformat(), "estimated": row.estimated},
                after={"aim": aim.date.isoformat(), "estimated": aim.estimated},
            )
        row.aim, row.estimated = aim.date, aim.estimated
        act.session.add(row)
    for person, notes in changed.values():
        first = f"{notes[0]['deadline']}:{notes[0]['before']}"
        act.tell("deadlines_recomputed", f"recomputed:{person.id}:{first}", person=person, items=notes)
    return count


def move(act: Act, deadline_id: int, limit: date, reason: str) -> Deadline:
    """Staff set another outer limit, with a reason; the aim follows. Past reminders stay, new ones count anew."""
    row = _deadline(act, deadline_id)
    act.require({Role.STAFF, Role.ADMIN}, row.unit_id)
    if not reason.strip():
        raise Refused("调整期限要写明理由。")
    if row.state != DeadlineState.OPEN:
        raise Refused("这一项已经报送，不需要再调整期限。")
    if limit < act.now.astimezone(SHANGHAI).date():
        raise Refused("新的期限已经过去了，请写今天或者今天以后的日期。")
    before = {"aim": row.aim.isoformat(), "limit": row.limit.isoformat()}
    duty = act.policy.duty(row.code)
    aim = aim_of(limit, duty.rule.inclusive if duty else False, calendar(act.session))
    row.limit, row.aim, row.estimated, row.moved = limit, aim.date, aim.estimated, reason.strip()
    act.session.add(row)
    act.session.flush()
    after = {"aim": row.aim.isoformat(), "limit": row.limit.isoformat(), "reason": row.moved}
    act.record("deadline_moved", "deadline", row.id, before=before, after=after)
    for person in liaisons(act.session, row.unit_id):
        name = f"moved:{row.id}:{person.id}:{row.limit.isoformat()}:{int(act.now.timestamp())}"
        act.tell("deadline_moved", name, person=person, deadline=row.id, before=before["limit"])
    return row


def add(act: Act, title: str, limit: date, unit_ids: Collection[int], reason: str) -> list[Deadline]:
    """Staff ask for something once, by a date, of some units; each unit's 联络员 is told. Reminded like any other duty.

    Refused: no title or reason, a day that is past, no unit, or a unit that the actor does not answer for.
    """
    title, reason = title.strip(), reason.strip()
    if not title or not reason:
        raise Refused("请写明要报送什么，以及依据或者理由。")
    if limit < act.now.astimezone(SHANGHAI).date():
        raise Refused("期限已经过去了，请写今天或者今天以后的日期。")
    if not unit_ids:
        raise Refused("没有选择单位，请至少选一个。")
    for unit_id in unit_ids:
        act.require({Role.STAFF, Role.ADMIN}, unit_id)
    days = calendar(act.session)
    aim = aim_of(limit, False, days)
    number = 1 + len(set(act.session.exec(select(Deadline.code).where(col(Deadline.code).startswith(ONCE)))))
    added = []
    for unit_id in sorted(unit_ids):
        row = Deadline(
            code=f"{ONCE}{number}",
            title=title,
            unit_id=unit_id,
            year=limit.year,
            period=str(limit.year),
            # Asked for on the last day itself, there is nothing earlier to aim at.
            aim=max(aim.date, act.now.astimezone(SHANGHAI).date()),
            limit=limit,
            estimated=aim.estimated,
            moved=reason,
        )
        act.session.add(row)
        act.session.flush()
        added.append(row)
        for person in liaisons(act.session, unit_id):
            act.tell("deadline_added", f"added:{row.id}:{person.id}", person=person, deadline=row.id, by=act.person_id)
    after = {"title": title, "limit": limit.isoformat(), "units": sorted(unit_ids), "reason": reason}
    act.record("deadline_added", "deadline", added[0].id, after=after)
    return added


def liaisons(session: Session, unit_id: int) -> list[Person]:
    """Who reports for a unit: its own 联络员, or, where it has lost them, the 工作人员 above, so that someone knows."""
    own = list(
        session.exec(
            select(Person)
            .join(Grant, col(Grant.person_id) == col(Person.id))
            .where(Grant.role == Role.LIAISON, Grant.unit_id == unit_id, col(Person.active))
            .order_by(col(Person.id))
        )
    )
    return own or people.holders(session, Role.STAFF, unit_id)


# --- reporting -------------------------------------------------------------------------------------------------------


def report(
    act: Act,
    deadline_id: int,
    file: tuple[str, str, int] | None = None,
    *,
    way: Way | None = None,
    reason: str = "",
) -> Receipt:
    """Hand in a report; `file` is (kind, digest, size) of what was handed in. A second file is a correction, and so is
    anything that comes with a reason (更正).

    Refused: no such deadline, no right, or handed in already and nothing new given.
    """
    row = _deadline(act, deadline_id)
    act.require(REPORTERS, row.unit_id)
    way = way or (Way.FILE if file else Way.ELSEWHERE)
    if row.state == DeadlineState.REPORTED and file is None and not reason:
        when = row.reported_at.astimezone(SHANGHAI) if row.reported_at else act.now
        raise Refused(
            f"{row.title}（{period_text(row)}）已于 {when.month} 月 {when.day} 日登记报送。如需更正，请发送新的文件。"
        )
    today = act.now.astimezone(SHANGHAI).date()
    last = act.session.exec(select(func.max(Submission.version)).where(Submission.deadline_id == row.id)).one()
    submission = Submission(
        deadline_id=key(row),
        version=(last or 0) + 1,
        way=way,
        digest=file[1] if file else None,
        by=act.person_id,
        at=act.now,
        late=max(0, (today - row.limit).days),
    )
    act.session.add(submission)
    before = {"state": row.state}
    if row.state == DeadlineState.OPEN:
        row.state, row.reported_at = DeadlineState.REPORTED, act.now
        act.session.add(row)
    act.session.flush()
    if file:
        kind, digest, size = file
        attachment.attach(act, "submission", key(submission), kind=kind, digest=digest, size=size)
    after = {"state": row.state, "way": str(way), "version": submission.version, "late": submission.late}
    after |= {"reason": reason} if reason else {}
    act.record("report", "deadline", row.id, before=before, after=after)
    return receipt_of(act.session, submission)


def receipt_of(session: Session, submission: Submission) -> Receipt:
    """The receipt of a submission, the same whenever it is asked for."""
    row = session.get(Deadline, submission.deadline_id)
    unit = session.get(Unit, row.unit_id) if row else None
    if row is None or unit is None:
        raise ValueError("a submission without its deadline")
    at = submission.at.astimezone(SHANGHAI)
    return Receipt(
        number=f"{at.year}-{key(submission):06d}",
        title=row.title,
        unit=unit.name,
        period=period_text(row),
        at=at,
        way=WAYS[submission.way],
        version=submission.version,
        late=submission.late,
        by=by.name if (by := session.get(Person, submission.by)) else "",
    )


def submissions(session: Session, deadline_id: int) -> list[Submission]:
    """All versions that were handed in, oldest first."""
    found = select(Submission).where(Submission.deadline_id == deadline_id)
    return list(session.exec(found.order_by(col(Submission.version))))


# --- looking ---------------------------------------------------------------------------------------------------------


def upcoming(act: Act, days: int = 60, *, units: Collection[int] | None = None) -> list[Due]:
    """What these units owe within so many calendar days, overdue first; by default all units the actor answers for."""
    found = (
        select(Deadline, Unit.name)
        .join(Unit, col(Unit.id) == col(Deadline.unit_id))
        .where(*_owed(act, days, units))
        .order_by(col(Deadline.limit), col(Deadline.unit_id), col(Deadline.code))
    )
    table = calendar(act.session)
    return [_due(act, table, row, unit) for row, unit in act.session.exec(found)]


def gathered(act: Act, days: int = 60, *, names: int = 5) -> list[Gathered]:
    """The same over all units the actor answers for, one entry for each report and period: thousands owe the same."""
    same = (col(Deadline.limit), col(Deadline.code), col(Deadline.period), col(Deadline.aim))
    owed = _owed(act, days, None)
    groups = act.session.exec(
        select(func.min(Deadline.id), func.count()).where(*owed).group_by(*same).order_by(*same)
    ).all()
    table = calendar(act.session)
    found = []
    for first_id, count in groups:
        row = act.session.get_one(Deadline, first_id)
        units = act.session.exec(
            select(Unit.name)
            .join(Deadline, col(Deadline.unit_id) == col(Unit.id))
            .where(*owed, Deadline.limit == row.limit, Deadline.code == row.code)
            .where(Deadline.period == row.period, Deadline.aim == row.aim)
            .order_by(col(Unit.id))
            .limit(names)
        ).all()
        found.append(Gathered(_due(act, table, row, units[0]), tuple(units), count))
    return found


def _owed(act: Act, days: int, units: Collection[int] | None) -> tuple[Any, ...]:
    last = act.now.astimezone(SHANGHAI).date() + timedelta(days=days)
    column = col(Deadline.unit_id)
    whose = people.under(act.session, column, _tops(act)) if units is None else column.in_(units)
    return col(Deadline.state) == DeadlineState.OPEN, col(Deadline.limit) <= last, whose


def _due(act: Act, table: Calendar, row: Deadline, unit: str) -> Due:
    today = act.now.astimezone(SHANGHAI).date()
    late = table.count(row.limit, today) if today > row.limit else 0
    return Due(row, unit, table.count(today, row.aim), late)


def _tops(act: Act) -> list[int]:
    """The units for which a person answers in some role: of these and all below them the person sees the deadlines."""
    seeing = (Role.STAFF, Role.ADMIN, Role.LEADER, Role.LIAISON)
    granted = select(Grant.unit_id).where(Grant.person_id == act.person_id, col(Grant.role).in_(seeing)).distinct()
    return list(act.session.exec(granted))


def _deadline(act: Act, deadline_id: int) -> Deadline:
    row = act.session.get(Deadline, deadline_id)
    if row is None:
        raise Refused("没有找到这一项期限，请用 /deadlines 查看。")
    return row


def _row(duty: Duty, unit_id: int, year: int, period: str, limit: date, days: Calendar) -> dict[str, Any]:
    aim = aim_of(limit, duty.rule.inclusive, days)
    return {
        "code": duty.code,
        "title": duty.title,
        "unit_id": unit_id,
        "year": year,
        "period": period,
        "aim": aim.date,
        "limit": limit,
        "estimated": aim.estimated,
        "state": DeadlineState.OPEN.value,
    }


def insert_new(session: Session, table: type[SQLModel], rows: list[dict[str, Any]], unique: list[str]) -> list[int]:
    """Insert what is not there yet; returns the ids of what was new."""
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    session.flush()
    added: list[int] = []
    # SQLite takes 32,766 values in one statement.
    for start in range(0, len(rows), 2000):
        statement = insert(table).values(rows[start : start + 2000]).on_conflict_do_nothing(index_elements=unique)
        found = session.execute(statement.returning(table.__table__.c.id))  # type: ignore[attr-defined]
        added += [row.id for row in found]
    return added
