"""Deadlines of the reporting units: planned from the profile's duties, reminded in stages, answered with a receipt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, UniqueConstraint, update
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

    __table_args__ = (UniqueConstraint("code", "unit_id", "period"),)

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


class Reminder(SQLModel, table=True):
    """One reminder that was made: unique, so that no restart and no second tick makes it again (TOOLBOX)."""

    __table_args__ = (UniqueConstraint("deadline_id", "due", "stage", "person_id"),)

    id: int | None = Field(default=None, primary_key=True)
    deadline_id: int = Field(foreign_key="deadline.id", index=True)
    due: date
    stage: str
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime = Field(sa_type=Instant)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)


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


def stage_on(aim: date, limit: date, today: date, stages: Iterable[int], days: Calendar) -> str | None:
    """Which reminder is the current one on a day: `5`, `3`, `1`, `0` before the aim, `+1`, `+2`, … past the limit."""
    if today > limit:
        late = days.count(limit, today)
        return f"+{late}" if late else None
    passed = [stage for stage in stages if days.back(aim, stage).date <= today]
    return str(min(passed)) if passed else None


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
    added = len(_insert(act.session, Deadline, rows, ["code", "unit_id", "period"]))
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
    before = {"aim": row.aim.isoformat(), "limit": row.limit.isoformat()}
    duty = act.policy.duty(row.code)
    aim = aim_of(limit, duty.rule.inclusive if duty else False, calendar(act.session))
    row.limit, row.aim, row.estimated, row.moved = limit, aim.date, aim.estimated, reason.strip()
    act.session.add(row)
    act.session.flush()
    after = {"aim": row.aim.isoformat(), "limit": row.limit.isoformat(), "reason": row.moved}
    act.record("deadline_moved", "deadline", row.id, before=before, after=after)
    return row


# --- reminding -------------------------------------------------------------------------------------------------------


def tick(act: Act) -> int:
    """Queue every reminder that is due at `act.now`; returns how many messages were added.

    A reminder goes out from the profile's hour on, outside the quiet hours. Of several stages that were missed only the
    current one is sent. On a day of rest a missed one waits for the next working day, unless the limit is nearer.
    """
    now = act.now.astimezone(SHANGHAI)
    today = now.date()
    for year in sorted({today.year, (today + timedelta(days=60)).year}):
        plan_year(act, year)
    rules = act.policy.reminders
    if now.hour < rules.hour or rules.is_quiet(now.time()):
        return 0
    days = calendar(act.session)
    if _newly_known(act.session, days, today):
        recompute(act)
    resting, next_working = not days.is_working(today), days.add(today, 1).date
    crew = _Crew(act)
    wanted: dict[tuple[int, str, int], tuple[Deadline, Person, str]] = {}
    for aim, limit in _open_dates(act.session, days.add(today, max(rules.stages)).date):
        if resting and (today > limit or next_working <= limit):
            continue
        stage = stage_on(aim, limit, today, rules.stages, days)
        if stage is None:
            continue
        overdue = int(stage) if stage.startswith("+") else 0
        for row in _not_yet(act.session, aim, limit, stage):
            if not crew.follows(row.unit_id):
                continue
            for person in crew.liaisons(row.unit_id):
                wanted.setdefault((key(row), stage, key(person)), (row, person, "liaison"))
            if overdue >= rules.leader_after:
                for person in crew.holders(Role.LEADER, row.unit_id):
                    wanted.setdefault((key(row), stage, key(person)), (row, person, "leader"))
    folded: dict[int, tuple[Person, list[dict[str, str | int]]]] = {}
    for mark in _remember(act, wanted):
        row, person, role = wanted[mark]
        item: dict[str, str | int] = {"deadline": key(row), "stage": mark[1], "as": role}
        folded.setdefault(key(person), (person, []))[1].append(item)
    for person, items in folded.values():
        staff = [each for each in crew.holders(Role.STAFF, person.unit_id) if each.id != person.id]
        name = f"reminder:{person.id}:{today.isoformat()}:{items[0]['deadline']}:{items[0]['stage']}"
        act.tell(
            "reminder", name, person=person, dispatcher=staff[0] if staff else None, day=today.isoformat(), items=items
        )
    return len(folded)


def awake(act: Act) -> datetime:
    """Now, or the end of the quiet hours where it is quiet."""
    rules, now = act.policy.reminders, act.now.astimezone(SHANGHAI)
    if not rules.is_quiet(now.time()):
        return now
    end = datetime.combine(now.date(), rules.quiet_until, SHANGHAI)
    return end if end > now else end + timedelta(days=1)


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


def acknowledge(act: Act, deadline_ids: Iterable[int]) -> int:
    """知道了: the person has read the reminders so far; later stages still come. Returns how many were marked."""
    done = act.session.execute(
        update(Reminder)
        .where(
            col(Reminder.person_id) == act.person_id,
            col(Reminder.deadline_id).in_(list(deadline_ids)),
            col(Reminder.acknowledged_at).is_(None),
        )
        .values(acknowledged_at=act.now)
        .returning(col(Reminder.id))
    )
    marked = sorted(row.id for row in done)
    if marked:
        act.record("acknowledge", "reminder", marked[0], after={"reminders": marked})
    return len(marked)


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
    whose = col(Deadline.unit_id).in_(_concerned(act) if units is None else units)
    return col(Deadline.state) == DeadlineState.OPEN, col(Deadline.limit) <= last, whose


def _due(act: Act, table: Calendar, row: Deadline, unit: str) -> Due:
    today = act.now.astimezone(SHANGHAI).date()
    late = table.count(row.limit, today) if today > row.limit else 0
    return Due(row, unit, table.count(today, row.aim), late)


def _concerned(act: Act) -> set[int]:
    """The units whose deadlines a person sees: those below each unit for which the person answers in some role."""
    seeing = (Role.STAFF, Role.ADMIN, Role.LEADER, Role.LIAISON)
    granted = act.session.exec(
        select(Grant.unit_id).where(Grant.person_id == act.person_id, col(Grant.role).in_(seeing)).distinct()
    )
    return {unit_id for top in granted for unit_id in people.below(act.session, top)}


def _deadline(act: Act, deadline_id: int) -> Deadline:
    row = act.session.get(Deadline, deadline_id)
    if row is None:
        raise Refused("没有找到这一项期限，请用 /deadlines 查看。")
    return row


class _Crew:
    """Who is told for which unit, looked up once in a tick: thousands of units fall due on the same day."""

    def __init__(self, act: Act) -> None:
        self.policy = act.policy.name
        self.units = {unit.id: unit for unit in act.session.exec(select(Unit))}
        self.granted: dict[tuple[str, int], list[Person]] = {}
        found = act.session.exec(
            select(Grant, Person)
            .join(Person, col(Person.id) == col(Grant.person_id))
            .where(col(Grant.role).in_([Role.LIAISON, Role.STAFF, Role.LEADER]), col(Person.active))
            .order_by(col(Person.id))
        )
        for grant, person in found:
            self.granted.setdefault((grant.role, grant.unit_id), []).append(person)

    def lineage(self, unit_id: int) -> Iterator[Unit]:
        """The unit and all above it."""
        current: int | None = unit_id
        while current is not None and (unit := self.units.get(current)) is not None:
            yield unit
            current = unit.parent_id

    def follows(self, unit_id: int) -> bool:
        """Whether the unit follows the act's profile; one that lost its 联络员 still owes what was planned."""
        return next((unit.policy for unit in self.lineage(unit_id) if unit.policy), self.policy) == self.policy

    def holders(self, role: Role, unit_id: int) -> list[Person]:
        """Those with the role in the unit, or in the nearest one above that has any."""
        return next((found for unit in self.lineage(unit_id) if (found := self.granted.get((role, key(unit))))), [])

    def liaisons(self, unit_id: int) -> list[Person]:
        """See `liaisons`."""
        return self.granted.get((Role.LIAISON, unit_id)) or self.holders(Role.STAFF, unit_id)


def _newly_known(session: Session, days: Calendar, today: date) -> bool:
    """Whether there is an open deadline that was estimated and whose year is known by now."""
    found = select(Deadline.id).where(
        col(Deadline.estimated),
        Deadline.state == DeadlineState.OPEN,
        col(Deadline.moved).is_(None),
        Deadline.limit >= today,
        Deadline.limit <= days.known_until,
    )
    return session.exec(found.limit(1)).first() is not None


def _open_dates(session: Session, horizon: date) -> list[tuple[date, date]]:
    """Each aim and limit of what is open and may be reminded of, the nearest first."""
    found = select(col(Deadline.aim), col(Deadline.limit)).where(
        Deadline.state == DeadlineState.OPEN, Deadline.aim <= horizon
    )
    return list(session.exec(found.distinct().order_by(col(Deadline.aim), col(Deadline.limit))))


def _not_yet(session: Session, aim: date, limit: date, stage: str) -> list[Deadline]:
    """The open deadlines of these dates of which nobody was reminded at this stage."""
    made = select(Reminder.id).where(
        Reminder.deadline_id == Deadline.id, Reminder.due == Deadline.aim, Reminder.stage == stage
    )
    found = select(Deadline).where(
        Deadline.state == DeadlineState.OPEN, Deadline.aim == aim, Deadline.limit == limit, ~made.exists()
    )
    return list(session.exec(found.order_by(col(Deadline.code), col(Deadline.unit_id))))


def _remember(act: Act, wanted: dict[tuple[int, str, int], tuple[Deadline, Person, str]]) -> list[tuple[int, str, int]]:
    """Write the reminders down; returns those that no other process wrote before, in the given order."""
    rows = [
        {"deadline_id": deadline_id, "due": row.aim, "stage": stage, "person_id": person_id, "at": act.now}
        for (deadline_id, stage, person_id), (row, _, _) in wanted.items()
    ]
    added = _insert(act.session, Reminder, rows, ["deadline_id", "due", "stage", "person_id"])
    fresh = set()
    for start in range(0, len(added), 2000):
        found = select(Reminder).where(col(Reminder.id).in_(added[start : start + 2000]))
        fresh |= {(row.deadline_id, row.stage, row.person_id) for row in act.session.exec(found)}
    return [mark for mark in wanted if mark in fresh]


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


def _insert(session: Session, table: type[SQLModel], rows: list[dict[str, Any]], unique: list[str]) -> list[int]:
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
